"""Which occurrence stands for which step: the choice that serves the agent best, found by exact search.

Steps are few and each is rarely said more than three times, so all choices are tried, with branches cut that cannot
beat the best found. Doubtful occurrences count for less, so a sure one in the right place always wins.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from types import MappingProxyType

from analyzer.language.normalise import normal_words
from analyzer.models.bank import Closing, Step
from analyzer.models.finding import Candidate
from analyzer.scoring.call import TIME_SLACK, Call

_MOST_OPTIONS = 5  # occurrences of one step tried; the first and the last among them, so that order loses nothing
_MOST_CLOSINGS = 2  # the closing is the last thanks, or the one before it when that serves another step
_SHARED = 0.5  # share of its words that another step's utterance must hold to be the same utterance
_CLEARER = 5.0  # points of similarity by which the other one must be nearer; less is chance
_DOUBTFUL = 0.5  # worth of an occurrence that may not have been said


@dataclass(frozen=True)
class Assignment:
    """A step's chosen occurrence."""

    candidate: Candidate
    missing_predecessor: str | None
    """id of the step or anchor that should have come before; None when in order"""


Assignments = dict[str, Assignment]


def assign(call: Call, also: Mapping[str, Candidate] = MappingProxyType({})) -> Assignments:
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
        self._best: Assignments = {}
        self._value: tuple[float, Sequence[bool], float, float] = (-1.0, (), 0.0, 0.0)

    def best(self) -> Assignments:
        self._try(0, {}, 0.0)
        return self._best

    def _try(self, at: int, chosen: Assignments, worth: float) -> None:
        if worth + self._left[at] < self._value[0] - 1e-9:
            return
        if at == len(self._steps):
            value = self._worth(chosen, worth)
            if value > self._value:
                self._best, self._value = dict(chosen), value
            return
        step = self._steps[at]
        options = self._options(step, chosen)
        for placed in options:
            credit = self._call.bank.out_of_order_credit if placed.missing_predecessor else 1.0
            sure = 1.0 if self._call.sure(placed.candidate) else _DOUBTFUL
            chosen[step.id] = placed
            self._try(at + 1, chosen, worth + step.weight * credit * sure)
            del chosen[step.id]
        if not self._bound(step, options):
            self._try(at + 1, chosen, worth)

    def _worth(self, chosen: Assignments, worth: float) -> tuple[float, Sequence[bool], float, float]:
        """What is compared: credits first. Of equal ones that with the earlier steps of the SOP (thanks right after
        the e-mail are thanks for it, not the closing), then the surest and earliest; rounded, so that no tie hangs on
        the order of summing.
        """
        kept = [step.id in chosen for step in self._steps]
        similarity = sum(placed.candidate.similarity for placed in chosen.values())
        start = sum(placed.candidate.start for placed in chosen.values())
        return round(worth, 6), kept, round(similarity, 3), -round(start, 3)

    def _bound(self, step: Step, options: Sequence[Assignment]) -> bool:
        """Whether one of them must be taken: what was surely said is never called missed to put others in order.

        Steps known by their place alone share their words with others, so they may be left out.
        """
        return not by_place(step) and any(self._call.sure(placed.candidate) for placed in options)

    def _options(self, step: Step, chosen: Mapping[str, Assignment]) -> list[Assignment]:
        """The step's occurrences that its own place allows, given the steps chosen before it."""
        if step.id in self._also:
            candidate = self._also[step.id]
            return [Assignment(candidate, missing_predecessor(self._call, step, candidate, chosen))]
        found = [candidate for candidate in self._eligible[step.id] if self._in_place(step, candidate, chosen)]
        best = _last(self._call, found) if step.place.closing else _foremost(self._call, found, lambda _: False)
        return [Assignment(candidate, missing_predecessor(self._call, step, candidate, chosen)) for candidate in best]

    @cached_property
    def _eligible(self) -> dict[str, list[Candidate]]:
        """Occurrences by step; of those that count wherever they stand only the foremost."""
        found = {step.id: eligible(self._call, step) for step in self._steps}
        return {
            step.id: found[step.id] if by_place(step) else _foremost(self._call, found[step.id], self._led(step, found))
            for step in self._steps
        }

    def _led(self, step: Step, found: Mapping[str, list[Candidate]]) -> Callable[[Candidate], bool]:
        """Tells whether an occurrence of a step leads to one of a step that must follow the answer to it."""
        following = [other for other in self._steps if other.place.answers and other.place.answers.step == step.id]
        return lambda candidate: any(
            answers(self._call, other, after, candidate) for other in following for after in found[other.id]
        )

    def _in_place(self, step: Step, candidate: Candidate, chosen: Mapping[str, Assignment]) -> bool:
        if step.short and any(same_place(candidate, chosen[n].candidate) for n in self._short if n in chosen):
            return False
        if step.place.answers:
            question = chosen.get(step.place.answers.step)
            return question is not None and answers(self._call, step, candidate, question.candidate)
        if step.place.closing:
            last = max((placed.candidate.start for placed in chosen.values()), default=0.0)
            return closes(self._call, step.place.closing, candidate, last, self._words_after(candidate))
        return True

    def _words_after(self, candidate: Candidate) -> int:
        """What the agent still says; fillers are left out: "ya, baik Bu" goes on for as long as the customer thanks."""
        fillers = len(self._fillers) - bisect_left(self._fillers, candidate.last)
        return self._call.agent_words - candidate.last - fillers

    @cached_property
    def _fillers(self) -> list[int]:
        """Places of the fillers among the agent's words, in order."""
        bank = self._call.bank
        known = {word for entry in bank.groups[bank.match.fillers] for word in normal_words(entry, bank.language)}
        spoken = (word for turn in self._call.agent_turns for word in turn.words)
        return [at for at, word in enumerate(spoken) if known.issuperset(word.normal)]


def missing_predecessor(call: Call, step: Step, candidate: Candidate, chosen: Mapping[str, Assignment]) -> str | None:
    """The step or anchor that should have come before; None when in order."""
    for name in step.place.after:
        before = chosen.get(name)
        if before and before.candidate.start > candidate.start and call.sure(before.candidate):
            return name
    anchor = step.place.after_anchor
    if anchor:
        marks = call.accepted(anchor)
        if marks and marks[0].start > candidate.start:
            return anchor
    return None


def eligible(call: Call, step: Step) -> list[Candidate]:
    """Occurrences that may count at all, by start."""
    return [candidate for candidate in call.candidates(step.id) if why_not(call, step, candidate) is None]


def by_place(step: Step) -> bool:
    """Whether a step is known by its place alone: its words serve other steps too."""
    return step.place.answers is not None or step.place.closing is not None


def _foremost(call: Call, found: list[Candidate], leads: Callable[[Candidate], bool]) -> list[Candidate]:
    """The few occurrences worth trying, by start; keeps the search small.

    The first and the last sure ones may be the only ones in order with other steps; of the rest those that `leads`
    tells to be followed as they should, then the surest.
    """
    if len(found) <= _MOST_OPTIONS:
        return found
    pool = [candidate for candidate in found if call.sure(candidate)] or found
    first, last = pool[0], pool[-1]
    others = [candidate for candidate in found if candidate is not first and candidate is not last]
    others.sort(key=lambda c: (not call.sure(c), not leads(c), -c.similarity, c.start))
    best = [first, *others[: _MOST_OPTIONS - 2], *([last] if last is not first else [])]
    return sorted(best, key=lambda c: c.start)


def _last(call: Call, found: list[Candidate]) -> list[Candidate]:
    """The closings worth trying, by start: the last sure ones, and doubtful ones should these serve another step."""
    sure = [candidate for candidate in found if call.sure(candidate)]
    doubtful = [candidate for candidate in found if not call.sure(candidate)]
    return sorted([*sure[-_MOST_CLOSINGS:], *doubtful[-_MOST_CLOSINGS:]], key=lambda c: c.start)


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
        if any(_overlap(candidate, mark) for mark in call.accepted(anchor)):
            label = anchor.replace("_", " ")
            return f"it is part of the {label}"
    return None


def _said_better(call: Call, candidate: Candidate) -> str | None:
    """Another step of which the same words are the clearer wording; None when there is none."""
    least = (candidate.last - candidate.first) * _SHARED
    for step in call.bank.steps:
        for other in call.accepted(step.id) if not step.short and step.id != candidate.target else ():
            shared = min(candidate.last, other.last) - max(candidate.first, other.first)
            if shared >= least and other.similarity >= candidate.similarity + _CLEARER:
                return step.id
    return None


def answers(call: Call, step: Step, candidate: Candidate, question: Candidate) -> bool:
    """After the customer's answer to `question`, before the agent's next step, within the bank's seconds."""
    rule = step.place.answers
    if rule is None or candidate.start <= question.end - TIME_SLACK:
        return False
    if candidate.start >= call.next_agent_move(question):
        return False
    answered = [turn for turn in call.customer_turns if turn.end > question.end and turn.start < candidate.start]
    if not answered:
        return False
    # several turns may pass while an address is dictated: the last one before the thanks ends the answer
    return candidate.start - max(turn.end for turn in answered) <= rule.seconds


def closes(call: Call, rule: Closing, candidate: Candidate, last_step: float, words_after: int) -> bool:
    """At the end of what the agent says (fillers apart), in the closing part, or worded as a closing anywhere."""
    if any(_overlap(candidate, mark) for mark in call.accepted(rule.anchor)):
        return True
    if rule.opened_by and any(mark.end <= candidate.start for mark in call.accepted(rule.opened_by)):
        return True
    return candidate.start > last_step and words_after <= rule.words_after


def _in_greeting(call: Call, candidate: Candidate) -> bool:
    """In the agent's first turn, or inside what sounds like a greeting before anything else was asked."""
    turns = call.agent_turns
    if turns and candidate.start < turns[0].end and len(call.turns) > 1:
        return True
    first_step = call.landmarks[0].start if call.landmarks else float("inf")
    greetings = call.accepted(call.bank.greeting) if call.bank.greeting else []
    return any(
        mark.start - TIME_SLACK <= candidate.start < mark.end + TIME_SLACK and mark.start < first_step
        for mark in greetings
    )


def same_place(one: Candidate, other: Candidate) -> bool:
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
