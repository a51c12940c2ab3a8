"""Sentences into speech: espeak-ng voices, brought to the telephone's 8 kHz mu-law, in shards on disk."""

import argparse
import json
import random
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from grammar import Grammar
from numpy.typing import NDArray
from spoken import spoken
from voices import HELD_OUT_VOICES, TRAINING_VOICES, espeak_voice

RATE = 8_000
ESPEAK_RATE = 22_050
_SILENT = 1e-3


@dataclass(frozen=True, slots=True)
class Utterance:
    """One spoken sentence of a shard; its samples lie at `start` .. `start + length`."""

    text: str
    voice: str
    start: int
    length: int


def mulaw_encode(wave: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Continuous mu-law (255 steps), close enough to G.711 for training."""
    squeezed = np.sign(wave) * np.log1p(255.0 * np.minimum(np.abs(wave), 1.0)) / np.log(256.0)
    return np.round((squeezed + 1.0) * 127.5).astype(np.uint8)


def mulaw_decode(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Back from `mulaw_encode`."""
    squeezed = codes.astype(np.float32) / 127.5 - 1.0
    return (np.sign(squeezed) * (np.power(256.0, np.abs(squeezed)) - 1.0) / 255.0).astype(np.float32)


def speak(text: str, voice: str, speed: int, pitch: int, gap: int = 0) -> NDArray[np.float32]:
    """espeak-ng's samples at 22,050 Hz, without the silence around them."""
    command = ["espeak-ng", "-v", espeak_voice(voice), "-s", str(speed), "-p", str(pitch), "-g", str(gap)]
    done = subprocess.run([*command, "--stdout", spoken(text)], capture_output=True, check=True)
    # The length in the header of a piped WAV is wrong, so the 44 bytes are simply skipped.
    wave = np.frombuffer(done.stdout[44:], dtype="<i2").astype(np.float32) / 32768.0
    loud = np.flatnonzero(np.abs(wave) > _SILENT)
    return wave[loud[0] : loud[-1] + 1] if loud.size else wave[:0]


def to_telephone(wave: NDArray[np.float32], stretch: float = 1.0) -> NDArray[np.float32]:
    """8 kHz samples; `stretch` above 1 plays slower and lower, another throat for the same voice."""
    up = round(160 * stretch)
    blocks = wave.size // 441 + 2  # at least one block of zeros, or the end would leak into the start
    padded = np.zeros(blocks * 441, dtype=np.float32)
    padded[: wave.size] = wave
    spectrum = np.fft.rfft(padded)[: blocks * up // 2 + 1]
    spectrum[-1] = 0.0
    narrow = np.fft.irfft(spectrum, blocks * up) * (up / 441)
    return narrow[: wave.size * up // 441].astype(np.float32)


def make_shard(path: Path, seed: int, size: int, voices: tuple[str, ...]) -> None:
    """Write one shard: samples in `path`.npy, then sentences in `path`.json, whose presence means done."""
    grammar, rng = Grammar(seed), random.Random(seed)
    pieces: list[NDArray[np.uint8]] = []
    rows: list[Utterance] = []
    start = 0
    while len(rows) < size:
        text = grammar.sentence()
        voice = rng.choice(voices)
        gap = rng.choice((0, 0, 0, 0, 1, 2))
        wave = speak(text, voice, rng.randint(125, 190), rng.randint(25, 75), gap)
        wave = to_telephone(wave, rng.choice((1.0, rng.uniform(0.9, 1.1))))
        if not 0.15 * RATE < wave.size < 9.5 * RATE:
            continue
        wave = wave * (0.5 / max(float(np.abs(wave).max()), 1e-4))
        pieces.append(mulaw_encode(wave))
        rows.append(Utterance(text, voice, start, wave.size))
        start += wave.size
    np.save(path.with_suffix(".npy"), np.concatenate(pieces))
    path.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")


def main() -> None:
    """Write shards `first` to `last` (a shard already there is kept)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=39)
    parser.add_argument("--step", type=int, default=1, help="every how many-th shard, for two makers at once")
    parser.add_argument("--size", type=int, default=1_000)
    parser.add_argument("--held-out", action="store_true", help="the voices kept for measuring")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    voices = HELD_OUT_VOICES if args.held_out else TRAINING_VOICES
    for index in range(args.first, args.last + 1, args.step):
        path = args.folder / f"shard-{index:03d}"
        if not path.with_suffix(".json").is_file():
            make_shard(path, 90_000 + index if args.held_out else 1_000 + index, args.size, voices)
            sys.stderr.write(f"{path.name} written\n")


if __name__ == "__main__":
    main()
