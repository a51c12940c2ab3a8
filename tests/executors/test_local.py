"""Worker processes that die, hang, swell, fail: the batch goes on, and the reason is told."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.batch import dispatch
from analyzer.errors import UsageError
from analyzer.executors.local import Limits, LocalPool
from analyzer.executors.task import Task
from analyzer.models.job import Job
from analyzer.models.recording import Recording
from analyzer.store import Store
from tests.executors.tasks import BrokenTask, NotingTask

OWNER = "tests"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.db")
    yield opened
    opened.close()


def job(key: str) -> Job:
    return Job(key=key, sha256="0", recording=Recording(call_id=key, path=Path(f"{key}.wav"), name=key), seconds=1.0)


def run(store: Store, task: Task, *keys: str, workers: int = 2, limits: Limits | None = None) -> dict[str, str | None]:
    """Why each job gave nothing, None for those that are done. NotingTask keeps no outcome, so done means told."""
    told: dict[str, str | None] = {}
    pool = LocalPool(task, OWNER, workers, limits)
    try:
        dispatch([job(key) for key in keys], pool, store, OWNER, lambda done, why: told.update({done.key: why}))
    finally:
        pool.close()
    return told


def seconds(base: float) -> Limits:
    return Limits(base_seconds=base, per_audio_second=0.0)


def attempts(folder: Path, key: str) -> int:
    return len((folder / key).read_text())


@pytest.mark.parametrize("depth", [1, 3])
def test_every_job_is_done_once(tmp_path: Path, store: Store, depth: int):
    keys = [f"call{i}" for i in range(7)]
    assert run(store, NotingTask(tmp_path, depth), *keys) == dict.fromkeys(keys)
    assert {attempts(tmp_path, key) for key in keys} == {1}


@pytest.mark.parametrize("depth", [1, 3])
def test_a_native_crash_costs_its_own_recording_only_and_after_two_tries(tmp_path: Path, store: Store, depth: int):
    done = run(store, NotingTask(tmp_path, depth), "segfault", "a", "segfault-once", "b", "c")
    assert {key for key, crash in done.items() if crash} == {"segfault"}
    assert "segfault.wav: recognition ended its process" in (done["segfault"] or "")
    assert 2 <= attempts(tmp_path, "segfault") <= 3  # in a worker shared with others nobody is blamed yet
    assert attempts(tmp_path, "segfault-once") == 2


def test_a_hung_worker_is_replaced(tmp_path: Path, store: Store):
    done = run(store, NotingTask(tmp_path), "hang", "a", workers=1, limits=seconds(8.0))
    assert "took too long" in (done["hang"] or "")
    assert done["a"] is None


def test_a_worker_that_takes_too_much_memory_is_replaced(tmp_path: Path, store: Store):
    done = run(store, NotingTask(tmp_path), "swell", "a", workers=1, limits=Limits(memory_bytes=350 << 20))
    assert "GiB of memory (limit 0.3)" in (done["swell"] or "")
    assert done["a"] is None
    assert attempts(tmp_path, "swell") == 2


def test_a_python_error_is_told_and_the_worker_goes_on(tmp_path: Path, store: Store):
    done = run(store, NotingTask(tmp_path), "error", "a", workers=1)
    assert done == {"error": "ValueError: odd bytes", "a": None}
    assert attempts(tmp_path, "error") == 1


def test_workers_are_recycled(tmp_path: Path, store: Store):
    keys = [f"call{i}" for i in range(6)]
    pool = LocalPool(NotingTask(tmp_path), OWNER, 1, Limits(recycle_jobs=2))
    seen: set[int | None] = set()

    def note(done: Job, why: str | None) -> None:
        seen.update(process.pid for process in multiprocessing.active_children())

    dispatch([job(key) for key in keys], pool, store, OWNER, note)
    pool.close()
    assert len(seen) >= 2
    assert {attempts(tmp_path, key) for key in keys} == {1}


def test_a_model_that_cannot_be_loaded_stops_the_run(store: Store):
    with pytest.raises(UsageError, match=r"cannot start: RuntimeError: model\.bin is damaged"):
        run(store, BrokenTask(), "a")


def test_workers_end_with_the_pool_whatever_they_do(tmp_path: Path, store: Store):
    pool = LocalPool(NotingTask(tmp_path), OWNER, 2)
    store.queue.enqueue([job("hang")])
    (claim,) = store.queue.claim(["hang"], OWNER)
    pool.submit(claim)
    assert multiprocessing.active_children()
    pool.close()
    assert not multiprocessing.active_children()
