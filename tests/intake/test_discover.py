from pathlib import Path

import pytest

from analyzer.errors import UsageError
from analyzer.intake import NamePattern, find_recordings, read_manifest


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
