"""Fixtures of all tests, and how the tests are run.

    python -m pytest -n 3                    everything, as CI runs it
    python -m pytest -n 3 -m "not audio and not browser and not cluster and not slow"  about two minutes on two cores
    python -m pytest -n 3 --nightly          all examples of the property tests, long runs of the others: an hour

Markers `browser`, `cluster` and `database` follow from the fixtures that a test uses; `audio` (the real recogniser) and
`slow` do so or are written in the tests. With `-n` a module's tests run in one worker, those that use the Ray cluster
too, and what takes longest begins first. What a whole run needs once, such as the scored sample calls, is made by the
first worker that asks for it and read by all: a test that changes it works on a copy.
"""

import contextlib
import functools
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import soundfile
from filelock import FileLock
from s3fs import S3FileSystem
from xdist.scheduler import LoadFileScheduling

from analyzer.store.store import Store
from tests import postgres, s3
from tests.browser import browser, open_page
from tests.command_server import CommandServer
from tests.examples import use_examples

__all__ = ["browser", "open_page"]  # fixtures of every test

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
FAULTS = ROOT / "tests" / "faults" / "inject"
_CLIPS = {"in-082145567788-3201-20261103-092517-1762134317.1220.wav": 12, "rekaman-0009.wav": 9, "rekaman-0012.wav": 7}
_THREE_CALLS = (
    "manifest.csv",
    "20261104-153300-neighbour-agent.wav",
    "20261104-153300-neighbour-customer.wav",
    "rekaman-0009.wav",
    "rekaman-0020.wav",
)
_MARKER_OF_FIXTURE = {
    "browser": "browser", "ray_nodes": "cluster", "postgres_server": "database", "undisturbed": "slow",
    **dict.fromkeys(("scored_calls", "scored_three_calls", "scored_damaged", "scored_clips"), "audio"),
}
_MARKER_OF_PARAMETER = {"ray": "cluster", "postgresql": "database"}
_LONGEST_FIRST = ("cluster", "audio", "browser", "slow", "database")

_FRESH_SECONDS = 60.0

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and their children, ignore it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="all examples of property tests, long runs of the others")


def pytest_configure(config: pytest.Config) -> None:
    use_examples(all_of_them=config.getoption("nightly"))


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks: dict[Path, int] = {}
    for item in items:
        _mark(item)
        marked = (rank for rank, name in enumerate(_LONGEST_FIRST) if item.get_closest_marker(name))
        rank = next(marked, len(_LONGEST_FIRST))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


def _mark(item: pytest.Item) -> None:
    """Add the markers that follow from fixtures, and from the parameters of those that ask for fixtures later."""
    found: set[str | None] = {"slow"} if "properties" in item.path.parts else set()
    found |= {_MARKER_OF_FIXTURE.get(name) for name in getattr(item, "fixturenames", ())}
    if hasattr(item, "callspec"):
        values = item.callspec.params.values()
        found |= {_MARKER_OF_PARAMETER.get(value) for value in values if isinstance(value, str)}
    if "database" in found:
        found.add("slow")  # the short loop has the same tests on SQLite
    for name in sorted(filter(None, found)):
        item.add_marker(name)


class _ByModule(LoadFileScheduling):
    """A module's tests go to one worker, in the order of collection; those of one folder that share a cluster, too."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/jobs with a cluster" if Path(path).name in _CLUSTER_MODULES else path


_CLUSTER_MODULES = {"test_pools.py", "test_ray.py", "test_ray_command.py"}


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    config.option.loadscopereorder = False  # it puts the modules with most tests first, which are the fastest
    return _ByModule(config, log)


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


Recogniser = Literal["whisper", "stub"]


def command_environment(recogniser: Recogniser = "whisper", **more: str) -> dict[str, str]:
    """Of a command without a network; `stub` has what is heard decided by a hash of the sound (tests/faults/inject)."""
    found = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    if recogniser == "stub":
        found |= {"PYTHONPATH": f"{FAULTS}{os.pathsep}{ROOT}", "RECOGNISER": "stub"}
    return {**os.environ, **found, **more}


_server = functools.cache(CommandServer)


def analyzer(*arguments: object, out: Path, recogniser: Recogniser = "whisper") -> Ran:
    """Run the command as a user would, without a network; on files that were written a while ago."""
    if arguments[0] == "score":
        _age(*map(str, arguments[1:]))
    with tempfile.TemporaryDirectory() as folder:
        stdout, stderr = Path(folder) / "stdout", Path(folder) / "stderr"
        status = _server().run([*map(str, arguments)], command_environment(recogniser), out.parent, stdout, stderr)
        return Ran(status, stdout.read_text("utf-8"), stderr.read_text("utf-8"), out)


def _age(*arguments: str) -> None:
    """Make recordings under these paths an hour old: for those written just now `score` waits for two seconds."""
    for path in map(Path, arguments):
        for file in path.rglob("*") if path.is_dir() and SAMPLES not in path.parents else [path]:
            if file.is_file() and not file.is_symlink() and time.time() - file.stat().st_mtime < _FRESH_SECONDS:
                with contextlib.suppress(OSError):  # a read-only folder
                    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 3600))


def score(*arguments: object, out: Path, recogniser: Recogniser = "whisper") -> Ran:
    """`analyzer score` with the demonstration model, or a stub in its place."""
    return analyzer("score", *arguments, "--model", SAMPLES / "model", "--out", out, out=out, recogniser=recogniser)


@dataclass(frozen=True)
class MadeOnce:
    """What one run of the tests makes once, in whichever worker asks first; the others wait and read."""

    root: Path

    def folder(self, name: str, make: Callable[[Path], object]) -> Path:
        """A folder that `make` filled."""
        folder, whole = self.root / name, self.root / f"{name}.whole"
        with FileLock(self.root / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    def copy(self, name: str, make: Callable[[Path], object], to: Path) -> None:
        """What `make` filled a folder with, for a test to change: it has moved, as results folders may."""
        shutil.copytree(self.folder(name, make), to, dirs_exist_ok=True)

    def ran(self, name: str, run: Callable[[Path], Ran]) -> Ran:
        """What a command did that wrote to the folder `out`."""

        def make(folder: Path) -> None:
            ran = run(folder / "out")
            said = {"status": ran.status, "stdout": ran.stdout, "stderr": ran.stderr}
            (folder / "ran.json").write_text(json.dumps(said), "utf-8")

        folder = self.folder(name, make)
        return Ran(**json.loads((folder / "ran.json").read_text("utf-8")), out=folder / "out")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    base = tmp_path_factory.getbasetemp()
    return MadeOnce(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base)


@pytest.fixture(scope="session")
def scored_calls(made_once: MadeOnce) -> Ran:
    """All 21 sample calls; in CI the README's first command has scored them."""
    ready = os.environ.get("ANALYZER_TEST_SCORED_CALLS")
    if ready:
        return made_once.ran("scored-calls", lambda out: Ran(0, "", "", shutil.copytree(ready, out)))
    return made_once.ran("scored-calls", lambda out: score(SAMPLES / "calls", out=out))


@pytest.fixture(scope="session")
def three_calls(made_once: MadeOnce) -> Path:
    """Sample calls in a folder: a pair of legs, one whose closing is missing, one with its agent on the right."""
    return made_once.folder("three-calls", _copy_three_calls)


def _copy_three_calls(folder: Path) -> None:
    for name in _THREE_CALLS:
        shutil.copy2(SAMPLES / "calls" / name, folder / name)  # with its time: what is new is checked twice


@pytest.fixture(scope="session")
def scored_three_calls(three_calls: Path, made_once: MadeOnce) -> Ran:
    """With one worker where `scored_calls` may have had several."""
    return made_once.ran("scored-three-calls", lambda out: score(three_calls, "--workers", 1, out=out))


@pytest.fixture(scope="session")
def scored_damaged(made_once: MadeOnce) -> Ran:
    return made_once.ran("scored-damaged", lambda out: score(SAMPLES / "damaged", out=out))


@pytest.fixture(scope="session")
def clips(made_once: MadeOnce) -> Path:
    """The openings of three sample calls, seconds long, so that a run takes seconds."""
    return made_once.folder("clips", _write_clips)


def _write_clips(folder: Path) -> None:
    for number, (name, seconds) in enumerate(_CLIPS.items()):
        sound, rate = soundfile.read(SAMPLES / "calls" / name, dtype="int16")
        path = folder / f"clip-{number}.wav"
        soundfile.write(path, sound[: seconds * rate], rate)
        os.utime(path, (1_700_000_000, 1_700_000_000))  # long ago, as above


@pytest.fixture(scope="session")
def scored_clips(clips: Path, made_once: MadeOnce) -> Ran:
    """The clips, undisturbed, with the real recogniser."""
    return made_once.ran("scored-clips", lambda out: _without_trouble(score(clips, out=out)))


@pytest.fixture(scope="session")
def undisturbed(clips: Path, made_once: MadeOnce) -> Ran:
    """The clips with the stub in the recogniser's place, and no fault."""
    return made_once.ran("undisturbed", lambda out: _without_trouble(score(clips, out=out, recogniser="stub")))


def _without_trouble(ran: Ran) -> Ran:
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
