"""What a minute of a call costs: processor time of the whole `analyzer score`, by model shape and customer audio.

    python tests/benchmarks/sizing.py [--shapes sample tiny base small] [--customer full replies none] [--calls 4]

The calls are those of long_calls.py, 1 to 4 minutes (espeak-ng must be installed).

Processor time, not the clock: it is the same on a busy machine, and what a machine of N cores can do follows from it.
Shapes are those of throughput.py: samples/model widened to a real model's cost, given windows of 10 s padded to 12, as
a real one is given 30 s. What starting costs (loading the model, reading the bank) is measured apart and taken off.
"""

import argparse
import json
import resource
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "samples" / "training")]

from tests.benchmarks.long_calls import make  # noqa: E402
from tests.conftest import SAMPLES, analyzer  # noqa: E402

_SETTINGS = {"window_seconds": 10.0, "encoder_seconds": 12.0, "max_gap_seconds": 0.3}
_COMMON = ("--no-second-look", "--workers", "1")


def main() -> None:
    """One row a shape."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", default=["sample", "tiny", "base", "small"])
    parser.add_argument("--customer", nargs="+", default=["full", "replies", "none"])
    parser.add_argument("--calls", type=int, default=4)
    given = parser.parse_args()
    print(f"{given.calls} stereo calls; processor seconds a call-minute, and what starting costs")
    print(f"{'':8}" + "".join(f"{name:>10}" for name in given.customer) + f"{'start':>10}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "calls", given.calls)
        calls = sorted((Path(folder) / "calls").glob("*.opus"))
        for shape in given.shapes:
            model = _model(shape, Path(folder) / shape)
            start, _ = _spent([SAMPLES / "damaged" / "silence.wav"], model, "full", Path(folder))
            row = []
            for customer in given.customer:
                spent, minutes = _spent(calls, model, customer, Path(folder))
                row.append((spent - start) / minutes)
            print(f"{shape:8}" + "".join(f"{one:10.2f}" for one in (*row, start)), flush=True)


def _model(shape: str, folder: Path) -> Path:
    own = SAMPLES / "model"
    if shape == "sample":
        return own
    from widen import SHAPES, save  # type: ignore[import-not-found]

    settings = json.loads((own / "transcribe.json").read_text("utf-8"))
    save(own, SHAPES[shape], folder, {**settings, **_SETTINGS})
    return folder


def _spent(calls: Sequence[Path], model: Path, customer: str, folder: Path) -> tuple[float, float]:
    """Processor seconds of one command and its workers, and minutes of audio."""
    out = folder / "out"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = analyzer("score", *calls, "--model", model, "--customer-audio", customer, *_COMMON, "--out", out, out=out)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.status in (0, 3), ran.stderr
    seconds = sum(row["audio"]["decoded_seconds"] for row in ran.results().values())
    shutil.rmtree(out)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds / 60


if __name__ == "__main__":
    main()
