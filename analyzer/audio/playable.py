"""A copy of a recording that browsers play: they open no GSM, AMR or G.722, and play one file at a time."""

import io
from pathlib import Path

import numpy as np
import soundfile

from analyzer.audio.decode import decode_recording
from analyzer.audio.sound import RATE, blocks
from analyzer.files import write_atomically
from analyzer.models.recording import Recording


def write_playable(recording: Recording, path: Path, *, max_seconds: float) -> None:
    """Write `recording` (both legs as left and right) to `path` as Ogg Opus at 16 kHz, whole or not at all.

    Raises RecordingError when the recording cannot be read any more, AnalyzerError when `path` cannot be written.
    """
    channels = decode_recording(recording, max_seconds=max_seconds).channels
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", RATE, len(channels), format="OGG", subtype="OPUS") as file:
        for parts in blocks(*channels):
            file.write(np.stack(parts, axis=1))
    write_atomically(path, buffer.getvalue())
