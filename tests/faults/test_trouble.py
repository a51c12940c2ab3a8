"""Disks that are full or read-only, a locked database, two commands at once: a clear word, and nothing lost."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from analyzer.audio import sha256_of_files
from analyzer.errors import RecordingError
from analyzer.executors.task import unchanged
from analyzer.models.job import Job
from analyzer.models.recording import Recording
from tests.conftest import ROOT, SAMPLES, Ran, analyzer, kept_transcripts, score
from tests.faults.test_kill import clips, same_results, start, undisturbed

__all__ = ["clips", "undisturbed"]  # fixtures

_PATIENCE = 180.0
needs_recogniser = pytest.mark.audio


def attempts(out: Path) -> list[tuple[str, str]]:
    """Key and outcome of everything that was begun."""
    with contextlib.closing(sqlite3.connect(out / "analyzer.db")) as connection:
        return connection.execute("SELECT key, outcome FROM attempts ORDER BY key, number").fetchall()


@needs_recogniser
def test_two_commands_on_one_store_share_the_work(clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    both = [start(clips, out) for _ in range(2)]
    assert [running.wait(_PATIENCE) for running in both] == [0, 0]
    assert same_results(out, undisturbed)
    done = attempts(out)
    assert {outcome for _, outcome in done} == {"done"}
    assert len(done) == len({key for key, _ in done})  # no call was done twice


@needs_recogniser
def test_a_database_locked_by_somebody_else_is_waited_for(clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    shutil.copytree(undisturbed.out, out)
    locked = sqlite3.connect(out / "analyzer.db", isolation_level=None, check_same_thread=False)
    locked.execute("BEGIN IMMEDIATE")
    threading.Timer(3.0, lambda: locked.execute("ROLLBACK")).start()
    began = time.monotonic()
    ran = score(clips, "--force", out=out)
    locked.close()
    assert ran.status == 0, ran.stderr
    assert time.monotonic() - began > 3.0
    assert same_results(out, undisturbed)


@needs_recogniser
@pytest.mark.parametrize("room", [30_000, 150_000, 200_000])
def test_a_full_disk_is_told_and_what_was_kept_stays(clips: Path, undisturbed: Ran, room: int, tmp_path: Path):
    """A limit on the size of files stands for the disk: writing beyond it fails as it does when nothing is left."""
    out = tmp_path / "out"
    limited = subprocess.run(
        [sys.executable, "-m", "analyzer", "score", str(clips), "--model", str(SAMPLES / "model"), "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert limited.returncode == 2, limited.stderr
    assert str(out) in limited.stderr
    assert "Traceback" not in limited.stderr
    assert "Internal error" not in limited.stderr
    acknowledged = kept_transcripts(out) if room > 100_000 else {}
    again = score(clips, out=out)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()


def test_an_output_that_cannot_be_written_is_told_before_the_work(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    given = ("--model", SAMPLES / "model", "--out", tmp_path / "file" / "out")
    ran = analyzer("score", SAMPLES / "heldout", *given, out=tmp_path / "out")
    assert ran.status == 2
    assert "file/out" in ran.stderr
    assert "--out folder" in ran.stderr
    assert "Transcribing" not in ran.stderr


def test_a_recording_that_changed_after_it_was_found_is_not_taken_for_what_it_was(tmp_path: Path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"first")
    recording = Recording(call_id="a", path=path, name="a.wav")
    job = Job(key="k", sha256=sha256_of_files([path]), recording=recording, seconds=1.0)
    assert unchanged(job) == job
    path.write_bytes(b"first and more")
    with pytest.raises(RecordingError, match=r"a\.wav: was changed after it was found\. Give the same command again"):
        unchanged(job)
    path.unlink()
    assert unchanged(job) == job  # decoding says what is wrong with it
