"""`analyzer watch` as it is run: recordings come, change, pair up and go; it is stopped, killed, started again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_interrupt import everything_ended
from tests.cli.test_status import status
from tests.conftest import SAMPLES, Ran, Recogniser, analyzer, command_environment, kept_transcripts
from tests.faults.commands import PATIENCE, Fault, same_results, until

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    return folder


def command(folder: Path, out: Path) -> list[str]:
    given = ("--model", SAMPLES / "model", "--out", out, "--stable-for", "1", "--workers", "1")
    return [sys.executable, "-m", "analyzer", "watch", str(folder), *map(str, given)]


@contextmanager
def watching(
    folder: Path, out: Path, fault: Fault | None = None, *, recogniser: Recogniser = "stub"
) -> Iterator["subprocess.Popen[str]"]:
    """The command in a process group of its own; killed when a test fails under it."""
    running = subprocess.Popen(
        command(folder, out),
        env=command_environment(recogniser, **(fault.environment if fault else {})),
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


def stopped(
    running: "subprocess.Popen[str]", by: signal.Signals = signal.SIGTERM, fault: Fault | None = None
) -> str:
    """What it said, after a stop that must be clean: exit 0, no process left."""
    os.killpg(running.pid, by)  # as a terminal and a service manager do: to the workers as well
    if fault:
        fault.let_go()
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, said
    assert everything_ended(running.pid)
    assert "Traceback" not in said
    return said


def results(out: Path) -> dict[str, dict[str, Any]]:
    return Ran(0, "", "", out).results() if (out / "results.jsonl").exists() else {}


def put(clip: Path, target: Path, *, parts: int = 1) -> None:
    """A copy that keeps the old time stamp; in parts, it takes longer than what counts as complete."""
    data = clip.read_bytes()
    with target.open("wb", buffering=0) as file:
        for at in range(0, len(data), len(data) // parts + 1):
            file.write(data[at : at + len(data) // parts + 1])
            os.utime(target, (1, 1))
            if parts > 1:
                time.sleep(0.25)


def test_recordings_are_scored_as_they_come_and_a_restart_goes_on(
    folder: Path, clips: Path, undisturbed: Ran, tmp_path: Path
):
    out = tmp_path / "out"
    with watching(folder, out) as running:
        put(clips / "clip-0.wav", folder / "clip-0.wav", parts=8)
        until(lambda: set(results(out)) == {"clip-0"}, running)
        put(clips / "clip-1.wav", folder / "clip-1.wav")
        (folder / "manifest.csv").write_text("file,agent\nclip-1,Sari\n")
        until(lambda: set(results(out)) == {"clip-0", "clip-1"}, running)
        (folder / "manifest.csv").write_text("file,agent\nclip-1,Sari\nclip-0,Budi\n")
        until(lambda: results(out)["clip-0"]["agent"] == "Budi", running)
        said = stopped(running)
    assert "Stopping" in said
    assert results(out)["clip-1"]["agent"] == "Sari"
    assert (out / "report.html").read_text("utf-8").count("Budi") >= 1
    kept = kept_transcripts(out)
    (folder / "manifest.csv").unlink()
    (folder / "clip-0.wav").unlink()
    with watching(folder, out) as running:
        put(clips / "clip-2.wav", folder / "clip-2.wav")
        until(lambda: set(results(out)) == {"clip-0", "clip-1", "clip-2"}, running)  # what went stays in the results
        shutil.copy(clips / "clip-0.wav", folder / "clip-0.wav")
        until(lambda: not results(out)["clip-0"]["agent"], running)
        stopped(running, signal.SIGINT)
    assert same_results(out, undisturbed)
    assert kept.items() <= kept_transcripts(out).items()  # nothing was done twice


def test_a_stop_in_the_middle_gives_back_what_was_in_hand(folder: Path, clips: Path, tmp_path: Path):
    out, fault = tmp_path / "out", Fault(tmp_path / "fault", "after-keeping", do="hold")
    for path in clips.iterdir():
        put(path, folder / path.name)
    with watching(folder, out, fault) as running:
        until(lambda: fault.reached, running)
        stopped(running, fault=fault)
    told = status(out)
    assert (told["recordings"]["running"], told["running"]) == (0, [])
    assert told["recordings"]["done"] >= 1
    assert told["recordings"]["pending"] >= 1
    assert told["crashes"] == 0  # the workers were told to stop, too, and are not blamed for it


def test_killed_and_started_again_it_goes_on(folder: Path, clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    for path in clips.iterdir():
        shutil.copy(path, folder)
    with watching(folder, out) as running:
        until(lambda: kept_transcripts(out), running)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait(PATIENCE)
    kept = kept_transcripts(out)
    with watching(folder, out) as running:
        until(lambda: len(results(out)) == 3, running)
        stopped(running)
    assert same_results(out, undisturbed)
    assert kept.items() <= kept_transcripts(out).items()


@pytest.mark.audio
def test_legs_wait_for_each_other(folder: Path, clips: Path, tmp_path: Path):
    out = tmp_path / "out"
    with watching(folder, out, recogniser="whisper") as running:
        put(clips / "clip-1.wav", folder / "x-agent.wav")
        put(clips / "clip-2.wav", folder / "y.wav")
        until(lambda: results(out), running)
        put(clips / "clip-0.wav", folder / "x-customer.wav")
        until(lambda: set(results(out)) == {"x", "y"}, running)
        stopped(running)
    assert results(out)["x"]["audio"]["channels"] == 2
    assert len([key for key in kept_transcripts(out) if not key.endswith("-second")]) == 2


def test_a_folder_that_is_not_there_and_a_wrong_model_are_told_at_once(folder: Path, tmp_path: Path):
    ran = analyzer("watch", folder / "nowhere", "--out", tmp_path / "out", out=tmp_path / "out")
    assert (ran.status, "Make it first" in ran.stderr) == (2, True)
    ran = analyzer("watch", folder, "--model", "no-such-model", "--out", tmp_path / "out", out=tmp_path / "out")
    assert (ran.status, "--model no-such-model" in ran.stderr) == (2, True)


def test_it_takes_every_option_of_score_that_has_a_meaning_for_it(tmp_path: Path):
    helps = {name: analyzer(name, "--help", out=tmp_path / "out").stdout for name in ("score", "watch")}
    options = {name: {word for word in text.split() if word.startswith("--")} for name, text in helps.items()}
    assert options["score"] - options["watch"] == {"--json", "--fail-under"}
    assert options["watch"] - options["score"] == {"--stable-for"}
