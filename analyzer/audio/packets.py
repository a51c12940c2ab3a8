"""Packet-by-packet decoding, which goes on after damage.

faster-whisper wraps one generator in "ignore invalid frames"; a generator that has raised is finished, so that
everything after the first bad packet is lost without a word (FW#988, FW#24). Here each packet is decoded alone.
"""

from collections.abc import Iterator

import av
from av.audio import AudioStream
from av.container import InputContainer

from analyzer.audio.formats import SELF_FRAMING
from analyzer.audio.timeline import Timeline

# A demuxer that fails this often without a packet in between will not recover.
_MAX_READ_FAILURES = 50
# One bad packet of a self-framing stream can hold many: it is larger than usual by about the bytes destroyed.
_OVERSIZE = 1.5


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
        self._shift = 0.0  # seconds that the demuxer's clock lags behind, because it did not see what was lost
        self._unit: tuple[int, int] | None = None  # of frames' times, in seconds: numerator, denominator
        self._good_bytes = 0
        self._good_units = 0  # of the stream's time
        self._owed = 0.0  # seconds lost since the last good frame
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
            except av.error.FFmpegError:  # the base: damaged AMR raises PatchWelcomeError
                self._bad(packet)
                continue
            if packet.size and not packet.is_corrupt:
                self._good_bytes += packet.size
                self._good_units += packet.duration or 0
            suspect = suspect or packet.is_corrupt
            for frame in frames:
                self._place(frame)
        if self._owed > 0:  # the end itself was lost
            self._timeline.lose(self._owed)

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
        self._owed += lost

    def _place(self, frame: av.AudioFrame) -> None:
        at = None
        if self._unit is None and frame.time_base:  # the same for all frames, and dear to ask for
            self._unit = frame.time_base.numerator, frame.time_base.denominator
        if frame.pts is not None and self._unit:
            time = frame.pts * self._unit[0] / self._unit[1]
            self._origin = time if self._origin is None else self._origin
            at = time - self._origin + self._shift
        elif self._owed:
            at = self._timeline.seconds + self._owed
        self._timeline.add(frame, at, after_loss=self._lost or self._gapless)
        self._lost, self._owed = False, 0.0


def _seconds(packet: "av.Packet[AudioStream]") -> float:
    return float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
