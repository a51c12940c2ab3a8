"""What all models share: the frozen base class, value types that every stage uses, and options of output."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value that crosses a stage border: never changed after it was made, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Seconds = Annotated[float, Field(ge=0, description="seconds from the start of the recording")]
Probability = Annotated[float, Field(ge=0, le=1)]
Device = Literal["auto", "cpu", "cuda"]
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
    """A half-open stretch of time in seconds from the start of the recording; empty when start == end."""

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
