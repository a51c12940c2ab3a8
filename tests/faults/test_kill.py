"""kill -9 at each named point, and at random: the same command goes on, nothing is lost, nothing is done twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES, Ran, kept_transcripts, score
from tests.faults.inject.sitecustomize import POINTS

pytestmark = pytest.mark.audio
_PATIENCE = 180.0


def start(clips: Path, out: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """The command in a process group of its own, so that the whole of it can die at once, as in a power cut."""
    path = f"{ROOT / 'tests' / 'faults' / 'inject'}{os.pathsep}{ROOT}"
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", "score", str(clips), "--model", str(SAMPLES / "model"), "--out", str(out)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def same_results(out: Path, undisturbed: Ran) -> bool:
    return (out / "results.jsonl").read_bytes() == (undisturbed.out / "results.jsonl").read_bytes()


@pytest.mark.parametrize(("point", "nth"), [*((point, 1) for point in POINTS), ("after-keeping", 2), ("mid-export", 3)])
def test_a_run_killed_at_a_named_point_is_finished_by_the_same_command(
    point: str, nth: int, clips: Path, undisturbed: Ran, tmp_path: Path
):
    out = tmp_path / "out"
    running = start(clips, out, POINT=point, FIRED=str(tmp_path / "fired"), NTH=str(nth))
    assert running.wait(_PATIENCE) == -signal.SIGKILL, "the point was never passed"
    acknowledged = kept_transcripts(out)
    again = score(clips, out=out)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()  # what was kept was not made again


def test_runs_killed_at_random_are_finished_in_the_end(clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    chance = random.Random(20261124)  # noqa: S311 - the same moments each time
    acknowledged: dict[str, float] = {}
    for _ in range(4):
        running = start(clips, out)
        time.sleep(chance.uniform(0.5, 6.0))  # the kill comes whenever it comes; nothing waits for it
        os.killpg(running.pid, signal.SIGKILL)
        running.wait(_PATIENCE)
        kept = kept_transcripts(out)
        assert acknowledged.items() <= kept.items()
        acknowledged = kept
    again = score(clips, out=out)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()
