"""Which occurrence stands for which step: the choice that serves the agent best, found by exact search.

Steps are few and each is rarely said more than three times, so all choices are tried, with branches cut that cannot
beat the best found. Doubtful occurrences count for less, so a sure one in the right place always wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from types import MappingProxyType

from analyzer.models.finding import Candidate
from analyzer.models.phrases import Closing, Step
from analyzer.rules.call import TIME_SLACK, Call

_MOST_OPTIONS = 5  # occurrences of one step tried; agents who repeat more often gain nothing from the sixth
_MOST_CLOSINGS = 2  # the closing is the last thanks, or the one before it when that serves another step
_SHARED = 0.5  # share of its words that another step's utterance must hold to be the same utterance
_CLEARER = 5.0  # points of similarity by which the other one must be nearer; less is chance
_DOUBTFUL = 0.5  # worth of an occurrence that may not have been said


@dataclass(frozen=True)
class Placed:
    """A step's chosen occurrence."""

    candidate: Candidate
    late: str | None
    """id of the step or anchor that should have come before; None when in order"""


Chosen = dict[str, Placed]


def place(call: Call, also: Mapping[str, Candidate] = MappingProxyType({})) -> Chosen:
    """The best choice of occurrences; steps not said are absent. `also`: what is known of steps not heard by itself."""
    return _Search(call, also).best()


class _Search:
    def __init__(self, call: Call, also: Mapping[str, Candidate]) -> None:
        self._call = call
        self._also = also
        self._steps = _by_dependence(call.bank.steps)
        self._short = [step.id for step in self._steps if step.short]
        self._left = [0.0] * (len(self._steps) + 1)
        for at in range(len(self._steps) - 1, -1, -1):
            self._left[at] = self._left[at + 1] + self._steps[at].weight
        self._best: Chosen = {}
        self._value: tuple[float, float, float] = (-1.0, 0.0, 0.0)

    def best(self) -> Chosen:
        self._try(0, {}, 0.0)
        return self._best

    def _try(self, at: int, chosen: Chosen, worth: float) -> None:
        if worth + self._left[at] < self._value[0] - 1e-9:
            return
        if at == len(self._steps):
            similarity = sum(placed.candidate.similarity for placed in chosen.values())
            value = (round(worth, 6), similarity, -sum(placed.candidate.start for placed in chosen.values()))
            if value > self._value:
                self._best, self._value = dict(chosen), value
            return
        step = self._steps[at]
        for placed in self._options(step, chosen):
            credit = self._call.bank.out_of_order_credit if placed.late else 1.0
            sure = 1.0 if self._call.sure(placed.candidate) else _DOUBTFUL
            chosen[step.id] = placed
            self._try(at + 1, chosen, worth + step.weight * credit * sure)
            del chosen[step.id]
        self._try(at + 1, chosen, worth)

    def _options(self, step: Step, chosen: Mapping[str, Placed]) -> Iterable[Placed]:
        """The step's occurrences that its own place allows, given the steps chosen before it."""
        if step.id in self._also:
            candidate = self._also[step.id]
            return [Placed(candidate, late(self._call, step, candidate, chosen))]
        found = [candidate for candidate in self._eligible[step.id] if self._in_place(step, candidate, chosen)]
        best = _foremost(self._call, step, found)
        return [Placed(candidate, late(self._call, step, candidate, chosen)) for candidate in best]

    @cached_property
    def _eligible(self) -> dict[str, list[Candidate]]:
        return {step.id: eligible(self._call, step) for step in self._steps}

    def _in_place(self, step: Step, candidate: Candidate, chosen: Mapping[str, Placed]) -> bool:
        if step.short and any(_same_place(candidate, chosen[n].candidate) for n in self._short if n in chosen):
            return False
        if step.place.answers:
            question = chosen.get(step.place.answers.step)
            return question is not None and answers(self._call, step, candidate, question.candidate)
        if step.place.closing:
            last = max((placed.candidate.start for placed in chosen.values()), default=0.0)
            return closes(self._call, step.place.closing, candidate, last)
        return True


def late(call: Call, step: Step, candidate: Candidate, chosen: Mapping[str, Placed]) -> str | None:
    """The step or anchor that should have come before; None when in order."""
    for name in step.place.after:
        before = chosen.get(name)
        if before and before.candidate.start > candidate.start and call.sure(before.candidate):
            return name
    anchor = step.place.after_anchor
    if anchor:
        marks = call.said(anchor)
        if marks and marks[0].start > candidate.start:
            return anchor
    return None


def eligible(call: Call, step: Step) -> list[Candidate]:
    """Occurrences that may count at all, by start."""
    return [candidate for candidate in call.heard(step.id) if why_not(call, step, candidate) is None]


def _foremost(call: Call, step: Step, found: list[Candidate]) -> list[Candidate]:
    """The few occurrences worth trying: the last ones of a closing, else the surest; keeps the search small."""
    if step.place.closing:
        return found[-_MOST_CLOSINGS:]
    if len(found) <= _MOST_OPTIONS:
        return found
    surest = sorted(found, key=lambda c: (not call.sure(c), -c.similarity, c.start))[:_MOST_OPTIONS]
    return sorted(surest, key=lambda c: c.start)


def why_not(call: Call, step: Step, candidate: Candidate) -> str | None:
    """Why an occurrence cannot count whatever its place, in plain words; None when it can."""
    if step.short:
        invention = call.bank.invention
        overlap = candidate.speech_overlap
        if invention and overlap is not None and overlap < invention.least_overlap:
            return "no speech was detected there, so the words are the recogniser's invention"
        if _in_greeting(call, candidate):
            return "it belongs to the greeting"
    rival = None if step.short else _said_better(call, candidate)
    if rival:
        return f"the words say {rival} more clearly"
    for anchor in step.place.never_as:
        if any(_overlap(candidate, mark) for mark in call.said(anchor)):
            label = anchor.replace("_", " ")
            return f"it is part of the {label}"
    return None


def _said_better(call: Call, candidate: Candidate) -> str | None:
    """Another step of which the same words are the clearer wording; None when there is none."""
    least = (candidate.last - candidate.first) * _SHARED
    for step in call.bank.steps:
        for other in call.said(step.id) if not step.short and step.id != candidate.target else ():
            shared = min(candidate.last, other.last) - max(candidate.first, other.first)
            if shared >= least and other.similarity >= candidate.similarity + _CLEARER:
                return step.id
    return None


def answers(call: Call, step: Step, candidate: Candidate, question: Candidate) -> bool:
    """After the customer's answer to `question`, before the agent's next step, within the bank's seconds."""
    rule = step.place.answers
    if rule is None or candidate.start <= question.end - TIME_SLACK:
        return False
    if candidate.start >= call.next_landmark(question.end - TIME_SLACK, rule.step):
        return False
    answered = [turn for turn in call.customer_turns if turn.end > question.end and turn.start < candidate.start]
    if not answered:
        return False
    # several turns may pass while an address is dictated: the last one before the thanks ends the answer
    return candidate.start - max(turn.end for turn in answered) <= rule.seconds


def closes(call: Call, rule: Closing, candidate: Candidate, last_step: float) -> bool:
    """At the end of what the agent says, after the closing part began, or worded as a closing wherever it stands."""
    if any(_overlap(candidate, mark) for mark in call.said(rule.anchor)):
        return True
    if rule.opened_by and any(mark.end <= candidate.start for mark in call.said(rule.opened_by)):
        return True
    return candidate.start > last_step and call.agent_words - candidate.last <= rule.words_after


def _in_greeting(call: Call, candidate: Candidate) -> bool:
    """In the agent's first turn, or inside what sounds like a greeting before anything else was asked."""
    turns = call.agent_turns
    if turns and candidate.start < turns[0].end and len(call.turns) > 1:
        return True
    first_step = call.landmarks[0].start if call.landmarks else float("inf")
    greetings = call.said(call.bank.greeting) if call.bank.greeting else []
    return any(
        mark.start - TIME_SLACK <= candidate.start < mark.end + TIME_SLACK and mark.start < first_step
        for mark in greetings
    )


def _same_place(one: Candidate, other: Candidate) -> bool:
    """One utterance serves one step only."""
    return one.first < other.last and other.first < one.last


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.channel == other.channel and one.first < other.last and other.first < one.last


def _by_dependence(steps: Sequence[Step]) -> list[Step]:
    """Steps so that each comes after those its place refers to; otherwise in bank order."""
    needs: dict[str, set[str]] = {}
    for step in steps:
        needs[step.id] = {*step.place.after, *([step.place.answers.step] if step.place.answers else ())}
    by_id = {step.id: step for step in steps}
    return [by_id[name] for name in TopologicalSorter(needs).static_order()]
