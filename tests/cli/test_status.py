"""`analyzer status` while a command works, after it failed, and of nothing at all."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from analyzer.models.recording import Recording
from analyzer.models.run import Job
from analyzer.store.store import Store
from tests.conftest import Ran, analyzer
from tests.fakes import OWNER
from tests.faults.commands import PATIENCE, Fault, start, until


def status(out: Path) -> dict[str, Any]:
    ran = analyzer("status", out, "--json", out=out)
    assert ran.status == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.mark.audio
def test_after_a_run_the_failed_are_told_with_their_reasons(scored_damaged: Ran):
    told = status(scored_damaged.out)
    assert told["recordings"] == {"pending": 0, "running": 0, "done": 4, "failed": 3}
    assert {one["recording"] for one in told["failed"]} == {"empty.wav", "playlist.wav", "text.wav"}
    assert (told["last"]["calls"], told["last"]["verdicts"]["unscorable"]) == (7, 4)
    ran = analyzer("status", scored_damaged.out, out=scored_damaged.out)
    assert "Recordings: 4 done, 0 running, 0 waiting, 3 failed" in ran.stdout
    assert "empty file (0 bytes)" in ran.stdout
    assert "Last run ended" in ran.stdout


@pytest.mark.slow
def test_while_a_command_works_it_is_told_what_it_has_in_hand(clips: Path, tmp_path: Path):
    out, fault = tmp_path / "out", Fault(tmp_path / "fault", "before-keeping", do="hold")
    running = start(clips, out, fault)
    until(lambda: fault.reached, running)
    told = status(out)
    running.send_signal(signal.SIGINT)
    fault.let_go()
    assert running.wait(PATIENCE) == 130
    (one,) = told["running"]
    assert f"/{running.pid}/" in one["owner"]
    assert set(one["recordings"]) <= {path.name for path in clips.iterdir()}
    assert told["left_seconds"] > 0
    after = status(out)
    assert (after["running"], after["recordings"]["running"]) == ([], 0)  # claims were given back


def test_the_same_reason_of_many_recordings_is_told_once(tmp_path: Path):
    store = Store(tmp_path)
    for n in range(7):
        recording = Recording(call_id=f"c{n}", path=Path(f"c{n}.wav"), name=f"c{n}.wav")
        store.queue.enqueue([Job(key=f"k{n}", sha256="0", recording=recording, seconds=1)])
        store.queue.claim([f"k{n}"], OWNER)
        store.queue.mark_failed(f"k{n}", OWNER, f"c{n}.wav: no good")
    store.close()
    ran = analyzer("status", tmp_path, out=tmp_path / "o")
    assert "  7 x ...: no good\n      c0.wav, c1.wav, c2.wav, c3.wav, c4.wav and 2 more" in ran.stdout
    assert "No run has ended yet." in ran.stdout


def test_a_folder_without_results_is_refused_with_the_cure(tmp_path: Path):
    ran = analyzer("status", tmp_path, out=tmp_path / "o")
    assert ran.status == 2
    assert "Give a folder that `analyzer score --out` has written" in ran.stderr
    assert not list(tmp_path.iterdir())  # asking makes no store
