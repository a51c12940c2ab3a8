"""Waveforms of decoded channels, in memory or in temporary files beyond `IN_MEMORY_SECONDS`, and figures about them.

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

from analyzer.models.recording import SAMPLE_RATE, Samples, Waveform

IN_MEMORY_SECONDS = 900.0
"""A recording up to this long stays in memory: 115 MB of two channels, and nearly every call is shorter."""

_IN_MEMORY = round(IN_MEMORY_SECONDS) * SAMPLE_RATE
_BLOCK = 60 * SAMPLE_RATE  # whole frames of any length in use: 10, 20, 30 ms
_LARGE_FILES = Path("/var/tmp")  # noqa: S108 - /tmp is memory on many systems (tmpfs), which is what is to be spared
# u-law reaches 0.980 and A-law 0.984 of full scale: a clipped telephone channel sits there, not at 1.0.
_CLIPPED_AT = 0.975
# Idle u-law and A-law lines code +-8/32768; -60 dB of full scale is above that and below any voice.
_SILENT_PEAK = 0.001
# A copy through a lossy codec differs by less than -40 dB; crosstalk between two real sides leaves far more.
_COPY_RESIDUAL = 1e-4
_FRAME = SAMPLE_RATE * 30 // 1000
_SPEECH_ABOVE_FLOOR_DB = 12.0  # telephone speech lies 15 to 40 dB above its line noise
_QUIETEST_SPEECH_DB = -55.0


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
        """The samples of a span, from any thread. Raises TemporaryFileError when the file cannot be read."""
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


def same_signal(left: Waveform, right: Waveform) -> bool:
    """True when the difference of two equally long channels holds under -40 dB of their energy."""
    if len(left) != len(right):
        return False
    difference = sum(float(np.dot(first - second, first - second)) for first, second in blocks(left, right))
    return difference <= _COPY_RESIDUAL * max(energy(left), energy(right))


def energy(samples: Waveform) -> float:
    """Sum of squares."""
    return sum(float(np.dot(block, block)) for (block,) in blocks(samples))


def is_silent(samples: Waveform) -> bool:
    """True for a channel without any signal, line noise of a digital trunk included."""
    return all(float(np.max(np.abs(block))) < _SILENT_PEAK for (block,) in blocks(samples))


def clipped_share(samples: Waveform) -> float:
    """Share (0 to 1) of samples at the top of the telephone codecs' range; above 0.01 words are in doubt."""
    clipped = sum(int(np.count_nonzero(np.abs(block) >= _CLIPPED_AT)) for (block,) in blocks(samples))
    return clipped / len(samples) if len(samples) else 0.0


def energy_speech_seconds(samples: Waveform) -> float:
    """Seconds that are clearly louder than the channel's own floor, by energy alone.

    Silero can drop a whole band-limited voice (tmoroney/auto-subs#563); when it finds far less than this, a person
    should know. Steady noise and hold tones count as floor. 16 kHz samples.
    """
    powers = [_powers(block) for (block,) in blocks(samples)]
    if not powers or not powers[0].size:
        return 0.0
    level = 10 * np.log10(np.concatenate(powers) + 1e-10)
    threshold = max(float(np.percentile(level, 10)) + _SPEECH_ABOVE_FLOOR_DB, _QUIETEST_SPEECH_DB)
    return float(np.count_nonzero(level > threshold)) * _FRAME / SAMPLE_RATE


def _powers(samples: Samples) -> Samples:
    """Mean square of each whole frame."""
    count = len(samples) // _FRAME
    frames = samples[: count * _FRAME].reshape(count, _FRAME)
    powers: Samples = np.einsum("ij,ij->i", frames, frames) / np.float32(_FRAME)
    return powers
