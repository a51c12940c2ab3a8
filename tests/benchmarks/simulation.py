"""Many calls through the real store and the real executor; only recognition is replaced by a timed stand-in.

    python tests/benchmarks/simulation.py [--calls 100000] [--stores sqlite postgresql] [--commands 1] [--workers 4]

Each command enqueues all calls, claims them and hands them to worker processes, as `score` does; each worker reads its
job, waits as long as the stand-in says (`--seconds` in the middle, spread like lengths of calls; 0: not at all), and
keeps a transcript of a four-minute call. Then reports and the run are kept, as an export does.

Printed: calls a second, processor time a call by who spent it, statements and transactions a call, rows and bytes a
call, and how much longer than the stand-in said calls took from their claim to their kept transcript (percentiles).
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, event, func, select, table, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs.dispatch import dispatch
from analyzer.jobs.worker import WorkerSession
from analyzer.jobs.worker_pool import LocalPool, WorkerLimits
from analyzer.models.base import Span
from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.report import Report
from analyzer.models.run import Job, StoredCall, StoredRun
from analyzer.models.transcript import AudioTranscript, ChannelTranscript, EngineInfo
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.store.database import store_url
from analyzer.store.results import StoredReport
from analyzer.store.store import Store
from tests import postgres
from tests.benchmarks.made_calls import made_call

_ENGINE = EngineInfo(model="stand-in", model_sha256="0" * 64, options={"beam_size": 5})
_WORDS = 600  # of two people in four minutes
_KINDS = 25  # different transcripts
_DEPTH = 6  # jobs a worker has in hand, as with a CPU
_SHARES = (50, 95, 99, 99.9, 100)
_TABLES = ("files", "audio", "transcripts", "work", "attempts", "calls", "runs", "run_calls", "reports", "findings")


@dataclass(frozen=True)
class SimulationPlan:
    """Size of one simulation, and where it writes."""

    calls: int
    commands: int
    workers: int
    seconds: float
    address: str
    notes: str


def recognition_seconds(key: str, median: float) -> float:
    """How long recognition of a call takes: half to twice `median`, the same each time."""
    return median * 2 ** random.Random(key).uniform(-1, 1)  # noqa: S311


def transcripts() -> list[AudioTranscript]:
    """Transcripts of made-up four-minute calls, as recognition would give them."""
    bank = load_bank(shipped_bank())
    made = []
    for seed in range(_KINDS):
        call = made_call(bank, _WORDS, seed)
        sides = [tuple(s for s in call.segments if s.speaker == side) for side in ("agent", "customer")]
        speech = (Span(start=0, end=call.duration),)
        channels = tuple(ChannelTranscript(index=n, speech=speech, segments=side) for n, side in enumerate(sides))
        facts = AudioFacts(decoded_seconds=call.duration, speech_seconds=call.duration, channels=2)
        made.append(AudioTranscript(audio_sha256="0", facts=facts, engine=_ENGINE, channels=channels))
    return made


def sha_of(key: str) -> str:
    return key.ljust(64, "0")


@dataclass(frozen=True)
class SimulatedTask:
    """A task that waits instead of recognising speech."""

    plan: SimulationPlan
    max_in_flight: int = _DEPTH

    def using(self, threads: int) -> "SimulatedTask":  # noqa: ARG002 - it has no model
        return self

    def on_gpu(self, number: int) -> "SimulatedTask":  # noqa: ARG002
        return self

    def start(self, owner: str) -> WorkerSession:
        return _SimulatedSession(self.plan, owner)


class _SimulatedSession:
    """Several calls at once, each stored when its time is over."""

    def __init__(self, plan: SimulationPlan, owner: str) -> None:
        self._plan, self._owner = plan, owner
        self._store = Store(plan.address)
        self._counts = counted(self._store)
        self._kinds = transcripts()
        self._writer = ThreadPoolExecutor(1)

    def begin(self, key: str) -> "Future[None]":
        future: Future[None] = Future()
        job = self._store.queue.job(key)
        assert job is not None
        wait = recognition_seconds(key, self._plan.seconds)
        if wait > 0:
            threading.Timer(wait, lambda: self._writer.submit(self._store_result, key, future)).start()
        else:
            self._writer.submit(self._store_result, key, future)
        return future

    def _store_result(self, key: str, future: "Future[None]") -> None:
        kind = self._kinds[hash(key) % _KINDS].model_copy(update={"audio_sha256": sha_of(key)})
        self._store.transcripts.finish(key, self._owner, kind)
        future.set_result(None)

    def close(self) -> None:
        self._writer.shutdown()
        self._store.close()
        note(self._plan, "worker", self._counts)


def counted(store: Store) -> dict[str, int]:
    """Statements and transactions of this process from now on."""
    counts = {"statements": 0, "transactions": 0}
    engine = store._database._engine

    def statement(*_: object) -> None:
        counts["statements"] += 1

    def transaction(_: object) -> None:
        counts["transactions"] += 1

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", transaction)
    event.listen(engine, "rollback", transaction)
    return counts


def note(plan: SimulationPlan, who: str, counts: dict[str, int]) -> None:
    used = os.times()
    line = json.dumps({"who": who, "cpu": used.user + used.system, **counts})
    with Path(plan.notes).open("a") as file:
        file.write(f"{line}\n")


def command(plan: SimulationPlan, number: int) -> None:
    """One `score`, as far as store and executor go."""
    store = Store(plan.address)
    counts = counted(store)
    owner = f"simulated-{number}/{os.getpid()}/0"
    pool = LocalPool(SimulatedTask(plan), owner, plan.workers, WorkerLimits(recycle_jobs=10**9))
    try:
        dispatch(jobs(plan.calls), pool, store, owner, lambda *_: None)
    finally:
        pool.close()
        store.close()
        note(plan, "command", counts)


def recording_of(key: str) -> Recording:
    name = f"2026/11/{key}-in-082145567788-3201-20261103-092517.wav"
    return Recording(call_id=key, path=Path("/recordings") / name, name=name)


def jobs(count: int) -> list[Job]:
    keys = (f"{number:07d}" for number in range(count))
    return [Job(key=key, sha256=sha_of(key), recording=recording_of(key), seconds=240.0) for key in keys]


def export(plan: SimulationPlan) -> float:
    """Seconds to keep every report, and the run."""
    store, scorer = Store(plan.address), Scorer(load_bank(shipped_bank()))
    option, recording = AgentChannelOption(), recording_of("0")
    made: list[Report] = [scorer.score_audio(recording, item, option, _ENGINE, None) for item in transcripts()]
    calls = [StoredCall(recording=recording_of(j.key), audio_sha256=j.sha256, key=j.key) for j in jobs(plan.calls)]
    began = time.monotonic()
    for at in range(0, len(calls), 500):
        part = calls[at : at + 500]
        store.reports.put([StoredReport(call, made[n % _KINDS], "0" * 64) for n, call in enumerate(part)])
    store.runs.put("/out", StoredRun(engine=_ENGINE, max_seconds=60, calls=tuple(calls)))
    took = time.monotonic() - began
    store.close()
    return took


def simulate(plan: SimulationPlan, server: postgres.Server | None) -> None:
    before = _server_cpu(server)
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=command, args=(plan, number)) for number in range(plan.commands)]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    took = time.monotonic() - began
    database = _server_cpu(server) - before
    exported = export(plan)
    lines = [json.loads(line) for line in Path(plan.notes).read_text().splitlines()]
    _print(plan, took, database, exported, lines)


def _print(
    plan: SimulationPlan, took: float, database: float, exported: float, lines: Sequence[dict[str, Any]]
) -> None:
    def each(name: str, who: str | None = None) -> float:
        total: float = sum(line[name] for line in lines if who in (None, line["who"]))
        return total / plan.calls

    print(f"  {plan.calls / took:.0f} calls a second ({took:.0f} s), reports and run kept {exported:.0f} s more")
    print(
        f"  processor time a call: commands {1000 * each('cpu', 'command'):.2f} ms, workers "
        f"{1000 * each('cpu', 'worker'):.2f} ms, database server {1000 * database / plan.calls:.2f} ms"
    )
    print(f"  a call: {each('statements'):.2f} statements, {each('transactions'):.2f} transactions")
    for line in _sizes(plan):
        print(f"  {line}")
    late = sorted(_late(plan))
    tail = ", ".join(f"{share:g} % {late[int(share / 100 * (len(late) - 1))]:.3f}" for share in _SHARES)
    print(f"  seconds from claim to kept transcript beyond the stand-in's: {tail}", flush=True)


def _late(plan: SimulationPlan) -> Iterator[float]:
    """Without the first calls, whose workers had to start."""
    wanted = "SELECT key, ended_at - started_at FROM attempts WHERE outcome = 'done' ORDER BY started_at"
    engine = create_engine(store_url(plan.address))
    with engine.connect() as connection:
        rows = connection.execute(text(wanted)).all()
    engine.dispose()
    assert len(rows) == plan.calls, "each call is done once"
    for key, seconds in rows[plan.commands * plan.workers * _DEPTH :]:
        yield seconds - recognition_seconds(key, plan.seconds)


def _sizes(plan: SimulationPlan) -> Iterator[str]:
    engine = create_engine(store_url(plan.address))
    sqlite = engine.dialect.name == "sqlite"
    wanted = (
        "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
        if sqlite
        else "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
    )
    with engine.connect() as connection:
        rows = sum(connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in _TABLES)
        sizes: dict[str, int] = {name: size for name, size in connection.execute(text(wanted))}  # noqa: C416
    engine.dispose()
    whole = sum(sizes.values())  # in SQLite indexes stand beside their tables, in PostgreSQL they are in them
    parts = ", ".join(f"{name} {sizes[name] / plan.calls:.0f}" for name in _TABLES if sizes.get(name, 0) > plan.calls)
    yield f"rows a call: {rows / plan.calls:.2f}; bytes a call: {whole / plan.calls:.0f} ({parts})"


def _server_cpu(server: postgres.Server | None) -> float:
    """Processor seconds of all processes of the server, ended ones included."""
    if server is None:
        return 0.0
    head = psutil.Process(int((server.data / "postmaster.pid").read_text().splitlines()[0]))
    times = [process.cpu_times() for process in (head, *head.children(recursive=True))]
    ended = head.cpu_times()
    return sum(one.user + one.system for one in times) + ended.children_user + ended.children_system


@contextmanager
def addresses(stores: Sequence[str], folder: Path) -> Iterator[Iterator[tuple[str, str, postgres.Server | None]]]:
    """Name and address of an empty store of each kind, on the disk of `folder`, with every write made to last."""

    def each() -> Iterator[tuple[str, str, postgres.Server | None]]:
        if "sqlite" in stores:
            yield "SQLite", str(folder / "analyzer.db"), None
        if "postgresql" in stores:
            with postgres.running(fast=False) as server:
                yield "PostgreSQL", server.new_database(), server

    yield each()


def main() -> None:
    """One block a store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--stores", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--commands", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4, help="of each command")
    parser.add_argument("--seconds", type=float, default=0.0, help="that the stand-in takes, in the middle")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, addresses(args.stores, Path(folder)) as stores:
        for name, address, server in stores:
            shape = f"{args.commands} commands x {args.workers} workers x {_DEPTH} calls, {args.seconds:g} s a call"
            print(f"{name}: {args.calls} calls, {shape}")
            notes = Path(folder) / f"{name}.notes"
            simulate(SimulationPlan(args.calls, args.commands, args.workers, args.seconds, address, str(notes)), server)


if __name__ == "__main__":
    main()
