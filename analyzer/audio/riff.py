"""What a WAV header promises, against what the file holds: FFmpeg does not say when the two differ."""

import struct
from dataclasses import dataclass
from pathlib import Path

# Recorders that cannot seek back write 0, 0xFFFFFFFF, or about 2 GiB (sox: 0x7FFFF000) as the data size.
_PLACEHOLDER = 0x7FFF0000
_MAX_CHUNKS = 64
_RIFF_BYTES, _CHUNK_BYTES, _FMT_BYTES = 12, 8, 16  # fixed by the format


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
    def promised_seconds(self) -> float | None:
        """Seconds the header announces; None when it leaves them open."""
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
