"""What people corrected: steps called met and exemptions found that were none. Proposes words that tell them apart.

A proposal is a word that stands in the sentences that were wrongly taken. It is tried in a copy of the bank in which
that word blocks the target; a trial that breaks examples, or findings that people confirmed, speaks against it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.analysis.bank_check import Problem, candidates_in, check_bank, highest_similarities
from analyzer.analysis.calibration.rejudge import Flip, with_changes
from analyzer.analysis.labels import SAID, CallLabels
from analyzer.analysis.suggestions.depersonalise import BankVocabulary, plain_wording
from analyzer.analysis.suggestions.near_misses import sentence_at
from analyzer.analysis.suggestions.trial import QUOTES, Quote, Trial
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Seconds
from analyzer.models.report import Report
from analyzer.models.transcript import Transcript
from analyzer.models.wording import Wording

_TRIED = 3  # words tried for one target, those in most sentences first
_SURE_CALLS = 2  # a word from one call alone may stand there by chance


class Mistaken(Frozen):
    """Words that were taken for a target, and by a person's word were not it."""

    kind: Literal["false met", "false exemption"]
    call_id: str
    target: str
    heard: str
    sentence: str = Field(description="around them where the transcript is given")
    start: Seconds


class Correction(Frozen):
    """A proposal that would have prevented mistakes with one target."""

    kind: Literal["false met", "false exemption"]
    target: str
    word: str | None = Field(description="that tells them apart; None: no word does, the wording itself is too loose")
    times: int
    calls: int
    quotes: tuple[Quote, ...]
    must_not_match: tuple[str, ...] = Field(description="the sentences, without personal data")
    problems: tuple[str, ...] = Field(description="what speaks against it")
    flips: tuple[Flip, ...] | None = Field(description="what it would change; None without transcripts")
    advice: Literal["add", "weigh", "leave"]


@dataclass(frozen=True)
class _Draft:
    mistaken: Mistaken
    text: str
    words: frozenset[str]
    """that may tell it apart"""


def mistakes(
    reports: Iterable[Report],
    bank: PhraseBank,
    labels: Mapping[str, CallLabels],
    transcripts: Mapping[str, Transcript],
) -> list[Mistaken]:
    """All that people corrected, in the order of calls. Labels and transcripts are by call id and may be empty."""
    matcher = Matcher(bank)
    found: list[Mistaken] = []
    thresholds = {step.id: step.wording.accept for step in bank.steps}
    for report in reports:
        label = labels.get(report.call_id)
        if label is None:
            continue
        for step in report.steps:
            is_false = step.status in SAID and label.steps.get(step.id) == "missed"
            if is_false and step.heard and (step.similarity or 0) >= thresholds.get(step.id, 101):
                found.append(_mistaken("false met", step.id, step.heard, step.start, report, transcripts))
        exemption = report.exemption
        if exemption and "exemption" in label.model_fields_set and label.exemption != exemption.kind:
            rules = {rule.id for rule in bank.exemptions if rule.kind == exemption.kind}
            heard = [item for item in candidates_in(matcher, exemption.heard, "customer") if item.target in rules]
            if heard:
                words, target = heard[0].heard, heard[0].target
                found.append(_mistaken("false exemption", target, words, exemption.start, report, transcripts))
    return found


def _mistaken(
    kind: Literal["false met", "false exemption"],
    target: str,
    heard: str,
    start: float | None,
    report: Report,
    transcripts: Mapping[str, Transcript],
) -> Mistaken:
    transcript = transcripts.get(report.call_id)
    speaker: Literal["agent", "customer"] = "agent" if kind == "false met" else "customer"
    sentence = sentence_at(transcript, start, speaker) if transcript and start is not None else None
    return Mistaken(
        kind=kind,
        call_id=report.call_id,
        target=target,
        heard=heard,
        sentence=sentence or heard,
        start=start or 0.0,
    )


def corrections(
    found: Sequence[Mistaken],
    bank: PhraseBank,
    matcher: Matcher,
    labels: Mapping[str, CallLabels],
    transcripts: Mapping[str, Transcript],
) -> tuple[Correction, ...]:
    """A proposal for each target and word, those that prevent most first. Deterministic; nothing is written."""
    vocabulary = BankVocabulary.of(bank)
    drafts: dict[str, list[_Draft]] = {}
    for item in found:
        plain = plain_wording(item.sentence, vocabulary, matcher)
        if plain is not None:
            words = frozenset(plain.text.split()) - set(item.heard.lower().split()) - vocabulary.light
            drafts.setdefault(item.target, []).append(_Draft(item, plain.text, words))
    every = bank
    for target, word in ((target, word) for target, group in drafts.items() for word in _most_frequent(group)):
        every = with_blocking_word(every, target, word)
    trial = Trial(bank, matcher, transcripts, labels, every)
    before = frozenset(check_bank(bank, matcher))
    made = [item for group in drafts.values() for item in _for_target(group, bank, trial, before)]
    return tuple(sorted(made, key=lambda item: (-item.times, item.target, item.word or "")))


def with_blocking_word(bank: PhraseBank, target: str, word: str) -> PhraseBank:
    """The bank in which a word anywhere in its sentence forbids a target."""
    name = group_name(target)
    wording = bank.targets()[target]
    changed = wording.model_copy(
        update={
            "must_not": (*wording.must_not, name) if wording.phrases else (),
            "concepts": tuple(
                concept.model_copy(update={"absent_in_sentence": (*concept.absent_in_sentence, name)})
                for concept in wording.concepts
            ),
        }
    )
    groups = {**bank.groups, name: (*bank.groups.get(name, ()), word)}
    return with_wording(bank, target, changed, groups)


def group_name(target: str) -> str:
    """The word group that a proposal adds."""
    return f"no_{target}"


def with_wording(bank: PhraseBank, target: str, wording: Wording, groups: Mapping[str, tuple[str, ...]]) -> PhraseBank:
    """The bank with another wording of a step or exemption, and other groups."""
    changes = {
        kind: tuple(
            item.model_copy(update={"wording": wording}) if item.id == target else item for item in getattr(bank, kind)
        )
        for kind in ("steps", "exemptions")
    }
    return with_changes(bank, groups=groups, **changes)


def _most_frequent(group: Sequence[_Draft]) -> list[str]:
    counts = Counter(word for draft in group for word in draft.words)
    return sorted(counts, key=lambda word: (-counts[word], word))[:_TRIED]


def _for_target(
    group: list[_Draft], bank: PhraseBank, trial: Trial, before: frozenset[Problem]
) -> Iterable[Correction]:
    """The best word for all its mistakes, then for those left; at last those that no word tells apart."""
    while group:
        tried = [
            _tried(word, [draft for draft in group if word in draft.words], bank, trial, before)
            for word in _most_frequent(group)
        ]
        useful = [item for item in tried if item.advice != "leave"]
        if not useful:
            yield tried[0] if tried else _untellable(group, trial.has_transcripts)
            return
        best = max(useful, key=lambda item: (item.advice == "add", item.times))
        yield best
        group = [draft for draft in group if best.word not in draft.words]


def _tried(
    word: str, group: Sequence[_Draft], bank: PhraseBank, trial: Trial, before: frozenset[Problem]
) -> Correction:
    target = group[0].mistaken.target
    other = with_blocking_word(bank, target, word)
    matcher = Matcher(other)
    accept = other.targets()[target].accept
    speaker: Literal["agent", "customer"] = "agent" if group[0].mistaken.kind == "false met" else "customer"
    reached = [
        highest_similarities(candidates_in(matcher, draft.mistaken.sentence, speaker)).get(target, 0.0)
        for draft in group
    ]
    still = sum(similarity >= accept for similarity in reached)
    problems = [f"{still} of {len(group)} would still be taken for it"] if still else []
    new = [item for item in check_bank(other, matcher) if item not in before]
    problems += [f"{item.target}: {item.text}" for item in new]
    flips = trial.flips(other, matcher) if trial.has_transcripts else None
    judged = Counter(flip.judged for flip in flips or ())
    advice: Literal["add", "weigh", "leave"] = "weigh"
    harmful = still == len(group) or any(item.level == "error" for item in new)
    if harmful or (judged["wrong"] and judged["wrong"] >= judged["right"]):
        advice = "leave"
    elif not problems and not judged["wrong"] and len({draft.mistaken.call_id for draft in group}) >= _SURE_CALLS:
        advice = "add"
    return _correction(word, group, tuple(problems), flips, advice)


def _untellable(group: Sequence[_Draft], has_transcripts: bool) -> Correction:
    problem = "no word tells these from the right ones: take the wording that matched out, or raise `accept`"
    return _correction(None, group, (problem,), () if has_transcripts else None, "leave")


def _correction(
    word: str | None,
    group: Sequence[_Draft],
    problems: tuple[str, ...],
    flips: tuple[Flip, ...] | None,
    advice: Literal["add", "weigh", "leave"],
) -> Correction:
    quoted = [draft.mistaken for draft in group]
    return Correction(
        kind=quoted[0].kind,
        target=quoted[0].target,
        word=word,
        times=len(group),
        calls=len({item.call_id for item in quoted}),
        quotes=tuple(Quote(call_id=item.call_id, start=item.start, heard=item.sentence) for item in quoted[:QUOTES]),
        must_not_match=tuple(dict.fromkeys(draft.text for draft in group)),
        problems=problems,
        flips=flips,
        advice=advice,
    )
