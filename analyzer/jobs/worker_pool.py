"""Workers wherever they run: which one gets the next job, and when one is replaced.

A worker is replaced when it ends, takes too long or too much memory. The jobs it had are tried once more, each alone,
then given up with the reason; jobs lost with a whole machine are tried again and do not count as crashes.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyzer.jobs.dispatch import FailureKind, JobFailure, JobResult
from analyzer.models.run import Claim, Job
from analyzer.store.queue import CRASHES_MAX

THREADS_PER_WORKER = 2  # https://opennmt.net/CTranslate2/parallel.html: threads x workers at most the physical cores
CHECK_SECONDS = 1.0  # between two checks of memory and time limits


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may take before it is replaced."""

    base_seconds: float = 300.0  # loading a large model from a slow disk
    per_audio_second: float = 30.0  # 30 times slower than real time: large models on slow CPUs reach 3
    memory_bytes: int | None = None  # resident; None: no limit
    recycle_jobs: int = 1000  # then a fresh process: https://github.com/SYSTRAN/faster-whisper/issues/1055

    def seconds(self, jobs: Sequence[Job]) -> float:
        """How long one of these may take to end before the worker is taken for hung."""
        return self.base_seconds + self.per_audio_second * sum(job.seconds for job in jobs)


@dataclass(frozen=True)
class WorkerExit:
    """Why a worker ended; `what` completes the sentence "recognition ..."."""

    kind: FailureKind
    what: str


class WorkerHandle(ABC):
    """One worker, and what it has in hand."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.alone = False  # what it does now shares it with nothing
        self.draining = False  # gets nothing more, so that a job that must be alone can have it
        self.begun = 0
        self.deadline = 0.0

    @abstractmethod
    def begin(self, key: str) -> None:
        """Let it begin a job; a dead worker ignores it and shows that by `end`."""

    @abstractmethod
    def results(self) -> Sequence[JobResult]:
        """Results since the last call; does not wait."""

    @abstractmethod
    def end(self) -> WorkerExit | None:
        """How it ended; None while it lives."""

    @abstractmethod
    def resident(self) -> int:
        """Bytes of memory it holds, 0 when nobody knows."""


Handle = TypeVar("Handle", bound=WorkerHandle)


class WorkerPool(ABC, Generic[Handle]):
    """Workers with up to `depth` jobs in hand each. What they are and how they are reached is left to subclasses."""

    def __init__(self, depth: int, limits: WorkerLimits | None) -> None:
        self._depth = depth
        self._limits = limits or WorkerLimits()
        self._workers: list[Handle] = []
        self._claims: deque[Claim] = deque()  # in hand, but with no worker yet
        self._ended: list[JobResult] = []
        self._looked = time.monotonic()

    @abstractmethod
    def _free_slots(self) -> int:
        """How many more workers `_hire` would give now."""

    @abstractmethod
    def _start_worker(self) -> Handle | None:
        """A new worker, ready for its first job and among `_workers`; None when there is none to spare."""

    @abstractmethod
    def _wait_for_message(self, seconds: float) -> None:
        """Return when a worker may have something to say, at the latest after so long."""

    @abstractmethod
    def _terminate(self, workers: Sequence[Handle]) -> None:
        """End workers, whatever they do."""

    def room(self) -> int:
        """See `Executor`."""
        free = sum(map(self._open_slots, self._workers)) + self._free_slots() * self._depth
        return max(0, free - len(self._claims))

    def submit(self, claim: Claim) -> None:
        """See `Executor`."""
        self._claims.append(claim)
        self._assign()

    def wait(self, seconds: float) -> Sequence[JobResult]:
        """See `Executor`; also returns when there is more room than before."""
        until = time.monotonic() + seconds
        room = self.room()
        while not self._ended and self.room() <= room and (left := until - time.monotonic()) > 0:
            self._poll(min(left, CHECK_SECONDS))
        self._poll(0.0)
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """See `Executor`."""
        self._terminate(self._workers)
        self._workers = []

    def _poll(self, seconds: float) -> None:
        self._wait_for_message(seconds)
        for worker in list(self._workers):
            if worker in self._workers:
                self._collect(worker)
        if time.monotonic() - self._looked > CHECK_SECONDS:
            self._looked = time.monotonic()
            for worker in [worker for worker in self._workers if worker.jobs]:
                self._check(worker)
        self._assign()

    def _collect(self, worker: Handle) -> None:
        for ended in worker.results():
            if worker.jobs.pop(ended.key, None) is not None:
                worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
                self._ended.append(self._interpret(worker, ended))
        if worker not in self._workers:
            return  # what it said ended it
        if (end := worker.end()) is not None:
            self._fail_jobs(worker, end)
        elif not worker.jobs:
            worker.alone = False
            if worker.begun >= self._limits.recycle_jobs:
                self._replace(worker)

    def _interpret(self, worker: Handle, ended: JobResult) -> JobResult:  # noqa: ARG002 - RayPool does
        """What is made of a worker's answer."""
        return ended

    def _check(self, worker: Handle) -> None:
        limit = self._limits.memory_bytes
        if time.monotonic() > worker.deadline:
            self._fail_jobs(worker, WorkerExit("hung", "took too long"))
        elif limit is not None and (resident := worker.resident()) > limit:
            what = f"took {resident / 2**30:.1f} GiB of memory (limit {limit / 2**30:.1f})"
            self._fail_jobs(worker, WorkerExit("memory", what))

    def _fail_jobs(self, worker: Handle, end: WorkerExit) -> None:
        self._replace(worker)
        jobs, worker.jobs = worker.jobs, {}
        for job in jobs.values():
            name = job.recording.path.name
            reason = f"{name}: recognition {end.what}, {CRASHES_MAX} times; the recording was given up."
            self._ended.append(JobResult(job.key, JobFailure(end.kind, reason, shared=len(jobs) > 1)))

    def _replace(self, worker: Handle) -> None:
        self._terminate([worker])
        self._workers.remove(worker)

    def _assign(self) -> None:
        """Give claims to workers, as far as there are any with room."""
        for claim in list(self._claims):
            worker = self._idle_worker() if claim.alone else self._least_busy_worker()
            if worker is not None:
                self._claims.remove(claim)
                worker.alone = claim.alone
                self._give(worker, claim)
        if not any(claim.alone for claim in self._claims):
            for worker in self._workers:
                worker.draining = False

    def _give(self, worker: Handle, claim: Claim) -> None:
        worker.jobs[claim.job.key] = claim.job
        worker.begun += 1
        worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
        worker.begin(claim.job.key)

    def _open_slots(self, worker: Handle) -> int:
        """How many more jobs a worker takes."""
        if worker.alone or worker.draining:
            return 0
        return max(0, min(self._depth - len(worker.jobs), self._limits.recycle_jobs - worker.begun))

    def _least_busy_worker(self) -> Handle | None:
        takers = [worker for worker in self._workers if self._open_slots(worker)]
        fresh = self._start_worker() if all(worker.jobs for worker in takers) else None
        return fresh or min(takers, key=lambda worker: len(worker.jobs), default=None)

    def _idle_worker(self) -> Handle | None:
        """A worker without any job; when there is none, one gets nothing more until it is."""
        empty = next((worker for worker in self._workers if not worker.jobs), None) or self._start_worker()
        if empty is None and not any(worker.draining for worker in self._workers):
            takers = [worker for worker in self._workers if not worker.alone]
            if takers:
                min(takers, key=lambda worker: len(worker.jobs)).draining = True
        return empty
