"""Sets of spans (union, difference), and windows: what a recogniser decodes at once."""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from pydantic import Field

from analyzer.models.base import Span


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches that `spans` cover together: in order, apart from each other; what touches is joined."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Span(start=joined[-1].start, end=span.end)
        else:
            joined.append(Span(start=span.start, end=span.end))
    return tuple(joined)


def difference(spans: Iterable[Span], removed: Iterable[Span]) -> tuple[Span, ...]:
    """What of each of `spans` none of `removed` covers, in the order of `spans`; never empty stretches."""
    covers = union(removed)
    ends = [cover.end for cover in covers]
    left: list[Span] = []
    for span in spans:
        start = span.start
        for cover in itertools.islice(covers, bisect_right(ends, start), None):
            if cover.start >= span.end:
                break
            if cover.start > start:
                left.append(Span(start=start, end=cover.start))
            start = cover.end
        if start < span.end:
            left.append(Span(start=start, end=span.end))
    return tuple(left)


class Window(Span):
    """A few stretches of one channel, decoded as one; `start` and `end` are those of the first and the last.

    Seconds inside a window leave out what lies between its stretches; `call_time` brings them back to the call.
    """

    pieces: tuple[Span, ...] = Field(min_length=1, description="in order, apart from each other")

    @property
    def seconds(self) -> float:
        """Length in seconds: less than from `start` to `end` when silence was left out."""
        return sum(piece.seconds for piece in self.pieces)

    def call_time(self, begin: float, end: float) -> tuple[float, float]:
        """Call time of a run of seconds inside the window. Both ends lie in one stretch, that of the run's middle."""
        reached = list(itertools.accumulate(piece.seconds for piece in self.pieces))
        index = min(bisect_right(reached, (begin + end) / 2), len(reached) - 1)
        piece = self.pieces[index]
        shift = piece.start - (reached[index] - piece.seconds)
        start = min(max(begin + shift, piece.start), piece.end)
        return start, min(max(end + shift, start), piece.end)


def window_of(pieces: Sequence[Span]) -> Window:
    """A window of stretches that are in order; at least one."""
    return Window(start=pieces[0].start, end=pieces[-1].end, pieces=tuple(pieces))
