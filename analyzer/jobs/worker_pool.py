"""Workers wherever they run: which one gets the next job, and when one is replaced.

A worker is replaced when it ends, takes too long or too much memory. The jobs it had are tried once more, each alone,
then given up with the reason; jobs lost with a whole machine are tried again and do not count as crashes. Workers on
this machine are spawned processes (CTranslate2 is not fork-safe: https://github.com/OpenNMT/CTranslate2/issues/1414),
so that a native fault ends one process and nothing else.
"""

import multiprocessing
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

import psutil

from analyzer.jobs.dispatch import FailureKind, JobFailure, JobResult
from analyzer.jobs.worker import StartJob, Task, worker_main
from analyzer.models.run import Claim, Job
from analyzer.sources.remote.download_cache import remove_abandoned
from analyzer.store.job_queue import CRASHES_MAX

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
    """One worker, and what it has in flight."""

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
    """Workers with up to `depth` jobs in flight each. What they are and how they are reached is left to subclasses."""

    def __init__(self, depth: int, limits: WorkerLimits | None) -> None:
        self._depth = depth
        self._limits = limits or WorkerLimits()
        self._workers: list[Handle] = []
        self._claims: deque[Claim] = deque()  # in flight, but with no worker yet
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

    def free_slots(self) -> int:
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
        room = self.free_slots()
        while not self._ended and self.free_slots() <= room and (left := until - time.monotonic()) > 0:
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


_STOP_SECONDS = 5.0


class LocalWorker(WorkerHandle):
    """A spawned process at the other end of a pipe."""

    def __init__(self, process: SpawnProcess, pipe: Connection, gpu: int) -> None:
        super().__init__()
        self.process, self.pipe, self.gpu = process, pipe, gpu

    def begin(self, key: str) -> None:
        """See `WorkerHandle`."""
        try:
            self.pipe.send(StartJob(key))
        except OSError:
            return  # it died while idle: its sentinel is ready, the job is tried again from there

    def results(self) -> Sequence[JobResult]:
        """See `WorkerHandle`."""
        said: list[JobResult] = []
        try:
            while self.pipe.poll():
                said.append(self.pipe.recv())
        except (EOFError, OSError):
            # Its pipe closed because it is dying, but the system may take a moment (a core dump: seconds) to say so.
            self.process.join(max(_STOP_SECONDS, self.deadline - time.monotonic()))
        return said

    def end(self) -> WorkerExit | None:
        """See `WorkerHandle`."""
        if self.process.is_alive():
            return None
        return WorkerExit("crashed", f"ended its process (exit {self.process.exitcode})")

    def resident(self) -> int:
        """See `WorkerHandle`."""
        try:
            process = psutil.Process(self.process.pid)
            with_helpers = (process, *process.children())  # of a worker on a GPU
            return sum(int(each.memory_info().rss) for each in with_helpers)
        except psutil.Error:
            return 0


class LocalPool(WorkerPool[LocalWorker]):
    """`workers` processes, each with `task.depth` jobs in flight. They share this machine's GPUs evenly."""

    def __init__(
        self, task: Task, owner: str, workers: int, limits: WorkerLimits | None = None, *, gpus: int = 1
    ) -> None:
        super().__init__(task.max_in_flight, limits)
        self._task, self._owner, self._wanted, self._gpus = task, owner, workers, gpus

    @property
    def workers(self) -> int:
        """How many processes it may have."""
        return self._wanted

    def _free_slots(self) -> int:
        return self._wanted - len(self._workers)

    def _start_worker(self) -> LocalWorker | None:
        if not self._free_slots():
            return None
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        used = [worker.gpu for worker in self._workers]
        gpu = min(range(self._gpus), key=used.count)
        process = context.Process(target=worker_main, args=(self._task.on_gpu(gpu), self._owner, theirs), daemon=True)
        worker = LocalWorker(process, ours, gpu)
        self._workers.append(worker)  # first: whatever interrupts us, `close` knows of it
        process.start()
        theirs.close()
        return worker

    def _wait_for_message(self, seconds: float) -> None:
        busy = [worker for worker in self._workers if worker.jobs]
        if busy:
            wait([handle for worker in busy for handle in (worker.pipe, worker.process.sentinel)], timeout=seconds)
        else:
            time.sleep(seconds)

    def _terminate(self, workers: Sequence[LocalWorker]) -> None:
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
        remove_abandoned()  # what they had fetched
