"""Training windows, composed on the fly from single utterances: pauses, second voices, noise, line damage."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from synth import RATE, Utterance, mulaw_decode, mulaw_encode

Wave = NDArray[np.float32]
_BEEPS: Final = (350.0, 425.0, 440.0, 480.0, 620.0, 950.0, 1400.0)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text and where it lies in its window, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Window:
    """One training example; no `spoken` means that nobody speaks."""

    wave: Wave
    spoken: tuple[Spoken, ...]


class Speech:
    """All utterances of a folder of shards, in memory, by voice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[str] = set()
        self.voices: dict[str, list[tuple[NDArray[np.uint8], str]]] = {}
        self.refresh()

    def refresh(self) -> int:
        """Take in shards written since; returns the number of utterances held."""
        for table in sorted(self.folder.glob("*.json")):
            if table.name in self.seen:
                continue
            self.seen.add(table.name)
            samples: NDArray[np.uint8] = np.load(table.with_suffix(".npy"))
            for row in json.loads(table.read_text(encoding="utf-8")):
                said = Utterance(**row)
                piece = samples[said.start : said.start + said.length]
                self.voices.setdefault(said.voice, []).append((piece, said.text))
        self.names = sorted(self.voices)
        return sum(len(rows) for rows in self.voices.values())


class Composer:
    """Makes windows; `limit` is the longest, in seconds."""

    def __init__(self, speech: Speech, seed: int, noisy: bool = True) -> None:
        self.speech = speech
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.noisy = noisy

    def window(self, limit: float) -> Window:
        """One window of at most `limit` seconds."""
        rng = self.rng
        if rng.random() < 0.04:
            return Window(self._line(self._no_speech(rng.uniform(0.3, limit))), ())
        voices = [rng.choice(self.speech.names)] * 2
        if rng.random() < 0.3:
            voices[1] = rng.choice(self.speech.names)
        wanted = limit if rng.random() < 0.5 else rng.uniform(0.5, limit)
        parts, spoken, at = self._speak(voices, wanted, limit)
        # A length with small factors, for the sake of the Fourier transforms.
        total = min(np.ceil((at + rng.choice((0.0, rng.uniform(0.0, 0.5)))) * 10) / 10, limit)
        wave = np.zeros(int(total * RATE), dtype=np.float32)
        for start, piece in parts:
            begin = int(start * RATE)
            room = min(piece.size, wave.size - begin)
            wave[begin : begin + room] += piece[:room]
        return Window(self._line(wave), tuple(spoken))

    def _speak(
        self, voices: list[str], wanted: float, limit: float
    ) -> tuple[list[tuple[float, Wave]], list[Spoken], float]:
        """Utterances one after another until the window is full."""
        rng = self.rng
        gains = [1.0, 10 ** (rng.uniform(-12, 6) / 20)]
        parts: list[tuple[float, Wave]] = []
        spoken: list[Spoken] = []
        at = rng.choice((0.0, rng.uniform(0.0, 0.5)))
        begin = at
        for turn in range(8):
            side = turn % 2
            codes, text = rng.choice(self.speech.voices[voices[side]])
            seconds = codes.size / RATE
            if begin + seconds > limit:
                continue
            gain = gains[side] if voices[0] != voices[1] else 1.0
            parts.append((begin, mulaw_decode(codes) * gain))
            at = begin + seconds
            spoken.append(Spoken(text, begin, at))
            if at > wanted:
                break
            begin = at + self._pause(voices[0] != voices[1])
        return parts, spoken, at

    def _pause(self, two_voices: bool) -> float:
        if two_voices and self.rng.random() < 0.1:
            return -self.rng.uniform(0.0, 0.15)
        return self.rng.uniform(0.08, self.rng.choice((0.5, 0.5, 1.5, 2.0)))

    def _no_speech(self, seconds: float) -> Wave:
        """Silence, a steady tone, two tones, or a melody of beeps; the line's noise comes on top."""
        rng = self.rng
        size = int(seconds * RATE)
        clock = np.arange(size, dtype=np.float32) / RATE
        kind = rng.choice(("silence", "silence", "tone", "dual", "beeps"))
        if kind == "silence":
            return np.zeros(size, dtype=np.float32)
        if kind == "beeps":
            steps = (clock / rng.uniform(0.1, 0.6)).astype(np.int64)
            scale = np.array([rng.uniform(250, 1800) for _ in range(int(steps[-1]) + 1)])
            phase = np.cumsum(scale[steps]) / RATE
            sounding = (steps % rng.choice((1, 2, 3)) == 0).astype(np.float32)
            return (0.3 * sounding * np.sin(2 * np.pi * phase)).astype(np.float32)
        tones = [rng.choice(_BEEPS) for _ in range(1 if kind == "tone" else 2)]
        wave = sum(np.sin(2 * np.pi * tone * clock) for tone in tones) * 0.3
        period = rng.choice((0.0, 0.5, 1.0, 4.0))
        gate = (clock % period < period / 2) if period else np.ones(size, dtype=bool)
        return (wave * gate).astype(np.float32)

    def _line(self, wave: Wave) -> Wave:
        """What a telephone line does: level, band, noise, quantisation."""
        rng = self.rng
        wave = wave * np.float32(10 ** (rng.uniform(-22, 3) / 20))
        if not self.noisy:
            return wave
        loud = max(float(np.sqrt(np.mean(wave**2))), 1e-3) if wave.size else 1e-3
        if rng.random() < 0.75:
            wave = wave + self._hiss(wave.size) * np.float32(loud * 10 ** (-rng.uniform(10, 40) / 20))
        if rng.random() < 0.7 and wave.size > 64:
            wave = self._band(wave)
        if rng.random() < 0.8:
            wave = mulaw_decode(mulaw_encode(np.clip(wave, -1, 1)))
        return wave.astype(np.float32)

    def _hiss(self, size: int) -> Wave:
        """White, pink or mains noise of unit power."""
        kind = self.rng.choice(("white", "pink", "hum", "white"))
        if kind == "hum":
            clock = np.arange(size, dtype=np.float32) / RATE
            hum = sum(np.sin(2 * np.pi * 50 * k * clock) / k for k in (1, 2, 3, 5))
            return np.asarray(hum + 0.3 * self.noise.standard_normal(size), dtype=np.float32)
        white = self.noise.standard_normal(size).astype(np.float32)
        if kind == "white" or size < 16:
            return white
        spectrum = np.fft.rfft(white)
        spectrum /= np.sqrt(np.arange(spectrum.size) + 1.0)
        pink = np.fft.irfft(spectrum, size)
        return (pink / (pink.std() + 1e-9)).astype(np.float32)

    def _band(self, wave: Wave) -> Wave:
        """300 to 3,400 Hz with a random tilt; sometimes narrower, as cheap codecs are."""
        rng = self.rng
        spectrum = np.fft.rfft(wave)
        pitch = np.arange(spectrum.size) * (RATE / 2 / max(spectrum.size - 1, 1))
        low, high = rng.uniform(80, 320), rng.choice((3400.0, rng.uniform(2700, 3900)))
        gain = 1 / (1 + (low / np.maximum(pitch, 1.0)) ** 6) / (1 + (pitch / high) ** 16)
        tilt = rng.uniform(-4, 4) / 20
        gain *= 10 ** (tilt * np.log2(np.maximum(pitch, 100.0) / 1000.0))
        return np.fft.irfft(spectrum * gain, wave.size).astype(np.float32)
