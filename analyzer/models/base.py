"""What all models share: the frozen base class, value types that every stage uses, spans of time and their algebra."""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value that crosses a stage border: never changed after it was made, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Seconds = Annotated[float, Field(ge=0, description="seconds from the start of the recording")]
Probability = Annotated[float, Field(ge=0, le=1)]
Device = Literal["auto", "cpu", "cuda"]
ChannelSide = Literal["left", "right", "auto"]
CustomerAudio = Literal["full", "replies", "none"]
PersonRole = Literal["analyst", "coach", "lead", "agent"]
Channel = Literal["agent", "customer", "unknown"]
Pages = Literal["all", "flagged", "none"]
Status = Literal["met", "out_of_order", "missed", "not_applicable", "unsure"]
Verdict = Literal["exempt", "unscorable", "fail", "pass", "review"]
CallerRole = Literal["owner", "tenant", "responsible", "other"]
EmailReply = Literal["given", "none", "refused"]
CallbackReply = Literal["yes", "other_number", "no", "unclear"]
Lang = str
"""Code of a language that has a catalogue in `analyzer.locale`, e.g. `id`."""


class Span(Frozen):
    """A half-open interval of time in seconds from the start of the recording; empty when start == end."""

    start: Seconds
    end: Seconds

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return max(0.0, self.end - self.start)

    def overlap(self, start: float, end: float) -> float:
        """Seconds shared with [start, end)."""
        return max(0.0, min(self.end, end) - max(self.start, start))


class OutputOptions(Frozen):
    """Language of what people read, and which calls get a page of their own."""

    lang: Lang = Field("id", description="pages start in it and can switch; sheets are in it")
    pages: Pages = Field("all", description="flagged: calls that failed, are undecided, or hold a violation")


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans that `spans` cover together: in order, apart from each other; what touches is joined."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Span(start=joined[-1].start, end=span.end)
        else:
            joined.append(Span(start=span.start, end=span.end))
    return tuple(joined)


def difference(spans: Iterable[Span], removed: Iterable[Span]) -> tuple[Span, ...]:
    """What of each of `spans` none of `removed` covers, in the order of `spans`; never empty spans."""
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


class DecodingWindow(Span):
    """A few spans of one channel, decoded as one; `start` and `end` are those of the first and the last.

    Seconds inside a window leave out what lies between its spans; `call_time` brings them back to the call.
    """

    spans: tuple[Span, ...] = Field(min_length=1, description="in order, apart from each other")

    @property
    def seconds(self) -> float:
        """Length in seconds: less than from `start` to `end` when silence was left out."""
        return sum(span.seconds for span in self.spans)

    def call_time(self, begin: float, end: float) -> tuple[float, float]:
        """Call time of a run of seconds inside the window. Both ends lie in one span, that of the run's middle."""
        reached = list(itertools.accumulate(span.seconds for span in self.spans))
        index = min(bisect_right(reached, (begin + end) / 2), len(reached) - 1)
        span = self.spans[index]
        shift = span.start - (reached[index] - span.seconds)
        start = min(max(begin + shift, span.start), span.end)
        return start, min(max(end + shift, start), span.end)


def window_of(spans: Sequence[Span]) -> DecodingWindow:
    """A window of spans that are in order; at least one."""
    return DecodingWindow(start=spans[0].start, end=spans[-1].end, spans=tuple(spans))
