"""What the customer says in answer to a question, also when the agent asks several in one breath.

"Bapak pemilik atau penyewa? Emailnya apa?" - "Pemilik. Emailnya budi at gmail titik com." Each sentence of such an
answer goes to the question that it is about; one that is about none of them may answer any.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from analyzer.models.bank import Reply, ReplyValue
from analyzer.models.evidence import RecognizedWord, Turn
from analyzer.models.finding import Candidate
from analyzer.scoring.call import TIME_SLACK, Call

_ENDS = (".", "?", "!")


@dataclass(frozen=True)
class Exchange:
    """One question of a reply's step, and what was said after it."""

    call: Call
    spec: Reply
    question: Candidate

    @cached_property
    def together(self) -> tuple[Reply, ...]:
        """Replies to other steps that were asked in the same breath: the customer had not had the word between."""
        return tuple(
            reply
            for reply in self.call.bank.replies.all
            if reply.step != self.spec.step
            and any(self.call.same_turn(self.question, other) for other in self.call.accepted(reply.step))
        )

    def turns(self, more: float = 0.0) -> list[Turn]:
        """The customer's turns that may answer, `more` seconds beyond the usual; sentences where several were asked."""
        seconds = self.spec.seconds + sum(reply.seconds for reply in self.together) + more
        turns = self.call.answer_turns(self.question, seconds)
        if not self.together:
            return turns
        return [sentence for turn in turns for sentence in self._sentences(turn) if self._ours(sentence)]

    def _ours(self, sentence: Turn) -> bool:
        """False for what is about another of the questions and not about this one."""
        return self._about(self.spec, sentence) or not any(self._about(reply, sentence) for reply in self.together)

    def _about(self, reply: Reply, sentence: Turn) -> bool:
        call = self.call
        if any(call.mentions(group, sentence.start, sentence.end, "customer") for group in reply.about):
            return True
        telling = (value.id for value in reply.values if value.implies_question)
        return any(call.sure(candidate) for name in telling for candidate in call.within(name, sentence))

    def _sentences(self, turn: Turn) -> Iterator[Turn]:
        words = turn.words
        cuts = [
            at
            for at, (before, word) in enumerate(pairwise(words), 1)
            if before.text.endswith(_ENDS) or word.start - before.end >= self.call.bank.match.pause_seconds
        ]
        for first, last in pairwise((0, *cuts, len(words))):
            yield _part(turn, words[first:last])


def _part(turn: Turn, words: tuple[RecognizedWord, ...]) -> Turn:
    return turn.model_copy(update={"start": words[0].start, "end": words[-1].end, "words": words})


KNOWN_BY_ANSWER = "(known by its answer)"  # stands where a phrase of the bank would


@dataclass(frozen=True)
class ImpliedQuestion:
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


def implied_question(call: Call, spec: Reply) -> ImpliedQuestion | None:
    """The first exchange in which a step must have been asked; one with a trace of its words goes first."""
    found = list(_exchanges(call, spec))
    return next((exchange for exchange in found if exchange.trace), found[0] if found else None)


def _exchanges(call: Call, spec: Reply) -> Iterator[ImpliedQuestion]:
    turns = call.turns
    for at, (question, answer) in enumerate(pairwise(turns)):
        opening = at == 0  # what the caller says to the greeting is no answer to a step
        if opening or question.channel == answer.channel or answer.channel != "customer":
            continue
        told = _told(call, spec, answer)
        if told:
            traces = call.traces(spec.step, question)
            trace = max(traces, key=lambda c: (c.similarity, c.start), default=None)
            yield ImpliedQuestion(question, trace, answer.text, any(value.proves_question for value in told))


def _told(call: Call, spec: Reply, turn: Turn) -> list[ReplyValue]:
    """The telling values that a turn begins with."""
    begins = turn.words[min(spec.implies_question_within, len(turn.words)) - 1].end + TIME_SLACK
    return [
        value
        for value in spec.values
        if value.implies_question
        and any(c.similarity >= spec.volunteered_from and c.start < begins for c in call.within(value.id, turn))
    ]
