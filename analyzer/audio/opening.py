"""Opening a file as audio and nothing else, or saying in plain words why not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from analyzer.audio.formats import FORMAT_WHITELIST, HEAD_BYTES, raw_format, what_else
from analyzer.errors import RecordingError


@contextmanager
def open_audio(path: Path) -> Iterator[InputContainer]:
    """An open PyAV container of an allowed format. Raises RecordingError naming the file and the cure.

    The `file:` protocol and an absolute path keep a name like `http:x.wav` a name.
    """
    head = read_head(path)
    raw = raw_format(path, head)
    options = {
        "format_whitelist": raw.demuxer if raw else FORMAT_WHITELIST,
        "protocol_whitelist": "file",
        **(raw.options if raw else {}),
    }
    try:
        container = av.open(
            "file:" + os.path.abspath(path),  # noqa: PTH100 - resolve() would follow links
            format=raw.demuxer if raw else None,
            container_options=options,
            metadata_errors="ignore",
        )
    except av.error.FFmpegError as error:
        raise RecordingError(_open_problem(path, error, head)) from error
    with container:
        yield container


def read_head(path: Path) -> bytes:
    """The first bytes of a file that may be audio. Raises RecordingError when it cannot be one."""
    try:
        if not path.is_file():
            path.stat()  # says why
            raise RecordingError(f"{path.name}: not a file. Give a recording, or a folder of recordings.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise RecordingError(access_problem(path, error)) from error
    if not head:
        raise RecordingError(
            f"{path.name}: empty file (0 bytes). Nothing was recorded, or copying broke off: copy it again."
        )
    if not head.strip(b"\0"):
        size = path.stat().st_size
        if size <= len(head) or raw_format(path, head) is None:
            raise RecordingError(f"{path.name}: holds only zero bytes. Copying broke off: copy it again.")
    if what := what_else(path, head):
        raise RecordingError(f"{path.name}: {what}.")
    return head


def access_problem(path: Path, error: OSError) -> str:
    """Why the file system refused, and what to do."""
    if isinstance(error, FileNotFoundError):
        return f"{path.name}: the file is no longer there. Was it moved while the calls were scored? Run again."
    if isinstance(error, PermissionError):
        return f"{path.name}: no permission to read it. Change its permissions, then use --retry-failed."
    why = error.strerror or type(error).__name__
    return f"{path.name}: cannot be read ({why}). Check the disk, then use --retry-failed."


def _open_problem(path: Path, error: Exception, head: bytes) -> str:
    if isinstance(error, OSError):
        return access_problem(path, error)
    if head[4:8] == b"ftyp":
        return f"{path.name}: breaks off before its index, so nothing can be read. Copy it again from the recorder."
    return (
        f"{path.name}: not a recording in any known format (damaged header, encrypted, or a maker's own format). "
        "Export it from the recorder as WAV, MP3 or Opus."
    )
