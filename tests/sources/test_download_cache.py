"""Local copies of remote recordings: how long they are there, what is left, and the messages of failures."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from s3fs import S3FileSystem

from analyzer.errors import RecordingError, SourceError, UsageError
from analyzer.models.recording import Recording, RemoteFile
from analyzer.sources.remote.download_cache import DownloadCache, remove_abandoned
from analyzer.sources.remote.storage import is_url, list_files
from tests import s3


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    S3FileSystem.clear_instance_cache()  # connections to another test's server
    return tmp_path


def remote(url: str, size: int = 1, *more: str) -> Recording:
    files = tuple(RemoteFile(url=one, size=size, stamp="x") for one in (url, *more))
    return Recording(call_id="c", path=Path(url), customer_leg=Path(more[0]) if more else None, name="c", remote=files)


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_recording_is_there_under_its_own_name_until_it_is_let_go(storage: s3.Server, temporary_folder: Path):
    legs = [storage.put(f"s3://place/{who}/c1.wav", who.encode()) for who in ("agent", "customer")]
    with DownloadCache() as cache:
        with cache.local_copy(remote(legs[0], 8, legs[1])) as here:
            assert here.customer_leg is not None
            assert (here.path.name, here.path.read_bytes(), here.customer_leg.read_bytes()) == (
                "c1.wav", b"agent", b"customer",
            )
            assert not here.remote
            assert here.path.parent.parent.stat().st_mode & 0o077 == 0
        assert files_in(temporary_folder) == []
    assert list(temporary_folder.iterdir()) == []


def test_a_local_recording_stays_where_it_is(tmp_path: Path):
    recording = Recording(call_id="c", path=tmp_path / "c.wav", name="c.wav")
    with DownloadCache() as cache, cache.local_copy(recording) as here:
        assert here is recording
    assert list(tmp_path.iterdir()) == []


def test_no_more_than_its_bound_is_there_at_once(storage: s3.Server):
    url = storage.put("s3://place/large.wav", b"x" * 600)
    most, now, lock = [0], [0], threading.Lock()
    pair = threading.Barrier(2)  # two fit: they meet, whoever they are
    cache = DownloadCache(max_bytes=1500)

    def fetch() -> None:
        with cache.local_copy(remote(url, 600)):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            pair.wait(30)
            with lock:
                now[0] -= 1

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert most == [2]


def test_what_is_gone_is_one_failed_recording(storage: s3.Server):
    storage.put("s3://place/there.wav", b"x")
    with DownloadCache() as cache, pytest.raises(RecordingError, match=r"gone\.wav: is no longer at s3://place/gone\.wav"):
        cache.local_copy(remote("s3://place/gone.wav")).__enter__()


def test_a_storage_that_is_away_stops_the_work_and_blames_no_recording(storage: s3.Server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with DownloadCache(patience=0.0) as cache, pytest.raises(SourceError, match="cannot be reached now"):
        cache.local_copy(remote("s3://away/a.wav")).__enter__()


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
    with DownloadCache() as cache, cache.local_copy(remote(f"flaky://{tmp_path}/a.wav")) as here:
        assert here.path.read_bytes() == b"x"
    assert Flaky.dropped == 2


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_is_not(temporary_folder: Path):
    program = (
        "import time; from analyzer.sources.remote.download_cache import _make_locked_folder; "
        "folder, lock = _make_locked_folder(); (folder / 'a.wav').touch(); print(folder, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(temporary_folder)}
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    folders = [Path(process.stdout.readline().strip()) for process in processes if process.stdout]
    processes[0].kill()
    processes[0].wait()
    remove_abandoned()
    assert sorted(temporary_folder.iterdir()) == [folders[1], folders[1].with_suffix(".lock")]
    assert (folders[1] / "a.wav").exists()
    processes[1].kill()
    processes[1].wait()
    remove_abandoned()
    assert list(temporary_folder.iterdir()) == []


def test_what_a_process_left_that_was_killed_while_it_made_or_removed_its_folder_is_removed(temporary_folder: Path):
    (temporary_folder / "analyzer-fetched-x.lock").touch()
    (temporary_folder / "analyzer-fetched-y.lock").touch()
    (temporary_folder / "analyzer-fetched-y").mkdir()
    (temporary_folder / "other.lock").touch()
    remove_abandoned()
    assert list(temporary_folder.iterdir()) == [temporary_folder / "other.lock"]


def test_a_cache_of_the_same_process_that_is_in_use_is_left_alone(storage: s3.Server):
    url = storage.put("s3://place/a.wav", b"x")
    with DownloadCache() as cache, cache.local_copy(remote(url)) as here:
        remove_abandoned()
        assert here.path.exists()


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
        list_files(url)
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.slow
def test_refused_access_is_said(monkeypatch: pytest.MonkeyPatch):
    with s3.running(strict=True) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(UsageError, match=r"s3://closed/calls: access refused .* Set credentials"):
            list_files("s3://closed/calls")
        with DownloadCache() as cache, pytest.raises(SourceError, match="access refused"):
            cache.local_copy(remote("s3://closed/a.wav")).__enter__()


def test_what_lies_under_a_url_is_listed_with_what_tells_its_changes(storage: s3.Server):
    for key in ("b/x 1#%20.wav", "a.wav", "c/"):
        storage.put(f"s3://listing/calls/{key}", b"12345")
    storage.put("s3://listing/calls-of-others/z.wav", b"1")
    first = list_files("s3://listing/calls/")
    assert [(one.name, one.file.url, one.file.size) for one in first] == [
        ("a.wav", "s3://listing/calls/a.wav", 5),
        ("b/x 1#%20.wav", "s3://listing/calls/b/x 1#%20.wav", 5),
    ]
    storage.put("s3://listing/calls/a.wav", b"54321")
    second = list_files("s3://listing/calls")
    assert [one.file.stamp == two.file.stamp for one, two in zip(first, second, strict=True)] == [False, True]
    assert [one.name for one in list_files("s3://listing/calls/a.wav")] == ["a.wav"]
