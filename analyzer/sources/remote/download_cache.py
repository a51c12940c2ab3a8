"""A temporary place of one process for recordings that it fetches: bounded, private, empty once it is done.

A process that is killed leaves what it had; the next one on that machine removes it (`sweep`). Whose place is in use
shows by a lock on a file in it, which the system lets go of with the process, whatever ends it.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from analyzer.errors import RecordingChangedError, RecordingError, SourceError
from analyzer.models.recording import Recording, RemoteFile
from analyzer.sources.remote.addresses import Storage, file_system
from analyzer.sources.remote.error_messages import passing, problem

_PREFIX, _LOCK = "analyzer-fetched-", ".lock"
_BEING_MADE_SECONDS = 60.0  # a place without a lock that is younger may be about to get one
_MOST_BYTES = 2 << 30  # at once; one larger file may be there alone
_LARGEST_BYTES = 8 << 30  # 240 minutes of stereo at 48 kHz are 2.8 GB: this is no recording of a call
_PATIENCE_SECONDS = 120.0  # a storage that is away longer stops the run; nothing is given up for it
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_NAME_CHARACTERS = 60  # of up to 4 bytes: file systems take 255, storages a thousand


class Place:
    """Where a process keeps what it fetched while it works on it. For any number of threads."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES, patience: float = _PATIENCE_SECONDS) -> None:
        """Nothing is made on disk before something is fetched. `patience`: seconds to wait for a storage."""
        self._most, self._patience = most_bytes, patience
        self._held = 0
        self._state = threading.Condition()
        self._folder: Path | None = None
        self._lock: int | None = None
        self._closed = threading.Event()

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def materialised(self, recording: Recording) -> Iterator[Recording]:
        """The recording with files on this machine, which are there until the `with` ends.

        Raises RecordingError when a file is not there or is not given to us, SourceError when the storage cannot be
        reached, UsageError when this machine lacks a package for it.
        """
        if not recording.remote:
            yield recording
            return
        with self._fetched(recording.remote) as paths:
            places = dict(zip(("path", "customer_leg"), paths, strict=False))
            yield recording.model_copy(update={**places, "remote": ()})

    @contextmanager
    def file(self, file: RemoteFile) -> Iterator[Path]:
        """One file, likewise."""
        with self._fetched((file,)) as (path,):
            yield path

    def close(self) -> None:
        """Remove everything, and give up what waits for a storage."""
        self._closed.set()
        with self._state:
            if self._folder is not None and self._lock is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                os.close(self._lock)
            self._folder = self._lock = None

    @contextmanager
    def _fetched(self, files: tuple[RemoteFile, ...]) -> Iterator[list[Path]]:
        size = sum(file.size for file in files)
        with self._room_for(size):
            folder = Path(tempfile.mkdtemp(dir=self._own_folder()))
            try:
                yield [self._fetch(file, folder / str(number)) for number, file in enumerate(files)]
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _room_for(self, size: int) -> Iterator[None]:
        with self._state:
            self._state.wait_for(lambda: self._held == 0 or self._held + size <= self._most)
            self._held += size
        try:
            yield
        finally:
            with self._state:
                self._held -= size
                self._state.notify_all()

    def _fetch(self, file: RemoteFile, folder: Path) -> Path:
        """Under its own name, which messages show and whose ending says how raw sound is coded."""
        name = file.url.rpartition("/")[2]
        if file.size > _LARGEST_BYTES:
            raise RecordingError(f"{name}: larger than {_LARGEST_BYTES >> 30} GiB, no recording of a call.")
        folder.mkdir()
        path = folder / name[-_NAME_CHARACTERS:]
        system, place = file_system(file.url)
        until, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                system.get_file(place, str(path))
            except Exception as error:  # each storage raises errors of its own
                over = time.monotonic() + pause > until or self._closed.wait(pause if passing(error) else 0.0)
                if over or not passing(error):
                    raise _told(file, error, one_only=_is_open(system, place)) from error
            else:
                return path
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _own_folder(self) -> Path:
        with self._state:
            if self._closed.is_set():
                raise SourceError("Nothing more is fetched: the work is being ended.")
            if self._folder is None:
                sweep()
                self._folder, self._lock = _locked_folder()
            return self._folder


def sweep() -> None:
    """Remove the places of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            if about.st_uid != os.getuid() or folder.is_symlink():
                continue
            if not (folder / _LOCK).exists():
                if time.time() - about.st_mtime > _BEING_MADE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # OSError: somebody works there
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)  # swept between these two lines
            continue
        if (folder / _LOCK).exists():
            return folder, lock
        os.close(lock)


def _is_open(system: Storage, place: str) -> bool:
    """True when the storage answers us: then what is wrong with one file is wrong with that file alone."""
    try:
        system.invalidate_cache()
        system.ls(place.rpartition("/")[0])
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True


def _told(file: RemoteFile, error: Exception, *, one_only: bool) -> RecordingError | SourceError:
    if not one_only or passing(error):
        return SourceError(f"{file.url}: {problem(error)}, then give the same command again.")
    name = file.url.rpartition("/")[2]
    if isinstance(error, PermissionError):
        return RecordingError(f"{name}: {problem(error)}, then use --retry-failed.")
    gone = f"{name}: is no longer at {file.url}. Was it moved while the calls were scored? Run again."
    return RecordingChangedError(gone)
