"""Worker processes on this machine: spawned (CTranslate2 is not fork-safe), replaced when they die, hang or swell.

A native fault ends its process and nothing else; what it had in hand is tried once more alone, then given up with
the reason (field notes 3: quarantine after 2 crashes).
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import psutil

from analyzer.batch import Ended, Trouble
from analyzer.batch.dispatch import TroubleKind
from analyzer.executors.task import Task
from analyzer.executors.worker import Begin, work
from analyzer.models.job import Claim, Job
from analyzer.store import CRASHES_MAX

_STOP_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # how often memory is looked at


@dataclass(frozen=True)
class Limits:
    """What a worker may take before it is replaced."""

    base_seconds: float = 300.0  # loading a large model from a slow disk
    per_audio_second: float = 30.0  # 30 times slower than real time: ten times the slowest figure in field notes 4
    memory_bytes: int | None = None  # resident; None: no limit
    recycle_jobs: int = 1000  # then a fresh process: whatever libraries keep is given back (FW#1055, FW#390)

    def seconds(self, jobs: Sequence[Job]) -> float:
        """How long one of these may take to end before the worker is taken for hung."""
        return self.base_seconds + self.per_audio_second * sum(job.seconds for job in jobs)


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    jobs: dict[str, Job] = field(default_factory=dict)
    alone: bool = False  # what it does now shares it with nothing
    begun: int = 0
    deadline: float = 0.0

    def resident(self) -> int:
        """Bytes of memory it holds."""
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return 0


class LocalPool:
    """`workers` processes, each with `task.depth` jobs in hand; see `Pool`."""

    def __init__(self, task: Task, owner: str, workers: int, limits: Limits | None = None) -> None:
        self._task, self._owner, self._wanted = task, owner, workers
        self._limits = limits or Limits()
        self._workers: list[_Worker] = []
        self._suspects: deque[Claim] = deque()  # each waits for a worker of its own
        self._ended: list[Ended] = []
        self._looked = time.monotonic()

    @property
    def workers(self) -> int:
        """How many processes it may have."""
        return self._wanted

    def room(self) -> int:
        """See `Pool`; none while a suspect waits for a worker to become empty."""
        if self._suspects:
            return 0
        taken = sum(self._task.depth if worker.alone else len(worker.jobs) for worker in self._workers)
        return self._wanted * self._task.depth - taken

    def submit(self, claim: Claim) -> None:
        """See `Pool`."""
        if claim.alone:
            self._suspects.append(claim)
            self._place_suspects()
            return
        worker = self._least_busy()
        self._hand(worker, claim)

    def wait(self, seconds: float) -> Sequence[Ended]:
        """See `Pool`."""
        until = time.monotonic() + seconds
        while not self._ended and (left := until - time.monotonic()) > 0:
            if not any(worker.jobs for worker in self._workers):
                time.sleep(left)
                break
            self._listen(min(left, _LOOK_SECONDS))
        self._listen(0.0)
        self._place_suspects()
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """See `Pool`."""
        _stop(self._workers)
        self._workers = []

    def _listen(self, seconds: float) -> None:
        busy = [worker for worker in self._workers if worker.jobs]
        if busy:
            wait([handle for worker in busy for handle in (worker.pipe, worker.process.sentinel)], timeout=seconds)
        for worker in busy:
            self._hear(worker)
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            for worker in [worker for worker in self._workers if worker.jobs]:
                self._check(worker)

    def _hear(self, worker: _Worker) -> None:
        try:
            while worker.jobs and worker.pipe.poll():
                ended: Ended = worker.pipe.recv()
                worker.jobs.pop(ended.key, None)
                worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
                self._ended.append(ended)
        except (EOFError, OSError):
            # Its pipe closed because it is dying, but the system may take a moment (a core dump: seconds) to say so.
            worker.process.join(max(_STOP_SECONDS, worker.deadline - time.monotonic()))
        if not worker.process.is_alive():
            self._blame(worker, "crashed", f"ended its process (exit {worker.process.exitcode})")
        elif not worker.jobs:
            worker.alone = False
            if worker.begun >= self._limits.recycle_jobs:
                self._replace(worker)

    def _check(self, worker: _Worker) -> None:
        limit = self._limits.memory_bytes
        if time.monotonic() > worker.deadline:
            self._blame(worker, "hung", "took too long")
        elif limit is not None and (resident := worker.resident()) > limit:
            self._blame(worker, "memory", f"took {resident / 2**30:.1f} GiB of memory (limit {limit / 2**30:.1f})")

    def _blame(self, worker: _Worker, kind: TroubleKind, what: str) -> None:
        self._replace(worker)
        for job in worker.jobs.values():
            name = job.recording.path.name
            reason = f"{name}: recognition {what}, {CRASHES_MAX} times; the recording was given up."
            self._ended.append(Ended(job.key, Trouble(kind, reason, shared=len(worker.jobs) > 1)))

    def _replace(self, worker: _Worker) -> None:
        _stop([worker])
        self._workers.remove(worker)

    def _place_suspects(self) -> None:
        while self._suspects:
            empty = next((worker for worker in self._workers if not worker.jobs), None)
            if empty is None and len(self._workers) >= self._wanted:
                return
            worker = empty or self._spawn()
            worker.alone = True
            self._hand(worker, self._suspects.popleft())

    def _hand(self, worker: _Worker, claim: Claim) -> None:
        worker.jobs[claim.job.key] = claim.job
        worker.begun += 1
        worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
        try:
            worker.pipe.send(Begin(claim.job.key))
        except OSError:
            return  # it died while idle: its sentinel is ready, the job is tried again from there

    def _least_busy(self) -> _Worker:
        open_ones = [worker for worker in self._workers if not worker.alone and self._has_room(worker)]
        if len(self._workers) < self._wanted and all(worker.jobs for worker in open_ones):
            return self._spawn()
        return min(open_ones, key=lambda worker: len(worker.jobs))

    def _has_room(self, worker: _Worker) -> bool:
        return len(worker.jobs) < self._task.depth

    def _spawn(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(self._task, self._owner, theirs), daemon=True)
        worker = _Worker(process, ours)
        self._workers.append(worker)  # first: whatever interrupts us, `close` knows of it
        process.start()
        theirs.close()
        return worker


def _stop(workers: Sequence[_Worker]) -> None:
    """Idle workers end by themselves when their pipe closes; busy or hung ones are killed: they ignore SIGTERM."""
    for worker in workers:
        worker.pipe.close()
        if worker.jobs and worker.process.pid is not None:
            worker.process.kill()
    for worker in workers:
        if worker.process.pid is None:  # interrupted before it was started
            continue
        worker.process.join(_STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
