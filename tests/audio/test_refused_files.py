"""What is no recording is refused with its name, the cause and how to fix it."""

import hashlib
from pathlib import Path

import pytest

from analyzer.audio.identity import probe_seconds, sha256_of_files
from analyzer.errors import RecordingError
from tests.audio.recordings import decode, stereo, write_wav

REFUSED = {
    "empty.wav": (b"", "empty file"),
    "text.wav": (b"this is the recorder's log\n" * 9, "text, not a recording"),
    "list.wav": (b"ffconcat version 1.0\nfile 'other.wav'\n", "playlist"),
    "list.mp3": (b"#EXTM3U\nother.wav\n", "playlist"),
    "text.ulaw": (b"this is the recorder's log\n" * 9, "text, not a recording"),
    "noise.wav": (bytes(range(128, 256)) * 20, "not a recording in any known format"),
    "zeros.wav": (bytes(9000), "zero bytes"),
    "call.nmf": (bytes(range(256)) * 9, "NICE"),
    "call.g729": (bytes(range(256)) * 9, "G.729"),
    "zip.wav": (b"PK\x03\x04" + bytes(99), "zip"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path):
    write_wav(tmp_path / "other.wav", stereo(1.0))
    content, cause = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        decode(tmp_path / name)
    assert str(caught.value).startswith(f"{name}: ")
    assert cause in str(caught.value)
    assert probe_seconds(tmp_path / name) >= 0


def test_a_wav_without_frames_has_no_audio(tmp_path: Path):
    with pytest.raises(RecordingError, match="no audio in it"):
        decode(write_wav(tmp_path / "x.wav", stereo(0.0)))


def test_vanished_files_and_folders(tmp_path: Path):
    with pytest.raises(RecordingError, match="no longer there"):
        decode(tmp_path / "gone.wav")
    with pytest.raises(RecordingError, match="no longer there"):
        sha256_of_files([tmp_path / "gone.wav"])
    with pytest.raises(RecordingError, match="not a file"):
        decode(tmp_path)
    assert probe_seconds(tmp_path / "gone.wav") == 0


def test_identity_is_content_in_order(tmp_path: Path):
    a, b, copy = (tmp_path / name for name in ("a", "b", "copy"))
    a.write_bytes(b"1")
    b.write_bytes(b"23")
    copy.write_bytes(b"1")
    assert sha256_of_files([a, b]) == sha256_of_files([copy, b]) != sha256_of_files([b, a])
    (tmp_path / "c").write_bytes(b"12")
    (tmp_path / "d").write_bytes(b"3")
    assert sha256_of_files([a, b]) != sha256_of_files([tmp_path / "c", tmp_path / "d"])
    assert len(sha256_of_files([a])) == len(hashlib.sha256().hexdigest())
