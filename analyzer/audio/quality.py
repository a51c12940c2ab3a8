"""Figures about decoded channels: energy, silence, clipping, equal channels."""

import numpy as np

from analyzer.audio.waveform import blocks
from analyzer.models.waveform import SAMPLE_RATE, Samples, Waveform

# u-law reaches 0.980 and A-law 0.984 of full scale: a clipped telephone channel sits there, not at 1.0.
_CLIPPED_AT = 0.975
# Idle u-law and A-law lines code +-8/32768; -60 dB of full scale is above that and below any voice.
_SILENT_PEAK = 0.001
# A copy through a lossy codec differs by less than -40 dB; crosstalk between two real sides leaves far more.
_COPY_RESIDUAL = 1e-4
_FRAME = SAMPLE_RATE * 30 // 1000
_SPEECH_ABOVE_FLOOR_DB = 12.0  # telephone speech lies 15 to 40 dB above its line noise
_QUIETEST_SPEECH_DB = -55.0


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
