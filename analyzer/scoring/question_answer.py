"""Questions and answers: what the customer says to a question, and questions known only by their answers.

The agent may ask several things in one turn: "Bapak pemilik atau penyewa? Emailnya apa?" - "Pemilik. Emailnya budi at
gmail titik com." Each sentence of such an answer goes to the question it is about; one that is about none of them may
answer any. And who says "saya penyewanya" at once was asked, though the question was not recognised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from analyzer.models.bank import ReplySpec, ReplyValue
from analyzer.models.finding import Candidate, RecognizedWord, Turn
from analyzer.models.transcript import split_words
from analyzer.scoring.call import TIME_SLACK, JudgedCall

KNOWN_BY_ANSWER = "(known by its answer)"  # stands where a phrase of the bank would


@dataclass(frozen=True)
class Exchange:
    """One question of a reply's step, and what was said after it."""

    call: JudgedCall
    spec: ReplySpec
    question: Candidate

    @cached_property
    def together(self) -> tuple[ReplySpec, ...]:
        """Replies to other steps that were asked in the same turn, before the customer could answer."""
        return tuple(
            reply
            for reply in self.call.bank.replies.all
            if reply.step != self.spec.step
            and any(self.call.same_turn(self.question, other) for other in self.call.accepted(reply.step))
        )

    def turns(self, more: float = 0.0) -> list[Turn]:
        """The customer's turns that may answer, or their sentences where several things were asked.

        `more`: seconds beyond the usual.
        """
        seconds = self.spec.seconds + sum(reply.seconds for reply in self.together) + more
        turns = self.call.answer_turns(self.question, seconds)
        if not self.together:
            return turns
        pause = self.call.bank.match.pause_seconds
        sentences = (_part(turn, words) for turn in turns for words in split_words(turn.words, pause))
        return [sentence for sentence in sentences if self._may_answer(sentence)]

    def _may_answer(self, sentence: Turn) -> bool:
        """False for what is about another of the questions and not about this one."""
        return self._about(self.spec, sentence) or not any(self._about(reply, sentence) for reply in self.together)

    def _about(self, reply: ReplySpec, sentence: Turn) -> bool:
        call = self.call
        if any(call.mentions(group, sentence.start, sentence.end, "customer") for group in reply.about):
            return True
        implying = (value.id for value in reply.values if value.implies_question)
        return any(call.is_accepted(candidate) for name in implying for candidate in call.within(name, sentence))


def _part(turn: Turn, words: Sequence[RecognizedWord]) -> Turn:
    return turn.model_copy(update={"start": words[0].start, "end": words[-1].end, "words": tuple(words)})


@dataclass(frozen=True)
class ImpliedQuestion:
    """An agent's turn that the customer answered as one answers a step."""

    question: Turn
    trace: Candidate | None
    """weak remains of the question's words"""
    answer: str
    proves: bool
    """nobody says this unasked"""

    def as_candidate(self, step_id: str) -> Candidate | None:
        """The question as a candidate: its trace, or its whole turn when the answer proves it."""
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


def implied_question(call: JudgedCall, spec: ReplySpec) -> ImpliedQuestion | None:
    """The first exchange in which a step must have been asked; one with a trace of its words goes first."""
    implied = list(_implied_questions(call, spec))
    return next((question for question in implied if question.trace), implied[0] if implied else None)


def _implied_questions(call: JudgedCall, spec: ReplySpec) -> Iterator[ImpliedQuestion]:
    for index, (question, answer) in enumerate(pairwise(call.turns)):
        opening = index == 0  # what the caller says to the greeting is no answer to a step
        if opening or question.channel == answer.channel or answer.channel != "customer":
            continue
        values = _implying_values(call, spec, answer)
        if values:
            traces = call.traces(spec.step, question)
            trace = max(traces, key=lambda c: (c.similarity, c.start), default=None)
            yield ImpliedQuestion(question, trace, answer.text, any(value.proves_question for value in values))


def _implying_values(call: JudgedCall, spec: ReplySpec, turn: Turn) -> list[ReplyValue]:
    """The values with which a turn begins that imply a question."""
    begins = turn.words[min(spec.implies_question_within, len(turn.words)) - 1].end + TIME_SLACK
    return [
        value
        for value in spec.values
        if value.implies_question
        and any(c.similarity >= spec.volunteered_from and c.start < begins for c in call.within(value.id, turn))
    ]
