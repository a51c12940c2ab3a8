"""A channel's samples: in memory while they are few, in temporary files beyond that.

Three hours of two channels are 1.4 GB as 16 kHz float32. Nothing needs them at once: voice activity goes through
them in order, recognition takes windows. So a long recording costs no more memory than one of `IN_MEMORY_SECONDS`.
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
    """The temporary file of a long recording cannot be written or read."""

    def __init__(self, error: OSError) -> None:
        why = os.strerror(error.errno or errno.EIO)
        super().__init__(
            f"a recording this long is kept in a temporary file while it is read, which failed ({why}). Free some "
            f"space in {_LARGE_FILES}, or let TMPDIR name another folder, then use --retry-failed."
        )


class FileWaveform:
    """A channel in a temporary file without a name, which goes with it; silent from the file's end to its own."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._length = file, length

    def __len__(self) -> int:
        """How many samples."""
        return self._length

    def __getitem__(self, part: slice, /) -> Samples:
        """A stretch, read when it is asked for; from any thread. Raises SpoolError when the disk fails."""
        start, stop, step = part.indices(self._length)
        samples: Samples = np.zeros(max(0, stop - start), np.float32)
        rest, at = samples.view(np.uint8).data, start * samples.itemsize
        try:
            while rest and (count := os.preadv(self._file.fileno(), [rest], at)):
                rest, at = rest[count:], at + count
        except OSError as error:
            raise TemporaryFileError(error) from error
        return samples[::step]

    def lengthened(self, length: int) -> "FileWaveform":
        """The same with silence behind it."""
        return FileWaveform(self._file, length)


class WaveformWriter:
    """Takes a recording part by part, [channels, samples]; mono parts of a stereo recording are heard on both sides."""

    def __init__(self, *, most_in_memory: int = _IN_MEMORY) -> None:
        """`most_in_memory`: samples of each channel."""
        self._most = most_in_memory
        self._parts: list[Samples] = []
        self._held = 0
        self._files: list[IO[bytes]] = []
        self._length = 0

    def add(self, part: Samples) -> None:
        """Append. Raises SpoolError when a temporary file cannot be written."""
        self._parts.append(part)
        self._held += part.shape[1]
        if self._files or self._length + self._held > self._most:
            self._store()

    def finish(self, channels: int) -> tuple[Waveform, ...]:
        """The channels, of equal length; nothing may be added afterwards."""
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
        self._length += self._held
        self._parts, self._held = [], 0


def blocks(*sounds: Waveform) -> Iterator[tuple[Samples, ...]]:
    """Equally long channels side by side, a minute at a time; in one piece when all are in memory anyway."""
    stored = any(isinstance(sound, FileWaveform) for sound in sounds)
    size = _BLOCK if stored else max(1, len(sounds[0]))
    for at in range(0, len(sounds[0]), size):
        yield tuple(sound[at : at + size] for sound in sounds)


def lengthened(sound: Waveform, length: int) -> Waveform:
    """A channel with silence behind it up to `length` samples."""
    if isinstance(sound, FileWaveform):
        return sound.lengthened(length)
    return np.pad(sound[:], (0, length - len(sound)))


def _channel(part: Samples, index: int) -> Samples:
    row: Samples = part[min(index, len(part) - 1)]
    return row


def _temporary() -> IO[bytes]:
    chosen = Path(tempfile.gettempdir())
    usual = chosen == Path("/tmp")  # noqa: S108 - nobody chose another by TMPDIR
    folder = _LARGE_FILES if usual and os.access(_LARGE_FILES, os.W_OK) else chosen
    return tempfile.TemporaryFile(dir=folder, prefix="analyzer-")


def _copy(file: IO[bytes]) -> IO[bytes]:
    """What is in one channel's file so far, as the start of another's."""
    other = _temporary()
    file.flush()
    at = 0
    while data := os.pread(file.fileno(), 1 << 20, at):
        other.write(data)
        at += len(data)
    return other

