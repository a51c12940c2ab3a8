"""Worker processes on this machine: spawned (CTranslate2 is not fork-safe), replaced when they die or hang.

A native fault ends its process and nothing else; the recording it held is tried once more, then given up with
the reason (field notes 3: quarantine after 2 crashes).
"""

import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

from analyzer.batch import Done, Job
from analyzer.errors import UsageError

_ATTEMPTS = 2
_STOP_SECONDS = 5.0


class Task(Protocol):
    """What a worker does; picklable, so that a spawned process can have it."""

    def start(self) -> Callable[[Job], None]:
        """Load what is needed, once a process; the result does one job and keeps its outcome."""


@dataclass(frozen=True)
class TimeLimit:
    """How long one job may take before its worker is taken for hung."""

    base_seconds: float = 300.0  # loading a large model from a slow disk
    per_audio_second: float = 30.0  # 30 times slower than real time: ten times the slowest figure in field notes 4

    def of(self, job: Job) -> float:
        """Seconds for this job."""
        return self.base_seconds + self.per_audio_second * job.seconds


@dataclass(frozen=True)
class _Answer:
    error: str | None = None
    cannot_start: bool = False


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    job: Job | None = None
    deadline: float = 0.0


@dataclass
class LocalExecutor:
    """`workers` processes, one job each at a time."""

    task: Task
    workers: int
    limit: TimeLimit = field(default_factory=TimeLimit)

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """Do all jobs; see `Executor`. Workers end with the iteration, however it ends."""
        queue = deque((job, 1) for job in jobs)
        attempts: dict[str, int] = {}
        pool: list[_Worker] = []
        try:
            while queue or any(worker.job for worker in pool):
                self._fill(pool, queue, attempts)
                for worker in self._ready(pool):
                    done = self._collect(worker, pool, queue, attempts)
                    if done is not None:
                        yield done
        finally:
            _stop(pool)

    def _fill(self, pool: list[_Worker], queue: deque[tuple[Job, int]], attempts: dict[str, int]) -> None:
        idle = [worker for worker in pool if worker.job is None]
        while queue and (idle or len(pool) < self.workers):
            worker = idle.pop() if idle else self._spawn(pool)
            job, attempt = queue.popleft()
            attempts[job.key] = attempt
            worker.job, worker.deadline = job, time.monotonic() + self.limit.of(job)
            try:
                worker.pipe.send(job)
            except (BrokenPipeError, OSError):
                continue  # it died while idle: its sentinel is ready, the job is tried again from there

    def _spawn(self, pool: list[_Worker]) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(self.task, theirs), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        pool.append(worker)
        return worker

    def _ready(self, pool: list[_Worker]) -> list[_Worker]:
        busy = [worker for worker in pool if worker.job is not None]
        soonest = min(worker.deadline for worker in busy)
        handles = [handle for worker in busy for handle in (worker.pipe, worker.process.sentinel)]
        wait(handles, timeout=max(0.0, min(soonest - time.monotonic(), 60.0)))
        now = time.monotonic()
        return [w for w in busy if w.pipe.poll() or not w.process.is_alive() or now > w.deadline]

    def _collect(
        self, worker: _Worker, pool: list[_Worker], queue: deque[tuple[Job, int]], attempts: dict[str, int]
    ) -> Done | None:
        job = worker.job
        if job is None:
            return None
        try:
            if worker.pipe.poll():
                answer: _Answer = worker.pipe.recv()
                worker.job = None
                if answer.cannot_start:
                    raise UsageError(f"Recognition cannot start: {answer.error}")
                return Done(job, answer.error)
        except (EOFError, OSError):
            # Its pipe closed because it is dying, but the system may take a moment (a core dump: seconds) to say so.
            worker.process.join(max(_STOP_SECONDS, worker.deadline - time.monotonic()))
        hung = worker.process.is_alive()
        _stop([worker])
        pool.remove(worker)
        if attempts[job.key] < _ATTEMPTS:
            queue.append((job, attempts[job.key] + 1))
            return None
        why = "took too long" if hung else f"ended its process (exit {worker.process.exitcode})"
        return Done(job, f"{job.recording.path.name}: recognition {why} {_ATTEMPTS} times; the recording was given up.")


def _work(task: Task, pipe: Connection) -> None:
    """A worker's whole life: load once, then one job after another until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends its workers
    do: Callable[[Job], None] | None = None
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            do = do or task.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, no job can be done without the model
            pipe.send(_Answer(f"{type(error).__name__}: {error}", cannot_start=True))
            return
        try:
            do(job)
            pipe.send(_Answer())
        except Exception as error:  # noqa: BLE001 - one recording's failure must not end the worker
            pipe.send(_Answer(f"{job.recording.path.name}: {type(error).__name__}: {error}"))


def _stop(pool: Sequence[_Worker]) -> None:
    """Idle workers end by themselves when their pipe closes; busy or hung ones are ended."""
    for worker in pool:
        worker.pipe.close()
        if worker.job is not None:
            worker.process.terminate()
    for worker in pool:
        worker.process.join(_STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
