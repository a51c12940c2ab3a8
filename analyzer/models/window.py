"""What a recogniser hears at once: stretches of one channel one after another, the silence between them left out."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from pydantic import Field

from analyzer.models.base import Span


class Window(Span):
    """A few stretches of one channel, heard as one; `start` and `end` are those of the first and the last.

    Times inside it ("heard" seconds) leave out what lies between the stretches; `at` brings them back to the call.
    """

    pieces: tuple[Span, ...] = Field(min_length=1, description="in order, apart from each other")

    @property
    def seconds(self) -> float:
        """Seconds heard: less than from `start` to `end` when silence was left out."""
        return sum(piece.seconds for piece in self.pieces)

    def at(self, begin: float, end: float) -> tuple[float, float]:
        """Call time of a run of heard seconds. Both ends lie in one stretch, that of the run's middle."""
        reached = list(accumulate(piece.seconds for piece in self.pieces))
        index = min(bisect_right(reached, (begin + end) / 2), len(reached) - 1)
        piece = self.pieces[index]
        shift = piece.start - (reached[index] - piece.seconds)
        start = min(max(begin + shift, piece.start), piece.end)
        return start, min(max(end + shift, start), piece.end)


def window_of(pieces: Sequence[Span]) -> Window:
    """A window of stretches that are in order; at least one."""
    return Window(start=pieces[0].start, end=pieces[-1].end, pieces=tuple(pieces))
