"""Files of this package and of its users: writing one whole or not at all, hashing code that decides a result."""

import errno
import functools
import hashlib
import os
import secrets
from pathlib import Path

from analyzer.errors import AnalyzerError

_FIXES = {
    errno.ENOSPC: "the disk is full: free some space or give another --out folder",
    errno.EDQUOT: "your disk quota is used up: free some space or give another --out folder",
    errno.EROFS: "the folder is read-only: give another --out folder",
    errno.EACCES: "no permission: close the file if a program holds it open, or give another --out folder",
    errno.EPERM: "no permission: close the file if a program holds it open, or give another --out folder",
    errno.ENOTDIR: "part of the path is a file, not a folder: give another --out folder",
    errno.EEXIST: "part of the path is a file, not a folder: give another --out folder",
    errno.EISDIR: "a folder of that name is in the way: remove it or give another --out folder",
    errno.ENAMETOOLONG: "the path is too long: give an --out folder with a shorter name",
}


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Make `path` hold exactly `data`, or leave it as it was; missing folders are made.

    The bytes go to a temporary file in the same folder, reach the disk (fsync), then take the name. A link
    is followed, so that it stays a link. Raises AnalyzerError with the path and how to fix it.

    `durable=False` leaves out fsync, which takes ten times as long as the rest: for one of thousands of files that can
    be made again and that show whether they are whole.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _replace(target, data, durable=durable)
    except OSError as error:
        fix = _FIXES.get(error.errno or 0, "give another --out folder")
        raise AnalyzerError(f"{path}: cannot be written ({error.strerror or error}); {fix}") from error


def _replace(target: Path, data: bytes, *, durable: bool) -> None:
    # The random name is short on purpose: the target's own may already be as long as the disk allows.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        _write(temporary, data, durable=durable)
        os.replace(temporary, target)  # noqa: PTH105 - the call that the failure tests stand in for
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(target.parent)


def _write(temporary: Path, data: bytes, *, durable: bool) -> None:
    # 0o666 less the umask, as an ordinary open() gives; mkstemp's 0600 would hide reports from colleagues.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows, and some network shares: the rename is still atomic
    try:
        os.fsync(handle)
    except OSError:
        pass  # as above
    finally:
        os.close(handle)


@functools.cache
def package_sha256(*packages: str) -> str:
    """Hash of every file of these sub-packages of `analyzer`, code, data and templates: a key for what they make."""
    whole = hashlib.sha256()
    package = Path(__file__).parent
    for name in packages:
        for file in sorted((package / name).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                whole.update(f"{file.relative_to(package).as_posix()}\0".encode())
                whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
