"""Near misses -> proposed variants, each tried: does it reach the bar, does it harm the bank, what would it flip."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.analysis.bank_check import Problem, candidates_in, check_bank
from analyzer.analysis.calibration.flips import Flip
from analyzer.analysis.calibration.max_threshold import SAID
from analyzer.analysis.labels import Label
from analyzer.analysis.suggestions.depersonalise import PlainWording, Vocabulary, plain_wording
from analyzer.analysis.suggestions.merging import Draft, merge
from analyzer.analysis.suggestions.near_misses import NearMiss, NearMisses, UnrecognizedStep
from analyzer.analysis.suggestions.trial import VariantTrial, takes_phrases, with_variants
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Seconds
from analyzer.models.finding import Candidate
from analyzer.models.transcript import Transcript

_QUOTES = 3


class Quote(Frozen):
    """Where it was heard. Quotes are evidence and stay as recognised; they are no part of the proposal."""

    call_id: str
    start: Seconds
    heard: str


class Proposal(Frozen):
    """One variant for one step."""

    step: str
    text: str = Field(description="the wording, without personal values, forms of address and fillers")
    times: int = Field(description="near misses with this wording")
    calls: int
    labelled_said: int = Field(description="of the near misses, how many people say were said")
    labelled_missed: int = Field(description="the same words where people say that the step was missed")
    quotes: tuple[Quote, ...]
    similarity: float = Field(description="the best that these words reached in the results")
    would_reach: float | None = Field(description="with the variant in the bank; None when it cannot be added")
    accept: float
    problems: tuple[str, ...] = Field(description="what speaks against it")
    flips: tuple[Flip, ...] | None = Field(description="what adding it would change; None without transcripts")
    advice: Literal["add", "weigh", "leave"]


class Suggestions(Frozen):
    """Everything `analyzer bank suggest` knows; it writes nothing."""

    reports: int
    near_misses: int
    contradicted: int = Field(description="near misses that people label missed: no proposal is made of them")
    by_place: int = Field(description="missed or unsure because of their place; no wording changes that")
    personal: int = Field(description="near misses that were left out because they dictate an address")
    unheard: tuple[UnrecognizedStep, ...]
    proposals: tuple[Proposal, ...] = Field(description="most heard first")
    left_off: int = Field(description="further proposals, heard less, that the limit cut")
    warnings: tuple[str, ...] = ()


def suggest(
    near: NearMisses,
    bank: PhraseBank,
    *,
    reports: int,
    labels: Mapping[str, Label],
    transcripts: Mapping[str, Transcript],
    limit: int,
) -> Suggestions:
    """Group near misses by wording, try the `limit` most heard. Deterministic; nothing is written."""
    words = Vocabulary.of(bank)
    matcher = Matcher(bank)
    groups, personal = _grouped(near.found, words, matcher)
    refuted, _ = _grouped(near.contradicted, words, matcher)
    ranked = sorted(groups.items(), key=lambda item: (-_said(item[1]), -len(item[1]), item[0]))
    merged = merge(
        [
            Draft(bank.step(step), _text(group), [miss for miss, _ in group], len(refuted.get((step, key), ())))
            for (step, key), group in ranked
        ],
        bank,
        limit,
    )
    drafts = sorted(merged.drafts, key=lambda draft: (-draft.said, -len(draft.group), draft.step.id, draft.text))
    trial = VariantTrial(bank, matcher, transcripts, labels, [(draft.step.id, draft.text) for draft in drafts])
    before = frozenset(check_bank(bank, matcher))
    return Suggestions(
        reports=reports,
        near_misses=len(near.found),
        contradicted=len(near.contradicted),
        by_place=near.by_place,
        personal=personal,
        unheard=near.unheard,
        proposals=tuple(_proposal(draft, bank, trial, before) for draft in drafts),
        left_off=merged.left_off,
    )


_Heard = tuple[NearMiss, PlainWording]
_Key = tuple[str, tuple[str, ...]]


def _grouped(
    found: Sequence[NearMiss], words: Vocabulary, matcher: Matcher
) -> tuple[dict[_Key, list[_Heard]], int]:
    groups: dict[_Key, list[_Heard]] = {}
    personal = 0
    for miss in found:
        plain = plain_wording(miss.heard, words, matcher)
        if plain is None:
            personal += 1
        else:
            groups.setdefault((miss.step, plain.key), []).append((miss, plain))
    return groups, personal


def _said(group: Sequence[_Heard]) -> int:
    return sum(miss.label in SAID for miss, _ in group)


def _text(group: Sequence[_Heard]) -> str:
    """The spelling heard most often; of equals the one heard best, then the first in the alphabet."""
    counts = Counter(plain.text for _, plain in group)
    return min((plain for _, plain in group), key=lambda plain: (-counts[plain.text], plain.strange, plain.text)).text


def _proposal(draft: Draft, bank: PhraseBank, trial: VariantTrial, before: frozenset[Problem]) -> Proposal:
    step, group = draft.step, draft.group
    tried = _tried(draft, bank, trial, before) if takes_phrases(step) else _untried(draft)
    return Proposal(
        step=step.id,
        text=draft.text,
        times=len(group),
        calls=len({miss.call_id for miss in group}),
        labelled_said=draft.said,
        labelled_missed=draft.against,
        quotes=tuple(Quote(call_id=m.call_id, start=m.start, heard=m.heard) for m in group[:_QUOTES]),
        similarity=max(miss.similarity for miss in group),
        would_reach=tried.reach,
        accept=step.wording.accept,
        problems=tried.problems,
        flips=tried.flips,
        advice=_advice(draft, tried),
    )


@dataclass(frozen=True)
class _TrialResult:
    """What came of a variant in a copy of the bank."""

    reach: float | None
    problems: tuple[str, ...]
    harmful: bool
    """an example of the bank breaks, or the variant has no effect"""
    flips: tuple[Flip, ...] | None


def _untried(draft: Draft) -> _TrialResult:
    why = "the step is found by word groups alone (no `must`): add the missing word to a group instead"
    return _TrialResult(None, (why, *_against(draft)), harmful=True, flips=None)


def _tried(draft: Draft, bank: PhraseBank, trial: VariantTrial, before: frozenset[Problem]) -> _TrialResult:
    step = draft.step
    other = with_variants(bank, [(step.id, draft.text)])
    matcher = Matcher(other)
    resembles = _best(candidates_in(matcher, draft.text, "agent"))
    reach = resembles.get(step.id, 0.0)
    problems = list(_against(draft))
    if reach < step.wording.accept:
        groups = ", ".join(step.wording.must)
        problems.append(f"would still reach only {reach:.0f}: it lacks a word of {groups}, or holds a `must_not` word")
    new = [problem for problem in check_bank(other, matcher) if problem not in before and not _own(problem, draft)]
    problems += [f"{problem.target}: {problem.text}" for problem in new]
    bars = {step.id: step.wording.accept for step in bank.steps} | {a.id: a.wording.accept for a in bank.anchors}
    problems += [
        f"also sounds like {target} ({similarity:.0f})"
        for target, similarity in sorted(resembles.items())
        if target != step.id and similarity >= bars.get(target, _NEVER)
    ]
    harmful = reach < step.wording.accept or any(problem.level == "error" for problem in new)
    return _TrialResult(reach, tuple(problems), harmful, trial.flips(other, matcher) if trial.given else None)


_NEVER = 101.0  # what a customer says is no rival of what an agent says


def _own(problem: Problem, draft: Draft) -> bool:
    """The variant as its own example that does not match: said more plainly already."""
    return problem.target == draft.step.id and problem.text.startswith("must match but") and draft.text in problem.text


def _best(candidates: Sequence[Candidate]) -> dict[str, float]:
    best: dict[str, float] = {}
    for candidate in candidates:
        best[candidate.target] = max(best.get(candidate.target, 0.0), candidate.similarity)
    return best


def _against(draft: Draft) -> tuple[str, ...]:
    if not draft.against:
        return ()
    return (f"the same words are labelled missed {draft.against} times",)


def _advice(draft: Draft, tried: _TrialResult) -> Literal["add", "weigh", "leave"]:
    """`add` needs a person's word that it was said and nothing that speaks against it."""
    judged = Counter(flip.judged for flip in tried.flips or ())
    if tried.harmful or (judged["wrong"] and judged["wrong"] >= judged["right"]):
        return "leave"
    return "add" if draft.said and not tried.problems and not judged["wrong"] else "weigh"
