"""Speech-like sound for measurements without recordings: two voices in turn, syllable after syllable.

Its transcript is nonsense; it is detected as speech, cut into windows and decoded at length, which is what costs.
"""

import numpy as np
from numpy.typing import NDArray

from analyzer.models.recording import SAMPLE_RATE

_TURN_SECONDS = (2.0, 7.0)
_PAUSE_SECONDS = (0.3, 1.0)
_SYLLABLE_SECONDS = (0.12, 0.24)
_FORMANTS = ((750, 1250), (300, 2300), (350, 750), (450, 1900), (500, 900))  # Hz, of a, i, u, e, o
_WIDTH = 150.0  # Hz, of a formant
_HARMONICS = 24
_PITCH = (120.0, 210.0)  # Hz, of the two voices
_LEVEL, _NOISE = 0.2, 0.0005


def synthetic_call(seconds: float, seed: int) -> NDArray[np.float32]:
    """[2, samples], 16 kHz: one voice a channel, never both at once, each over a line's noise."""
    random = np.random.default_rng(seed)
    length = round(seconds * SAMPLE_RATE)
    call = random.normal(0, _NOISE, (2, length)).astype(np.float32)
    at, speaker = 0, 0
    while at < length:
        turn = _turn(random, _PITCH[speaker], random.uniform(*_TURN_SECONDS))[: length - at]
        call[speaker, at : at + len(turn)] += turn
        at += len(turn) + round(random.uniform(*_PAUSE_SECONDS) * SAMPLE_RATE)
        speaker = 1 - speaker
    return call


def _turn(random: np.random.Generator, pitch: float, seconds: float) -> NDArray[np.float32]:
    syllables = []
    while seconds > 0:
        length = random.uniform(*_SYLLABLE_SECONDS)
        syllables.append(_syllable(random, pitch * random.uniform(0.85, 1.2), length))
        seconds -= length
    return np.concatenate(syllables)


def _syllable(random: np.random.Generator, pitch: float, seconds: float) -> NDArray[np.float32]:
    """Noise and a vowel with a rising and falling level."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = pitch * np.arange(1, _HARMONICS + 1)
    peaks = _FORMANTS[random.integers(len(_FORMANTS))]
    strength = sum(np.exp(-(((harmonics - peak) / _WIDTH) ** 2)) for peak in peaks) + 0.02
    vowel = strength @ np.sin(2 * np.pi * harmonics[:, None] * (time + 0.002 * np.sin(30 * time)))
    noise = random.normal(0, 0.3, len(time)) * (time < seconds * 0.2)
    envelope = np.sin(np.pi * np.minimum(time / seconds, 1)) ** 0.5
    samples: NDArray[np.float32] = (_LEVEL * envelope * (vowel / np.abs(vowel).max() + noise)).astype(np.float32)
    return samples
