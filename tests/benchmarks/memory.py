"""Peak memory of `analyzer score`: a short recording beside a long one, with a model of a real one's size.

    python tests/benchmarks/memory.py [--shape small] [--minutes 3 180] [--count 1] [-- options of score]

The recordings are the stereo sample calls one after another until they are long enough. `sample` is samples/model as
it is; tiny, base and small are the same model widened to Whisper's cost (samples/training/widen.py), padded to 30 s
as a real one, so that encodings and attention have a real one's size (vocabulary included).
Printed for each length: peak resident memory (VmHWM) of the worker and of the command itself, and the time.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
import soundfile

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "samples" / "training")]
_LOOK_SECONDS = 0.2
_RATE = 8000


def main() -> None:
    """One line a length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=["sample", "tiny", "base", "small"], default="small")
    parser.add_argument("--minutes", type=float, nargs="+", default=[3, 180])
    parser.add_argument("--count", type=int, default=1, help="recordings of each length, scored together")
    parser.add_argument("options", nargs="*", help="of `analyzer score`, after --")
    given = parser.parse_args()
    print(f"{'minutes':>8} {'worker GiB':>11} {'command GiB':>12} {'seconds':>8}   shape {given.shape}")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        model = _model(given.shape, work / "model")
        for minutes in given.minutes:
            folder = work / f"{minutes:g}-minutes"
            folder.mkdir()
            for number in range(given.count):
                _write(folder / f"{number}.wav", minutes, 0.9**number)
            began = time.monotonic()
            worker, command = _peaks([folder, "--model", model, *given.options], work / f"out-{minutes:g}")
            took = time.monotonic() - began
            print(f"{minutes:8g} {worker / 2**30:11.2f} {command / 2**30:12.2f} {took:8.0f}", flush=True)
            shutil.rmtree(folder)


def _model(shape: str, folder: Path) -> Path:
    own = ROOT / "samples" / "model"
    if shape == "sample":
        return own
    from widen import SHAPES, save  # type: ignore[import-not-found]

    settings = json.loads((own / "transcribe.json").read_text("utf-8"))
    save(own, SHAPES[shape], folder, {**settings, "encoder_seconds": 30.0})
    return folder


def _write(path: Path, minutes: float, level: float) -> None:
    """Stereo, u-law, as recorders write it."""
    left = round(minutes * 60 * _RATE)
    with soundfile.SoundFile(path, "w", _RATE, 2, subtype="ULAW") as file:
        for sound in _calls(level):
            file.write(sound[:left])
            left -= len(sound)
            if left <= 0:
                return


def _calls(level: float) -> Iterator[np.ndarray]:
    """The sample calls again and again, at falling levels, so that no two are the same."""
    sounds = [soundfile.read(path, dtype="float32") for path in sorted((ROOT / "samples" / "calls").glob("*.wav"))]
    while True:
        for sound, rate in sounds:
            if sound.ndim == 2 and rate == _RATE:
                yield sound * level
        level *= 0.97


def _peaks(arguments: Sequence[object], out: Path) -> tuple[int, int]:
    """Bytes that the largest worker, and the command itself, held at most."""
    command = [sys.executable, "-m", "analyzer", "score", *map(str, arguments), "--out", str(out), "--workers", "1"]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    while running.poll() is None:
        for process in _family(running.pid):
            peaks[process.pid] = max(peaks.get(process.pid, 0), _peak(process.pid))
        time.sleep(_LOOK_SECONDS)
    assert running.returncode == 0, f"exit {running.returncode}"
    own = peaks.pop(running.pid)
    return max(peaks.values()), own


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main()
