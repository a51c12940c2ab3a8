"""Small recordings made on the fly: tones, files in the formats of telephone recorders, damage from a seed."""

import random
from pathlib import Path
from typing import cast

import av
import numpy as np
import soundfile
from av.audio import AudioStream

from analyzer.audio.decode import DecodedAudio, decode_recording
from analyzer.models.recording import Recording, Waveform

SECONDS = 6.0
LEFT_HZ, RIGHT_HZ = 400.0, 1000.0


def tone(hertz: float, seconds: float = SECONDS, rate: int = 8000) -> np.ndarray:
    """A tone that swells slowly, so that no two spans are alike."""
    t = np.arange(round(seconds * rate)) / rate
    return (0.3 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.3 * t)) * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def stereo(seconds: float = SECONDS) -> np.ndarray:
    return np.stack([tone(LEFT_HZ, seconds), tone(RIGHT_HZ, seconds)])


def write_wav(path: Path, sound: np.ndarray, subtype: str = "PCM_16") -> Path:
    """`sound`: samples, or channels x samples, 8 kHz."""
    soundfile.write(path, sound.T, 8000, subtype=subtype, format="WAV")
    return path


def encode(path: Path, sound: np.ndarray, codec: str, *, rate: int = 8000, container: str | None = None) -> Path:
    """Encode 8 kHz `sound` (channels x samples) with PyAV."""
    planar = np.ascontiguousarray(np.atleast_2d(sound))
    layout = "mono" if len(planar) == 1 else "stereo"
    with av.open(str(path), "w", format=container) as out:
        stream = cast("AudioStream", out.add_stream(codec, rate=rate))
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = 8000, 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return path


def damaged(path: Path, kind: str, *, count: int = 400, seed: int = 1) -> Path:
    """A copy with bytes destroyed in the middle, or without its second half."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    if kind == "cut":
        data = data[:middle]
    else:
        data[middle : middle + count] = bytes(count) if kind == "zeros" else random.Random(seed).randbytes(count)  # noqa: S311 - damage, not secrets
    target = path.with_name(f"{kind}-{path.name}")
    target.write_bytes(data)
    return target


def decode(path: Path, customer: Path | None = None, *, max_seconds: float = 600) -> DecodedAudio:
    recording = Recording(call_id="x", path=path, customer_leg=customer, name=path.name)
    return decode_recording(recording, max_seconds=max_seconds)


def pitch(samples: Waveform) -> float:
    """The strongest frequency, Hz."""
    spectrum = np.abs(np.fft.rfft(samples[:] * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 16000 / len(samples)
