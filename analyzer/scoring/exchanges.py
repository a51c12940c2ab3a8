"""What the customer says in answer to a question, also when the agent asks several in one breath.

"Bapak pemilik atau penyewa? Emailnya apa?" - "Pemilik. Emailnya budi at gmail titik com." Each sentence of such an
answer goes to the question that it is about; one that is about none of them may answer any.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from analyzer.models.bank import Reply
from analyzer.models.evidence import Heard, Turn
from analyzer.models.finding import Candidate
from analyzer.scoring.call import Call

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
            and any(self.call.one_breath(self.question, other) for other in self.call.said(reply.step))
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
        telling = (value.id for value in reply.values if value.telling)
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


def _part(turn: Turn, words: tuple[Heard, ...]) -> Turn:
    return turn.model_copy(update={"start": words[0].start, "end": words[-1].end, "words": words})
