import multiprocessing
from pathlib import Path

import pytest

from analyzer.batch import Job
from analyzer.errors import UsageError
from analyzer.executors.local import LocalExecutor, TimeLimit
from analyzer.models.recording import Recording
from tests.executors.tasks import BrokenTask, NotingTask


def job(key: str) -> Job:
    return Job(key=key, sha256="0", recording=Recording(call_id=key, path=Path(f"{key}.wav"), name=key), seconds=1.0)


def run(folder: Path, *keys: str, workers: int = 2, limit: float = 60.0) -> dict[str, str | None]:
    executor = LocalExecutor(NotingTask(folder), workers, TimeLimit(base_seconds=limit, per_audio_second=0.0))
    return {done.job.key: done.crash for done in executor.run([job(key) for key in keys])}


def attempts(folder: Path, key: str) -> int:
    return len((folder / key).read_text())


def test_every_job_is_done_once(tmp_path: Path):
    keys = [f"call{i}" for i in range(7)]
    assert run(tmp_path, *keys) == dict.fromkeys(keys)
    assert {attempts(tmp_path, key) for key in keys} == {1}


def test_a_native_crash_costs_its_own_recording_only_and_after_two_tries(tmp_path: Path):
    done = run(tmp_path, "segfault", "a", "segfault-once", "b")
    assert {key for key, crash in done.items() if crash} == {"segfault"}
    assert "segfault.wav: recognition ended its process" in (done["segfault"] or "")
    assert (attempts(tmp_path, "segfault"), attempts(tmp_path, "segfault-once")) == (2, 2)


def test_a_hung_worker_is_replaced(tmp_path: Path):
    done = run(tmp_path, "hang", "a", workers=1, limit=5.0)
    assert "took too long" in (done["hang"] or "")
    assert done["a"] is None


def test_a_python_error_is_told_and_the_worker_goes_on(tmp_path: Path):
    done = run(tmp_path, "error", "a", workers=1)
    assert done == {"error": "error.wav: ValueError: odd bytes", "a": None}
    assert attempts(tmp_path, "error") == 1


def test_a_model_that_cannot_be_loaded_stops_the_run():
    with pytest.raises(UsageError, match=r"cannot start: RuntimeError: model\.bin is damaged"):
        list(LocalExecutor(BrokenTask(), 1).run([job("a")]))


def test_workers_end_with_the_iteration(tmp_path: Path):
    for _ in LocalExecutor(NotingTask(tmp_path), 2).run([job("a"), job("hang")]):
        break
    assert not multiprocessing.active_children()
