"""What a page needs to play a recording and to draw it.

Browsers open no GSM, AMR or G.722 and play one file at a time, so they get a copy; the peaks of its waveform are kept
with the transcript, so that drawing decodes nothing.
"""

import base64
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from analyzer.audio.decode import decode_recording
from analyzer.audio.waveform import blocks
from analyzer.files import write_atomically
from analyzer.models.recording import SAMPLE_RATE, Recording, Samples, Waveform
from analyzer.models.transcript import PEAKS_PER_SECOND

_FULL_SCALE = 255
_STEP = SAMPLE_RATE // PEAKS_PER_SECOND  # samples


def write_playable(recording: Recording, path: Path, *, max_seconds: float) -> None:
    """Write `recording` (both legs as left and right) to `path` as Ogg Opus at 16 kHz, whole or not at all.

    Raises RecordingError when the recording cannot be read any more, AnalyzerError when `path` cannot be written.
    """
    channels = decode_recording(recording, max_seconds=max_seconds).channels
    write_atomically(path, _ogg(len(channels), blocks(*channels)))


def as_ogg(samples: NDArray[np.float32]) -> bytes:
    """Samples at 16 kHz (time x channels) as Ogg Opus."""
    return _ogg(samples.shape[1], [samples.T])


def _ogg(channels: int, parts: Iterable[Sequence[NDArray[np.float32]] | NDArray[np.float32]]) -> bytes:
    """Consecutive parts, each [channels, samples]."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SAMPLE_RATE, channels, format="OGG", subtype="OPUS") as file:
        for part in parts:
            file.write(np.stack(list(part), axis=1))
    return buffer.getvalue()


def peaks_of(waveform: Waveform) -> str:
    """The loudest sample of each 1/10 s, 0 for silence to 255 for full scale, as base64 of bytes."""
    return base64.b64encode(b"".join(_peaks(samples) for (samples,) in blocks(waveform))).decode("ascii")


def _peaks(samples: Samples) -> bytes:
    whole = len(samples) // _STEP * _STEP
    steps = samples[:whole].reshape(-1, _STEP)
    loudest = np.maximum(steps.max(axis=1), -steps.min(axis=1)) if whole else np.empty(0, np.float32)
    if whole < len(samples):
        loudest = np.append(loudest, np.abs(samples[whole:]).max())
    return bytes(np.rint(np.clip(loudest, 0.0, 1.0) * _FULL_SCALE).astype(np.uint8))
