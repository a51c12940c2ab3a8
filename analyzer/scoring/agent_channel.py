"""Which channel is the agent: by option, manifest or leg file, always checked against who speaks the SOP.

The side differs by recorder and even by file (field notes 2), so a setting alone is no proof.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from analyzer.models.base import Channel, Frozen, Span
from analyzer.models.recording import ChannelSide
from analyzer.models.transcript import AudioTranscript, Segment, Transcript

AgentChannelSource = Literal["option", "manifest", "legs", "auto", "mono"]


class AgentChannelSettings(Frozen):
    """When sop_similarity to the SOP-speaking agent decides."""

    margin: float = Field(
        0.5,
        description="lead over both sides' sum from which one is called the agent; at 30 % word error the agent's "
        "side led by 0.88 or more in each of 150 labelled calls",
    )
    least: float = Field(
        1.0, description="sop_similarity below which nothing is said: the least of the same 150 calls was 1.68"
    )


class AgentChannel(Frozen):
    """The decision, with its proof."""

    index: int | None = Field(description="channel of the agent; None when it cannot be told")
    source: AgentChannelSource
    sop_similarity: tuple[float, ...] = Field(description="how much each channel sounds like the agent")
    contradicted: bool = Field(False, description="the other channel speaks the SOP much more than the one set")


def decide_agent_channel(
    sop_similarity: Sequence[float], wanted: ChannelSide, source: AgentChannelSource, settings: AgentChannelSettings | None = None
) -> AgentChannel:
    """Choose the agent's channel; `auto` falls to None when neither side clearly leads."""
    figures = tuple(round(value, 3) for value in sop_similarity)
    if len(figures) == 1:
        return AgentChannel(index=None, source="mono", sop_similarity=figures)
    spoken = _speaks_the_sop(figures, settings or AgentChannelSettings())
    if wanted == "auto":
        return AgentChannel(index=spoken, source="auto", sop_similarity=figures)
    index = 0 if wanted == "left" else 1
    return AgentChannel(
        index=index, source=source, sop_similarity=figures, contradicted=spoken is not None and spoken != index
    )


def _speaks_the_sop(sop_similarity: Sequence[float], settings: AgentChannelSettings) -> int | None:
    """The channel that clearly sounds like the agent; None when neither does, or both."""
    if max(sop_similarity) < settings.least:
        return None
    lead = (sop_similarity[0] - sop_similarity[1]) / sum(sop_similarity)
    return None if abs(lead) < settings.margin else int(lead < 0)


def with_speakers(audio: AudioTranscript, side: AgentChannel, *, cut_off_at: float | None = None) -> Transcript:
    """One transcript of all channels, each named by who speaks on it.

    `cut_off_at`: where the recording broke off before its announced end; the rest is a hole.
    """
    names: list[Channel] = ["unknown"] * len(audio.channels)
    if side.index is not None:
        names = ["agent" if channel.index == side.index else "customer" for channel in audio.channels]
    segments: list[Segment] = []
    speech: dict[Channel, tuple[Span, ...]] = {}
    for name, channel in zip(names, audio.channels, strict=True):
        segments.extend(segment.model_copy(update={"speaker": name}) for segment in channel.segments)
        speech[name] = tuple(sorted((*speech.get(name, ()), *channel.speech), key=lambda span: span.start))
    duration = audio.facts.decoded_seconds
    holes = audio.facts.holes
    if cut_off_at is not None:
        end = max(audio.facts.header_seconds or 0.0, cut_off_at + 1.0)
        holes = (*holes, Span(start=cut_off_at, end=end))
        duration = max(duration, end)
    return Transcript(
        language=audio.language,
        duration=duration,
        segments=tuple(sorted(segments, key=lambda segment: (segment.start, segment.end, segment.speaker))),
        speech=speech,
        holes=holes,
    )
