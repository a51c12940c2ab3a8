"""The border between this project and a recogniser."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.models.base import Frozen, Span
from analyzer.models.transcript import EngineInfo, Segment

SAMPLE_RATE = 16_000  # Hz; what Whisper and Silero expect


class TranscribeSettings(Frozen):
    """Everything that decides what a recogniser writes; part of a transcript's identity."""

    language: str = Field("id", description="pinned: `jw` for `id` gave 307 to 1,000 insertions (field notes 3)")
    beam_size: int = Field(5, ge=1, description="1 to 5 gained 0.8 points of WER on Indonesian, 8 nothing")
    length_penalty: float = Field(1.0, gt=0, description="above 1 favours longer readings; Whisper's own is 1")
    batch_size: int = Field(8, ge=1, description="windows decoded together; a call rarely has more than 30")
    without_timestamps: bool = Field(True, description="faster-whisper's default in batched mode")
    window_seconds: float | None = Field(None, gt=0, le=30, description="None: what the model's folder says")
    max_gap_seconds: float = Field(2.0, ge=0, description="a longer pause starts a window: silence invites inventions")
    compression_ratio_max: float = Field(2.4, description="above it the text loops (Whisper's own threshold)")
    avg_logprob_min: float = Field(-1.0, description="below it the window failed (Whisper's own threshold)")
    no_speech_max: float = Field(0.6, description="with a failed window: no speech, the text is invented")
    repeats_max: int = Field(3, ge=2, description="a word or pair this often in a row is a loop (screenpipe#4070)")
    language_check_logprob: float = Field(-0.7, description="channels heard worse are asked for their language")


class Transcriber(Protocol):
    """A recogniser of one channel at a time; the same input gives the same output."""

    @property
    def engine(self) -> EngineInfo:
        """What it is: name, hash of the weights, versions, options."""

    @property
    def window_seconds(self) -> float:
        """Longest window it takes, in seconds."""

    def transcribe(self, samples: NDArray[np.float32], windows: Sequence[Span]) -> tuple[Segment, ...]:
        """Words of one channel (mono float32 at 16 kHz); times count from sample 0; speaker stays unknown."""

    def reread(self, samples: NDArray[np.float32], window: Span) -> tuple[Segment, ...]:
        """Words of one window of a channel, decoded for a second look: apart from all others, silence included."""

    def detect_language(self, samples: NDArray[np.float32], windows: Sequence[Span]) -> tuple[str, float]:
        """Most likely language of the speech in `windows` and its probability."""


Device = Literal["auto", "cpu", "cuda"]
