"""What a packed model writes where nobody speaks: it should be nothing, in every mode."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from evaluate import SAMPLE_RATE, transcribe
from faster_whisper import WhisperModel
from numpy.typing import NDArray

SECONDS = 12


def sounds() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Silence, line noise at three levels, hold tones, ringing, a melody of beeps."""
    size = SECONDS * SAMPLE_RATE
    clock = np.arange(size, dtype=np.float32) / SAMPLE_RATE
    noise = np.random.default_rng(3).standard_normal(size).astype(np.float32)
    tone = np.sin(2 * np.pi * 425 * clock).astype(np.float32)
    yield "silence", np.zeros(size, dtype=np.float32)
    for level in (0.001, 0.01, 0.05):
        yield f"noise {level}", noise * np.float32(level)
    yield "tone 425 Hz", tone * np.float32(0.3)
    yield "tone 425 Hz, noise", tone * np.float32(0.1) + noise * np.float32(0.005)
    yield "ringing, 1 s of 5", tone * (clock % 5 < 1) * np.float32(0.3)
    yield "busy, 0.5 s of 1", tone * (clock % 1 < 0.5) * np.float32(0.3)
    two = np.sin(2 * np.pi * 350 * clock) + np.sin(2 * np.pi * 440 * clock)
    yield "dual tone", (two * 0.2).astype(np.float32)
    notes = np.array([523.0, 659.0, 784.0, 659.0, 587.0, 698.0, 880.0, 698.0])
    phase = np.cumsum(notes[(clock / 0.3).astype(np.int64) % notes.size]) / SAMPLE_RATE
    yield "beep melody", (np.sin(2 * np.pi * phase) * 0.25).astype(np.float32)
    hum = np.sin(2 * np.pi * 50 * clock) + np.sin(2 * np.pi * 150 * clock) / 3
    yield "mains hum", (hum * 0.05).astype(np.float32)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    model = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=2)
    for name, audio in sounds():
        heard = {
            mode: transcribe(model, audio, mode, None).strip() for mode in ("vad", "batched", "sequential")
        }
        whole = " ".join(said.text for said in model.transcribe(audio[: 10 * SAMPLE_RATE], language="id")[0])
        heard["one window"] = whole.strip()
        print(f"{name:20} {heard}")


if __name__ == "__main__":
    main()
