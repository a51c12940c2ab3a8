"""Which content a recording is, without reading again what did not change.

That shows by a file's size and time; of a remote one, by its size and stamp.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analyzer.audio.identity import probe_seconds, sha256_of_files
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.sources.remote.download_cache import DownloadCache
from analyzer.store.store import Store
from analyzer.store.transcripts import FileState

_FETCHES = 8  # at once; a storage takes 20 to 100 ms to begin to answer


@dataclass(frozen=True)
class Identity:
    """What a recording is; `seconds` of audio when it was looked into, `unreadable` why it could not be read."""

    sha256: str = ""
    seconds: float | None = None
    unreadable: str | None = None


def identify(recordings: Sequence[Recording], store: Store, *, anew: bool) -> tuple[Identity, ...]:
    """Each recording's content identity, in order; what was read is remembered in the store.

    `anew`: read everything, whatever is known. Remote ones that nobody knows are fetched for it, several at once.
    Raises SourceError when a storage cannot be reached.
    """
    locations = [location for recording in recordings for location in _locations(recording)]
    known = {} if anew else store.files.known(locations)
    seen: dict[str, FileState] = {}
    with ThreadPoolExecutor(_FETCHES) as fetchers, DownloadCache() as downloads:
        identify_remote = partial(_remote, downloads=downloads, known=known, seen=seen)
        remote = fetchers.map(identify_remote, [recording for recording in recordings if recording.remote])
        identities = tuple(
            next(remote) if recording.remote else _local(recording, known, seen) for recording in recordings
        )
    store.files.put({location: state for location, state in seen.items() if known.get(location) != state})
    return identities


def _local(recording: Recording, known: dict[str, FileState], seen: dict[str, FileState]) -> Identity:
    try:
        return Identity(_sha256(recording.files, known, seen))
    except RecordingError as error:
        return Identity(unreadable=str(error))


def _sha256(files: Sequence[Path], known: dict[str, FileState], seen: dict[str, FileState]) -> str:
    if len(files) > 1:
        return sha256_of_files(files)  # a pair's identity is its own; the cache holds single files
    (file,) = files
    location = _location(file)
    try:
        about = file.stat()
    except OSError:
        return sha256_of_files(files)  # it raises the message that people know
    state = known.get(location)
    if state is None or (state.size, state.mtime_ns) != (about.st_size, about.st_mtime_ns):
        state = FileState(about.st_size, about.st_mtime_ns, sha256_of_files(files))
    seen[location] = state
    return state.sha256


def _remote(
    recording: Recording, downloads: DownloadCache, known: dict[str, FileState], seen: dict[str, FileState]
) -> Identity:
    size = sum(file.size for file in recording.remote)
    stamp = _number(recording)
    state = known.get(_url(recording))
    if state is not None and stamp is not None and (state.size, state.mtime_ns) == (size, stamp):
        return Identity(state.sha256)
    try:
        with downloads.local_copy(recording) as here:
            files = here.files
            sha256 = sha256_of_files(files)
            seconds = None if recording.is_transcript else sum(map(probe_seconds, files))
    except RecordingError as error:
        return Identity(unreadable=str(error))
    if stamp is not None:
        seen[_url(recording)] = FileState(size, stamp, sha256)
    return Identity(sha256, seconds)


def _url(recording: Recording) -> str:
    """What a remote recording is known by: its files' URLs."""
    return "\n".join(file.url for file in recording.remote)


def _number(recording: Recording) -> int | None:
    """The stamps as one number, which takes the place of a local file's time; None when a storage gives none."""
    stamps = [file.stamp for file in recording.remote]
    if not all(stamps):
        return None
    return int.from_bytes(hashlib.sha256("\n".join(stamps).encode()).digest()[:7])  # 56 bits: a column holds 63


def _locations(recording: Recording) -> Sequence[str]:
    """By what the store knows a recording: its URLs, or each of its files."""
    return [_url(recording)] if recording.remote else [_location(file) for file in recording.files]


def _location(file: Path) -> str:
    return os.fsencode(file.absolute()).decode("utf-8", "backslashreplace")
