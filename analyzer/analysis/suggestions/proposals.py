"""Proposes wordings for the bank from near misses, and tries each one in a copy of the bank.

A trial answers three questions: does the wording reach the step's threshold, does it break examples of the bank, and
which findings of stored transcripts would it change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.analysis.bank_check import Problem, candidates_in, check_bank, highest_similarities
from analyzer.analysis.calibration.rejudge import Flip, with_changes
from analyzer.analysis.labels import SAID, CallLabels
from analyzer.analysis.suggestions.corrections import Correction, Mistaken, corrections
from analyzer.analysis.suggestions.depersonalise import BankVocabulary, PlainWording, plain_wording
from analyzer.analysis.suggestions.near_misses import NearMiss, NearMisses, UnrecognizedStep
from analyzer.analysis.suggestions.trial import QUOTES, Quote, Trial
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Frozen
from analyzer.models.transcript import Transcript

_UNREACHABLE = 101.0  # what a customer says does not compete with what an agent says

Variant = tuple[str, str]
"""step id and wording"""


class Proposal(Frozen):
    """One variant for one step."""

    step: str
    text: str = Field(description="the wording, without personal data, forms of address and fillers")
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
    corrections: tuple[Correction, ...] = Field((), description="from false mets and false exemptions")
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """Near misses that one wording would decide, before it is tried."""

    step: Step
    text: str
    group: list[NearMiss]
    contradicting: int
    """near misses with these words that people label missed"""

    @property
    def said(self) -> int:
        """Near misses that people say were said."""
        return sum(miss.label in SAID for miss in self.group)


@dataclass(frozen=True)
class _TrialResult:
    """What a variant does in a copy of the bank."""

    similarity: float | None
    problems: tuple[str, ...]
    harmful: bool
    """an example of the bank breaks, or the variant has no effect"""
    flips: tuple[Flip, ...] | None


def suggest(
    near: NearMisses,
    bank: PhraseBank,
    *,
    reports: int,
    labels: Mapping[str, CallLabels],
    transcripts: Mapping[str, Transcript],
    limit: int,
    mistaken: Sequence[Mistaken] = (),
) -> Suggestions:
    """Group near misses by wording, try the `limit` most heard. Deterministic; nothing is written."""
    vocabulary = BankVocabulary.of(bank)
    matcher = Matcher(bank)
    groups, personal = _grouped(near.found, vocabulary, matcher)
    contradicted, _ = _grouped(near.contradicted, vocabulary, matcher)
    ranked = sorted(groups.items(), key=lambda item: (-_said(item[1]), -len(item[1]), item[0]))
    drafts, left_off = merge(
        [
            Draft(bank.step(step), _text(group), [miss for miss, _ in group], len(contradicted.get((step, key), ())))
            for (step, key), group in ranked
        ],
        bank,
        limit,
    )
    drafts = sorted(drafts, key=lambda draft: (-draft.said, -len(draft.group), draft.step.id, draft.text))
    every = with_variants(bank, [(draft.step.id, draft.text) for draft in drafts])
    trial = Trial(bank, matcher, transcripts, labels, every)
    before = frozenset(check_bank(bank, matcher))
    return Suggestions(
        reports=reports,
        near_misses=len(near.found),
        contradicted=len(near.contradicted),
        by_place=near.by_place,
        personal=personal,
        unheard=near.unheard,
        proposals=tuple(_proposal(draft, bank, trial, before) for draft in drafts),
        left_off=left_off,
        corrections=corrections(mistaken, bank, matcher, labels, transcripts),
    )


def merge(drafts: Sequence[Draft], bank: PhraseBank, limit: int) -> tuple[list[Draft], int]:
    """Join each draft to the first before it whose wording already brings it over the step's threshold.

    `drafts` come most heard first; after `limit` kept ones the rest is only joined or cut. Returns the kept ones and
    how many were cut.
    """
    kept: list[Draft] = []
    matchers: list[Matcher] = []
    cut = 0
    for draft in drafts:
        target = next((i for i, other in enumerate(kept) if _covers(other, matchers[i], draft)), None)
        if target is not None:
            other = kept[target]
            contradicting = other.contradicting + draft.contradicting
            kept[target] = Draft(other.step, other.text, other.group + draft.group, contradicting)
        elif len(kept) < limit:
            kept.append(draft)
            matchers.append(Matcher(with_variants(bank, [(draft.step.id, draft.text)])))
        else:
            cut += 1
    return kept, cut


def with_variants(bank: PhraseBank, variants: Iterable[Variant]) -> PhraseBank:
    """The bank with more phrases, each an example that must match as well."""
    more: dict[str, tuple[str, ...]] = {}
    for step, text in variants:
        more[step] = (*more.get(step, ()), text)
    return with_changes(bank, steps=tuple(_extended(step, more.get(step.id, ())) for step in bank.steps))


def takes_phrases(step: Step) -> bool:
    """False for a step without `must`: it is found by word groups alone; a phrase would match too much."""
    return bool(step.wording.must)


def _extended(step: Step, texts: tuple[str, ...]) -> Step:
    if not texts or not takes_phrases(step):
        return step
    wording = step.wording
    added = {"phrases": (*wording.phrases, *texts), "must_match": (*wording.must_match, *texts)}
    return step.model_copy(update={"wording": wording.model_copy(update=added)})


def _covers(kept: Draft, matcher: Matcher, draft: Draft) -> bool:
    if kept.step.id != draft.step.id or not takes_phrases(draft.step):
        return False
    similarity = highest_similarities(candidates_in(matcher, draft.text, "agent")).get(draft.step.id, 0.0)
    return similarity >= draft.step.wording.accept


_Group = list[tuple[NearMiss, PlainWording]]
_Key = tuple[str, tuple[str, ...]]
"""step id and normal words of the wording"""


def _grouped(
    misses: Sequence[NearMiss], vocabulary: BankVocabulary, matcher: Matcher
) -> tuple[dict[_Key, _Group], int]:
    """Near misses by step and wording, and the number of those that hold personal data."""
    groups: dict[_Key, _Group] = {}
    personal = 0
    for miss in misses:
        plain = plain_wording(miss.heard, vocabulary, matcher)
        if plain is None:
            personal += 1
        else:
            groups.setdefault((miss.step, plain.key), []).append((miss, plain))
    return groups, personal


def _said(group: _Group) -> int:
    return sum(miss.label in SAID for miss, _ in group)


def _text(group: _Group) -> str:
    """The spelling heard most often; of equals the one recognised best, then the first in the alphabet."""
    counts = Counter(plain.text for _, plain in group)
    return min((plain for _, plain in group), key=lambda plain: (-counts[plain.text], plain.unknown, plain.text)).text


def _proposal(draft: Draft, bank: PhraseBank, trial: Trial, before: frozenset[Problem]) -> Proposal:
    step, group = draft.step, draft.group
    result = _try(draft, bank, trial, before)
    return Proposal(
        step=step.id,
        text=draft.text,
        times=len(group),
        calls=len({miss.call_id for miss in group}),
        labelled_said=draft.said,
        labelled_missed=draft.contradicting,
        quotes=tuple(Quote(call_id=miss.call_id, start=miss.start, heard=miss.heard) for miss in group[:QUOTES]),
        similarity=max(miss.similarity for miss in group),
        would_reach=result.similarity,
        accept=step.wording.accept,
        problems=result.problems,
        flips=result.flips,
        advice=_advice(draft, result),
    )


def _try(draft: Draft, bank: PhraseBank, trial: Trial, before: frozenset[Problem]) -> _TrialResult:
    step = draft.step
    problems = [f"the same words are labelled missed {draft.contradicting} times"] if draft.contradicting else []
    if not takes_phrases(step):
        why = "the step is found by word groups alone (no `must`): add the missing word to a group instead"
        return _TrialResult(None, (why, *problems), harmful=True, flips=None)
    other = with_variants(bank, [(step.id, draft.text)])
    matcher = Matcher(other)
    similarities = highest_similarities(candidates_in(matcher, draft.text, "agent"))
    similarity = similarities.get(step.id, 0.0)
    if similarity < step.wording.accept:
        groups = ", ".join(step.wording.must)
        problems.append(
            f"would still reach only {similarity:.0f}: it lacks a word of {groups}, or holds a `must_not` word"
        )
    new = [item for item in check_bank(other, matcher) if item not in before and not _is_itself(item, draft)]
    problems += [f"{problem.target}: {problem.text}" for problem in new]
    thresholds = {item.id: item.wording.accept for item in bank.steps}
    thresholds |= {anchor.id: anchor.wording.accept for anchor in bank.anchors}
    problems += [
        f"also sounds like {target} ({value:.0f})"
        for target, value in sorted(similarities.items())
        if target != step.id and value >= thresholds.get(target, _UNREACHABLE)
    ]
    harmful = similarity < step.wording.accept or any(problem.level == "error" for problem in new)
    found_flips = trial.flips(other, matcher) if trial.has_transcripts else None
    return _TrialResult(similarity, tuple(problems), harmful, found_flips)


def _is_itself(problem: Problem, draft: Draft) -> bool:
    """The variant as its own example that does not match: another message says so already."""
    return problem.target == draft.step.id and problem.text.startswith("must match but") and draft.text in problem.text


def _advice(draft: Draft, result: _TrialResult) -> Literal["add", "weigh", "leave"]:
    """`add` needs a person's word that it was said and nothing that speaks against it."""
    judged = Counter(flip.judged for flip in result.flips or ())
    if result.harmful or (judged["wrong"] and judged["wrong"] >= judged["right"]):
        return "leave"
    return "add" if draft.said and not result.problems and not judged["wrong"] else "weigh"
