"""The sample calls, scored once a test run by the real command with the real recogniser; stores of both kinds."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import settings
from s3fs import S3FileSystem

from analyzer.store.store import Store
from tests import postgres, s3
from tests.browser import browser, open_page

__all__ = ["browser", "open_page"]  # fixtures of every test

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
_CLIPS = {"in-082145567788-3201-20261103-092517-1762134317.1220.wav": 12, "rekaman-0009.wav": 9, "rekaman-0012.wav": 7}

# No deadline: timings are benchmarks, not tests. The same examples every time: a red run means that something changed.
settings.register_profile("any machine", deadline=None, derandomize=True, database=None)
settings.load_profile("any machine")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and their children, ignore it


@dataclass(frozen=True)
class Ran:
    """One finished command."""

    status: int
    stdout: str
    stderr: str
    out: Path

    def results(self) -> dict[str, dict[str, Any]]:
        """Lines of results.jsonl by call id."""
        lines = (self.out / "results.jsonl").read_text("utf-8").splitlines()
        return {row["call_id"]: row for row in map(json.loads, lines)}


def kept_transcripts(out: Path) -> dict[str, float]:
    """Keys of the transcripts that a results folder keeps, and when each was made."""
    if not (out / "analyzer.db").is_file():
        return {}
    with contextlib.closing(sqlite3.connect(out / "analyzer.db", timeout=30)) as connection:
        try:
            return dict(connection.execute("SELECT key, made_at FROM transcripts").fetchall())
        except sqlite3.OperationalError:  # its tables are being made
            return {}


def analyzer(*arguments: object, out: Path) -> Ran:
    """Run the command as a user would, without a network."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=out.parent,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr, out)


def score(*arguments: object, out: Path) -> Ran:
    """`analyzer score` with the demonstration model."""
    return analyzer("score", *arguments, "--model", SAMPLES / "model", "--out", out, out=out)


@pytest.fixture(scope="session")
def scored_calls(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return score(SAMPLES / "calls", out=tmp_path_factory.mktemp("calls") / "out")


@pytest.fixture(scope="session")
def scored_damaged(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return score(SAMPLES / "damaged", out=tmp_path_factory.mktemp("damaged") / "out")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The openings of three sample calls, seconds long, so that a run takes seconds."""
    folder = tmp_path_factory.mktemp("clips")
    for number, (name, seconds) in enumerate(_CLIPS.items()):
        sound, rate = soundfile.read(SAMPLES / "calls" / name, dtype="int16")
        soundfile.write(folder / f"clip-{number}.wav", sound[: seconds * rate], rate)
    return folder


@pytest.fixture(scope="session")
def undisturbed(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    ran = score(clips, out=tmp_path_factory.mktemp("undisturbed") / "out")
    assert ran.status == 0, ran.stderr
    return ran


@pytest.fixture(autouse=True, scope="session")
def no_choices_of_this_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `analyzer bench` kept here must not change what tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def missing(what: str) -> None:
    """Skip for want of `what`; fail where everything must be there (.ci/run says so)."""
    if os.environ.get("ANALYZER_TEST_ALL") == "1":
        pytest.fail(f"{what}, and ANALYZER_TEST_ALL=1 asks for every test.")
    pytest.skip(what)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    if postgres.binaries() is None:
        missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[s3.Server]:
    with s3.running() as server:
        yield server


@pytest.fixture
def storage(s3_server: s3.Server, monkeypatch: pytest.MonkeyPatch) -> s3.Server:
    """The S3 server, as the one that `s3://` means."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()  # connections to another server
    return s3_server


@pytest.fixture
def postgres_address(postgres_server: postgres.Server) -> str:
    """URL of an empty database."""
    return postgres_server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store, one of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "analyzer.db")
    address: str = request.getfixturevalue("postgres_address")
    return address


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    opened = Store(store_address)
    yield opened
    opened.close()
