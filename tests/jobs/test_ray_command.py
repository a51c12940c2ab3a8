"""The real command on a real cluster of two nodes, with PostgreSQL and S3: one node dies, and nobody can tell."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import soundfile

from analyzer.store.store import Store
from tests import s3
from tests.conftest import ROOT, SAMPLES, score
from tests.ray_cluster import Cluster
from tests.store.jobs import rows

pytestmark = pytest.mark.audio
_PATIENCE = 180.0
_SECONDS = 5
_SOURCES = ("in-082145567788-3201-20261103-092517-1762134317.1220.wav", "rekaman-0009.wav", "rekaman-0012.wav")
_EACH = 13  # many more than the workers have in hand at once, or all may be done in one moment
CALLS = len(_SOURCES) * _EACH


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pieces of sample calls, seconds long, no two alike."""
    folder = tmp_path_factory.mktemp("clips")
    for source in _SOURCES:
        sound, rate = soundfile.read(SAMPLES / "calls" / source, dtype="int16")
        for number in range(_EACH):
            at = number * _SECONDS * rate
            soundfile.write(folder / f"{source[:12]}-{number}.wav", sound[at : at + _SECONDS * rate], rate)
    return folder


def start(
    recordings: str, out: Path, store: str, nodes: Cluster, server: s3.Server, *more: str
) -> "subprocess.Popen[str]":
    given = ["--model", str(SAMPLES / "model"), "--out", str(out), "--store", store, "--no-second-look", *more]
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "analyzer", "score", recordings, *given),
            *("--executor", "ray", "--ray-address", nodes.address, "--json"),
        ],
        env={**os.environ, **server.environment, "PYTHONPATH": str(ROOT)},
        cwd=out.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def transcripts(store: Store) -> set[tuple[object, ...]]:
    """Keys of what is kept, and when each was made."""
    return set(rows(store, "SELECT key, made_at FROM transcripts"))


def until(running: "subprocess.Popen[str]", condition: Callable[[], object]) -> None:
    """Wait while the command runs."""
    began = time.monotonic()
    while not condition():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() - began < _PATIENCE
        time.sleep(0.05)


def has_begun(workers: list[psutil.Process]) -> bool:
    """Whether one has a job: the recogniser's library is loaded for the first."""
    return any("ctranslate2" in part.path for worker in workers for part in worker.memory_maps())


@contextmanager
def suspended(workers: list[psutil.Process]) -> Iterator[None]:
    """They stand still meanwhile."""
    for worker in workers:
        worker.suspend()
    try:
        yield
    finally:
        for worker in workers:
            worker.resume()


def test_a_node_that_dies_in_mid_run_loses_nothing_and_doubles_nothing(
    clips: Path, tmp_path: Path, postgres_address: str, ray_nodes: Cluster, s3_server: s3.Server
):
    for clip in clips.iterdir():
        s3_server.put(f"s3://cluster/calls/{clip.name}", clip.read_bytes())
    node = ray_nodes.join(cpus=2)
    store = Store(postgres_address)
    one_each = ("--workers", "2")
    running = start("s3://cluster/calls", tmp_path / "out", postgres_address, ray_nodes, s3_server, *one_each)
    until(running, lambda: transcripts(store))
    with suspended(ray_nodes.workers(ray_nodes.ray.head_node)):  # so that work is left when the other has begun
        until(running, lambda: has_begun(ray_nodes.workers(node)))
        acknowledged = transcripts(store)
        ray_nodes.kill(node)
    printed, said = running.communicate(timeout=_PATIENCE)
    ray_nodes.leave(node)
    assert running.returncode == 0, said
    done = rows(store, "SELECT key FROM attempts WHERE outcome = 'done'")
    assert len(done) == len(set(done)) == CALLS  # each call was done, and once
    lost = rows(store, "SELECT key FROM attempts WHERE outcome = 'lost'")
    assert lost
    assert not {key for (key,) in lost} & {key for key, _ in acknowledged}
    assert acknowledged <= transcripts(store)
    store.close()
    here = score(clips, "--no-second-look", out=tmp_path / "here")
    assert here.status == 0, here.stderr
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == (tmp_path / "here" / "results.jsonl").read_bytes()
    assert printed == (tmp_path / "out" / "results.jsonl").read_text("utf-8")  # and nothing of Ray's own talk
    assert "ray" not in said.lower().replace(str(tmp_path), "")


def test_an_interrupted_run_gives_back_what_it_held(
    clips: Path, tmp_path: Path, ray_nodes: Cluster, s3_server: s3.Server
):
    store = Store(tmp_path / "kept.db")
    running = start(str(clips), tmp_path / "out", str(tmp_path / "kept.db"), ray_nodes, s3_server)
    until(running, lambda: transcripts(store))
    kept = transcripts(store)
    workers = ray_nodes.workers(ray_nodes.ray.head_node)
    assert workers
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, said = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 130, said
    assert "goes on where it stopped" in said
    assert "Traceback" not in said
    counts = store.queue.counts()
    assert (counts.running, counts.failed) == (0, 0)
    assert len(kept) <= counts.done < CALLS
    assert "lost" not in {outcome for (outcome,) in rows(store, "SELECT outcome FROM attempts")}
    began = time.monotonic()
    while any(worker.is_running() for worker in workers) and time.monotonic() - began < _PATIENCE:
        time.sleep(0.1)
    assert not any(worker.is_running() for worker in workers)
    store.close()


@pytest.mark.parametrize(
    ("absent", "arguments", "message"),
    [
        ("ray", ["calls", "--executor", "ray"], "pip install 'sop-adherence-checker[ray]'"),
        ("s3fs", ["s3://calls"], "pip install 'sop-adherence-checker[remote]'"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_extra(
    absent: str, arguments: list[str], message: str, tmp_path: Path
):
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.wav").write_bytes(b"RIFF")
    program = f"import sys; sys.modules['{absent}'] = None; from analyzer.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "score", *arguments, "--model", SAMPLES / "model", "--out", "out"],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_without_a_cluster_on_this_machine_the_cure_is_told(tmp_path: Path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "analyzer", "score", "a.wav", "--model", SAMPLES / "model", "--out", "out"),
            *("--executor", "ray", "--ray-address", "127.0.0.1:9"),
        ],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "--ray-address 127.0.0.1:9: nothing answers there" in done.stderr
    assert "ray start --head" in done.stderr
