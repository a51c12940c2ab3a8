"""The sound that is served is the recording that was scored, from a folder that may be read, and browsers play it."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from analyzer.errors import RecordingError, SourceError
from analyzer.models.base import Span
from analyzer.models.recording import AudioFacts, Recording, RemoteFile
from analyzer.models.report import Report
from analyzer.models.run import StoredCall
from analyzer.web.recording_audio import RecordingAudio
from tests.reports.samples import report as sample_report


class FakeReader:
    """Stands in for the audio package: content hashes, and copies of a given size."""

    def __init__(self, copy_bytes: int = 10) -> None:
        self.converted: list[Path] = []
        self.hashed = 0
        self.storage: bytes | None = b"sound"
        self._bytes = copy_bytes

    def sha256(self, files: Sequence[Path]) -> str:
        self.hashed += 1
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    @contextmanager
    def local_copy(self, recording: Recording) -> Iterator[Recording]:
        if not recording.remote:
            yield recording
            return
        if self.storage is None:
            raise SourceError("the storage does not answer")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "fetched.wav"
            path.write_bytes(self.storage)
            yield recording.model_copy(update={"path": path, "remote": ()})

    def convert(self, recording: Recording, path: Path) -> None:
        if recording.path.read_bytes() == b"broken":
            raise RecordingError("cannot be read")
        self.converted.append(recording.path)
        path.write_bytes(b"x" * self._bytes)


def kept(path: Path, content: bytes = b"sound", **about: object) -> StoredCall:
    sha256 = hashlib.sha256(content).hexdigest()
    return StoredCall(
        recording=Recording(call_id=path.stem, path=path, name=path.name, **about), audio_sha256=sha256, key="kept-1"
    )


def scored(name: str = "a.wav", codec: str = "pcm_s16le", **facts: object) -> Report:
    return sample_report(recording=name, audio=AudioFacts(codec=codec, **facts))


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    return folder


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def audio(calls: Path, reader: FakeReader):
    opened = RecordingAudio([calls], reader, cache_bytes=25)
    yield opened
    opened.close()


def test_a_playable_recording_is_served_unconverted(calls, audio, reader):
    (calls / "a.wav").write_bytes(b"sound")
    served = audio.served(kept(calls / "a.wav"), scored())
    assert (served.state, served.path, served.media_type) == (
        "ready",
        Path(os.path.realpath(calls / "a.wav")),
        "audio/wav",
    )
    assert reader.converted == []


@pytest.mark.parametrize(
    "report",
    [
        scored(codec="gsm_ms"),
        scored(partial=True),
        scored(bad_packets=3),
        scored(holes=(Span(start=1, end=2),)),
    ],
    ids=["a format that browsers do not know", "partial", "damaged packets", "holes: a browser would close them"],
)
def test_a_recording_that_browsers_cannot_play_with_the_evidence_s_times_is_converted_once(
    calls, audio, reader, report
):
    (calls / "a.wav").write_bytes(b"sound")
    call = kept(calls / "a.wav")
    served = [audio.served(call, report) for _ in range(2)]
    assert served[0] == served[1]
    assert served[0].media_type == "audio/ogg"
    assert len(reader.converted) == 1


def test_a_pair_of_leg_files_is_converted_to_one(calls, audio):
    for name in ("a-agent.wav", "a-customer.wav"):
        (calls / name).write_bytes(name.encode())
    call = kept(calls / "a-agent.wav", b"a-agent.wava-customer.wav", customer_leg=calls / "a-customer.wav")
    assert audio.served(call, scored("a-agent.wav")).media_type == "audio/ogg"


def test_a_copy_that_score_made_is_used_but_none_from_elsewhere(tmp_path, calls, reader):
    (calls / "a.wav").write_bytes(b"sound")
    copies = tmp_path / "results" / "audio"
    copies.mkdir(parents=True)
    (copies / "kept-1.ogg").write_bytes(b"copy")
    (tmp_path / "results" / "other.ogg").write_bytes(b"other")
    audio = RecordingAudio([calls], reader, copies=copies, cache_bytes=100)
    call = kept(calls / "a.wav")
    assert audio.served(call, scored(codec="amrnb")).path == Path(os.path.realpath(copies / "kept-1.ogg"))
    assert reader.converted == []
    elsewhere = call.model_copy(update={"key": "../other"})
    converted = audio.served(elsewhere, scored(codec="amrnb")).path
    assert converted is not None
    assert converted.name not in {"other.ogg", "kept-1.ogg"}
    audio.close()


def test_nothing_outside_the_folders_is_served(tmp_path, calls, audio):
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"sound")
    (calls / "link.wav").symlink_to(secret)
    (calls / "folder").symlink_to(tmp_path)
    for path in (secret, calls / "link.wav", calls / ".." / "secret.wav", calls / "folder" / "secret.wav"):
        assert audio.served(kept(path), scored()).state == "outside", path


def test_a_path_that_is_no_file_is_gone(calls, audio):
    (calls / "folder.wav").mkdir()
    os.mkfifo(calls / "pipe.wav")
    for name in ("no.wav", "folder.wav", "pipe.wav", "a\0.wav", "x" * 5000):
        assert audio.served(kept(calls / name), scored()).state == "gone", name


def test_content_other_than_scored_is_not_served(calls, audio, reader):
    (calls / "a.wav").write_bytes(b"sound")
    call = kept(calls / "a.wav")
    assert [audio.state(call), audio.state(call)] == ["ready", "ready"]
    assert reader.hashed == 1, "a file that did not change is not read again"
    (calls / "a.wav").write_bytes(b"another call")
    assert audio.served(call, scored()) == type(audio.served(call, scored()))("changed")


def test_recordings_that_moved_are_found_in_a_folder_named_at_the_start(tmp_path, calls, reader):
    moved = tmp_path / "moved"
    (moved / "day").mkdir(parents=True)
    (moved / "day" / "a-agent.wav").write_bytes(b"one")
    (moved / "day" / "a-customer.wav").write_bytes(b"two")
    call = kept(calls / "day" / "a-agent.wav", b"onetwo", customer_leg=calls / "day" / "a-customer.wav")
    call = call.model_copy(update={"recording": call.recording.model_copy(update={"name": "day/a-agent.wav"})})
    audio = RecordingAudio([calls], reader, extra=[moved], cache_bytes=100)
    assert audio.served(call, scored()).state == "ready"
    audio.close()


def test_the_cache_of_copies_is_bounded_and_removed_at_the_end(calls, audio, reader):
    paths = []
    for number in range(4):
        (calls / f"{number}.amr").write_bytes(str(number).encode())
        call = kept(calls / f"{number}.amr", str(number).encode())
        paths.append(audio.served(call, scored(f"{number}.amr", codec="amrnb")).path or Path())
    assert [path.exists() for path in paths] == [False, False, True, True]
    audio.close()
    assert not paths[3].parent.exists()


def test_a_recording_that_cannot_be_converted_is_unreadable(calls, audio):
    (calls / "a.amr").write_bytes(b"broken")
    assert audio.served(kept(calls / "a.amr", b"broken"), scored("a.amr", codec="amrnb")).state == "unreadable"


def test_a_remote_recording_is_fetched_checked_and_converted_once(calls, audio, reader):
    there = RemoteFile(url="s3://bucket/a.wav", size=5, stamp="1")
    call = kept(Path("a.wav"), remote=(there,))
    assert audio.state(call) == "ready"
    served = [audio.served(call, scored()) for _ in range(2)]
    assert (served[0].state, served[0].media_type, served[0]) == ("ready", "audio/ogg", served[1])
    assert len(reader.converted) == 1
    reader.storage = b"another call"
    assert audio.served(kept(Path("b.wav"), b"sound b", remote=(there,)), scored("b.wav")).state == "unreadable"
    reader.storage = None
    assert audio.served(kept(Path("c.wav"), b"sound c", remote=(there,)), scored("c.wav")).state == "unreadable"


def test_a_scored_transcript_has_no_recording(calls, audio):
    assert audio.state(kept(calls / "a.json")) == "none"
