"""Assigns an occurrence to each step that was said: the choice that maximises credit, by branch and bound.

Steps are few and each is rarely said more than three times, so all choices are tried; branches that cannot beat the
best choice so far are cut. Doubtful occurrences count less, so an accepted one in the right place is always preferred.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from types import MappingProxyType

from analyzer.language.normalise import normal_words
from analyzer.models.bank import ClosingRule, Step
from analyzer.models.finding import Candidate
from analyzer.scoring.call import TIME_SLACK, JudgedCall

_MOST_OPTIONS = 5  # occurrences of one step tried; the first and the last among them, so that order loses nothing
_MOST_CLOSINGS = 2  # the closing is the last thanks, or the one before it when that serves another step


@dataclass(frozen=True)
class Assignment:
    """The occurrence assigned to a step."""

    candidate: Candidate
    missing_predecessor: str | None
    """id of the step or anchor that should have come before; None when in order"""


Assignments = dict[str, Assignment]


def assign(call: JudgedCall, known: Mapping[str, Candidate] = MappingProxyType({})) -> Assignments:
    """The best choice of occurrences by step; steps not said are absent. `known`: steps known by answers."""
    return _Search(call, known).best()


class _Search:
    """Branch and bound over the steps of one call, from the assignments of the steps before to those after."""

    def __init__(self, call: JudgedCall, known: Mapping[str, Candidate]) -> None:
        self._call = call
        self._known = known
        self._steps = _by_dependence(call.bank.steps)
        self._short = [step.id for step in self._steps if step.short]
        self._weight_left = [0.0] * (len(self._steps) + 1)
        for index in range(len(self._steps) - 1, -1, -1):
            self._weight_left[index] = self._weight_left[index + 1] + self._steps[index].weight
        self._best: Assignments = {}
        self._value: tuple[float, Sequence[bool], float, float] = (-1.0, (), 0.0, 0.0)

    def best(self) -> Assignments:
        self._try(0, {}, 0.0)
        return self._best

    def _try(self, index: int, assigned: Assignments, worth: float) -> None:
        if worth + self._weight_left[index] < self._value[0] - 1e-9:
            return
        if index == len(self._steps):
            value = self._value_of(assigned, worth)
            if value > self._value:
                self._best, self._value = dict(assigned), value
            return
        step = self._steps[index]
        options = self._options(step, assigned)
        for option in options:
            credit = self._call.bank.out_of_order_credit if option.missing_predecessor else 1.0
            sure = 1.0 if self._call.is_accepted(option.candidate) else self._call.bank.assignment.doubtful_worth
            assigned[step.id] = option
            self._try(index + 1, assigned, worth + step.weight * credit * sure)
            del assigned[step.id]
        if not self._must_assign(step, options):
            self._try(index + 1, assigned, worth)

    def _value_of(self, assigned: Assignments, worth: float) -> tuple[float, Sequence[bool], float, float]:
        """What is compared: credits first. Of equal ones that with the earlier steps of the SOP (thanks right after
        the e-mail are thanks for it, not the closing), then the most similar and earliest; rounded, so that no tie
        depends on the order of summing.
        """
        present = [step.id in assigned for step in self._steps]
        similarity = sum(assignment.candidate.similarity for assignment in assigned.values())
        start = sum(assignment.candidate.start for assignment in assigned.values())
        return round(worth, 6), present, round(similarity, 3), -round(start, 3)

    def _must_assign(self, step: Step, options: Sequence[Assignment]) -> bool:
        """True when one of the options must be taken: what was surely said is never missed to put others in order.

        Steps known by their place alone share their words with others, so they may be left out.
        """
        return not is_position_based(step) and any(self._call.is_accepted(option.candidate) for option in options)

    def _options(self, step: Step, assigned: Mapping[str, Assignment]) -> list[Assignment]:
        """The step's occurrences that its place rule allows, given the steps assigned before it."""
        if step.id in self._known:
            candidate = self._known[step.id]
            return [Assignment(candidate, missing_predecessor(self._call, step, candidate, assigned))]
        allowed = [candidate for candidate in self._eligible[step.id] if self._in_place(step, candidate, assigned)]
        best = _last(self._call, allowed) if step.place.closing else _foremost(self._call, allowed, lambda _: False)
        return [Assignment(candidate, missing_predecessor(self._call, step, candidate, assigned)) for candidate in best]

    @cached_property
    def _eligible(self) -> dict[str, list[Candidate]]:
        """Occurrences by step; of steps that count wherever they stand only the foremost."""
        every = {step.id: eligible(self._call, step) for step in self._steps}
        return {
            step.id: every[step.id]
            if is_position_based(step)
            else _foremost(self._call, every[step.id], self._is_followed(step, every))
            for step in self._steps
        }

    def _is_followed(self, step: Step, every: Mapping[str, list[Candidate]]) -> Callable[[Candidate], bool]:
        """A test whether an occurrence is followed by one of a step that must follow the answer to it."""
        following = [other for other in self._steps if other.place.answers and other.place.answers.step == step.id]
        return lambda candidate: any(
            follows_answer(self._call, other, after, candidate) for other in following for after in every[other.id]
        )

    def _in_place(self, step: Step, candidate: Candidate, assigned: Mapping[str, Assignment]) -> bool:
        if step.short and any(same_utterance(candidate, assigned[n].candidate) for n in self._short if n in assigned):
            return False
        if step.place.answers:
            question = assigned.get(step.place.answers.step)
            return question is not None and follows_answer(self._call, step, candidate, question.candidate)
        if step.place.closing:
            last = max((assignment.candidate.start for assignment in assigned.values()), default=0.0)
            return closes(self._call, step.place.closing, candidate, last, self._words_after(candidate))
        return True

    def _words_after(self, candidate: Candidate) -> int:
        """Number of words the agent says after it. Fillers do not count: "ya, baik Bu" may follow any closing."""
        fillers = len(self._fillers) - bisect_left(self._fillers, candidate.last)
        return self._call.agent_words - candidate.last - fillers

    @cached_property
    def _fillers(self) -> list[int]:
        """Indices of the fillers among the agent's words, in order."""
        bank = self._call.bank
        known = {word for entry in bank.groups[bank.match.fillers] for word in normal_words(entry, bank.language)}
        spoken = (word for turn in self._call.agent_turns for word in turn.words)
        return [index for index, word in enumerate(spoken) if known.issuperset(word.normal)]


def missing_predecessor(
    call: JudgedCall, step: Step, candidate: Candidate, assigned: Mapping[str, Assignment]
) -> str | None:
    """The step or anchor that should have come before; None when in order."""
    for name in step.place.after:
        before = assigned.get(name)
        if before and before.candidate.start > candidate.start and call.is_accepted(before.candidate):
            return name
    anchor = step.place.after_anchor
    if anchor:
        said = call.accepted(anchor)
        if said and said[0].start > candidate.start:
            return anchor
    return None


def eligible(call: JudgedCall, step: Step) -> list[Candidate]:
    """Occurrences that may count at all, by start."""
    return [candidate for candidate in call.candidates(step.id) if rejection_reason(call, step, candidate) is None]


def is_position_based(step: Step) -> bool:
    """True when a step is recognised by its place alone, because its words serve other steps too."""
    return step.place.answers is not None or step.place.closing is not None


def _foremost(call: JudgedCall, candidates: list[Candidate], followed: Callable[[Candidate], bool]) -> list[Candidate]:
    """The few occurrences worth trying, by start; keeps the search small.

    The first and the last sure ones may be the only ones in order with other steps; of the rest those that are
    `followed` as they should be, then the most similar.
    """
    if len(candidates) <= _MOST_OPTIONS:
        return candidates
    pool = [candidate for candidate in candidates if call.is_accepted(candidate)] or candidates
    first, last = pool[0], pool[-1]
    others = [candidate for candidate in candidates if candidate is not first and candidate is not last]
    others.sort(key=lambda c: (not call.is_accepted(c), not followed(c), -c.similarity, c.start))
    best = [first, *others[: _MOST_OPTIONS - 2], *([last] if last is not first else [])]
    return sorted(best, key=lambda c: c.start)


def _last(call: JudgedCall, candidates: list[Candidate]) -> list[Candidate]:
    """The closings worth trying, by start: the last sure ones, and doubtful ones should these serve another step."""
    sure = [candidate for candidate in candidates if call.is_accepted(candidate)]
    doubtful = [candidate for candidate in candidates if not call.is_accepted(candidate)]
    return sorted([*sure[-_MOST_CLOSINGS:], *doubtful[-_MOST_CLOSINGS:]], key=lambda c: c.start)


def rejection_reason(call: JudgedCall, step: Step, candidate: Candidate) -> str | None:
    """Why an occurrence cannot count whatever its place, as part of a sentence; None when it can."""
    if step.short:
        hallucination = call.bank.hallucination
        overlap = candidate.speech_overlap
        if hallucination and overlap is not None and overlap < hallucination.least_overlap:
            return "no speech was detected there, so the words are the recogniser's invention"
        if _in_greeting(call, candidate):
            return "it belongs to the greeting"
    rival = None if step.short else _said_better(call, candidate)
    if rival:
        return f"the words say {rival} more clearly"
    for anchor in step.place.never_as:
        if any(_overlap(candidate, said) for said in call.accepted(anchor)):
            label = anchor.replace("_", " ")
            return f"it is part of the {label}"
    return None


def _said_better(call: JudgedCall, candidate: Candidate) -> str | None:
    """The id of another step that the same words fit better; None when there is none."""
    settings = call.bank.assignment
    least = (candidate.last - candidate.first) * settings.shared
    for step in call.bank.steps:
        for other in call.accepted(step.id) if not step.short and step.id != candidate.target else ():
            shared = min(candidate.last, other.last) - max(candidate.first, other.first)
            if shared >= least and other.similarity >= candidate.similarity + settings.clearer:
                return step.id
    return None


def follows_answer(call: JudgedCall, step: Step, candidate: Candidate, question: Candidate) -> bool:
    """True after the customer's answer to `question`, before the agent's next step, within the bank's seconds."""
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


def closes(call: JudgedCall, rule: ClosingRule, candidate: Candidate, last_step: float, words_after: int) -> bool:
    """True at the end of what the agent says (fillers apart), in the closing part, or where worded as a closing."""
    if any(_overlap(candidate, said) for said in call.accepted(rule.anchor)):
        return True
    if rule.opened_by and any(said.end <= candidate.start for said in call.accepted(rule.opened_by)):
        return True
    return candidate.start > last_step and words_after <= rule.words_after


def _in_greeting(call: JudgedCall, candidate: Candidate) -> bool:
    """True in the agent's first turn, or inside a greeting before anything else was asked."""
    turns = call.agent_turns
    if turns and candidate.start < turns[0].end and len(call.turns) > 1:
        return True
    first_step = call.landmarks[0].start if call.landmarks else float("inf")
    greetings = call.accepted(call.bank.greeting) if call.bank.greeting else []
    return any(
        greeting.start - TIME_SLACK <= candidate.start < greeting.end + TIME_SLACK and greeting.start < first_step
        for greeting in greetings
    )


def same_utterance(first: Candidate, second: Candidate) -> bool:
    """True when both share words: one utterance serves one step only."""
    return first.first < second.last and second.first < first.last


def _overlap(first: Candidate, second: Candidate) -> bool:
    return first.channel == second.channel and same_utterance(first, second)


def _by_dependence(steps: Sequence[Step]) -> list[Step]:
    """Steps in an order in which each comes after those its place refers to (topological sort)."""
    needs: dict[str, set[str]] = {}
    for step in steps:
        needs[step.id] = {*step.place.after, *([step.place.answers.step] if step.place.answers else ())}
    by_id = {step.id: step for step in steps}
    return [by_id[name] for name in TopologicalSorter(needs).static_order()]
