"""The files PBXs write: G.711, GSM and PCM in WAV, FLAC, MP3, Ogg Opus, M4A; the same bytes every time."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from synthesis.line import RATE, Mixed, Wave
from synthesis.script import Script

_SOUNDFILE: Final[Mapping[str, tuple[str, str]]] = {
    "mulaw": ("WAV", "ULAW"),
    "alaw": ("WAV", "ALAW"),
    "pcm16": ("WAV", "PCM_16"),
    "gsm": ("WAV", "GSM610"),
    "flac": ("FLAC", "PCM_16"),
}
_PYAV: Final[Mapping[str, tuple[str, str, str, int]]] = {  # codec, container, sample format, bits a second
    "mp3": ("libmp3lame", "mp3", "s16p", 32_000),
    "opus": ("libopus", "ogg", "s16", 32_000),
    "aac": ("aac", "ipod", "fltp", 40_000),
}


def write_call(script: Script, mixed: Mixed, folder: Path) -> None:
    """Write the call's file, or its two legs, into `folder`."""
    if script.layout == "legs":
        for name, wave in zip(script.files, (mixed.agent, mixed.customer), strict=True):
            _write(folder / name, wave[:, None], script.format)
        return
    sides = (mixed.agent, mixed.customer) if script.agent_side == "left" else (mixed.customer, mixed.agent)
    stereo = np.stack(sides, axis=1)
    samples = stereo.sum(axis=1, keepdims=True) * np.float32(0.7) if script.layout == "mono" else stereo
    _write(folder / script.file, samples, script.format)


def _write(path: Path, samples: Wave, kind: str) -> None:
    writer: Callable[[Path, Wave, str], None] = _with_soundfile if kind in _SOUNDFILE else _with_pyav
    writer(path, samples, kind)


def _with_soundfile(path: Path, samples: Wave, kind: str) -> None:
    container, subtype = _SOUNDFILE[kind]
    soundfile.write(path, samples, RATE, format=container, subtype=subtype)


def _with_pyav(path: Path, samples: Wave, kind: str) -> None:
    codec, container, layout, bits = _PYAV[kind]
    # Without bitexact the muxers put a random serial number or their version into the file.
    with av.open(str(path), "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(codec, rate=RATE, options={"flags": "+bitexact"})
        stream.bit_rate = bits
        stream.layout = "stereo" if samples.shape[1] == 2 else "mono"
        stream.format = layout
        frame = av.AudioFrame.from_ndarray(_packed(samples), format="s16", layout=stream.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(
            format=layout, layout=stream.layout.name, rate=RATE, frame_size=stream.codec_context.frame_size or 960
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))


def _packed(samples: Wave) -> NDArray[np.int16]:
    whole = np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)
    return whole.reshape(1, -1)
