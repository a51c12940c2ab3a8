"""Decodes a recording's files to separate 16 kHz channels, and reports what was lost."""

import gc
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import soundfile
from av.audio import AudioStream
from av.container import InputContainer

from analyzer.audio.containers import (
    ESTIMATED_LENGTH,
    WavHeader,
    access_problem,
    open_audio,
    read_head,
    read_wav_header,
)
from analyzer.audio.packets import MAX_CHANNELS, PacketDecoder, Timeline
from analyzer.audio.waveform import TemporaryFileError, energy, is_silent, lengthened, same_signal
from analyzer.errors import RecordingError
from analyzer.models.base import Span, union
from analyzer.models.recording import SAMPLE_RATE, AudioFacts, Recording, Samples, Waveform

# IMA ADPCM and AMR headers round up by as much as 0.4 s in 12 s (measured): shorter by more than this is a loss.
_TOLERANCE_SECONDS = 1.0
_TOLERANCE_SHARE = 0.05
_SOUNDFILE_TAGS = {1: "pcm_s16le", 6: "pcm_alaw", 7: "pcm_mulaw"}  # healthy WAVs of these need no packet recovery
_BLOCK = 1 << 16
_OGG_TAIL = 1 << 17  # an Ogg page is at most 65,307 bytes


@dataclass(frozen=True)
class DecodedAudio:
    """Channels of one length, 16 kHz, -1 to 1: one for mono, two for stereo or a pair of legs."""

    channels: tuple[Waveform, ...]
    facts: AudioFacts


@dataclass
class _File:
    """One decoded file; a pair of legs has two."""

    channels: tuple[Waveform, ...]
    codec: str
    sample_rate: int
    header_seconds: float | None
    length_stated: bool  # False when the header's length is only an estimate from the file size
    bad_packets: int = 0
    holes: list[Span] = field(default_factory=list)
    cut_off: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Length in seconds, holes included."""
        return len(self.channels[0]) / SAMPLE_RATE

    @property
    def partial(self) -> bool:
        """True when audio is missing: shorter than its header says, bad packets, or no end."""
        missing = self.header_seconds - self.seconds if self.length_stated and self.header_seconds else 0.0
        allowed = max(_TOLERANCE_SECONDS, _TOLERANCE_SHARE * (self.header_seconds or 0.0))
        return self.cut_off or self.bad_packets > 0 or bool(self.holes) or missing > allowed


def decode_recording(recording: Recording, *, max_seconds: float) -> DecodedAudio:
    """Decode a recording, or both legs of one, without ever mixing the two sides.

    Channel 0 is left, or mono, or the agent's leg. `facts.speech_seconds` is left 0. Raises RecordingError with a
    message for people when a file cannot be read at all or is longer than `max_seconds`.
    """
    try:
        if recording.customer_leg is None:
            return _single(_decode_file(recording.path, max_seconds))
        agent, customer = (_decode_file(path, max_seconds) for path in recording.files)
        return _pair(agent, customer)
    finally:
        gc.collect()  # PyAV's resamplers are freed by a garbage collection only (SYSTRAN/faster-whisper#390)


def _single(file: _File) -> DecodedAudio:
    channels = file.channels
    stereo = len(channels) == MAX_CHANNELS
    if stereo and same_signal(*channels):
        channels = channels[:1]
        file.notes.append("Both channels carry the same signal: treated as mono.")
    elif stereo:
        file.notes.extend(
            f"The {side} channel is silent."
            for side, samples in zip(("left", "right"), channels, strict=True)
            if is_silent(samples)
        )
    return DecodedAudio(channels, _facts([file], channels))


def _pair(agent: _File, customer: _File) -> DecodedAudio:
    sides = []
    for name, file in (("agent's", agent), ("customer's", customer)):
        file.notes = [f"The {name} leg: {note}" for note in file.notes]
        if len(file.channels) > 1 and not same_signal(*file.channels):
            file.notes.append(f"The {name} leg is stereo: its louder channel was used.")
        sides.append(max(file.channels, key=energy))
        if is_silent(sides[-1]):
            file.notes.append(f"The {name} leg is silent.")
    length = max(map(len, sides))
    channels = tuple(lengthened(side, length) for side in sides)
    return DecodedAudio(channels, _facts([agent, customer], channels))


def _facts(files: list[_File], channels: tuple[Waveform, ...]) -> AudioFacts:
    headers = [file.header_seconds for file in files if file.header_seconds is not None]
    return AudioFacts(
        header_seconds=round(max(headers), 3) if headers else None,
        decoded_seconds=round(len(channels[0]) / SAMPLE_RATE, 3),
        bad_packets=sum(file.bad_packets for file in files),
        channels=len(channels),
        codec=files[0].codec,
        sample_rate=files[0].sample_rate,
        holes=union(hole for file in files for hole in file.holes),
        partial=any(file.partial for file in files),
        notes=tuple(note for file in files for note in file.notes),
    )


def _decode_file(path: Path, max_seconds: float) -> _File:
    try:
        read_head(path)
        header = read_wav_header(path)
        if header is not None and header.size_unknown is False and header.data_size == 0:
            raise RecordingError(_no_audio(path))
        file = _with_soundfile(path, header, max_seconds) if header and _is_healthy(header) else None
        file = file or _with_pyav(path, header, max_seconds)
    except TemporaryFileError as error:
        raise RecordingError(f"{path.name}: {error}") from error
    except OSError as error:
        raise RecordingError(access_problem(path, error)) from error
    if not len(file.channels[0]):
        raise RecordingError(_no_audio(path))
    return file


def _is_healthy(header: WavHeader) -> bool:
    return header.complete and header.format_tag in _SOUNDFILE_TAGS and header.channels > 0


def _with_soundfile(path: Path, header: WavHeader, max_seconds: float) -> _File | None:
    """Decode a healthy WAV with soundfile, which is faster; None when it does not find what the header announces."""
    header_seconds = header.header_seconds or 0.0
    timeline = _timeline(path, max_seconds, header_seconds)
    try:
        with soundfile.SoundFile(path) as file:
            if abs(file.frames / file.samplerate - header_seconds) > 1 / file.samplerate:
                return None
            for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
                _add_block(timeline, block, file.samplerate)
            rate, width = file.samplerate, file.channels
            codec = {"PCM_24": "pcm_s24le", "PCM_32": "pcm_s32le", "PCM_U8": "pcm_u8"}.get(
                file.subtype, _SOUNDFILE_TAGS[header.format_tag]
            )
    except soundfile.SoundFileError:
        return None
    if abs(timeline.decoded - header_seconds) > 1 / rate:
        return None
    decoded = _File(timeline.finish(), codec, rate, header_seconds, length_stated=True)
    decoded.notes.extend(_channel_note(width))
    return decoded


def _add_block(timeline: Timeline, block: Samples, rate: int) -> None:
    layout = "mono" if block.shape[1] == 1 else "stereo"
    planar = np.ascontiguousarray(block.T[:MAX_CHANNELS])
    frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
    frame.sample_rate = rate
    timeline.add(frame, None, after_loss=False)


def _with_pyav(path: Path, header: WavHeader | None, max_seconds: float) -> _File:
    with open_audio(path) as container:
        if not container.streams.audio:
            raise RecordingError(f"{path.name}: no audio in it, only picture or data. Export the call's sound.")
        stream = container.streams.audio[0]
        context = stream.codec_context
        if context is None or not context.sample_rate:
            raise RecordingError(f"{path.name}: its codec is not supported. Export it as WAV, MP3 or Opus.")
        seconds, length_stated = _header_seconds(container, stream, header, path)
        timeline = _timeline(path, max_seconds, seconds if length_stated else None)
        decoder = PacketDecoder(container, stream, timeline)
        decoder.run()
        codec, rate = context.name, context.sample_rate
        cut_off = container.format.name == "ogg" and not _ogg_has_end(path)
        cut_off = cut_off or (header is not None and header.never_finished)
    file = _File(timeline.finish(), codec, rate, seconds, length_stated, decoder.bad_packets, timeline.holes, cut_off)
    if timeline.decoded == 0:
        raise RecordingError(_no_audio(path, decoder.bad_packets))
    if header is not None and header.never_finished:
        file.notes.append("The recorder never wrote the length (it died?): read whole, the end may lack.")
    elif header is not None and header.size_unknown:
        file.notes.append("The header does not say how long the recording is: read whole.")
    elif cut_off:
        file.notes.append("The file has no end mark: the recording broke off.")
    if len(container.streams.audio) > 1:
        file.notes.append("The file holds several sound tracks: only the first was used.")
    file.notes.extend(_channel_note(timeline.source_channels))
    return file


def _header_seconds(
    container: InputContainer, stream: AudioStream, header: WavHeader | None, path: Path
) -> tuple[float | None, bool]:
    """Seconds the file says it lasts, and whether it states them (True) or FFmpeg estimated them from the size."""
    if header is not None and (header.size_unknown or header.header_seconds is not None):
        return header.header_seconds, True
    name = container.format.name
    seconds = None
    if stream.duration is not None:
        seconds = float(stream.duration * (stream.time_base or 0))
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    length_stated = name not in ESTIMATED_LENGTH and (name != "mp3" or _mp3_states_length(path))
    return (seconds if seconds and seconds > 0 else None), length_stated


def _mp3_states_length(path: Path) -> bool:
    """True when a Xing, Info or VBRI header counts the frames; else FFmpeg divides the size by the first bit rate."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127)
            file.seek(10 + size)
        else:
            file.seek(0)
        frame = file.read(256)
    return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))


def _ogg_has_end(path: Path) -> bool:
    """True when the last Ogg page carries the end-of-stream flag."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _OGG_TAIL))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return 0 <= page < len(tail) - 5 and bool(tail[page + 5] & 4)


def _timeline(path: Path, max_seconds: float, header_seconds: float | None) -> Timeline:
    too_long = f"{path.name}: longer than {max_seconds / 60:.0f} minutes, the limit. Is it one call? Cut it into calls."
    if header_seconds is not None and header_seconds > max_seconds:
        raise RecordingError(too_long)
    return Timeline(max_seconds=max_seconds, too_long=too_long, header_seconds=header_seconds)


def _channel_note(channels: int) -> list[str]:
    return [f"Only the first two of {channels} channels were used."] if channels > MAX_CHANNELS else []


def _no_audio(path: Path, bad_packets: int = 0) -> str:
    if bad_packets:
        return (
            f"{path.name}: no audio in it ({bad_packets} damaged packets). The recorder wrote a header only, or the "
            "file is damaged throughout: fetch it again."
        )
    return (
        f"{path.name}: no audio in it. The recorder wrote a header only, or the file is damaged throughout: "
        "fetch it again."
    )
