"""A copy of a recording that browsers play: they open no GSM, AMR or G.722, and play one file at a time."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from analyzer.audio.decode import decode_recording
from analyzer.audio.sound import RATE, blocks
from analyzer.files import write_atomically
from analyzer.models.recording import Recording


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
    """Parts of [channels, samples] one after another."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", RATE, channels, format="OGG", subtype="OPUS") as file:
        for part in parts:
            file.write(np.stack(list(part), axis=1))
    return buffer.getvalue()
