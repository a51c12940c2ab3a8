"""The border between this project and a recogniser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.models.base import Frozen, Span
from analyzer.models.spans import Window
from analyzer.models.transcript import EngineInfo, Segment
from analyzer.models.waveform import SAMPLE_RATE, Samples, Waveform

_CUDA_BATCH = 4


class TranscribeSettings(Frozen):
    """Everything that decides what a recogniser writes; part of a transcript's identity."""

    language: str = Field("id", description="pinned: `jw` for `id` gave 307 to 1,000 insertions (field notes 3)")
    beam_size: int = Field(5, ge=1, description="1 to 5 gained 0.8 points of WER on Indonesian, 8 nothing")
    length_penalty: float = Field(1.0, gt=0, description="above 1 favours longer readings; Whisper's own is 1")
    batch_size: int = Field(
        8, ge=1, description="windows decoded together on a CPU, four times as many on a GPU; `small` takes 110 MB each"
    )
    align: Literal["all", "needed"] = Field("needed", description="windows whose words are given their exact times")
    without_timestamps: bool = Field(True, description="faster-whisper's default in batched mode")
    window_seconds: float | None = Field(None, gt=0, le=30, description="None: what the model's folder says")
    encoder_seconds: float | None = Field(
        None,
        gt=0,
        le=30,
        description="audio and padding that the encoder is given; None: 30, what published models were trained on",
    )
    max_gap_seconds: float = Field(0.5, ge=0, description="a longer pause is not heard: silence invites inventions")
    join_pauses: bool = Field(True, description="speech on both sides of such a pause shares a window")
    compression_ratio_max: float = Field(2.4, description="above it the text loops (Whisper's own threshold)")
    avg_logprob_min: float = Field(-1.0, description="below it the window failed (Whisper's own threshold)")
    no_speech_max: float = Field(0.6, description="with a failed window: no speech, the text is invented")
    repeats_max: int = Field(3, ge=2, description="a word or pair this often in a row is a loop (screenpipe#4070)")
    language_check_logprob: float = Field(-0.7, description="channels heard worse are asked for their language")

    def batch_on(self, device: str) -> int:
        """Windows decoded together on `cpu` or `cuda`: 64 to 512 changed nothing (FW#1143), 8 leave a GPU idle."""
        return self.batch_size * (_CUDA_BATCH if device == "cuda" else 1)


Features = NDArray[np.float32]
"""log-mel spectrogram of one window, [bands, frames of 10 ms], not padded"""

Encoding = NDArray[Any]
"""what the encoder made of one window, [positions, width]"""


@dataclass(frozen=True, eq=False)
class Clip:
    """A window of a channel; costs nothing but a reference to the channel."""

    samples: Waveform
    window: Window

    def sound(self) -> Samples:
        """Its pieces one after another."""
        pieces = [
            self.samples[round(piece.start * SAMPLE_RATE) : round(piece.end * SAMPLE_RATE)]
            for piece in self.window.pieces
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


@dataclass(frozen=True, eq=False)
class Heard:
    """One decoded window."""

    clip: Clip
    segment: Segment | None
    """its words, their times spread over its speech unless it is `aligned`; None: no words, or none to be believed"""
    tokens: tuple[int, ...] = ()
    encoding: Encoding | None = None
    """None: was not kept, and is made again when needed"""

    @property
    def can_align(self) -> bool:
        """Whether there are words whose times could be made exact."""
        return self.segment is not None and not self.segment.aligned and bool(self.tokens)


class Transcriber(Protocol):
    """A recogniser, for use from several threads; the same window gives the same words, whatever is beside it."""

    @property
    def engine(self) -> EngineInfo:
        """What it is: name, hash of the weights, versions, options."""

    @property
    def window_seconds(self) -> float:
        """Longest window it takes, in seconds."""

    @property
    def batch_size(self) -> int:
        """Windows that are best written together."""

    @property
    def encode_size(self) -> int:
        """Windows that are best encoded together."""

    @property
    def lanes(self) -> int:
        """Threads that are best used at once, each with a batch of its own; 1 at least."""

    def features(self, clip: Clip) -> Features:
        """What `encode` needs of a window."""

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """The encoder's work on windows of any channels and calls."""

    def write(self, clips: Sequence[Clip], encodings: Sequence[Encoding]) -> list[Heard]:
        """Words of encoded windows, written together; what fails the quality gate is decoded a second time."""

    def align(self, batch: Sequence[Heard]) -> list[Heard]:
        """The same words with the times at which they were said, as far as these can be found."""

    def reread(self, samples: Waveform, window: Span) -> tuple[Segment, ...]:
        """Words of one window of a channel, decoded for a second look: apart from all others, silence included."""

    def detect_language(self, clips: Sequence[Clip]) -> tuple[str, float]:
        """Most likely language of the speech in windows and its probability."""
