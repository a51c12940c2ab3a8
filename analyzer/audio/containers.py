"""Audio files as containers: accepted formats, opening one as audio and nothing else, what a WAV header announces.

FFmpeg does not say when a WAV file holds less than its header announces.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.container import InputContainer

from analyzer.errors import RecordingError

# Recorders that cannot seek back write 0, 0xFFFFFFFF, or about 2 GiB (sox: 0x7FFFF000) as the data size.
_PLACEHOLDER = 0x7FFF0000
_MAX_CHUNKS = 64
_RIFF_BYTES, _CHUNK_BYTES, _FMT_BYTES = 12, 8, 16  # fixed by the format


@dataclass(frozen=True)
class RawFormat:
    """How a headerless file is read: FFmpeg's demuxer and its options."""

    demuxer: str
    options: dict[str, str] = field(default_factory=dict)


# Telephone exchanges write these without a header, always 8 kHz mono; FFmpeg's own guess is 44.1 kHz (measured).
_TELEPHONE = {"sample_rate": "8000", "ch_layout": "mono"}
_ULAW, _ALAW = RawFormat("mulaw", _TELEPHONE), RawFormat("alaw", _TELEPHONE)
RAW_FORMATS = {
    ".ulaw": _ULAW,
    ".ul": _ULAW,
    ".alaw": _ALAW,
    ".al": _ALAW,
    ".sln": RawFormat("s16le", _TELEPHONE),
    ".sln16": RawFormat("s16le", {"sample_rate": "16000", "ch_layout": "mono"}),
    ".gsm": RawFormat("gsm"),
}

AUDIO_SUFFIXES: frozenset[str] = frozenset(
    {".wav", ".wave", ".wav49", ".w64", ".mp3", ".mp2", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".3gp"}
    | {".webm", ".mka", ".mkv", ".amr", ".awb", ".aac", ".wma", ".asf", ".g722", ".aiff", ".aif", ".au", ".snd"}
    | set(RAW_FORMATS)
)
"""Endings of everything accepted, in lower case; compare `path.suffix.lower()`."""

# A file named .wav can be a playlist: FFmpeg plays the other recording that ffconcat text in it names (measured).
# Only real containers are opened.
FORMAT_WHITELIST = "wav,w64,mp3,ogg,flac,mov,mp4,m4a,3gp,matroska,webm,amr,aac,asf,gsm,g722,aiff,au"

# Demuxers whose length is only estimated from the file size: no promise that a file could fall short of.
ESTIMATED_LENGTH = frozenset({"aac", "amr", "amrnb", "amrwb", "gsm", "g722", "mulaw", "alaw", "s16le"})
# Self-framing streams: when bytes are destroyed their demuxer counts on as if nothing were missing.
SELF_FRAMING = frozenset({"mp3", "aac", "amr", "amrnb", "amrwb"})

HEAD_BYTES = 4096
_SHORT_TEXT = 64  # bytes; a longer text uses at least so many different letters, which silent A-law does not:
_LETTERS_OF_TEXT = 8
_MAGIC = (b"RIFF", b"RF64", b"riff", b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3", b"#!AMR", b"FORM", b".snd")
_EXPORT = "export it from the recorder as WAV, MP3 or Opus"
_FOREIGN_SUFFIXES = {
    ".nmf": f"a NICE .nmf file, which only NICE's own player opens: {_EXPORT}",
    ".nmx": f"a NICE .nmx file, which only NICE's own player opens: {_EXPORT}",
    ".g729": f"headerless G.729, for which there is no free reader: {_EXPORT}",
    ".pgp": f"encrypted: decrypt it first, or {_EXPORT}",
    ".gpg": f"encrypted: decrypt it first, or {_EXPORT}",
    ".enc": f"encrypted: decrypt it first, or {_EXPORT}",
}
_FOREIGN_MAGIC = (
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"%PDF", "a PDF, not a recording"),
    (b"Salted__", f"encrypted: decrypt it first, or {_EXPORT}"),
    (b"\x89PNG", "a picture, not a recording"),
    (b"\xff\xd8\xff\xe0", "a picture, not a recording"),
)


def raw_format(path: Path, head: bytes) -> RawFormat | None:
    """How to read a headerless file; None when its ending or its first bytes say that it has a header."""
    return None if head.startswith(_MAGIC) else RAW_FORMATS.get(path.suffix.lower())


def what_else(path: Path, head: bytes) -> str | None:
    """What a file is when it is clearly no recording that can be read, with how to fix it; None when it may be one."""
    for magic, what in _FOREIGN_MAGIC:
        if head.startswith(magic):
            return what
    if _is_text(head):
        if head.lstrip().startswith((b"ffconcat", b"#EXTM3U", b"[playlist]")):
            return "a playlist (text that names other files), not a recording: give the recordings themselves"
        return "text, not a recording: check what was exported under this name"
    if head.startswith(_MAGIC):
        return None
    return _FOREIGN_SUFFIXES.get(path.suffix.lower())


def _is_text(head: bytes) -> bool:
    """Only printable bytes, of several kinds: silent A-law is a run of one printable byte."""
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    printable = all(character.isprintable() or character in "\r\n\t\ufeff" for character in text)
    few_kinds = len(head) > _SHORT_TEXT and len(set(text)) < _LETTERS_OF_TEXT
    return printable and not few_kinds and len(text) >= 0.5 * len(head)


@contextmanager
def open_audio(path: Path) -> Iterator[InputContainer]:
    """An open PyAV container of an allowed format. Raises RecordingError, which says how to fix it.

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


@dataclass(frozen=True)
class WavHeader:
    """The parts of a RIFF header that matter here; sizes in bytes."""

    format_tag: int
    channels: int
    sample_rate: int
    bytes_per_second: int
    data_start: int
    data_size: int
    file_size: int

    @property
    def size_unknown(self) -> bool:
        """True when the header leaves the length open: the recorder died, or could not seek."""
        held = self.file_size - self.data_start
        return (self.data_size == 0 and held > 0) or (self.data_size >= _PLACEHOLDER and self.data_size > held)

    @property
    def never_finished(self) -> bool:
        """True when a recorder began the file and never came back to write its length: its end may be missing.

        One that streams says so from the start, by a size that no file has.
        """
        return self.data_size == 0 and self.size_unknown

    @property
    def header_seconds(self) -> float | None:
        """Seconds that the header states; None when it leaves them open."""
        if self.size_unknown or self.bytes_per_second <= 0:
            return None
        return self.data_size / self.bytes_per_second

    @property
    def complete(self) -> bool:
        """True when the file holds exactly the bytes that the header announces (chunks may follow)."""
        return not self.size_unknown and self.data_start + self.data_size <= self.file_size


def read_wav_header(path: Path) -> WavHeader | None:
    """The header of a RIFF WAV file; None for every other file, and when `fmt ` or `data` is missing."""
    file_size = path.stat().st_size
    fmt: tuple[int, int, int, int] | None = None
    with path.open("rb") as file:
        head = file.read(_RIFF_BYTES)
        if len(head) < _RIFF_BYTES or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        for _ in range(_MAX_CHUNKS):
            chunk = file.read(_CHUNK_BYTES)
            if len(chunk) < _CHUNK_BYTES:
                return None
            name, size = struct.unpack("<4sI", chunk)
            if name == b"data":
                return None if fmt is None else WavHeader(*fmt, file.tell(), size, file_size)
            if name == b"fmt " and size >= _FMT_BYTES:
                fmt = struct.unpack("<HHII", file.read(12).ljust(12, b"\0"))
                file.seek(size - 12, 1)
            else:
                file.seek(size, 1)
            file.seek(size & 1, 1)  # chunks start at even places
    return None
