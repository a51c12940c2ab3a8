"""A recording's identity by content, whether its files changed, and its length without decoding it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import av

from analyzer.audio.containers import access_problem, open_audio, read_wav_header
from analyzer.errors import RecordingError

_BLOCK = 1 << 20
_GUESSED_BYTES_PER_SECOND = 2000  # 16 kbit/s: between GSM and u-law; used only to order and count work


@dataclass(frozen=True)
class FileStamp:
    """Size and times of a file; `changed` is when its bytes, name or permissions changed last."""

    size: int
    mtime_ns: int
    changed: float = field(compare=False)  # seconds since 1970 by the file system's clock


FileStamps = tuple[FileStamp, ...]


def sha256_of_files(paths: Iterable[Path]) -> str:
    """Content identity of a call's files in their order; each file's length is hashed too.

    Raises RecordingError when a file cannot be read.
    """
    whole = hashlib.sha256()
    for path in paths:
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
        except OSError as error:
            raise RecordingError(access_problem(path, error)) from error
        whole.update(f"{size}:{digest.hexdigest()};".encode())
    return whole.hexdigest()


def stamps_of_files(paths: Iterable[Path]) -> FileStamps | None:
    """Sizes and times that tell whether a call's files have changed; None when one of them is not there."""
    try:
        stats = [path.stat() for path in paths]
    except OSError:
        return None
    return tuple(FileStamp(stat.st_size, stat.st_mtime_ns, max(stat.st_mtime, stat.st_ctime)) for stat in stats)


def probe_seconds(path: Path) -> float:
    """About how long a recording is, for the progress display; a guess by size when it does not say, never an error."""
    try:
        header = read_wav_header(path)
        if header is not None and header.bytes_per_second > 0:
            return max(0.0, min(header.data_size or header.file_size, header.file_size)) / header.bytes_per_second
        with open_audio(path) as container:
            if container.duration:
                return max(0.0, float(container.duration) / av.time_base)
    except (RecordingError, OSError, av.error.FFmpegError):
        pass
    try:
        return guess_seconds(path.stat().st_size)
    except OSError:
        return 0.0


def guess_seconds(size: int) -> float:
    """About how long a recording of so many bytes is, when nothing else is known."""
    return size / _GUESSED_BYTES_PER_SECOND
