"""Recording -> channels, and where somebody speaks on each: all that needs neither a recogniser nor an SOP."""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from analyzer.audio.decode import DecodedAudio, decode_recording
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.models.base import Frozen, Span
from analyzer.models.recording import Recording


class AudioSettings(Frozen):
    """How recordings are read; part of a transcript's identity."""

    max_seconds: float = Field(4 * 3600, gt=0, description="longer files are refused; an hour of one channel is 230 MB")
    vad: VadSettings = VadSettings()
    loud_share: float = Field(
        0.5, gt=0, description="less speech than this share of the loud seconds: voice activity may have lost a voice"
    )
    loud_seconds: float = Field(10.0, ge=0, description="and by at least this much; coughs and clicks are loud too")
    clipped_share: float = Field(0.01, gt=0, description="of samples at full scale; above it words are in doubt")

    def options(self) -> dict[str, Any]:
        """What of it decides the words, flat, for the transcript's identity; a length limit decides none."""
        return {f"vad_{name}": value for name, value in self.vad.model_dump().items()}


@dataclass(frozen=True)
class Prepared:
    """A decoded recording, with the stretches of speech of each channel, in seconds."""

    decoded: DecodedAudio
    speech: tuple[tuple[Span, ...], ...]


class Preparer(Protocol):
    """Prepares recordings, several at once when they are asked for from several threads."""

    @property
    def at_once(self) -> int:
        """How many threads may ask."""

    def prepare(self, recording: Recording, settings: AudioSettings) -> Prepared:
        """See `prepare`."""

    def close(self) -> None:
        """Nothing more will be asked for."""


def prepare(recording: Recording, settings: AudioSettings) -> Prepared:
    """Decode a recording and find its speech. Raises RecordingError when it cannot be read."""
    decoded = decode_recording(recording, max_seconds=settings.max_seconds)
    return Prepared(decoded, tuple(detect_speech(samples, settings.vad) for samples in decoded.channels))


class Here:
    """Prepares in the thread that asks: beside a model on a CPU, which needs the cores itself, one is enough."""

    at_once = 1

    def prepare(self, recording: Recording, settings: AudioSettings) -> Prepared:
        """See `Preparer`."""
        return prepare(recording, settings)

    def close(self) -> None:
        """See `Preparer`."""
