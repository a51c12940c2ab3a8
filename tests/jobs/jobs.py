"""Jobs for tasks that look at their names only."""

from collections.abc import Callable
from pathlib import Path

from analyzer.jobs.dispatch import Executor, dispatch
from analyzer.models.recording import Recording
from analyzer.models.run import Job
from analyzer.store.store import Store

OWNER = "tests"


def job(key: str) -> Job:
    return Job(key=key, sha256="0", recording=Recording(call_id=key, path=Path(f"{key}.wav"), name=key), seconds=1.0)


def done_by(
    pool: Executor, store: Store, *keys: str, meanwhile: Callable[[Job], None] = lambda _: None
) -> dict[str, str | None]:
    """Why each job gave nothing, None for those that are done. NotingTask keeps no outcome, so done means told."""
    told: dict[str, str | None] = {}

    def note(done: Job, why: str | None) -> None:
        told[done.key] = why
        meanwhile(done)

    try:
        dispatch([job(key) for key in keys], pool, store, OWNER, note)
    finally:
        pool.close()
    return told


def pids(folder: Path, key: str) -> list[int]:
    """Processes of the attempts at a job that `NotingTask` noted."""
    return [int(line) for line in (folder / key).read_text().splitlines()]


def attempts(folder: Path, key: str) -> int:
    return len(pids(folder, key))
