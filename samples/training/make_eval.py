"""Labelled test calls of voices never trained on: sentences of the grammar, and sentences unlike it."""

import argparse
import random
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
from grammar import Grammar
from numpy.typing import NDArray
from synth import RATE, mulaw_decode, mulaw_encode, speak, to_telephone
from voices import HELD_OUT_VOICES

UNSEEN: Final = Path(__file__).with_name("unseen.txt")
# What recorders write; ffmpeg takes each there and back.
_CODECS: Final[dict[str, tuple[str, ...]]] = {
    "mulaw": ("wav", "-c:a", "pcm_mulaw"),
    "alaw": ("wav", "-c:a", "pcm_alaw"),
    "gsm": ("gsm", "-c:a", "libgsm"),
    "mp3": ("mp3", "-c:a", "libmp3lame", "-b:a", "16k"),
    "opus": ("ogg", "-c:a", "libopus", "-b:a", "12k"),
}


def call_audio(lines: list[str], rng: random.Random) -> tuple[NDArray[np.float32], list[tuple[float, str]]]:
    """One call: two voices in turn, pauses, noise; returns samples and (start second, line)."""
    voices = rng.sample(HELD_OUT_VOICES, 2)
    habits = [(rng.randint(135, 180), rng.randint(30, 70), rng.uniform(0.15, 0.5)) for _ in voices]
    parts: list[NDArray[np.float32]] = [np.zeros(int(rng.uniform(0.2, 1.0) * RATE), dtype=np.float32)]
    starts: list[tuple[float, str]] = []
    for turn, line in enumerate(lines):
        speed, pitch, level = habits[turn % 2]
        wave = to_telephone(speak(line, voices[turn % 2], speed, pitch))
        starts.append((sum(part.size for part in parts) / RATE, line))
        parts.append(wave * np.float32(level / max(float(np.abs(wave).max()), 1e-4)))
        parts.append(np.zeros(int(rng.uniform(0.25, 1.2) * RATE), dtype=np.float32))
    whole = np.concatenate(parts)
    noise = np.random.default_rng(rng.randrange(1 << 30)).standard_normal(whole.size).astype(np.float32)
    level = float(np.sqrt(np.mean(whole**2))) * 10 ** (-rng.uniform(18, 40) / 20)
    return mulaw_decode(mulaw_encode(whole + noise * np.float32(level))), starts


def write_audio(path: Path, wave: NDArray[np.float32], codec: str) -> None:
    """Samples into a file of the codec's own kind."""
    suffix, *options = _CODECS[codec]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    subprocess.run(
        [*command, *options, str(path.with_suffix("." + suffix))], input=wave.tobytes(), check=True
    )


def main() -> None:
    """Write `grammar-NN` and `unseen-NN` calls with a .txt of their words beside each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=12, help="calls of each kind")
    args = parser.parse_args()
    unseen = UNSEEN.read_text(encoding="utf-8").split("\n")
    grammar, rng = Grammar(987_654), random.Random(31)
    for kind in ("grammar", "unseen"):
        folder = args.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(args.calls):
            names = list(grammar.lines)
            lines = [grammar.line(rng.choice(names)) for _ in range(10)]
            if kind == "unseen":
                lines = [unseen[(index * 10 + at) % 60] for at in range(10)]
            wave, _starts = call_audio(lines, rng)
            path = folder / f"{kind}-{index:02d}"
            write_audio(path, wave, list(_CODECS)[index % len(_CODECS)])
            path.with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
