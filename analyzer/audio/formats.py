"""Which files are accepted, how headerless ones are read, and what to say about the others."""

from dataclasses import dataclass, field
from pathlib import Path


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
    """What a file is when it is clearly no recording that can be read, with the cure; None when it may be one."""
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
