"""Local copies of remote recordings for as long as they are worked on: private, bounded, removed afterwards.

Each cache has a folder of its own beside a lock file, and holds the lock (filelock) until it is closed. The system
releases the lock with the process however that ends, so a folder whose lock is free was left by a process that was
killed, and the next one on this machine removes it (`remove_abandoned`).

fsspec's `filecache` and `simplecache` are not used: they keep files until somebody removes them, know no bound on
disk space, rename files after the hash of their URL, and do not wait for a storage that is away; the retries of a
storage's own package (s3fs) end within seconds.
"""

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import BaseFileLock, FileLock

from analyzer.errors import RecordingChangedError, RecordingError, SourceError
from analyzer.models.recording import Recording, RemoteFile
from analyzer.sources.remote.storage import Storage, explanation, file_system, is_transient

_PREFIX, _LOCK_SUFFIX = "analyzer-fetched-", ".lock"
_MAX_BYTES = 2 << 30  # of all files at once; one larger file may be there alone
_MAX_FILE_BYTES = 8 << 30  # 240 minutes of stereo at 48 kHz are 2.8 GB: this is no recording of a call
_PATIENCE_SECONDS = 120.0  # a storage that is away longer stops the run; no recording is marked as failed for it
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_NAME_CHARACTERS = 60  # of up to 4 bytes: file systems take names of 255 bytes, storages of a thousand


class DownloadCache:
    """Downloads of one process. For any number of threads."""

    def __init__(self, *, max_bytes: int = _MAX_BYTES, patience: float = _PATIENCE_SECONDS) -> None:
        """Make a cache; nothing is written to disk before the first download.

        `max_bytes`: of all files at once; `patience`: seconds to wait for a storage that cannot be reached.
        """
        self._max_bytes, self._patience = max_bytes, patience
        self._used_bytes = 0
        self._state = threading.Condition()
        self._folder: Path | None = None
        self._lock: BaseFileLock | None = None
        self._closed = threading.Event()

    def __enter__(self) -> "DownloadCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def local_copy(self, recording: Recording) -> Iterator[Recording]:
        """The recording with files on this machine, which are there until the `with` ends.

        Raises RecordingError when a file is not there or access to it is refused, SourceError when the storage cannot
        be reached, UsageError when a package for it is missing.
        """
        if not recording.remote:
            yield recording
            return
        size = sum(file.size for file in recording.remote)
        with self._reserved(size):
            folder = Path(tempfile.mkdtemp(dir=self._cache_folder()))
            try:
                paths = [self._download(file, folder / str(leg)) for leg, file in enumerate(recording.remote)]
                update = dict(zip(("path", "customer_leg"), paths, strict=False))
                yield recording.model_copy(update={**update, "remote": ()})
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove all files, and end downloads that wait for a storage."""
        self._closed.set()
        with self._state:
            if self._folder is not None and self._lock is not None:
                _remove(self._folder, self._lock)
            self._folder = self._lock = None

    @contextmanager
    def _reserved(self, size: int) -> Iterator[None]:
        """Wait until `size` more bytes are within the bound."""
        with self._state:
            self._state.wait_for(lambda: self._used_bytes == 0 or self._used_bytes + size <= self._max_bytes)
            self._used_bytes += size
        try:
            yield
        finally:
            with self._state:
                self._used_bytes -= size
                self._state.notify_all()

    def _download(self, file: RemoteFile, folder: Path) -> Path:
        """Keep the file's name: messages show it, and its suffix says how raw audio is coded."""
        name = file.url.rpartition("/")[2]
        if file.size > _MAX_FILE_BYTES:
            raise RecordingError(f"{name}: larger than {_MAX_FILE_BYTES >> 30} GiB, no recording of a call.")
        folder.mkdir()
        path = folder / name[-_NAME_CHARACTERS:]
        system, remote_path = file_system(file.url)
        until, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                system.get_file(remote_path, str(path))
            except Exception as error:  # each storage raises errors of its own
                transient = is_transient(error)
                over = time.monotonic() + pause > until or self._closed.wait(pause if transient else 0.0)
                if over or not transient:
                    raise _download_error(file, error, reachable=_is_reachable(system, remote_path)) from error
            else:
                return path
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _cache_folder(self) -> Path:
        with self._state:
            if self._closed.is_set():
                raise SourceError("Nothing more is fetched: the work is being ended.")
            if self._folder is None:
                remove_abandoned()
                self._folder, self._lock = _make_locked_folder()
            return self._folder


def remove_abandoned() -> None:
    """Remove what processes of this user left that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK_SUFFIX}"):
        with contextlib.suppress(OSError):  # filelock's Timeout included: another process or thread uses it
            if path.lstat().st_uid == os.getuid() and not path.is_symlink():
                lock = FileLock(path, timeout=0, thread_local=False)
                lock.acquire()
                _remove(path.with_suffix(""), lock)


def _make_locked_folder() -> tuple[Path, BaseFileLock]:
    """A private folder and its lock; the lock is taken first, so that no folder is ever there without one."""
    descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_LOCK_SUFFIX)
    os.close(descriptor)
    lock = FileLock(name, mode=0o600, thread_local=False)
    lock.acquire()
    folder = Path(name).with_suffix("")
    folder.mkdir(mode=0o700)
    return folder, lock


def _remove(folder: Path, lock: BaseFileLock) -> None:
    """Remove a folder and, last, the lock file of it, which this process has locked."""
    shutil.rmtree(folder, ignore_errors=True)
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def _is_reachable(system: Storage, path: str) -> bool:
    """True when the storage answers: then only the one file is at fault."""
    try:
        system.invalidate_cache()
        system.ls(path.rpartition("/")[0])
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True


def _download_error(file: RemoteFile, error: Exception, *, reachable: bool) -> RecordingError | SourceError:
    if not reachable or is_transient(error):
        return SourceError(f"{file.url}: {explanation(error)}, then give the same command again.")
    name = file.url.rpartition("/")[2]
    if isinstance(error, PermissionError):
        return RecordingError(f"{name}: {explanation(error)}, then use --retry-failed.")
    gone = f"{name}: is no longer at {file.url}. Was it moved while the calls were scored? Run again."
    return RecordingChangedError(gone)
