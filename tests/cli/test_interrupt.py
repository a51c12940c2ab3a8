"""Ctrl-C: what is done stays, nothing keeps running, the same command goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.pipeline.concurrent import max_calls_in_flight
from tests.conftest import SAMPLES, command_environment, kept_transcripts, score
from tests.faults.commands import PATIENCE, Fault, until

pytestmark = pytest.mark.audio


def everything_ended(group: int) -> bool:
    """Whether the whole process group is gone, after a moment for Python's own helper to notice."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def write_pieces(folder: Path, count: int) -> list[Path]:
    """Pieces of a sample call, seconds long, no two alike."""
    sound, rate = soundfile.read(next((SAMPLES / "calls").glob("in-*.wav")), dtype="int16")
    folder.mkdir()
    paths = [folder / f"{number:02}.wav" for number in range(count)]
    for number, path in enumerate(paths):
        soundfile.write(path, sound[number * rate : (number + 4) * rate], rate)
    return paths


def test_an_interrupted_run_keeps_what_is_done_and_goes_on(tmp_path: Path):
    out, fault = tmp_path / "out", Fault(tmp_path / "fault", "after-keeping", do="hold")
    # More than a worker has in hand at once: those may all be done within the same moment.
    recordings = write_pieces(tmp_path / "calls", 2 * max_calls_in_flight(TranscribeSettings().batch_size) + 2)
    command = [sys.executable, "-m", "analyzer", "score", *recordings, "--model", SAMPLES / "model", "--out", out]
    running = subprocess.Popen(
        [*map(str, command), "--workers", "1"],
        stderr=subprocess.PIPE,
        text=True,
        env=command_environment("whisper", **fault.environment),
        start_new_session=True,
    )
    until(lambda: fault.reached, running)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    fault.let_go()
    _, errors = running.communicate(timeout=PATIENCE)
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
