"""Trying a variant: in a copy of the bank, against all of its examples and against stored transcripts."""
# MERGED """One proposal for wordings of which one would carry the others."""
# MERGED """Near misses -> proposed variants, each tried: does it reach the bar, does it harm the bank, what would it flip."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.analysis.bank_check import Problem, candidates_in, check_bank
from analyzer.analysis.calibration.rejudge import Flip, MatchedCall, flips, judge_call, with_changes
from analyzer.analysis.labels import SAID, Label
from analyzer.analysis.suggestions.depersonalise import PlainWording, Vocabulary, plain_wording
from analyzer.analysis.suggestions.near_misses import NearMiss, NearMisses, UnrecognizedStep
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Frozen, Seconds
from analyzer.models.finding import Candidate, Judgement
from analyzer.models.transcript import Transcript

Variant = tuple[str, str]
"""step id and wording"""


def takes_phrases(step: Step) -> bool:
    """A step without `must` is found by word groups alone; a phrase would match too much."""
    return bool(step.wording.must)


def with_variants(bank: PhraseBank, variants: Iterable[Variant]) -> PhraseBank:
    """The bank with more phrases, each an example that must match as well."""
    more: dict[str, tuple[str, ...]] = {}
    for step, text in variants:
        more[step] = (*more.get(step, ()), text)
    return with_changes(bank, steps=tuple(_extended(step, more.get(step.id, ())) for step in bank.steps))


def _extended(step: Step, texts: tuple[str, ...]) -> Step:
    if not texts or not takes_phrases(step):
        return step
    wording = step.wording
    added = {"phrases": (*wording.phrases, *texts), "must_match": (*wording.must_match, *texts)}
    return step.model_copy(update={"wording": wording.model_copy(update=added)})


class VariantTrial:
    """Stored transcripts under the bank as it is, and the calls that some variant touches.

    A bank with all variants at once tells which calls resemble any of them; only those are matched again for each
    variant, so that trying many costs little more than trying one.
    """

    def __init__(
        self,
        bank: PhraseBank,
        matcher: Matcher,
        transcripts: Mapping[str, Transcript],
        labels: Mapping[str, Label],
        variants: Sequence[Variant],
    ) -> None:
        self._labels = labels
        self.given = bool(transcripts)
        self._touched: list[tuple[MatchedCall, Judgement]] = []
        if not transcripts or not variants:
            return
        every = Matcher(with_variants(bank, variants))
        for call_id, transcript in transcripts.items():
            call = MatchedCall(call_id, transcript, matcher.find(transcript))
            if every.find(transcript).candidates != call.evidence.candidates:
                self._touched.append((call, judge_call(call, bank)))

    def flips(self, bank: PhraseBank, matcher: Matcher) -> tuple[Flip, ...]:
        """What another bank (with its matcher) would change in the stored transcripts."""
        changed: list[Flip] = []
        for call, before in self._touched:
            other = MatchedCall(call.call_id, call.transcript, matcher.find(call.transcript))
            label = self._labels.get(call.call_id)
            changed += flips(call.call_id, before, judge_call(other, bank), label.steps if label else None)
        return tuple(changed)


@dataclass(frozen=True)
class Draft:
    """Near misses that one wording would decide, before it was tried."""

    step: Step
    text: str
    group: list[NearMiss]
    against: int
    """near misses with these words that people label missed"""

    @property
    def said(self) -> int:
        """Near misses that people say were said."""
        return sum(miss.label in SAID for miss in self.group)


@dataclass(frozen=True)
class Merged:
    """The drafts kept, and how many wordings the limit cut."""

    drafts: tuple[Draft, ...]
    left_off: int


def merge(drafts: Sequence[Draft], bank: PhraseBank, limit: int) -> Merged:
    """Join each draft to the first before it whose wording already brings it over the step's bar.

    `drafts` come most heard first; after `limit` kept ones the rest is only joined or cut.
    """
    kept: list[Draft] = []
    matchers: list[Matcher] = []
    cut = 0
    for draft in drafts:
        home = next((at for at, other in enumerate(kept) if _carries(other, matchers[at], draft)), None)
        if home is not None:
            other = kept[home]
            kept[home] = Draft(other.step, other.text, other.group + draft.group, other.against + draft.against)
        elif len(kept) < limit:
            kept.append(draft)
            matchers.append(Matcher(with_variants(bank, [(draft.step.id, draft.text)])))
        else:
            cut += 1
    return Merged(tuple(kept), cut)


def _carries(kept: Draft, matcher: Matcher, draft: Draft) -> bool:
    if kept.step.id != draft.step.id or not takes_phrases(draft.step):
        return False
    bar = draft.step.wording.accept
    found = candidates_in(matcher, draft.text, "agent")
    return any(item.target == draft.step.id and item.similarity >= bar for item in found)


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
