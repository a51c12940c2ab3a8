"""Workers that die, hang, swell, fail: the batch goes on and the reason is told, here and on a Ray cluster alike."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from analyzer.errors import UsageError
from analyzer.jobs.dispatch import Executor
from analyzer.jobs.ray.pool import ClusterRequest, RayPool
from analyzer.jobs.worker import Task
from analyzer.jobs.worker_pool import LocalPool, WorkerLimits
from analyzer.store.store import Store
from tests.jobs.jobs import OWNER, attempts, done_by, job, pids
from tests.jobs.tasks import BrokenTask, NotingTask

pytestmark = pytest.mark.slow  # each worker imports the program

_ANY_NUMBER = 100


@dataclass(frozen=True)
class Workers:
    """One way to have workers."""

    pool: Callable[[Task, int, WorkerLimits | None], Executor]
    patience: float  # seconds: a local one is started for its first job, a node's before

    def run(
        self, store: Store, task: Task, *keys: str, workers: int = 2, limits: WorkerLimits | None = None
    ) -> dict[str, str | None]:
        return done_by(self.pool(task, workers, limits), store, *keys)


@pytest.fixture(params=["local", "ray"])
def crew(request: pytest.FixtureRequest) -> Workers:
    if request.param == "local":
        return Workers(lambda task, workers, limits: LocalPool(task, OWNER, workers, limits), 5.0)
    nodes = request.getfixturevalue("cluster").nodes
    return Workers(
        lambda task, workers, limits: RayPool(
            nodes, task, OWNER, ClusterRequest("cpu", _ANY_NUMBER, workers), limits
        ),
        2.0,
    )


@pytest.mark.parametrize("depth", [1, 3])
def test_every_job_is_done_once(tmp_path: Path, store: Store, crew: Workers, depth: int):
    keys = [f"call{i}" for i in range(7)]
    assert crew.run(store, NotingTask(tmp_path, depth), *keys) == dict.fromkeys(keys)
    assert {attempts(tmp_path, key) for key in keys} == {1}


@pytest.mark.parametrize("depth", [1, 3])
def test_a_native_crash_costs_its_own_recording_only_and_after_two_tries(
    tmp_path: Path, store: Store, crew: Workers, depth: int
):
    others = [f"call{i}" for i in range(12)]
    done = crew.run(store, NotingTask(tmp_path, depth), "segfault", "a", "segfault-once", *others)
    assert {key for key, crash in done.items() if crash} == {"segfault"}
    assert set(others) < set(done)
    assert "segfault.wav: recognition ended its process" in (done["segfault"] or "")
    assert 2 <= attempts(tmp_path, "segfault") <= 3  # in a worker shared with others nobody is blamed yet
    assert attempts(tmp_path, "segfault-once") == 2


def test_a_hung_worker_is_replaced(tmp_path: Path, store: Store, crew: Workers):
    limits = WorkerLimits(base_seconds=crew.patience, per_audio_second=0.0)
    done = crew.run(store, NotingTask(tmp_path), "hang", "a", workers=1, limits=limits)
    assert "took too long" in (done["hang"] or "")
    assert done["a"] is None
    assert not any(map(psutil.pid_exists, pids(tmp_path, "hang")))


def test_a_worker_that_takes_too_much_memory_is_replaced(tmp_path: Path, store: Store, crew: Workers):
    done = crew.run(store, NotingTask(tmp_path), "swell", "a", workers=1, limits=WorkerLimits(memory_bytes=350 << 20))
    assert "GiB of memory (limit 0.3)" in (done["swell"] or "")
    assert done["a"] is None
    assert attempts(tmp_path, "swell") == 2


def test_a_python_error_is_told_and_the_worker_goes_on(tmp_path: Path, store: Store, crew: Workers):
    done = crew.run(store, NotingTask(tmp_path), "error", "a", workers=1)
    assert done == {"error": "ValueError: odd bytes", "a": None}
    assert pids(tmp_path, "error") == pids(tmp_path, "a")


def test_workers_are_recycled_also_when_they_never_run_out_of_jobs(tmp_path: Path, store: Store, crew: Workers):
    keys = [f"call{i}" for i in range(6)]
    crew.run(store, NotingTask(tmp_path, max_in_flight=2), *keys, workers=1, limits=WorkerLimits(recycle_jobs=3))
    assert {attempts(tmp_path, key) for key in keys} == {1}
    assert len({pid for key in keys for pid in pids(tmp_path, key)}) == 2


def test_a_model_that_cannot_be_loaded_stops_the_run(store: Store, crew: Workers):
    with pytest.raises(UsageError, match=r"cannot start: .*RuntimeError: model\.bin is damaged"):
        crew.run(store, BrokenTask(), "a", "b")


def test_workers_end_with_the_pool_whatever_they_do(tmp_path: Path, store: Store, crew: Workers):
    pool = crew.pool(NotingTask(tmp_path), 2, None)
    store.queue.enqueue([job("hang")])
    (claim,) = store.queue.claim(["hang"], OWNER)
    while not pool.free_slots():
        pool.wait(1.0)
    pool.submit(claim)
    while not (tmp_path / "hang").exists():
        pool.wait(0.1)
    pool.close()
    psutil.wait_procs([psutil.Process(pid) for pid in pids(tmp_path, "hang") if psutil.pid_exists(pid)], timeout=10)
    assert not any(map(psutil.pid_exists, pids(tmp_path, "hang")))
    assert not multiprocessing.active_children()
