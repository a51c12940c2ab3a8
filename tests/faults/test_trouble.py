"""Disks that are full or read-only, a locked database, two commands at once: a clear word, and nothing lost."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.audio.identity import sha256_of_files, stamps_of_files
from analyzer.errors import RecordingChangedError
from analyzer.jobs.worker import verified
from analyzer.models.recording import Recording
from analyzer.models.run import Job
from tests.conftest import SAMPLES, Ran, analyzer, command_environment, kept_transcripts
from tests.faults.commands import PATIENCE, Fault, same_results, score, start, until

_TRIES = 100  # at a lock; a command that meets none makes fewer statements before its first write


def attempts(out: Path) -> list[tuple[str, str]]:
    """Key and outcome of everything that was begun."""
    with contextlib.closing(sqlite3.connect(out / "analyzer.db")) as connection:
        return connection.execute("SELECT key, outcome FROM attempts ORDER BY key, number").fetchall()


@pytest.mark.audio
def test_two_commands_on_one_store_share_the_work(clips: Path, scored_clips: Ran, tmp_path: Path):
    out = tmp_path / "out"
    both = [start(clips, out, recogniser="whisper") for _ in range(2)]
    assert [running.wait(PATIENCE) for running in both] == [0, 0]
    assert same_results(out, scored_clips)
    done = attempts(out)
    assert {outcome for _, outcome in done} == {"done"}
    assert len(done) == len({key for key, _ in done})  # no call was done twice


@pytest.mark.slow
def test_a_recording_that_kills_its_worker_is_a_row_until_it_is_asked_for_again(
    clips: Path, undisturbed: Ran, tmp_path: Path
):
    out = tmp_path / "out"
    assert start(clips, out, SEGFAULT="clip-1.wav").wait(PATIENCE) == 3
    rows, whole = Ran(0, "", "", out).results(), undisturbed.results()
    assert "clip-1.wav: recognition ended its process (exit -11), 2 times" in rows["clip-1"]["error"]
    assert (rows["clip-0"], rows["clip-2"]) == (whole["clip-0"], whole["clip-2"])
    ended = [outcome for _, outcome in attempts(out)]
    assert 2 <= ended.count("crashed") <= 5  # those that shared the worker are not blamed, but tried again
    still = score(clips, out=out)
    assert (still.status, Ran(0, "", "", out).results()["clip-1"]["error"]) == (3, rows["clip-1"]["error"])
    assert len(attempts(out)) == len(ended)  # nothing was tried unasked
    assert score(clips, "--retry-failed", out=out).status == 0
    assert same_results(out, undisturbed)


@pytest.mark.slow
def test_a_database_locked_by_somebody_else_is_waited_for(clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    shutil.copytree(undisturbed.out, out)
    locked = sqlite3.connect(out / "analyzer.db", isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    fault = Fault(tmp_path / "fault", "statement", do="count")
    running = start(clips, out, fault, "--force")
    until(lambda: fault.passings > _TRIES, running)
    locked.execute("ROLLBACK")
    locked.close()
    assert running.wait(PATIENCE) == 0
    assert same_results(out, undisturbed)
    assert len(attempts(out)) == 2 * len(attempts(undisturbed.out))


@pytest.mark.slow
def test_a_limit_on_the_size_of_files_is_told_and_what_was_kept_stays(clips: Path, undisturbed: Ran, tmp_path: Path):
    """Stands for a full disk where none can be mounted (test_disks): writing beyond it fails in the same way."""
    room = 150_000
    out = tmp_path / "out"
    limited = subprocess.run(
        [sys.executable, "-m", "analyzer", "score", str(clips), "--model", str(SAMPLES / "model"), "--out", str(out)],
        env=command_environment("stub"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert limited.returncode == 2, limited.stderr
    assert str(out) in limited.stderr
    assert "Traceback" not in limited.stderr
    assert "Internal error" not in limited.stderr
    acknowledged = kept_transcripts(out)
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
    assert verified(job) == (job, stamps_of_files([path]))
    path.write_bytes(b"first and more")
    with pytest.raises(RecordingChangedError, match=r"a\.wav: was changed after it was found\. Give the same command"):
        verified(job)
    path.unlink()
    with pytest.raises(RecordingChangedError, match=r"a\.wav: the file is no longer there"):
        verified(job)
    path.mkdir()
    assert verified(job)[0] == job  # decoding says what is wrong with it
