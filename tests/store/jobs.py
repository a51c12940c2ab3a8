"""Jobs, and processes that fight for them; in a module so that spawned processes find it."""

import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.run import Job
from analyzer.models.transcript import AudioTranscript
from analyzer.store.database import store_url
from analyzer.store.store import Store
from tests.fakes import ENGINE


def job(key: str, seconds: float = 1.0, path: str | None = None) -> Job:
    name = path or f"{key}.wav"
    return Job(key=key, sha256="0" * 64, recording=Recording(call_id=key, path=Path(name), name=name), seconds=seconds)


def heard(key: str = "a", seconds: float = 1.0) -> AudioTranscript:
    facts = AudioFacts(decoded_seconds=seconds)
    return AudioTranscript(audio_sha256=f"sha-{key}", facts=facts, engine=ENGINE, channels=())


def rows(store: Store, statement: str) -> list[tuple[object, ...]]:
    """What any client sees in the database."""
    engine = create_engine(store_url(store.address))
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def attempts(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT key, owner, outcome FROM attempts ORDER BY key, number")


def expire(store: Store) -> None:
    """Let every lease have run out, as if two minutes had passed."""
    engine = create_engine(store_url(store.address))
    with engine.begin() as connection:
        connection.execute(text("UPDATE work SET lease_until = lease_until - 1000"))
    engine.dispose()


def at_once(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What `worker_main` gives in as many processes, all begun at one moment, in the order of `arguments`."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(len(arguments)), context.SimpleQueue()
    processes = [
        context.Process(target=_one, args=(number, work, given, barrier, answers))
        for number, given in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    got = dict(answers.get() for _ in processes)
    for process in processes:
        process.join()
    for answer in got.values():
        if isinstance(answer, Exception):
            raise answer
    return [got[number] for number in range(len(arguments))]


def _one(
    number: int, work: Callable[..., Any], given: tuple[Any, ...], barrier: Barrier, answers: "SimpleQueue[Any]"
) -> None:
    barrier.wait(60)
    try:
        answers.put((number, work(*given)))
    except Exception as error:  # noqa: BLE001 - the test shows it
        answers.put((number, RuntimeError(f"{type(error).__name__}: {error}")))


def claim_all(address: str, owner: str, keys: list[str]) -> list[str]:
    """Claim in threes until nothing is left."""
    store = Store(address)
    time.sleep(0.5)  # until the others have opened it, too
    got: list[str] = []
    for at in range(0, len(keys), 3):
        got += [claim.job.key for claim in store.queue.claim(keys[at : at + 3], owner)]
        time.sleep(0.002)  # SQLite's lock is not fair: give way, as the work itself would
    store.close()
    return got


def open_store(address: str) -> dict[str, str]:
    """Open, and use it."""
    store = Store(address)
    found = store.queue.states(["a"])
    store.close()
    return found
