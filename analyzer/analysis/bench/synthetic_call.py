"""Something like speech, for who has no recording at hand: two voices in turn, syllable after syllable.

What is written of it is nonsense; that it is heard as speech, cut into windows and written at length is what costs.
"""

import numpy as np
from numpy.typing import NDArray

from analyzer.models.waveform import SAMPLE_RATE

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
    chance = np.random.default_rng(seed)
    length = round(seconds * SAMPLE_RATE)
    call = chance.normal(0, _NOISE, (2, length)).astype(np.float32)
    at, speaker = 0, 0
    while at < length:
        turn = _turn(chance, _PITCH[speaker], chance.uniform(*_TURN_SECONDS))[: length - at]
        call[speaker, at : at + len(turn)] += turn
        at += len(turn) + round(chance.uniform(*_PAUSE_SECONDS) * SAMPLE_RATE)
        speaker = 1 - speaker
    return call


def _turn(chance: np.random.Generator, pitch: float, seconds: float) -> NDArray[np.float32]:
    syllables = []
    while seconds > 0:
        length = chance.uniform(*_SYLLABLE_SECONDS)
        syllables.append(_syllable(chance, pitch * chance.uniform(0.85, 1.2), length))
        seconds -= length
    return np.concatenate(syllables)


def _syllable(chance: np.random.Generator, pitch: float, seconds: float) -> NDArray[np.float32]:
    """A hiss and a vowel, swelling and fading."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = pitch * np.arange(1, _HARMONICS + 1)
    peaks = _FORMANTS[chance.integers(len(_FORMANTS))]
    strength = sum(np.exp(-(((harmonics - peak) / _WIDTH) ** 2)) for peak in peaks) + 0.02
    vowel = strength @ np.sin(2 * np.pi * harmonics[:, None] * (time + 0.002 * np.sin(30 * time)))
    hiss = chance.normal(0, 0.3, len(time)) * (time < seconds * 0.2)
    swell = np.sin(np.pi * np.minimum(time / seconds, 1)) ** 0.5
    sound: NDArray[np.float32] = (_LEVEL * swell * (vowel / np.abs(vowel).max() + hiss)).astype(np.float32)
    return sound
