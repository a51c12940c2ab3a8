"""Packet-by-packet decoding, which goes on after damage, and the timeline on which decoded frames are placed.

faster-whisper wraps one generator in "ignore invalid frames"; a generator that has raised is finished, so everything
after the first bad packet is lost silently (SYSTRAN/faster-whisper#988, #24). Here each packet is decoded alone, and
what was lost becomes silence of the same length.
"""

from collections.abc import Iterator

import av
import numpy as np
from av.audio import AudioStream
from av.container import InputContainer

from analyzer.audio.containers import SELF_FRAMING
from analyzer.audio.waveform import WaveformWriter
from analyzer.errors import RecordingError
from analyzer.models.base import Span
from analyzer.models.recording import SAMPLE_RATE, Waveform

MAX_CHANNELS = 2  # a call has two sides; a third channel of a recorder is a mix or a beep track
# Lost packets are listed whatever their length. A gap without a bad packet is a hole only when it is longer than
# the pauses that Opus leaves out on purpose (DTX sends at least every 0.4 s).
_SILENT_GAP_SECONDS = 0.5
_JITTER_SECONDS = 0.05  # Matroska rounds times to 1 ms, RTP recorders to one packet of 20 to 40 ms
_AFTER_LOSS_SECONDS = 0.005
_RESAMPLED_AT_ONCE = 1 << 16  # samples; codecs give 20 ms frames, and one by one they cost as much each
# A demuxer that fails this often without a packet in between will not recover.
_MAX_READ_FAILURES = 50
# One bad packet of a self-framing stream can hold many: it is larger than usual by about the bytes destroyed.
_OVERSIZE = 1.5


class Timeline:
    """Frames of any format as 16 kHz channels, with silence where audio was lost; at most `max_seconds` long."""

    def __init__(self, *, max_seconds: float, too_long: str, header_seconds: float | None) -> None:
        self.seconds = 0.0  # length so far, holes included
        self.decoded = 0.0  # seconds that really came out of the decoder
        self.holes: list[Span] = []
        self.source_channels = 0
        self._max_seconds = max_seconds
        self._too_long = too_long
        # A time stamp far behind the end by the header is itself damage: following it would add hours of silence.
        self._latest = min(max_seconds, header_seconds + 1.0) if header_seconds else max_seconds
        self._resampler: av.AudioResampler | None = None
        self._waiting = av.AudioFifo()
        self._setup: tuple[str, str, int] = ("fltp", "mono", SAMPLE_RATE)
        self._writer = WaveformWriter()

    def add(self, frame: av.AudioFrame, start: float | None, *, after_loss: bool) -> None:
        """Append a decoded frame that starts at second `start`; a gap before it becomes silence."""
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or setup != self._setup:
            self._start(setup)
        self.source_channels = max(self.source_channels, frame.layout.nb_channels)
        gap = 0.0 if start is None else start - self.seconds
        if gap > (_AFTER_LOSS_SECONDS if after_loss else _JITTER_SECONDS) and self.seconds + gap <= self._latest:
            self.lose(gap, listed=after_loss or gap >= _SILENT_GAP_SECONDS)
        length = frame.samples / frame.sample_rate
        self._reserve(length)
        self.decoded += length
        frame.pts = None  # the queue, too, refuses one that does not follow
        self._queue(frame)

    def lose(self, seconds: float, *, listed: bool = True) -> None:
        """Append silence where audio was lost; listed as a hole unless the recorder left it out on purpose."""
        start = self.seconds
        self._reserve(seconds)
        if self._resampler is None:
            self._start(self._setup)
        for count in _portions(round(seconds * self._setup[2])):
            self._queue(_silence(*self._setup, count))
        if listed:
            joined = self.holes and abs(self.holes[-1].end - start) < _JITTER_SECONDS
            first = self.holes.pop().start if joined else start
            self.holes.append(Span(start=round(first, 3), end=round(self.seconds, 3)))

    def finish(self) -> tuple[Waveform, ...]:
        """The channels, 16 kHz, of equal length, values within -1 to 1."""
        self._flush()
        return self._writer.finish(min(self.source_channels or 1, MAX_CHANNELS))

    def _reserve(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > self._max_seconds + 1e-6:
            raise RecordingError(self._too_long)

    def _start(self, setup: tuple[str, str, int]) -> None:
        """Resample from this sample format, layout and rate from now on; they may change inside a file."""
        self._flush()
        self._setup = setup
        self._resampler = av.AudioResampler(format="fltp", layout=setup[1], rate=SAMPLE_RATE)
        self._waiting = av.AudioFifo()

    def _flush(self) -> None:
        if self._resampler is not None:
            if (rest := self._waiting.read()) is not None:
                self._resample(rest)
            self._resample(None)
        self._resampler = None

    def _queue(self, frame: av.AudioFrame) -> None:
        """Collect frames of the same kind until there are enough to resample."""
        self._waiting.write(frame)
        if self._waiting.samples >= _RESAMPLED_AT_ONCE:
            self._resample(self._waiting.read())

    def _resample(self, frame: av.AudioFrame | None) -> None:
        """Resample collected frames, or (None) drain the resampler."""
        if self._resampler is None:
            return
        if frame is not None:
            frame.pts = None  # the timeline decides where it goes; the resampler would fail on a broken time stamp
        for resampled in self._resampler.resample(frame):
            part = resampled.to_ndarray()[:MAX_CHANNELS].astype(np.float32, copy=True)
            np.nan_to_num(part, copy=False)  # float WAVs can hold NaN
            self._writer.add(np.clip(part, -1.0, 1.0, out=part))


def _silence(name: str, layout: str, rate: int, count: int) -> av.AudioFrame:
    frame = av.AudioFrame(format=name, layout=layout, samples=count)
    frame.sample_rate = rate
    for plane in frame.planes:  # unsigned 8-bit silence is 128, all other formats' is 0
        plane.update((b"\x80" if name.startswith("u8") else b"\x00") * plane.buffer_size)
    return frame


def _portions(total: int, size: int = SAMPLE_RATE) -> Iterator[int]:
    while total > 0:
        yield min(total, size)
        total -= size


class PacketDecoder:
    """Decodes one audio stream into a timeline, counting packets that could not be decoded."""

    def __init__(self, container: InputContainer, stream: AudioStream, timeline: Timeline) -> None:
        self.bad_packets = 0
        self._container = container
        self._stream = stream
        self._timeline = timeline
        self._self_framing = container.format.name in SELF_FRAMING
        self._gapless = stream.codec_context.name == "flac"  # its parser drops damaged frames without an error
        self._origin: float | None = None
        if stream.start_time is not None:
            self._origin = float(stream.start_time * (stream.time_base or 0))
        self._shift = 0.0  # seconds that the demuxer's clock lags behind: it does not count what was lost
        self._time_base: tuple[int, int] | None = None  # time base of the frames, in seconds: numerator, denominator
        self._good_bytes = 0
        self._good_units = 0  # of the stream's time
        self._missing = 0.0  # seconds lost since the last good frame
        self._lost = False

    def run(self) -> None:
        """Decode everything that can be decoded. Raises RecordingError when the timeline grows too long."""
        suspect = False  # the last packet of a file whose length is unknown is marked corrupt, but is only short
        for packet in self._packets():
            if packet.size:
                self.bad_packets += suspect
                suspect = False
            try:
                frames = packet.decode()
            except av.error.FFmpegError:  # the base class: damaged AMR raises PatchWelcomeError
                self._bad(packet)
                continue
            if packet.size and not packet.is_corrupt:
                self._good_bytes += packet.size
                self._good_units += packet.duration or 0
            suspect = suspect or packet.is_corrupt
            for frame in frames:
                self._place(frame)
        if self._missing > 0:  # the end itself was lost
            self._timeline.lose(self._missing)

    def _packets(self) -> Iterator["av.Packet[AudioStream]"]:
        failures = 0
        while failures < _MAX_READ_FAILURES:
            try:
                for packet in self._container.demux(self._stream):
                    yield packet
                    failures = 0
            except av.error.FFmpegError:
                failures += 1
                self.bad_packets += failures == 1
                self._lost = True
            else:
                return

    def _bad(self, packet: "av.Packet[AudioStream]") -> None:
        if not packet.size:  # the decoder's last buffer, nothing of its own
            return
        self.bad_packets += 1
        self._lost = True
        nominal, lost = _seconds(packet), _seconds(packet)
        good = float(self._good_units * (self._stream.time_base or 0))
        if self._self_framing and good > 0:
            estimate = packet.size * good / self._good_bytes
            if nominal and estimate > _OVERSIZE * nominal:
                lost = round(estimate / nominal) * nominal
        self._shift += lost - nominal
        self._missing += lost

    def _place(self, frame: av.AudioFrame) -> None:
        start = None
        if self._time_base is None and frame.time_base:  # the same for all frames, and slow to ask for
            self._time_base = frame.time_base.numerator, frame.time_base.denominator
        if frame.pts is not None and self._time_base:
            time = frame.pts * self._time_base[0] / self._time_base[1]
            self._origin = time if self._origin is None else self._origin
            start = time - self._origin + self._shift
        elif self._missing:
            start = self._timeline.seconds + self._missing
        self._timeline.add(frame, start, after_loss=self._lost or self._gapless)
        self._lost, self._missing = False, 0.0


def _seconds(packet: "av.Packet[AudioStream]") -> float:
    return float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
