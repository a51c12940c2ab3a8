"""Atomic writing: the old file or the new one, never half of one, and a message that says how to fix it."""

import errno
import os
import stat
from pathlib import Path

import pytest

from analyzer.errors import AnalyzerError
from analyzer.files import write_atomically


def failing(number: int):
    def fail(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_with_its_folders_and_replaced_whole(tmp_path: Path):
    path = tmp_path / "a" / "b" / "results.jsonl"
    write_atomically(path, b"first, and longer")
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert names_in(path.parent) == ["results.jsonl"]


def test_short_writes_are_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, bytes(data)[:3]))
    write_atomically(tmp_path / "x", b"0123456789")
    assert (tmp_path / "x").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("function", "number", "fix"),
    [
        ("write", errno.ENOSPC, "the disk is full: free some space"),
        ("fsync", errno.EDQUOT, "your disk quota is used up"),
        ("open", errno.EROFS, "the folder is read-only: give another --out folder"),
        ("replace", errno.EACCES, "close the file if a program holds it open"),
        ("replace", errno.EIO, "give another --out folder"),
    ],
)
def test_a_failure_keeps_the_old_file_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int, fix: str
):
    path = tmp_path / "calls.csv"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, function, failing(number))
        with pytest.raises(AnalyzerError) as caught:
            write_atomically(path, b"new")
    assert str(caught.value).startswith(f"{path}: cannot be written (")
    assert fix in str(caught.value)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["calls.csv"]


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(tmp_path / "x", b"new")
    assert names_in(tmp_path) == []


def test_a_folder_in_the_way_and_a_file_as_folder_are_refused(tmp_path: Path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(AnalyzerError, match="a folder of that name is in the way"):
        write_atomically(tmp_path / "report.html", b"x")
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(AnalyzerError, match="part of the path is a file, not a folder"):
        write_atomically(tmp_path / "file" / "report.html", b"x")
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_a_link_stays_a_link(tmp_path: Path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_the_longest_name_works_and_the_umask_rules_the_mode(tmp_path: Path):
    path = tmp_path / ("x" * 255)
    before = os.umask(0o027)
    try:
        write_atomically(path, b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
