"""Recordings that lie in S3, scored by the real command."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from tests import s3
from tests.cli.test_exits import CALL
from tests.conftest import ROOT, SAMPLES, Ran

pytestmark = pytest.mark.audio
URL = "s3://recordings/2026/november"
LEGS = ("20261104-153300-neighbour-agent.wav", "20261104-153300-neighbour-customer.wav")


def clip(name: str, seconds: float) -> bytes:
    """The opening of a sample call."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        sound, rate = soundfile.read(SAMPLES / "calls" / name, dtype="int16")
        soundfile.write(file.name, sound[: int(seconds * rate)], rate)
        return Path(file.name).read_bytes()


@dataclass(frozen=True)
class Bucket:
    """A bucket with recordings, and the command on it."""

    server: s3.Server
    out: Path
    temporary: Path

    def score(self, *arguments: str) -> Ran:
        environment = {**os.environ, **self.server.environment, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)}
        command = [sys.executable, "-m", "analyzer", "score", "--model", str(SAMPLES / "model"), "--out", str(self.out)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment, check=False)
        return Ran(done.returncode, done.stdout, done.stderr, self.out)


@pytest.fixture(scope="module")
def bucket(s3_server: s3.Server, tmp_path_factory: pytest.TempPathFactory) -> Bucket:
    folder = tmp_path_factory.mktemp("remote")
    (folder / "temporary").mkdir()
    for name in LEGS:
        s3_server.put(f"{URL}/{name}", clip(name, 6))
    s3_server.put(f"{URL}/night/rekaman-0009.wav", clip("rekaman-0009.wav", 6))
    s3_server.put(f"{URL}/broken.wav", b"no recording at all")
    s3_server.put(f"{URL}/c1.json", json.dumps(CALL).encode())
    s3_server.put(f"{URL}/sidecar.json", b'{"conversation": 1}')
    s3_server.put(f"{URL}/manifest.csv", b"file;agent\r\nrekaman-0009.wav;Melati\r\n")
    return Bucket(s3_server, folder / "out", folder / "temporary")


@pytest.fixture(scope="module")
def scored(bucket: Bucket) -> Ran:
    return bucket.score(URL)


def test_what_lies_under_a_url_is_scored_like_a_folder(bucket: Bucket, scored: Ran):
    assert scored.status == 3, scored.stderr
    results = scored.results()
    assert set(results) == {"20261104-153300-neighbour", "broken", "c1", "rekaman-0009"}
    assert results["rekaman-0009"]["recording"] == "night/rekaman-0009.wav"
    assert results["rekaman-0009"]["agent"] == "Melati"
    assert results["rekaman-0009"]["error"] is None
    assert results["20261104-153300-neighbour"]["audio"]["channels"] == 2
    assert results["broken"]["error"].startswith("broken.wav: text, not a recording")
    assert "1 .json" in scored.stderr


def test_nothing_that_was_fetched_is_left(bucket: Bucket, scored: Ran):
    assert list(bucket.temporary.glob("analyzer-*")) == []


def test_the_page_names_recordings_that_it_cannot_reach(scored: Ran):
    page = (scored.out / "report.html").read_text("utf-8")
    assert "cannot be reached from this page" in page
    assert not (scored.out / "audio").exists()


def test_what_did_not_change_is_not_fetched_again_and_what_did_is(bucket: Bucket, scored: Ran):
    before = len(bucket.server.fetched())
    again = bucket.score(URL)
    assert again.results() == scored.results()
    looked = {path.rpartition("/")[2] for path in bucket.server.fetched()[before:]}
    assert looked <= {"manifest.csv", "c1.json", "sidecar.json"}  # small, and read to know what they are
    bucket.server.put(f"{URL}/broken.wav", clip("rekaman-0012.wav", 5))
    mended = bucket.score(URL)
    assert mended.status == 0, mended.stderr
    assert mended.results()["broken"]["error"] is None


def test_a_url_without_recordings_ends_2(bucket: Bucket, tmp_path: Path):
    ran = Bucket(bucket.server, tmp_path / "out", bucket.temporary).score("s3://recordings/2025")
    assert ran.status == 2, ran.stderr
    assert "s3://recordings/2025: not there" in " ".join(ran.stderr.split())


def test_a_file_url_is_a_path(tmp_path: Path, bucket: Bucket):
    (tmp_path / "c 1.json").write_text(json.dumps(CALL))
    ran = Bucket(bucket.server, tmp_path / "out", bucket.temporary).score(f"file://{tmp_path}/c%201.json")
    assert ran.status == 0, ran.stderr
    assert list(ran.results()) == ["c1"]
