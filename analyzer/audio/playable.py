"""A copy of a recording that browsers play: they open no GSM, AMR or G.722, and play one file at a time."""

import io
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from analyzer.audio.decode import decode_recording
from analyzer.audio.timeline import RATE
from analyzer.files import write_atomically
from analyzer.models.recording import Recording


def write_playable(recording: Recording, path: Path, *, max_seconds: float) -> None:
    """Write `recording` (both legs as left and right) to `path` as Ogg Opus at 16 kHz, whole or not at all.

    Raises RecordingError when the recording cannot be read any more, AnalyzerError when `path` cannot be written.
    """
    channels = decode_recording(recording, max_seconds=max_seconds).channels
    write_atomically(path, as_ogg(np.stack(channels, axis=1)))


def as_ogg(samples: NDArray[np.float32]) -> bytes:
    """Samples at 16 kHz (time x channels) as Ogg Opus."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="OGG", subtype="OPUS")
    return buffer.getvalue()
