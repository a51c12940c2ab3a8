from pathlib import Path

import pytest

from analyzer.errors import UsageError
from analyzer.sources.discover import find_recordings
from analyzer.sources.manifest import NamePattern, manifest_in, read_manifest
from tests import s3


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"segments": [], "duration": 0}' if name.endswith(".json") else "")


def ids(intake) -> list[str]:
    return [recording.call_id for recording in intake.recordings]


def test_a_folder_gives_its_recordings_and_transcripts_in_name_order(tmp_path: Path):
    touch(tmp_path, "b.MP3", "a.wav", "deep/c.opus", "t.json", "notes.txt", ".hidden.wav", "manifest.csv")
    (tmp_path / "sidecar.json").write_text('{"conversation": 1}')
    intake = find_recordings([tmp_path])
    assert [r.name for r in intake.recordings] == ["a.wav", "b.MP3", "deep/c.opus", "t.json"]
    assert ids(intake) == ["a", "b", "c", "t"]
    assert any("1 .txt" in note and "1 .json" in note for note in intake.notes)


def test_same_stem_in_other_case_or_folder_stays_two_calls(tmp_path: Path):
    touch(tmp_path, "x.wav", "x.WAV", "monday/y.wav", "tuesday/y.wav")
    assert ids(find_recordings([tmp_path])) == [
        "monday/y.wav",
        "tuesday/y.wav",
        "x.WAV",
        "x.wav",
    ]


def test_the_same_names_in_two_folders_given_are_told_apart(tmp_path: Path):
    touch(tmp_path, "a/monday/x.wav", "b/monday/x.wav", "b/monday/y.wav", "c/x.wav")
    found = find_recordings([tmp_path / "a" / "monday", tmp_path / "b" / "monday", tmp_path / "c"]).recordings
    assert [(r.name, r.call_id, r.path.relative_to(tmp_path).as_posix()) for r in found] == [
        ("a/monday/x.wav", "a/monday/x.wav", "a/monday/x.wav"),
        ("b/monday/x.wav", "b/monday/x.wav", "b/monday/x.wav"),
        ("c/x.wav", "c/x.wav", "c/x.wav"),
        ("y.wav", "y", "b/monday/y.wav"),
    ]


def test_legs_of_the_same_name_in_two_folders_given_stay_with_their_own(tmp_path: Path):
    touch(tmp_path, *(f"{day}/c1-{leg}.wav" for day in ("monday", "tuesday") for leg in ("agent", "customer")))
    found = find_recordings([tmp_path / "monday", tmp_path / "tuesday"]).recordings
    assert [r.customer_leg and r.customer_leg.relative_to(tmp_path).as_posix() for r in found] == [
        "monday/c1-customer.wav",
        "tuesday/c1-customer.wav",
    ]


def test_leg_files_become_one_call(tmp_path: Path):
    touch(tmp_path, "c1-agent.wav", "c1-customer.wav", "c2-agent.wav")
    first, second = find_recordings([tmp_path]).recordings
    assert (first.call_id, first.path.name, first.customer_leg and first.customer_leg.name) == (
        "c1",
        "c1-agent.wav",
        "c1-customer.wav",
    )
    assert (second.call_id, second.customer_leg) == ("c2-agent", None)


def test_the_manifest_can_pair_legs_with_any_names(tmp_path: Path):
    touch(tmp_path, "r-1.wav", "t-1.wav")
    (tmp_path / "m.csv").write_text("file,customer_file,call_id\nr-1.wav,t-1.wav,one\n")
    (only,) = find_recordings([tmp_path], rows=read_manifest(tmp_path / "m.csv")).recordings
    assert (only.call_id, only.customer_leg and only.customer_leg.name) == ("one", "t-1.wav")


def test_the_output_folder_is_no_input(tmp_path: Path):
    touch(tmp_path, "a.wav", "out/transcripts/k.json")
    assert ids(find_recordings([tmp_path], exclude=tmp_path / "out")) == ["a"]


def test_a_file_named_twice_is_one_call(tmp_path: Path):
    touch(tmp_path, "a.wav")
    assert ids(find_recordings([tmp_path, tmp_path / "a.wav"])) == ["a"]


def test_nothing_found_is_said_with_what_was_there(tmp_path: Path):
    touch(tmp_path, "a.docx")
    with pytest.raises(UsageError, match=r"No recordings found.*1 \.docx"):
        find_recordings([tmp_path])
    with pytest.raises(UsageError, match="no such file or folder"):
        find_recordings([tmp_path / "gone"])


def test_rows_without_recording_and_recordings_without_row_are_told(tmp_path: Path):
    touch(tmp_path, "a.wav", "b.wav")
    (tmp_path / "manifest.csv").write_text("file\na.wav\nz.wav\n")
    notes = find_recordings([tmp_path], rows=read_manifest(tmp_path / "manifest.csv")).notes
    assert any("1 rows match no recording (line 3)" in note for note in notes)
    assert any("1 recordings have no row" in note for note in notes)


def test_a_name_pattern_reads_metadata_from_names(tmp_path: Path):
    touch(tmp_path, "in-0812-3201-x.wav")
    rows = NamePattern(r"^in-(?P<queue>\d+)-(?P<agent>\d+)-")
    (only,) = find_recordings([tmp_path], rows=rows).recordings
    assert only.metadata.agent == "3201"
    assert only.metadata.extra == {"queue": "0812"}


def test_a_url_gives_recordings_as_a_folder_does(storage: s3.Server):
    for name in ("b.MP3", "deep/c1-agent.wav", "deep/c1-customer.wav", "notes.txt", ".hidden.wav"):
        storage.put(f"s3://found/calls/{name}", b"123")
    storage.put("s3://found/calls/t.json", b'{"segments": [], "duration": 0}')
    storage.put("s3://found/calls/sidecar.json", b'{"conversation": 1}')
    intake = find_recordings(["s3://found/calls"])
    assert [(r.name, r.call_id, [file.url for file in r.remote]) for r in intake.recordings] == [
        ("b.MP3", "b", ["s3://found/calls/b.MP3"]),
        ("deep/c1-agent.wav", "c1", ["s3://found/calls/deep/c1-agent.wav", "s3://found/calls/deep/c1-customer.wav"]),
        ("t.json", "t", ["s3://found/calls/t.json"]),
    ]
    assert any("1 .txt" in note and "1 .json" in note for note in intake.notes)


def test_a_url_of_one_file_and_one_of_its_folder_give_it_once(storage: s3.Server):
    storage.put("s3://twice/calls/a.wav", b"123")
    (only,) = find_recordings(["s3://twice/calls/a.wav", "s3://twice/calls/"]).recordings
    assert (only.name, only.remote[0].size) == ("a.wav", 3)


def test_a_manifest_beside_remote_recordings_is_read(storage: s3.Server):
    storage.put("s3://listed/calls/a.wav", b"123")
    assert manifest_in("s3://listed/calls") is None
    storage.put("s3://listed/calls/manifest.csv", b"file;agent\r\na.wav;Sari\r\nz.wav;Budi\r\n")
    rows = manifest_in("s3://listed/calls/")
    intake = find_recordings(["s3://listed/calls"], rows=rows)
    assert intake.recordings[0].metadata.agent == "Sari"
    assert any(note.startswith("s3://listed/calls/manifest.csv: 1 rows match no recording") for note in intake.notes)
    storage.put("s3://listed/calls/manifest.csv", b"name\nx\n")
    with pytest.raises(UsageError, match=r"s3://listed/calls/manifest\.csv:1: no column 'file'"):
        manifest_in("s3://listed/calls")


def test_legs_in_two_places_are_refused(storage: s3.Server, tmp_path: Path):
    touch(tmp_path, "c1-agent.wav")
    storage.put("s3://legs/c1-customer.wav", b"123")
    with pytest.raises(UsageError, match="Put both in one place"):
        find_recordings([tmp_path, "s3://legs"])
