"""Copies of some training shards as lossy recorders leave them: GSM, low-rate MP3, low-rate Opus."""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from make_eval import write_audio
from numpy.typing import NDArray
from synth import RATE, mulaw_decode, mulaw_encode

_SUFFIX = {"gsm": ".gsm", "mp3": ".mp3", "opus": ".ogg"}


def through(wave: NDArray[np.float32], codec: str) -> NDArray[np.float32]:
    """The samples after encoding and decoding, brought back in step with what went in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        write_audio(path, wave, codec)
        command = ["ffmpeg", "-v", "error", "-i", str(path.with_suffix(_SUFFIX[codec])), "-f", "f32le"]
        done = subprocess.run([*command, "-ac", "1", "-ar", str(RATE), "-"], capture_output=True, check=True)
    heard = np.frombuffer(done.stdout, dtype=np.float32)
    shift = lag(wave[: 30 * RATE], heard[: 30 * RATE])
    moved = np.zeros_like(wave)
    size = min(wave.size, heard.size - shift)
    moved[:size] = heard[shift : shift + size]
    return moved


def lag(before: NDArray[np.float32], after: NDArray[np.float32]) -> int:
    """By how many samples (0 to 2,000) `after` is late."""
    size = 1 << 19
    product = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size))
    return int(np.argmax(np.fft.irfft(product, size)[:2_000]))


def main() -> None:
    """Every fourth shard gets one damaged copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    codecs = list(_SUFFIX)
    shards = sorted(path for path in args.folder.glob("shard-*.json") if "-x" not in path.stem)
    for index, table in enumerate(shards[::4]):
        target = args.folder / f"{table.stem}-x.npy"
        if target.with_suffix(".json").is_file():
            continue
        wave = mulaw_decode(np.load(table.with_suffix(".npy")))
        np.save(target, mulaw_encode(through(wave, codecs[index % len(codecs)])))
        shutil.copy(table, target.with_suffix(".json"))


if __name__ == "__main__":
    main()
