"""Ctrl-C: what is done stays, nothing keeps running, the same command goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.pipeline.concurrent import calls_in_flight
from tests.conftest import ROOT, SAMPLES, kept_transcripts, score

pytestmark = pytest.mark.audio
_PATIENCE = 120.0  # seconds; loading and one call take a few


def everything_ended(group: int) -> bool:
    """Whether the whole process group is gone, after a moment for Python's own helper to notice."""
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_an_interrupted_run_keeps_what_is_done_and_goes_on(tmp_path: Path):
    out = tmp_path / "out"
    # More than a worker has in hand at once: those may all be done within the same moment.
    recordings = sorted((SAMPLES / "calls").glob("rekaman-*"))
    assert len(recordings) > 2 * calls_in_flight(TranscribeSettings().batch_size)
    command = [sys.executable, "-m", "analyzer", "score", *recordings, "--model", SAMPLES / "model", "--out", out]
    running = subprocess.Popen(
        [*map(str, command), "--workers", "1"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    began = time.monotonic()
    while not kept_transcripts(out) and time.monotonic() - began < _PATIENCE:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    _, errors = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 130, errors
    assert "goes on where it stopped" in errors
    assert "Traceback" not in errors
    kept = kept_transcripts(out)
    assert 1 <= len(kept) < len(recordings)
    assert not (out / "results.jsonl").exists()
    assert everything_ended(running.pid)

    again = score(*recordings, out=out)
    assert again.status == 0, again.stderr
    assert len(again.results()) == len(recordings)
    assert kept.items() <= kept_transcripts(out).items()
