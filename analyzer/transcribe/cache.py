"""Transcripts made are kept and reused while audio, model and options are the same.

One JSON file a recording content, written whole or not at all. A recording that could not be read is kept as
its reason, so that the next run does not try it again unasked.
"""

import hashlib
import json
from pathlib import Path

from pydantic import Field, ValidationError

from analyzer.files import write_atomically
from analyzer.models.base import Frozen
from analyzer.models.recording import AudioFacts
from analyzer.models.transcript import AudioTranscript, EngineInfo, SecondReadings
from analyzer.transcribe.saved import read_saved


class FailedTranscript(Frozen):
    """Why a recording gave no transcript, and what could be found out about its audio."""

    audio_sha256: str
    name: str | None = Field(None, description="file name as it stands in `error`")
    error: str
    facts: AudioFacts | None = None


Outcome = AudioTranscript | FailedTranscript


def cache_key(audio_sha256: str, engine: EngineInfo) -> str:
    """File stem of a kept transcript. Library versions are recorded in it, but do not make it another."""
    options = json.dumps([engine.model_sha256, engine.options], sort_keys=True)
    return f"{audio_sha256[:32]}-{hashlib.sha256(options.encode()).hexdigest()[:12]}"


def second_key(audio_sha256: str, engine: EngineInfo) -> str:
    """File stem of a recording's second readings by one engine."""
    return f"{cache_key(audio_sha256, engine)}-second"


class TranscriptCache:
    """A folder of kept outcomes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the outcome with this key is kept."""
        return self.folder / f"{key}.json"

    def get(self, key: str) -> Outcome | None:
        """The kept outcome, or None; a damaged file counts as none and is made again."""
        try:
            data = json.loads(self.path(key).read_text("utf-8"))
            return (FailedTranscript if "error" in data else AudioTranscript).model_validate(data)
        except (OSError, ValueError, ValidationError):
            return None

    def text_path(self, key: str) -> Path | None:
        """The kept copy of a transcript that was given instead of audio; None when there is none."""
        path = self.path(key)
        return path if path.is_file() else None

    def put_text(self, sha256: str, source: Path) -> str:
        """Keep a copy of a transcript that was given, byte for byte; returns its key.

        Raises RecordingError when it cannot be read or is no transcript by its size alone.
        """
        key = f"{sha256[:32]}-text"
        if not self.path(key).is_file():
            write_atomically(self.path(key), read_saved(source, source.name))
        return key

    def readings(self, key: str) -> SecondReadings | None:
        """Second readings kept under this key, or None; a damaged file counts as none."""
        try:
            return SecondReadings.model_validate_json(self.path(key).read_bytes())
        except (OSError, ValidationError):
            return None

    def put_readings(self, key: str, readings: SecondReadings) -> None:
        """Keep second readings, all of a recording's in one file."""
        write_atomically(self.path(key), (readings.model_dump_json(exclude_none=True) + "\n").encode())

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome; it is there whole or not at all."""
        write_atomically(self.path(key), (outcome.model_dump_json(exclude_none=True) + "\n").encode())
