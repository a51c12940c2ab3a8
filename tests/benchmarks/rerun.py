"""How much faster a second run is: the same command twice on the sample calls.

    python tests/benchmarks/rerun.py
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.conftest import SAMPLES, score


def main() -> None:
    """Print both times and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        seconds = []
        for _ in range(2):
            began = time.perf_counter()
            ran = score(SAMPLES / "calls", out=out)
            seconds.append(time.perf_counter() - began)
            assert ran.status == 0, ran.stderr
        minutes = sum(call["audio"]["decoded_seconds"] for call in ran.results().values()) / 60
    print(f"first run {seconds[0]:.1f} s, second run {seconds[1]:.2f} s: {seconds[0] / seconds[1]:.0f} times faster")
    print(f"{minutes:.1f} minutes of audio, {minutes * 60 / seconds[0]:.1f} times real time")


if __name__ == "__main__":
    main()
