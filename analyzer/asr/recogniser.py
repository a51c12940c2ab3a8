"""The interface of a recogniser: its settings, what it takes and gives, and what a recording may request of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.models.base import DecodingWindow, Frozen, Span
from analyzer.models.recording import SAMPLE_RATE, Samples, Waveform
from analyzer.models.transcript import EngineInfo, Segment

_CUDA_BATCH = 4


class TranscribeSettings(Frozen):
    """Everything that decides what a recogniser writes; part of a transcript's identity."""

    language: str = Field(
        "id",
        description="pinned: detected as `jw` instead of `id` gave 307 to 1,000 insertions on 372 Indonesian clips "
        "(SonaDulikova/lost-in-transcription-jv, experiments/results.md)",
    )
    beam_size: int = Field(5, ge=1, description="1 to 5 gained 0.8 points of WER on Indonesian, 8 nothing")
    length_penalty: float = Field(1.0, gt=0, description="above 1 favours longer texts; Whisper's own is 1")
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
    max_gap_seconds: float = Field(0.5, ge=0, description="a longer pause is left out: silence invites hallucinations")
    join_pauses: bool = Field(True, description="speech on both sides of such a pause shares a window")
    compression_ratio_max: float = Field(2.4, description="above it the text loops (Whisper's own threshold)")
    avg_logprob_min: float = Field(-1.0, description="below it the window failed (Whisper's own threshold)")
    no_speech_max: float = Field(0.6, description="with a failed window: no speech, the text is hallucinated")
    repeats_max: int = Field(
        3, ge=2, description="a word or pair this often in a row is a loop (screenpipe/screenpipe#4070)"
    )
    language_check_logprob: float = Field(-0.7, description="channels decoded worse are checked for their language")

    def batch_on(self, device: str) -> int:
        """Windows decoded together on `cpu` or `cuda`.

        64 to 512 changed nothing on a GPU (SYSTRAN/faster-whisper#1143), 8 leave it idle.
        """
        return self.batch_size * (_CUDA_BATCH if device == "cuda" else 1)


Features = NDArray[np.float32]
"""Log-mel spectrogram of one window, [bands, frames of 10 ms], not padded."""

Encoding = NDArray[Any]
"""The encoder's output for one window, [positions, width]."""


@dataclass(frozen=True, eq=False)
class AudioWindow:
    """A window of a channel; holds no samples, only a reference to the channel."""

    waveform: Waveform
    window: DecodingWindow

    def samples(self) -> Samples:
        """The samples of its spans, one after another."""
        parts = [
            self.waveform[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]
            for span in self.window.spans
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class DecodedWindow:
    """A window with the words decoded in it."""

    audio: AudioWindow
    segment: Segment | None
    """its words, their times spread over its speech unless it is `aligned`; None: no words, or none to be believed"""
    tokens: tuple[int, ...] = ()
    encoding: Encoding | None = None
    """None: was not kept, and is made again when needed"""

    @property
    def can_align(self) -> bool:
        """True when there are words whose times could be made exact."""
        return self.segment is not None and not self.segment.aligned and bool(self.tokens)


class Recogniser(Protocol):
    """A speech recogniser, used from several threads; a window gives the same words whatever is in its batch."""

    @property
    def engine(self) -> EngineInfo:
        """What it is: name, hash of the weights, versions, options."""

    @property
    def window_seconds(self) -> float:
        """Longest window it takes, in seconds."""

    @property
    def batch_size(self) -> int:
        """Windows that are best decoded together."""

    @property
    def encode_size(self) -> int:
        """Windows that are best encoded together."""

    @property
    def model_threads(self) -> int:
        """Threads that are best used at once, each with a batch of its own; 1 at least."""

    def features(self, audio: AudioWindow) -> Features:
        """The features that `encode` takes."""

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """Encodings of windows of any channels and calls."""

    def decode(self, windows: Sequence[AudioWindow], encodings: Sequence[Encoding]) -> list[DecodedWindow]:
        """Words of encoded windows, decoded together; what fails the quality gate is decoded a second time."""

    def align(self, batch: Sequence[DecodedWindow]) -> list[DecodedWindow]:
        """The same windows with exact word times, as far as these can be found."""

    def decode_for_second_pass(self, waveform: Waveform, window: Span) -> tuple[Segment, ...]:
        """Words of one window of a channel, decoded for the second pass: apart from all others, silence included."""

    def detect_language(self, windows: Sequence[AudioWindow]) -> tuple[str, float]:
        """Most likely language of the speech in windows and its probability."""


@dataclass(frozen=True)
class DecodeRequest:
    """Requests the words of windows; the response has one `DecodedWindow` for each."""

    windows: Sequence[AudioWindow]


@dataclass(frozen=True)
class AlignRequest:
    """Requests exact word times; the response has one `DecodedWindow` for each."""

    windows: Sequence[DecodedWindow]


@dataclass(frozen=True)
class DetectLanguageRequest:
    """Requests the language of a channel; the response is its code."""

    windows: Sequence[AudioWindow]


Request = DecodeRequest | AlignRequest | DetectLanguageRequest
Response = Sequence[DecodedWindow] | str
