"""The telephone line: band, levels, noise, cross-talk, and where each turn lies in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthesis.script import Script, Speaker
from synthesis.speech import ESPEAK_RATE, speak

RATE: Final = 8_000
Wave = NDArray[np.float32]
_CROSSTALK: Final = 10 ** (-40 / 20)
_LEAD_IN: Final = 0.6
_TAIL: Final = 0.9
_CEILING: Final = 0.75


@dataclass(frozen=True, slots=True)
class Placed:
    """One turn as it lies in the recording."""

    speaker: Speaker
    start: float
    end: float
    text: str
    words: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Mixed:
    """A finished call at 8 kHz, agent and customer apart."""

    agent: Wave
    customer: Wave
    turns: tuple[Placed, ...]


def telephone_band(wave: Wave) -> Wave:
    """22,050 Hz in, 8 kHz with 300 to 3400 Hz out, with soft edges as analogue filters have them."""
    blocks = wave.size // 441 + 2  # whole blocks, so that both rates have a whole number of samples
    padded = np.zeros(blocks * 441, dtype=np.float32)
    padded[: wave.size] = wave
    spectrum = np.fft.rfft(padded)[: blocks * 80 + 1]
    frequency = np.linspace(0, RATE / 2, spectrum.size)
    # Flat inside, sloping outside, as G.712 has it. A steep cut at 300 Hz makes Silero lose half of some voices.
    spectrum *= np.interp(frequency, (100, 300, 3_400, 3_600), (0, 1, 1, 0))
    narrow = np.fft.irfft(spectrum, blocks * 160) * (160 / 441)
    return narrow[: wave.size * 160 // 441].astype(np.float32)


def decibels(value: float) -> float:
    """Amplitude factor of a level."""
    return float(10 ** (value / 20))


def mix(script: Script) -> Mixed:
    """Speak every turn, lay it on its speaker's channel and send both through the line."""
    rng = np.random.Generator(np.random.PCG64(script.seed))
    placed: list[Placed] = []
    pieces: list[tuple[Speaker, int, Wave]] = []
    holds: list[tuple[int, int]] = []
    now = _LEAD_IN
    for turn in script.turns:
        voice = script.voices[turn.speaker]
        spoken = speak(turn.text, voice.name, voice.speed + int(rng.integers(-4, 5)), voice.pitch)
        wave = telephone_band(spoken.wave)
        wave *= decibels(voice.level + rng.uniform(-1.5, 1.5)) / _active_rms(wave)
        pause = rng.uniform(0.3, 1.2) if turn.pause is None else turn.pause
        if turn.hold:
            holds.append((round((now + 0.4) * RATE), round((now + 0.4 + turn.hold) * RATE)))
            pause += turn.hold + 0.8
        start = round((now - turn.overlap if turn.overlap else now + pause if placed else now) * RATE)
        pieces.append((turn.speaker, start, wave))
        offset = start / RATE
        words = tuple((word, round(offset + a, 3), round(offset + b, 3)) for word, a, b in spoken.words)
        now = offset + spoken.wave.size / ESPEAK_RATE
        placed.append(Placed(turn.speaker, round(offset, 3), round(now, 3), turn.text, words))
    size = round((max(turn.end for turn in placed) + _TAIL) * RATE)
    clean = {side: _laid(size, [p[1:] for p in pieces if p[0] == side]) for side in ("agent", "customer")}
    for first, last in holds:
        clean["agent"][first:last] += _hold_tone(last - first)
    agent = _sent(clean["agent"], clean["customer"], script.snr, script.voices["agent"].level, rng)
    customer = _sent(clean["customer"], clean["agent"], script.snr, script.voices["customer"].level, rng)
    return Mixed(agent, customer, tuple(placed))


def _active_rms(wave: Wave) -> float:
    """Level of the sounding part: pauses inside a turn must not make it louder."""
    frames = wave[: wave.size // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() / 1_000].mean()))


def _laid(size: int, pieces: Sequence[tuple[int, Wave]]) -> Wave:
    channel = np.zeros(size, dtype=np.float32)
    for start, wave in pieces:
        channel[start : start + wave.size] += wave[: size - start]
    return channel


def _hold_tone(size: int) -> Wave:
    """A soft tone of 425 Hz, half a second on and half a second off, as PBXs play it to a waiting caller."""
    time = np.arange(size) / RATE
    gate = np.clip(np.sin(2 * np.pi * time) * 20, 0, 1)
    return (0.05 * gate * np.sin(2 * np.pi * 425 * time)).astype(np.float32)


def _sent(own: Wave, other: Wave, snr: float, level: float, rng: np.random.Generator) -> Wave:
    """One channel as the recorder gets it: with noise, faint other side, and never clipped."""
    noise = rng.standard_normal(own.size).astype(np.float32)
    # Line noise falls towards high frequencies; a one-tap average is close enough.
    noise = (noise + np.concatenate((noise[:1], noise[:-1]))) / np.float32(np.sqrt(2))
    echo = np.concatenate((np.zeros(120, dtype=np.float32), other))[: own.size]
    sent = own + echo * _CROSSTALK + noise * decibels(level - snr)
    # The limiter of a telephone line: soft above half of full scale, so that no sample clips.
    loud = np.abs(sent) > _CEILING / 2
    half = _CEILING / 2
    sent[loud] = np.sign(sent[loud]) * (half + half * np.tanh((np.abs(sent[loud]) - half) / half))
    return sent.astype(np.float32)
