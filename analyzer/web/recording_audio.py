"""The recording of a call to serve: found by the call's key, checked to be the one that was scored, and playable.

A path comes only from the store, never from a request. Links are resolved, and the file must lie in a folder that holds
recordings of the run, or that was named when the app was started. Where a browser cannot play a recording, or would
play it with other times than those of the evidence (without damaged parts), a converted copy is served.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from analyzer.errors import AnalyzerError, RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall
from analyzer.reports.page_files import browser_plays

AudioState = Literal["ready", "none", "gone", "outside", "changed", "unreadable"]
"""ready: can be played; none: a transcript was scored; gone: no file; outside: in no allowed folder; changed: not the
content that was scored; unreadable: it could not be converted"""

_MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".webm": "audio/webm",
}
_COPY_SUFFIX = ".ogg"


class AudioReader(Protocol):
    """Reads, fetches and converts recordings."""

    def sha256(self, files: Sequence[Path]) -> str:
        """Hash of the content of a call's files. Raises RecordingError when one cannot be read."""

    def local_copy(self, recording: Recording) -> AbstractContextManager[Recording]:
        """The recording with its files on this machine, for the length of a `with`. Raises AnalyzerError."""

    def convert(self, recording: Recording, path: Path) -> None:
        """Write a copy that browsers can play to `path`. Raises RecordingError when the recording cannot be read."""


@dataclass(frozen=True)
class ServedAudio:
    """What to serve for one call; `path` and `media_type` only when `state` is ready."""

    state: AudioState
    path: Path | None = None
    media_type: str = ""


class RecordingAudio:
    """The recordings of a run, with a bounded cache of converted copies that `close` removes."""

    def __init__(
        self,
        roots: Iterable[Path],
        reader: AudioReader,
        *,
        copies: Path | None = None,
        extra: Sequence[Path] = (),
        cache_bytes: int,
    ) -> None:
        """`roots`: folders that recordings may lie in; `copies`: folder of the copies that `score` converted; `extra`:
        more roots, where recordings that were moved are looked for."""
        self._extra = [Path(os.path.realpath(folder)) for folder in extra]
        self._roots = {os.path.realpath(folder) for folder in (*roots, *extra)}
        self._reader = reader
        self._copies = copies
        self._cache = Path(tempfile.mkdtemp(prefix="analyzer-review-"))
        self._cache_bytes = cache_bytes
        self._file_stats: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}  # size and time of hashed files
        self._hashes: dict[tuple[str, ...], str] = {}
        self._converting = threading.Lock()  # one at a time: a long call takes hundreds of megabytes to decode

    def close(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def state(self, call: StoredCall) -> AudioState:
        """Whether the call can be played, without converting it."""
        located = self._locate(call)
        return located if isinstance(located, str) else "ready"

    def served(self, call: StoredCall, report: Report) -> ServedAudio:
        """What to serve for a call; converts its recording where needed."""
        located = self._locate(call)
        if isinstance(located, str):
            return ServedAudio(located)
        media_type = _MEDIA_TYPES.get(located.path.suffix.lower())
        if media_type and _plays_as_it_is(located, report):
            return ServedAudio("ready", located.path, media_type)
        try:
            return ServedAudio("ready", self._converted(call, located), _MEDIA_TYPES[_COPY_SUFFIX])
        except AnalyzerError:  # it is no recording any more, or the storage does not answer
            return ServedAudio("unreadable")

    def _locate(self, call: StoredCall) -> Recording | AudioState:
        """The recording with resolved paths, or why it cannot be served."""
        if call.recording.is_transcript:
            return "none"
        if call.recording.remote:
            return call.recording  # its content is checked once it is fetched
        state: AudioState = "gone"
        for recording in self._candidates(call.recording):
            files = recording.files
            if not all(map(_is_file, files)):
                continue
            real = [Path(os.path.realpath(file)) for file in files]
            if not all(self._allowed(file) for file in real):
                state = "outside"
            elif not self._has_content(real, call.audio_sha256):
                state = "changed"
            else:
                return recording.model_copy(update={"path": real[0], "customer_leg": real[1] if real[1:] else None})
        return state

    def _candidates(self, recording: Recording) -> Iterable[Recording]:
        """The recording at its stored path, then at its name in each extra folder."""
        yield recording
        leg = recording.customer_leg
        for root in self._extra:
            moved = root / recording.name
            beside = moved.parent / os.path.relpath(leg, recording.path.parent) if leg else None
            yield recording.model_copy(update={"path": moved, "customer_leg": beside})

    def _allowed(self, file: Path) -> bool:
        return any(str(parent) in self._roots for parent in file.parents)

    def _has_content(self, files: Sequence[Path], sha256: str | None) -> bool:
        """Whether the files hold what was scored; files with unchanged size and time are not read again."""
        paths = tuple(map(str, files))
        try:
            stats = tuple((stat.st_size, stat.st_mtime_ns) for stat in (file.stat() for file in files))
            if self._file_stats.get(paths) != stats:
                self._hashes[paths] = self._reader.sha256(files)
                self._file_stats[paths] = stats
        except (OSError, RecordingError):
            return False
        return self._hashes[paths] == sha256

    def _converted(self, call: StoredCall, recording: Recording) -> Path:
        """A playable copy: the one that `score` made, else one of the cache."""
        if self._copies and call.key:
            kept = Path(os.path.realpath(self._copies / f"{call.key}{_COPY_SUFFIX}"))
            if kept.parent == Path(os.path.realpath(self._copies)) and kept.is_file():
                return kept
        path = self._cache / f"{call.audio_sha256}{_COPY_SUFFIX}"
        with self._converting:
            if not path.is_file():
                with self._reader.local_copy(recording) as local:
                    if recording.remote and self._reader.sha256(local.files) != call.audio_sha256:
                        raise RecordingError("not the content that was scored")
                    self._reader.convert(local, path)
                self._evict(path)
            os.utime(path)
        return path

    def _evict(self, newest: Path) -> None:
        """Remove the least recently used copies until the rest fits."""
        copies = sorted(self._cache.iterdir(), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in copies)
        for path in copies:
            if total <= self._cache_bytes or path == newest:
                continue
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a NUL in the name, or one too long
        return False


def _plays_as_it_is(recording: Recording, report: Report) -> bool:
    """Whether a browser plays the file itself, and with the times of the evidence."""
    audio = report.audio
    whole = audio is not None and not (audio.partial or audio.bad_packets or audio.holes)
    here = recording.customer_leg is None and not recording.remote
    return whole and here and browser_plays(report)
