"""Which channel is the agent's: by option, manifest or leg file, always checked against who speaks the SOP.

The side differs by recorder and even by file, so a setting alone is no proof: VICIdial records the agent left
(https://download.vicidial.com/vicidial/2025-10-17/docs/STEREO_CALL_RECORDINGS.txt), Amazon Connect right
(https://docs.aws.amazon.com/connect/latest/adminguide/set-up-recordings.html).
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from analyzer.models.base import Channel, ChannelSide, Frozen, Span
from analyzer.models.transcript import AudioTranscript, Segment, Transcript

AgentChannelSource = Literal["option", "manifest", "legs", "auto", "mono"]


class AgentChannelSettings(Frozen):
    """When similarity to the SOP decides who is the agent."""

    margin: float = Field(
        0.5,
        description="lead over both sides' sum from which one is taken for the agent; at 30 % word error the agent's "
        "side led by 0.88 or more in each of 150 labelled calls",
    )
    least: float = Field(
        1.0, description="similarity below which nothing is decided: the least of the same 150 calls was 1.68"
    )


class AgentChannel(Frozen):
    """The agent's channel, with its proof."""

    index: int | None = Field(description="0 or 1; None when it is unknown")
    source: AgentChannelSource
    sop_similarity: tuple[float, ...] = Field(description="how much of the SOP each channel speaks")
    contradicted: bool = Field(False, description="the other channel speaks the SOP much more than the one set")


def decide_agent_channel(
    sop_similarity: Sequence[float],
    wanted: ChannelSide,
    source: AgentChannelSource,
    settings: AgentChannelSettings | None = None,
) -> AgentChannel:
    """The agent's channel; None for `auto` when neither side clearly leads."""
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
    """The channel that clearly speaks the SOP; None when neither does, or both."""
    if max(sop_similarity) < settings.least:
        return None
    lead = (sop_similarity[0] - sop_similarity[1]) / sum(sop_similarity)
    return None if abs(lead) < settings.margin else int(lead < 0)


def with_speakers(audio: AudioTranscript, agent: AgentChannel, *, cut_off_at: float | None = None) -> Transcript:
    """One transcript of all channels, each segment with its speaker.

    `cut_off_at`: where the recording broke off before the end by its header; the rest becomes a hole.
    """
    names: list[Channel] = ["unknown"] * len(audio.channels)
    if agent.index is not None:
        names = ["agent" if channel.index == agent.index else "customer" for channel in audio.channels]
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
