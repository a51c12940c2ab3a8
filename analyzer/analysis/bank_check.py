"""Checks a bank: every example is run against the whole bank, and phrases that are risky are named.

Fuzzy phrases match each other's utterances, and tests of single phrases cannot see it (as check_overmatch.py in
https://github.com/OHF-Voice/intents). Nothing here knows the SOP.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Literal

from rapidfuzz import fuzz

from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Channel, Frozen
from analyzer.models.finding import Candidate
from analyzer.models.transcript import Segment, Transcript, Word
from analyzer.models.wording import Wording
from analyzer.scoring.assignment import is_position_based

_WORD_SECONDS = 0.4  # of an example's made-up times: the pace of speech, so that no pause is detected
_MIN_WORDS, _MIN_LETTERS = 3, 15  # shorter phrases match by chance all over a call
_SAME = 97.0  # similarity from which two phrases of one target say the same


class Problem(Frozen):
    """Something wrong (`error`) or risky (`warning`) in a bank."""

    level: Literal["error", "warning"]
    target: str
    text: str


def check_bank(bank: PhraseBank, matcher: Matcher) -> tuple[Problem, ...]:
    """Examples of all targets against the whole bank, then phrases too short, hallucinated or double."""
    problems: list[Problem] = []
    for target, wording in bank.targets().items():
        speaker: Channel = "customer" if _is_customers(bank, target) else "agent"
        problems.extend(_examples(matcher, target, wording, _confusable_steps(bank, target), speaker))
        problems.extend(_phrases(bank, target, wording))
    return tuple(problems)


def candidates_in(matcher: Matcher, text: str, speaker: Channel) -> list[Candidate]:
    """Candidates in one utterance, the most similar first."""
    evidence = matcher.find(single_utterance(text, speaker))
    return sorted(evidence.candidates, key=lambda candidate: (-candidate.similarity, candidate.target))


def highest_similarities(candidates: Iterable[Candidate]) -> dict[str, float]:
    """The highest similarity by target."""
    best: dict[str, float] = {}
    for candidate in candidates:
        best[candidate.target] = max(best.get(candidate.target, 0.0), candidate.similarity)
    return best


def single_utterance(text: str, speaker: Channel) -> Transcript:
    """A transcript of one speaker saying one thing without a pause."""
    words = tuple(
        Word(start=i * _WORD_SECONDS, end=(i + 1) * _WORD_SECONDS, text=word) for i, word in enumerate(text.split())
    )
    end = max(len(words) * _WORD_SECONDS, _WORD_SECONDS)
    segment = Segment(start=0.0, end=end, speaker=speaker, text=text, words=words)
    return Transcript(duration=end, segments=(segment,))


def _confusable_steps(bank: PhraseBank, target: str) -> dict[str, Wording]:
    """Steps that must not match this step's examples better; steps recognised by their position may share words."""
    steps = {step.id: step for step in bank.steps}
    tested = steps.get(target)
    if tested is None:
        return {}
    return {
        step.id: step.wording
        for step in bank.steps
        if step is not tested and not (is_position_based(step) and is_position_based(tested))
    }


def _is_customers(bank: PhraseBank, target: str) -> bool:
    return target in {rule.id for rule in bank.exemptions} | {value.id for value in bank.reply_values()}


def _examples(
    matcher: Matcher, target: str, wording: Wording, confusable: Mapping[str, Wording], speaker: Channel
) -> Iterator[Problem]:
    if not wording.must_match or not wording.must_not_match:
        yield Problem(level="warning", target=target, text="has no must_match or no must_not_match examples")
    for example in wording.must_match:
        best = highest_similarities(candidates_in(matcher, example, speaker))
        similarity = best.get(target, 0.0)
        if similarity < wording.accept:
            yield Problem(level="error", target=target, text=f"must match but reaches {similarity:.0f}: “{example}”")
        for step_id, other in confusable.items():
            value = best.get(step_id, 0.0)
            if value >= other.accept and value >= similarity:
                yield Problem(level="error", target=target, text=f"stolen by {step_id} ({value:.0f}): “{example}”")
    for example in wording.must_not_match:
        similarity = highest_similarities(candidates_in(matcher, example, speaker)).get(target, 0.0)
        if similarity >= wording.accept:
            text = f"must not match but reaches {similarity:.0f}: “{example}”"
            yield Problem(level="error", target=target, text=text)


def _phrases(bank: PhraseBank, target: str, wording: Wording) -> Iterator[Problem]:
    short = next((step.short for step in bank.steps if step.id == target), False)
    hallucinated = bank.groups.get(bank.hallucination.group, ()) if bank.hallucination else ()
    for phrase in wording.phrases:
        if not short and (len(phrase.split()) < _MIN_WORDS or len(phrase) < _MIN_LETTERS):
            yield Problem(level="warning", target=target, text=f"short phrase, fires easily: “{phrase}”")
        if any(word in phrase.lower().split() for word in hallucinated):
            yield Problem(level="warning", target=target, text=f"recognisers invent such words: “{phrase}”")
    for first, second in combinations(wording.phrases, 2):
        if fuzz.ratio(first.lower(), second.lower()) >= _SAME:
            yield Problem(level="warning", target=target, text=f"say the same: “{first}” and “{second}”")
