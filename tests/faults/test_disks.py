"""Real small disks under the real command: full at some point, then with room; and read-only."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Ran, kept_transcripts
from tests.faults.commands import same_results, score

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system that is mounted, or mounted anew, with options such as `size=100k` or `ro`."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mounted(options: str) -> Path:
        again = "remount," if folder.is_mount() else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{again}{options}", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a small disk needs rights; a limit on the size of files is tested all the same")
        return folder

    yield mounted
    if folder.is_mount():
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("room", ["60k", "450k", "720k"])  # in making tables, while transcribing, in exports
def test_a_full_disk_is_told_and_with_room_the_same_command_goes_on(
    room: str, disk: Callable[[str], Path], clips: Path, undisturbed: Ran
):
    out = disk(f"size={room}") / "out"
    full = score(clips, out=out)
    assert full.status == 2, full.stderr
    assert str(out) in full.stderr
    assert "disk is full" in full.stderr
    assert "Traceback" not in full.stderr
    acknowledged = kept_transcripts(out)
    disk("size=20m")
    again = score(clips, out=out)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()


def test_a_read_only_folder_is_told_before_the_work(disk: Callable[[str], Path], clips: Path, undisturbed: Ran):
    out = disk("size=20m") / "out"
    assert score(clips, "--no-second-look", out=out).status == 0
    disk("ro")
    ran = score(clips, "--force", out=out)
    assert ran.status == 2, ran.stderr
    assert str(out) in ran.stderr
    assert "the folder cannot be written: check it, or give another --out folder" in ran.stderr
    assert "Transcribing" not in ran.stderr
    disk("rw")
    assert score(clips, out=out).status == 0
    assert same_results(out, undisturbed)
