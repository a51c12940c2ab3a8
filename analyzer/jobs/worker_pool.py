"""A crew of workers, wherever they run: who gets the next job, who is taken for hung or too large, who is to blame.

What a worker had in hand when it died is tried once more alone, then given up with the reason (field notes 3:
quarantine after 2 crashes); what went down with a whole machine is tried again without blame.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyzer.jobs.dispatch import Ended, Trouble, TroubleKind
from analyzer.models.job import Claim, Job
from analyzer.store.queue import CRASHES_MAX

THREADS_PER_WORKER = 2  # "many processes of 2-4 threads, product <= physical cores" (CTranslate2's own advice)
LOOK_SECONDS = 1.0  # how often memory and time limits are looked at


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


@dataclass(frozen=True)
class End:
    """How a worker came to its end by itself; `what` follows "recognition ..."."""

    kind: TroubleKind
    what: str


class Worker(ABC):
    """One worker, and what it has in hand."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.alone = False  # what it does now shares it with nothing
        self.draining = False  # gets nothing more, so that a job that must be alone can have it
        self.begun = 0
        self.deadline = 0.0

    @abstractmethod
    def begin(self, key: str) -> None:
        """Let it begin a job; one that is dead says so by `end`."""

    @abstractmethod
    def heard(self) -> Sequence[Ended]:
        """What it has said since it was asked last; does not wait."""

    @abstractmethod
    def end(self) -> End | None:
        """How it ended; None while it lives."""

    @abstractmethod
    def resident(self) -> int:
        """Bytes of memory it holds, 0 when nobody knows."""


Member = TypeVar("Member", bound=Worker)


class Crew(ABC, Generic[Member]):
    """Workers with up to `depth` jobs in hand each; see `Pool`. What they are and how they are reached is left open."""

    def __init__(self, depth: int, limits: Limits | None) -> None:
        self._depth = depth
        self._limits = limits or Limits()
        self._workers: list[Member] = []
        self._claims: deque[Claim] = deque()  # in hand, but with no worker yet
        self._ended: list[Ended] = []
        self._looked = time.monotonic()

    @abstractmethod
    def _spare(self) -> int:
        """How many more workers `_hire` would give now."""

    @abstractmethod
    def _hire(self) -> Member | None:
        """A new worker, ready for its first job and among `_workers`; None when there is none to spare."""

    @abstractmethod
    def _wait_for_news(self, seconds: float) -> None:
        """Return when a worker may have something to say, at the latest after so long."""

    @abstractmethod
    def _dismiss(self, workers: Sequence[Member]) -> None:
        """End workers, whatever they do."""

    def room(self) -> int:
        """See `Pool`."""
        free = sum(map(self._open, self._workers)) + self._spare() * self._depth
        return max(0, free - len(self._claims))

    def submit(self, claim: Claim) -> None:
        """See `Pool`."""
        self._claims.append(claim)
        self._place()

    def wait(self, seconds: float) -> Sequence[Ended]:
        """See `Pool`; also returns when there is more room than before."""
        until = time.monotonic() + seconds
        room = self.room()
        while not self._ended and self.room() <= room and (left := until - time.monotonic()) > 0:
            self._listen(min(left, LOOK_SECONDS))
        self._listen(0.0)
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """See `Pool`."""
        self._dismiss(self._workers)
        self._workers = []

    def _listen(self, seconds: float) -> None:
        self._wait_for_news(seconds)
        for worker in list(self._workers):
            if worker in self._workers:
                self._hear(worker)
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            for worker in [worker for worker in self._workers if worker.jobs]:
                self._check(worker)
        self._place()

    def _hear(self, worker: Member) -> None:
        for ended in worker.heard():
            if worker.jobs.pop(ended.key, None) is not None:
                worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
                self._ended.append(self._told(worker, ended))
        if worker not in self._workers:
            return  # what it said ended it
        if (end := worker.end()) is not None:
            self._blame(worker, end)
        elif not worker.jobs:
            worker.alone = False
            if worker.begun >= self._limits.recycle_jobs:
                self._replace(worker)

    def _told(self, worker: Member, ended: Ended) -> Ended:  # noqa: ARG002 - a crew on several machines looks at it
        """What is made of a worker's answer."""
        return ended

    def _check(self, worker: Member) -> None:
        limit = self._limits.memory_bytes
        if time.monotonic() > worker.deadline:
            self._blame(worker, End("hung", "took too long"))
        elif limit is not None and (resident := worker.resident()) > limit:
            what = f"took {resident / 2**30:.1f} GiB of memory (limit {limit / 2**30:.1f})"
            self._blame(worker, End("memory", what))

    def _blame(self, worker: Member, end: End) -> None:
        self._replace(worker)
        jobs, worker.jobs = worker.jobs, {}
        for job in jobs.values():
            name = job.recording.path.name
            reason = f"{name}: recognition {end.what}, {CRASHES_MAX} times; the recording was given up."
            self._ended.append(Ended(job.key, Trouble(end.kind, reason, shared=len(jobs) > 1)))

    def _replace(self, worker: Member) -> None:
        self._dismiss([worker])
        self._workers.remove(worker)

    def _place(self) -> None:
        """Give claims to workers, as far as there are any with room."""
        for claim in list(self._claims):
            worker = self._empty() if claim.alone else self._least_busy()
            if worker is not None:
                self._claims.remove(claim)
                worker.alone = claim.alone
                self._hand(worker, claim)
        if not any(claim.alone for claim in self._claims):
            for worker in self._workers:
                worker.draining = False

    def _hand(self, worker: Member, claim: Claim) -> None:
        worker.jobs[claim.job.key] = claim.job
        worker.begun += 1
        worker.deadline = time.monotonic() + self._limits.seconds(list(worker.jobs.values()))
        worker.begin(claim.job.key)

    def _open(self, worker: Member) -> int:
        """How many more jobs a worker takes."""
        if worker.alone or worker.draining:
            return 0
        return max(0, min(self._depth - len(worker.jobs), self._limits.recycle_jobs - worker.begun))

    def _least_busy(self) -> Member | None:
        takers = [worker for worker in self._workers if self._open(worker)]
        fresh = self._hire() if all(worker.jobs for worker in takers) else None
        return fresh or min(takers, key=lambda worker: len(worker.jobs), default=None)

    def _empty(self) -> Member | None:
        """A worker without any job; when there is none, one gets nothing more until it is."""
        empty = next((worker for worker in self._workers if not worker.jobs), None) or self._hire()
        if empty is None and not any(worker.draining for worker in self._workers):
            takers = [worker for worker in self._workers if not worker.alone]
            if takers:
                min(takers, key=lambda worker: len(worker.jobs)).draining = True
        return empty
