"""Recordings that are still written, or go away, while the command works: left for later, or a row; never a stop."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.faults.commands import PATIENCE, Fault, same_results, score, start, until

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(clips: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clips, tmp_path / "calls"))


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(1600))


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """A recorder that writes a tenth of a second every tenth of a second."""
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.1):
            append(path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def test_a_recording_still_being_written_is_left_for_later_with_a_word(
    folder: Path, clips: Path, undisturbed: Ran, tmp_path: Path
):
    out = tmp_path / "out"
    with growing(folder / "clip-1.wav"):
        ran = score(folder, out=out)
    assert ran.status == 0, ran.stderr
    assert "Still being written, left for later: clip-1.wav. Give the same command again." in ran.stderr
    assert set(ran.results()) == {"clip-0", "clip-2"}
    shutil.copy(clips / "clip-1.wav", folder / "clip-1.wav")
    assert score(folder, out=out).status == 0
    assert same_results(out, undisturbed)


def test_nothing_but_recordings_still_being_written_is_told(folder: Path, tmp_path: Path):
    with growing(folder / "clip-1.wav"):
        ran = score(folder / "clip-1.wav", out=tmp_path / "out")
    assert ran.status == 2
    assert "Still being written: clip-1.wav" in ran.stderr


def test_a_recording_written_on_after_it_was_read_is_left_for_later(folder: Path, tmp_path: Path):
    out, fault = tmp_path / "out", Fault(tmp_path / "fault", "after-keeping", do="hold")
    running = start(folder, out, fault)
    until(lambda: fault.reached, running)
    append(folder / "clip-0.wav")
    fault.let_go()
    assert running.wait(PATIENCE) == 0
    left = Ran(0, "", "", out).results()
    assert set(left) == {"clip-1", "clip-2"}
    again = score(folder, out=out)
    assert (again.status, set(again.results())) == (0, {"clip-0", "clip-1", "clip-2"})


def test_a_recording_deleted_meanwhile_is_a_row_and_no_failure_for_ever(
    folder: Path, clips: Path, undisturbed: Ran, tmp_path: Path
):
    """The last one waits while the others are read; it goes in that time."""
    out = tmp_path / "out"
    for number in range(9):
        shutil.copy(clips / "clip-0.wav", folder / f"more-{number}.wav")
        append(folder / f"more-{number}.wav")
        (folder / f"more-{number}.wav").open("ab").write(bytes(number + 1))
    fault = Fault(tmp_path / "fault", "after-keeping", do="hold")
    running = start(folder, out, fault)
    until(lambda: fault.reached, running)
    (folder / "clip-2.wav").unlink()
    fault.let_go()
    assert running.wait(PATIENCE) == 3
    report = Ran(0, "", "", out).results()["clip-2"]
    assert (report["verdict"], report["error"]) == (
        "unscorable",
        "clip-2.wav: the file is no longer there. Was it moved while the calls were scored? Run again.",
    )
    for path in folder.glob("more-*"):
        path.unlink()
    shutil.copy(clips / "clip-2.wav", folder / "clip-2.wav")
    assert score(folder, out=out).status == 0  # without --retry-failed
    assert same_results(out, undisturbed)
