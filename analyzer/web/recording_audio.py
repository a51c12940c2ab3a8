"""The sound of a call: found by the call's opaque key, proved to be the recording that was scored, and playable.

A path comes from the store only, never from a request; links are followed first, and what they lead to must lie in a
folder that holds recordings of the run, or that was named when the app was started. Where a browser cannot play a
recording, or would play it with other times than those of the evidence (damaged parts left out), a converted copy is
served.
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
from analyzer.models.run import KeptCall
from analyzer.reports.audio_links import browser_plays

AudioState = Literal["ready", "none", "gone", "outside", "changed", "unreadable"]
"""ready: can be heard; none: a transcript was scored; gone: no file; outside: of all allowed folders; changed: not the
content that was scored; unreadable: converting it failed"""

_KINDS = {
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
_COPY = ".ogg"


class AudioReader(Protocol):
    """What the app needs of the part that reads audio."""

    def sha256(self, files: Sequence[Path]) -> str:
        """Content identity of a call's files. Raises RecordingError when one cannot be read."""

    def fetched(self, recording: Recording) -> AbstractContextManager[Recording]:
        """The recording with its files on this machine, until the `with` ends. Raises AnalyzerError."""

    def convert(self, recording: Recording, path: Path) -> None:
        """Write a copy that browsers play to `path`. Raises RecordingError when the recording cannot be read."""


@dataclass(frozen=True)
class ServedAudio:
    """What is to be served for one call; `path` and `kind` (a media type) only when `state` is ready."""

    state: AudioState
    path: Path | None = None
    kind: str = ""


class RecordingAudio:
    """The recordings of a run, and a bounded place for converted copies that ends with the app."""

    def __init__(
        self,
        roots: Iterable[Path],
        decoder: AudioReader,
        *,
        copies: Path | None = None,
        extra: Sequence[Path] = (),
        cache_bytes: int,
    ) -> None:
        """`roots`: folders that recordings may lie in; `copies`: where `score` keeps converted copies; `extra`: more
        roots, in which recordings that were moved are looked for, too."""
        self._extra = [Path(os.path.realpath(folder)) for folder in extra]
        self._roots = {os.path.realpath(folder) for folder in (*roots, *extra)}
        self._decoder = decoder
        self._copies = copies
        self._cache = Path(tempfile.mkdtemp(prefix="analyzer-review-"))
        self._cache_bytes = cache_bytes
        self._known: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
        self._proved: dict[tuple[str, ...], str] = {}
        self._converting = threading.Lock()  # one at a time: a long call takes hundreds of megabytes to decode

    def close(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def state(self, call: KeptCall) -> AudioState:
        """Whether the call can be heard, without converting it."""
        found = self._found(call)
        return found if isinstance(found, str) else "ready"

    def sound(self, call: KeptCall, report: Report) -> ServedAudio:
        """What to serve for a call; converts its recording when need be."""
        found = self._found(call)
        if isinstance(found, str):
            return ServedAudio(found)
        kind = _KINDS.get(found.path.suffix.lower())
        if kind and _plays_as_it_is(found, report):
            return ServedAudio("ready", found.path, kind)
        try:
            return ServedAudio("ready", self._copy(call, found), _KINDS[_COPY])
        except AnalyzerError:  # it is no recording any more, or where it is kept does not answer
            return ServedAudio("unreadable")

    def _found(self, call: KeptCall) -> Recording | AudioState:
        """The recording at its real place; why not, otherwise."""
        if call.recording.is_transcript:
            return "none"
        if call.recording.remote:
            return call.recording  # its content is proved when it was fetched
        state: AudioState = "gone"
        for recording in self._places(call.recording):
            files = _files(recording)
            if not all(map(_is_file, files)):
                continue
            real = [Path(os.path.realpath(file)) for file in files]
            if not all(self._allowed(file) for file in real):
                state = "outside"
            elif not self._is_that_content(real, call.audio_sha256):
                state = "changed"
            else:
                return recording.model_copy(update={"path": real[0], "customer_leg": real[1] if real[1:] else None})
        return state

    def _places(self, recording: Recording) -> Iterable[Recording]:
        """The recording where it was, then where it would be in the folders named at the start."""
        yield recording
        leg = recording.customer_leg
        for root in self._extra:
            moved = root / recording.name
            beside = moved.parent / os.path.relpath(leg, recording.path.parent) if leg else None
            yield recording.model_copy(update={"path": moved, "customer_leg": beside})

    def _allowed(self, file: Path) -> bool:
        return any(str(parent) in self._roots for parent in file.parents)

    def _is_that_content(self, files: Sequence[Path], sha256: str | None) -> bool:
        """True when the files hold what was scored; files whose size and time did not change are not read again."""
        places = tuple(map(str, files))
        try:
            about = tuple((stat.st_size, stat.st_mtime_ns) for stat in (file.stat() for file in files))
            if self._known.get(places) != about:
                self._proved[places] = self._decoder.sha256(files)
                self._known[places] = about
        except (OSError, RecordingError):
            return False
        return self._proved[places] == sha256

    def _copy(self, call: KeptCall, recording: Recording) -> Path:
        if self._copies and call.key:
            kept = Path(os.path.realpath(self._copies / f"{call.key}{_COPY}"))
            if kept.parent == Path(os.path.realpath(self._copies)) and kept.is_file():
                return kept
        path = self._cache / f"{call.audio_sha256}{_COPY}"
        with self._converting:
            if not path.is_file():
                with self._decoder.fetched(recording) as local:
                    if recording.remote and self._decoder.sha256(_files(local)) != call.audio_sha256:
                        raise RecordingError("not the content that was scored")
                    self._decoder.convert(local, path)
                self._make_room(path)
            os.utime(path)
        return path

    def _make_room(self, newest: Path) -> None:
        """Remove the copies that were not heard for the longest, until all fit."""
        copies = sorted(self._cache.iterdir(), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in copies)
        for path in copies:
            if total <= self._cache_bytes or path == newest:
                continue
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _files(recording: Recording) -> list[Path]:
    return [recording.path, *([recording.customer_leg] if recording.customer_leg else [])]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a NUL in the name, or one too long
        return False


def _plays_as_it_is(recording: Recording, report: Report) -> bool:
    """True when a browser plays the file, and with the times of the evidence."""
    audio = report.audio
    whole = audio is not None and not (audio.partial or audio.bad_packets or audio.holes)
    here = recording.customer_leg is None and not recording.remote
    return whole and here and browser_plays(report)
