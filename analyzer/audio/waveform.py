"""Waveforms of decoded channels: arrays in memory, or temporary files for recordings longer than `IN_MEMORY_SECONDS`.

Three hours of two channels are 1.4 GB as 16 kHz float32. No stage needs all of it at once: voice activity detection
goes through it in order, recognition takes windows. So a long recording needs no more memory than a short one.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from analyzer.models.waveform import SAMPLE_RATE, Samples, Waveform

IN_MEMORY_SECONDS = 900.0
"""A recording up to this long stays in memory: 115 MB of two channels, and nearly every call is shorter."""

_IN_MEMORY = round(IN_MEMORY_SECONDS) * SAMPLE_RATE
_BLOCK = 60 * SAMPLE_RATE  # whole frames of any length in use: 10, 20, 30 ms
_LARGE_FILES = Path("/var/tmp")  # noqa: S108 - /tmp is memory on many systems (tmpfs), which is what is to be spared


class TemporaryFileError(Exception):
    """The temporary file of a long recording could not be written or read."""

    def __init__(self, error: OSError) -> None:
        why = os.strerror(error.errno or errno.EIO)
        super().__init__(
            f"a recording this long is kept in a temporary file while it is read, which failed ({why}). Free some "
            f"space in {_LARGE_FILES}, or let TMPDIR name another folder, then use --retry-failed."
        )


class FileWaveform:
    """A channel in an unnamed temporary file, which is deleted with it; silence after the file's end up to `length`."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._length = file, length

    def __len__(self) -> int:
        """Number of samples."""
        return self._length

    def __getitem__(self, part: slice, /) -> Samples:
        """The samples of a stretch, from any thread. Raises TemporaryFileError when the file cannot be read."""
        start, stop, step = part.indices(self._length)
        samples: Samples = np.zeros(max(0, stop - start), np.float32)
        rest, offset = samples.view(np.uint8).data, start * samples.itemsize
        try:
            while rest and (count := os.preadv(self._file.fileno(), [rest], offset)):
                rest, offset = rest[count:], offset + count
        except OSError as error:
            raise TemporaryFileError(error) from error
        return samples[::step]

    def lengthened(self, length: int) -> "FileWaveform":
        """The same with silence after it."""
        return FileWaveform(self._file, length)


class WaveformWriter:
    """Takes a recording part by part, [channels, samples]; a mono part of a stereo recording goes to both channels."""

    def __init__(self, *, most_in_memory: int = _IN_MEMORY) -> None:
        """`most_in_memory`: samples of each channel."""
        self._most = most_in_memory
        self._parts: list[Samples] = []
        self._pending = 0
        self._files: list[IO[bytes]] = []
        self._length = 0

    def add(self, part: Samples) -> None:
        """Append. Raises TemporaryFileError when a temporary file cannot be written."""
        self._parts.append(part)
        self._pending += part.shape[1]
        if self._files or self._length + self._pending > self._most:
            self._store()

    def finish(self, channels: int) -> tuple[Waveform, ...]:
        """The channels, of equal length; nothing may be added after it."""
        if self._files:
            self._files[0].flush()
            while len(self._files) < channels:
                self._files.append(_copy(self._files[0]))
            for file in self._files:
                file.flush()
            return tuple(FileWaveform(file, self._length) for file in self._files[:channels])
        parts, self._parts = self._parts, []
        return tuple(
            np.concatenate([_channel(part, index) for part in parts]) if parts else np.zeros(0, np.float32)
            for index in range(channels)
        )

    def _store(self) -> None:
        try:
            for part in self._parts:
                while len(self._files) < len(part):
                    self._files.append(_copy(self._files[0]) if self._files else _temporary())
                for index, file in enumerate(self._files):
                    file.write(_channel(part, index).tobytes())
        except OSError as error:
            raise TemporaryFileError(error) from error
        self._length += self._pending
        self._parts, self._pending = [], 0


def blocks(*waveforms: Waveform) -> Iterator[tuple[Samples, ...]]:
    """Equally long channels in parallel, a minute at a time; in one piece when all are in memory anyway."""
    in_file = any(isinstance(waveform, FileWaveform) for waveform in waveforms)
    size = _BLOCK if in_file else max(1, len(waveforms[0]))
    for start in range(0, len(waveforms[0]), size):
        yield tuple(waveform[start : start + size] for waveform in waveforms)


def lengthened(waveform: Waveform, length: int) -> Waveform:
    """A channel with silence after it up to `length` samples."""
    if isinstance(waveform, FileWaveform):
        return waveform.lengthened(length)
    return np.pad(waveform[:], (0, length - len(waveform)))


def _channel(part: Samples, index: int) -> Samples:
    row: Samples = part[min(index, len(part) - 1)]
    return row


def _temporary() -> IO[bytes]:
    chosen = Path(tempfile.gettempdir())
    usual = chosen == Path("/tmp")  # noqa: S108 - TMPDIR names no other
    folder = _LARGE_FILES if usual and os.access(_LARGE_FILES, os.W_OK) else chosen
    return tempfile.TemporaryFile(dir=folder, prefix="analyzer-")


def _copy(file: IO[bytes]) -> IO[bytes]:
    """A new temporary file with what is in another channel's file so far."""
    other = _temporary()
    file.flush()
    offset = 0
    while data := os.pread(file.fileno(), 1 << 20, offset):
        other.write(data)
        offset += len(data)
    return other
