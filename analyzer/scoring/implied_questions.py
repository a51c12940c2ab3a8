"""Questions known by their answers: who says "saya penyewanya" at once was asked, though the question was not heard."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analyzer.models.bank import Reply, ReplyValue
from analyzer.models.evidence import Turn
from analyzer.models.finding import Candidate
from analyzer.scoring.call import TIME_SLACK, Call

KNOWN_BY_ANSWER = "(known by its answer)"  # stands where a phrase of the bank would


@dataclass(frozen=True)
class Asked:
    """An agent's turn that the customer answered as one answers a step."""

    question: Turn
    trace: Candidate | None
    """what is left of the question's words"""
    answer: str
    proves: bool
    """nobody says this unasked"""

    def as_candidate(self, step_id: str) -> Candidate | None:
        """The question as something heard: its trace, or its whole turn when the answer proves it."""
        if self.trace or not self.proves:
            return self.trace
        turn = self.question
        return Candidate(
            target=step_id,
            phrase=KNOWN_BY_ANSWER,
            similarity=0.0,
            channel=turn.channel,
            first=0,
            last=0,
            start=turn.start,
            end=turn.end,
            heard=turn.text,
        )


def asked(call: Call, spec: Reply) -> Asked | None:
    """The first exchange in which a step must have been asked; one with a trace of its words goes first."""
    found = list(_exchanges(call, spec))
    return next((exchange for exchange in found if exchange.trace), found[0] if found else None)


def _exchanges(call: Call, spec: Reply) -> Iterator[Asked]:
    turns = call.turns
    for at, (question, answer) in enumerate(pairwise(turns)):
        opening = at == 0  # what the caller says to the greeting is no answer to a step
        if opening or question.channel == answer.channel or answer.channel != "customer":
            continue
        told = _told(call, spec, answer)
        if told:
            traces = call.traces(spec.step, question)
            trace = max(traces, key=lambda c: (c.similarity, c.start), default=None)
            yield Asked(question, trace, answer.text, any(value.proves for value in told))


def _told(call: Call, spec: Reply, turn: Turn) -> list[ReplyValue]:
    """The telling values that a turn begins with."""
    begins = turn.words[min(spec.telling_words, len(turn.words)) - 1].end + TIME_SLACK
    return [
        value
        for value in spec.values
        if value.telling
        and any(c.similarity >= spec.volunteered_from and c.start < begins for c in call.within(value.id, turn))
    ]
