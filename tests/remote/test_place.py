"""Fetching recordings: what is there for a moment, what is left, and what is said when it does not work."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from s3fs import S3FileSystem

from analyzer.errors import RecordingError, SourceError, UsageError
from analyzer.models.recording import Recording, RemoteFile
from analyzer.sources.remote.addresses import is_url
from analyzer.sources.remote.download_cache import Place, sweep
from analyzer.sources.remote.listing import listed
from tests import s3


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    S3FileSystem.clear_instance_cache()  # connections to another test's server
    return tmp_path


def remote(url: str, size: int = 1, *more: str) -> Recording:
    files = tuple(RemoteFile(url=one, size=size, stamp="x") for one in (url, *more))
    return Recording(call_id="c", path=Path(url), customer_leg=Path(more[0]) if more else None, name="c", remote=files)


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_recording_is_there_under_its_own_name_until_it_is_let_go(storage: s3.Server, own_folder: Path):
    legs = [storage.put(f"s3://place/{who}/c1.wav", who.encode()) for who in ("agent", "customer")]
    with Place() as place:
        with place.materialised(remote(legs[0], 8, legs[1])) as here:
            assert here.customer_leg is not None
            assert (here.path.name, here.path.read_bytes(), here.customer_leg.read_bytes()) == (
                "c1.wav", b"agent", b"customer",
            )
            assert not here.remote
            assert here.path.parent.parent.stat().st_mode & 0o077 == 0
        assert files_in(own_folder) == []
    assert list(own_folder.iterdir()) == []


def test_a_local_recording_stays_where_it_is(tmp_path: Path):
    recording = Recording(call_id="c", path=tmp_path / "c.wav", name="c.wav")
    with Place() as place, place.materialised(recording) as here:
        assert here is recording
    assert list(tmp_path.iterdir()) == []


def test_no_more_than_its_bound_is_there_at_once(storage: s3.Server):
    url = storage.put("s3://place/large.wav", b"x" * 600)
    most, now, lock = [0], [0], threading.Lock()
    place = Place(most_bytes=1500)

    def fetch() -> None:
        with place.materialised(remote(url, 600)):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.2)
            with lock:
                now[0] -= 1

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.close()
    assert most == [2]


def test_what_is_gone_is_one_failed_recording(storage: s3.Server):
    storage.put("s3://place/there.wav", b"x")
    with Place() as place, pytest.raises(RecordingError, match=r"gone\.wav: is no longer at s3://place/gone\.wav"):
        place.materialised(remote("s3://place/gone.wav")).__enter__()


def test_a_storage_that_is_away_stops_the_work_and_blames_no_recording(storage: s3.Server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with Place(patience=0.0) as place, pytest.raises(SourceError, match="cannot be reached now"):
        place.materialised(remote("s3://away/a.wav")).__enter__()


class Flaky(LocalFileSystem):
    """Files of this machine, from a storage that drops the first two connections."""

    protocol = "flaky"
    dropped = 0

    def get_file(self, path1: str, path2: str) -> None:
        if Flaky.dropped < 2:
            Flaky.dropped += 1
            raise ConnectionResetError("connection reset by peer")
        super().get_file(path1, path2)


def test_a_storage_that_comes_back_is_waited_for(tmp_path: Path):
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    (tmp_path / "a.wav").write_bytes(b"x")
    with Place() as place, place.materialised(remote(f"flaky://{tmp_path}/a.wav")) as here:
        assert here.path.read_bytes() == b"x"
    assert Flaky.dropped == 2


def test_the_place_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(own_folder: Path):
    program = (
        "import sys, time; from analyzer.sources.remote.download_cache import _locked_folder; "
        "folder, lock = _locked_folder(); (folder / 'a.wav').touch(); print(folder, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(own_folder)}
    both = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    folders = [Path(one.stdout.readline().strip()) for one in both if one.stdout]
    both[0].kill()
    both[0].wait()
    sweep()
    assert [folder.exists() for folder in folders] == [False, True]
    both[1].kill()
    both[1].wait()


def test_a_place_that_is_being_made_is_left_alone_for_a_minute(own_folder: Path):
    young, old, locked = (own_folder / f"analyzer-fetched-{name}" for name in ("young", "old", "locked"))
    for folder in (young, old, locked):
        folder.mkdir()
    os.utime(old, (1, 1))
    with (locked / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sweep()
    assert [folder.exists() for folder in (young, old, locked)] == [True, False, True]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("foo://a/b", "foo is no kind of URL that can be read"),
        ("gs://a/b", "a package is missing"),
        ("sftp://me:secret@host/a", "sftp://host/a: leave the password out"),
        ("https://host/a.wav?sig=secret", "https://host/a.wav: signed URLs expire"),
        ("zip://a.wav::s3://b/c.zip", "chained URLs are not read"),
        ("s3://no-such-bucket/calls", "not there"),
    ],
)
def test_urls_that_cannot_be_read_are_refused_with_the_cure(storage: s3.Server, url: str, message: str):
    assert is_url(url)
    with pytest.raises(UsageError) as raised:
        listed(url)
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_refused_access_is_said(monkeypatch: pytest.MonkeyPatch):
    with s3.running(strict=True) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(UsageError, match=r"s3://closed/calls: access refused .* Set credentials"):
            listed("s3://closed/calls")
        with Place() as place, pytest.raises(SourceError, match="access refused"):
            place.materialised(remote("s3://closed/a.wav")).__enter__()


def test_what_lies_under_a_url_is_listed_with_what_tells_its_changes(storage: s3.Server):
    for key in ("b/x 1#%20.wav", "a.wav", "c/"):
        storage.put(f"s3://listing/calls/{key}", b"12345")
    storage.put("s3://listing/calls-of-others/z.wav", b"1")
    first = listed("s3://listing/calls/")
    assert [(one.name, one.file.url, one.file.size) for one in first] == [
        ("a.wav", "s3://listing/calls/a.wav", 5),
        ("b/x 1#%20.wav", "s3://listing/calls/b/x 1#%20.wav", 5),
    ]
    storage.put("s3://listing/calls/a.wav", b"54321")
    second = listed("s3://listing/calls")
    assert [one.file.stamp == two.file.stamp for one, two in zip(first, second, strict=True)] == [False, True]
    assert [one.name for one in listed("s3://listing/calls/a.wav")] == ["a.wav"]
