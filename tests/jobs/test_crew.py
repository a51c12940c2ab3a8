"""Who gets what: a job that must be alone waits for a worker of its own and holds up nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.jobs.worker_pool import LocalPool
from analyzer.models.run import Claim
from tests.jobs.jobs import OWNER, job, pids
from tests.jobs.tasks import NotingTask, PlacedTask

pytestmark = pytest.mark.slow  # each worker imports the program


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[LocalPool]:
    """Two workers with two jobs in hand each."""
    crew = LocalPool(NotingTask(tmp_path, max_in_flight=2), OWNER, 2)
    yield crew
    (tmp_path / "open").touch()
    crew.close()


def claim(key: str, *, alone: bool = False) -> Claim:
    return Claim(job=job(key), attempt=1, alone=alone)


def ended(pool: LocalPool, count: int) -> set[str]:
    found: set[str] = set()
    while len(found) < count:
        found.update(one.key for one in pool.wait(1.0))
    return found


def test_only_one_worker_runs_empty_for_a_job_that_must_be_alone(pool: LocalPool, tmp_path: Path):
    for key in ("gate0", "quick0"):
        pool.submit(claim(key))  # one on each
    pool.submit(claim("suspect", alone=True))
    assert ended(pool, 2) == {"quick0", "suspect"}  # while the other still has its gate
    assert pool.free_slots() == 3
    assert pids(tmp_path, "suspect") == pids(tmp_path, "quick0")


def test_more_claims_than_there_is_room_for_wait_in_the_pool(pool: LocalPool):
    pool.submit(claim("suspect", alone=True))  # takes a whole worker, which room() could not know
    others = [f"call{i}" for i in range(4)]
    for key in others:
        pool.submit(claim(key))
    assert ended(pool, 5) == {"suspect", *others}


def test_workers_share_the_gpus_and_one_that_is_replaced_leaves_its_own_to_the_next(tmp_path: Path):
    pool = LocalPool(PlacedTask(tmp_path), OWNER, 4, gpus=2)
    try:
        for number in range(4):
            pool.submit(claim(f"gate{number}"))
        (tmp_path / "open").touch()
        assert ended(pool, 4) == {f"gate{number}" for number in range(4)}
        assert sorted(file.read_text() for file in tmp_path.glob("*.gpu")) == ["0", "0", "1", "1"]
        pool.submit(claim("segfault"))
        assert ended(pool, 1) == {"segfault"}
        (tmp_path / "open").unlink()
        for number in range(4, 8):
            pool.submit(claim(f"gate{number}"))
        (tmp_path / "open").touch()
        ended(pool, 4)
    finally:
        pool.close()
    placed = {file.stem: file.read_text() for file in tmp_path.glob("*.gpu")}
    dead = str(pids(tmp_path, "segfault").pop())
    living = [gpu for process, gpu in placed.items() if process != dead]
    assert (len(placed), sorted(living)) == (5, ["0", "0", "1", "1"])
