"""Frames of any format, placed by their times: 16 kHz channels with silence where audio was lost."""

from collections.abc import Iterator

import av
import numpy as np

from analyzer.audio.sound import RATE, Sound, SoundWriter
from analyzer.errors import RecordingError
from analyzer.models.base import Span

MAX_CHANNELS = 2  # a call has two sides; a third channel of a recorder is a mix or a beep track
# Lost packets are listed whatever their length. A gap without a bad packet is a hole only when it is longer than
# the pauses that Opus leaves out on purpose (DTX sends at least every 0.4 s).
_SILENT_GAP_SECONDS = 0.5
_JITTER_SECONDS = 0.05  # Matroska rounds times to 1 ms, RTP recorders to one packet of 20 to 40 ms
_AFTER_LOSS_SECONDS = 0.005
_AT_ONCE = 1 << 16  # samples resampled together: codecs give 20 ms frames, each of which would cost as much in Python


class Timeline:
    """Grows from the start; never longer than `max_seconds`, whatever the file says."""

    def __init__(self, *, max_seconds: float, too_long: str, header_seconds: float | None) -> None:
        self.seconds = 0.0  # length so far, holes included
        self.decoded = 0.0  # seconds that really came out of the decoder
        self.holes: list[Span] = []
        self.source_channels = 0
        self._max_seconds = max_seconds
        self._too_long = too_long
        # A time stamp far behind the announced end is itself damage: following it would invent hours of silence.
        self._latest = min(max_seconds, header_seconds + 1.0) if header_seconds else max_seconds
        self._resampler: av.AudioResampler | None = None
        self._waiting = av.AudioFifo()
        self._setup: tuple[str, str, int] = ("fltp", "mono", RATE)
        self._sound = SoundWriter()

    def add(self, frame: av.AudioFrame, at: float | None, *, after_loss: bool) -> None:
        """Append a decoded frame that starts at second `at`; a gap before it becomes silence."""
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or setup != self._setup:
            self._start(setup)
        self.source_channels = max(self.source_channels, frame.layout.nb_channels)
        gap = 0.0 if at is None else at - self.seconds
        if gap > (_AFTER_LOSS_SECONDS if after_loss else _JITTER_SECONDS) and self.seconds + gap <= self._latest:
            self.lose(gap, listed=after_loss or gap >= _SILENT_GAP_SECONDS)
        length = frame.samples / frame.sample_rate
        self._reserve(length)
        self.decoded += length
        frame.pts = None  # the queue, too, would complain of one that does not follow
        self._queue(frame)

    def lose(self, seconds: float, *, listed: bool = True) -> None:
        """Append silence where audio was lost; listed as a hole unless the recorder left it out on purpose."""
        start = self.seconds
        self._reserve(seconds)
        if self._resampler is None:
            self._start(self._setup)
        for count in _pieces(round(seconds * self._setup[2])):
            self._queue(_silence(*self._setup, count))
        if listed:
            joined = self.holes and abs(self.holes[-1].end - start) < _JITTER_SECONDS
            first = self.holes.pop().start if joined else start
            self.holes.append(Span(start=round(first, 3), end=round(self.seconds, 3)))

    def finish(self) -> tuple[Sound, ...]:
        """The channels, 16 kHz, of equal length, values within -1 to 1."""
        self._flush()
        return self._sound.finish(min(self.source_channels or 1, MAX_CHANNELS))

    def _reserve(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > self._max_seconds + 1e-6:
            raise RecordingError(self._too_long)

    def _start(self, setup: tuple[str, str, int]) -> None:
        """Resample from now on from this sample format, layout and rate; they may change inside a file."""
        self._flush()
        self._setup = setup
        self._resampler = av.AudioResampler(format="fltp", layout=setup[1], rate=RATE)
        self._waiting = av.AudioFifo()

    def _flush(self) -> None:
        if self._resampler is not None:
            if (rest := self._waiting.read()) is not None:
                self._resample(rest)
            self._resample(None)
        self._resampler = None

    def _queue(self, frame: av.AudioFrame) -> None:
        """Let frames of the same kind wait until they are worth resampling."""
        self._waiting.write(frame)
        if self._waiting.samples >= _AT_ONCE:
            self._resample(self._waiting.read())

    def _resample(self, frame: av.AudioFrame | None) -> None:
        """Resample what waited, or (None) what the resampler still holds."""
        if self._resampler is None:
            return
        if frame is not None:
            frame.pts = None  # places are ours; the resampler would stumble over a broken one
        for resampled in self._resampler.resample(frame):
            part = resampled.to_ndarray()[:MAX_CHANNELS].astype(np.float32, copy=True)
            np.nan_to_num(part, copy=False)  # float WAVs can hold NaN
            self._sound.add(np.clip(part, -1.0, 1.0, out=part))


def _silence(name: str, layout: str, rate: int, count: int) -> av.AudioFrame:
    frame = av.AudioFrame(format=name, layout=layout, samples=count)
    frame.sample_rate = rate
    for plane in frame.planes:  # unsigned 8-bit silence is 128, all other formats' is 0
        plane.update((b"\x80" if name.startswith("u8") else b"\x00") * plane.buffer_size)
    return frame


def _pieces(total: int, size: int = RATE) -> Iterator[int]:
    while total > 0:
        yield min(total, size)
        total -= size
