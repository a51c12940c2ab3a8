"""A recording, the call it belongs to, and what was found out about its audio."""

from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.models.base import ChannelSide, Frozen, Seconds, Span

System = Literal["CRM", "APKT", "AP2T"]
SAMPLE_RATE = 16_000
"""Hz; what Whisper and Silero take. Silero at 8 kHz is poor on female voices (snakers4/silero-vad#765)."""

Samples = NDArray[np.float32]
"""One channel, mono, 16 kHz, -1 to 1."""


class CallMetadata(Frozen):
    """What the manifest (or the file name) says about a call; every field may be absent."""

    agent: str | None = None
    started_at: str | None = Field(None, description="as written in the manifest; not interpreted")
    system: System | None = Field(None, description="application the report was recorded in, SOP clause 1 a-c")
    transaction: str | None = None
    email: str | None = Field(None, description="address recorded in `system`, for the record check")
    phone: str | None = Field(None, description="mobile number recorded in `system`, for the record check")
    agent_channel: ChannelSide | None = None
    extra: dict[str, str] = Field(default_factory=dict, description="unknown manifest columns, kept and shown")


class RemoteFile(Frozen):
    """A file that is not on this machine, as it was when it was listed."""

    url: str
    size: int = Field(ge=0, description="bytes; 0 when the storage does not say")
    stamp: str = Field(description="changes with the content: an ETag or a time; empty when the storage says neither")


class Recording(Frozen):
    """One call's input: an audio file, a pair of leg files, or a saved transcript (`.json`)."""

    call_id: str
    path: Path = Field(description="the file; for a pair of legs the agent's leg")
    customer_leg: Path | None = Field(None, description="the other party's leg file, when legs are separate")
    name: str = Field(description="path as shown to people and stored: relative to the folder given")
    metadata: CallMetadata = CallMetadata()
    remote: tuple[RemoteFile, ...] = Field(
        (),
        description="where `path` and `customer_leg` are fetched from; both then serve as names only. "
        "Empty: they are on this machine",
    )

    @property
    def files(self) -> tuple[Path, ...]:
        """The recording's files: one, or the agent's and the customer's leg."""
        return (self.path,) if self.customer_leg is None else (self.path, self.customer_leg)

    @property
    def is_transcript(self) -> bool:
        """True when the input is a saved transcript instead of audio."""
        return self.path.suffix.lower() == ".json"


class AudioFacts(Frozen):
    """Facts from decoding; part of the report."""

    header_seconds: Seconds | None = Field(None, description="length the header promises; None when it says none")
    decoded_seconds: Seconds = Field(0.0, description="length really decoded, holes included as silence")
    speech_seconds: Seconds = Field(0.0, description="seconds with speech on any channel, by voice activity")
    bad_packets: int = Field(0, ge=0, description="packets that could not be decoded")
    channels: int = Field(0, ge=0, description="channels kept apart: 1 mono, 2 stereo or a pair of legs")
    codec: str | None = None
    sample_rate: int | None = Field(None, description="Hz, as recorded")
    holes: tuple[Span, ...] = Field((), description="spans lost to bad packets, filled with silence")
    partial: bool = Field(False, description="shorter than its header says, or packets were bad")
    notes: tuple[str, ...] = Field((), description="anything a person should know, in plain words")


class Waveform(Protocol):
    """A channel that may be too long for memory; slices of it are `Samples`."""

    def __len__(self) -> int:
        """Number of samples."""

    def __getitem__(self, part: slice, /) -> Samples:
        """The samples of a span."""
