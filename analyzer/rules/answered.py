"""Questions known by their answers: who says "saya penyewanya" at once was asked, though the question was not heard."""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.models.evidence import Turn
from analyzer.models.finding import Candidate
from analyzer.models.phrases import Reply
from analyzer.rules.call import TIME_SLACK, Call


@dataclass(frozen=True)
class Asked:
    """An agent's turn that the customer answered as one answers a step."""

    question: Turn
    trace: Candidate | None
    """what is left of the question's words"""
    answer: str


def asked(call: Call, spec: Reply) -> Asked | None:
    """The first exchange in which a step must have been asked; one with a trace of its words goes first."""
    found = list(_exchanges(call, spec))
    return next((exchange for exchange in found if exchange.trace), found[0] if found else None)


def _exchanges(call: Call, spec: Reply) -> Iterator[Asked]:
    turns = call.turns
    for at, (question, answer) in enumerate(zip(turns, turns[1:], strict=False)):
        opening = at == 0  # what the caller says to the greeting is no answer to a step
        if opening or question.channel == answer.channel or answer.channel != "customer":
            continue
        if not _tells(call, spec, answer):
            continue
        traces = call.traces(spec.step, question)
        yield Asked(question, max(traces, key=lambda c: (c.similarity, c.start), default=None), answer.text)


def _tells(call: Call, spec: Reply, turn: Turn) -> bool:
    """Whether a turn begins with a value that nobody says unasked."""
    begins = turn.words[min(spec.telling_words, len(turn.words)) - 1].end + TIME_SLACK
    return any(
        candidate.similarity >= spec.volunteered_from and candidate.start < begins
        for value in spec.values
        if value.telling
        for candidate in call.within(value.id, turn)
    )
