"""Claim, hand out, renew, wait: the loop between the store and whoever does the work."""

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import psutil

from analyzer.errors import StoreError, UsageError
from analyzer.models.run import Claim, Job
from analyzer.store.job_queue import HEARTBEAT_SECONDS
from analyzer.store.store import Store

_WAIT_SECONDS = 1.0  # between two looks at jobs claimed elsewhere; own results end the wait at once

FailureKind = Literal["error", "changed", "crashed", "hung", "memory", "lost", "returned", "store", "start"]


@dataclass(frozen=True)
class JobFailure:
    """Why a job ended without a kept outcome."""

    kind: FailureKind
    reason: str
    shared: bool = False  # others were in the same worker: who is to blame shows when each is tried alone


@dataclass(frozen=True)
class JobResult:
    """A job that a pool is finished with; without trouble its outcome is in the store."""

    key: str
    failure: JobFailure | None = None


class Executor(Protocol):
    """Whoever does the work: processes here, or on other machines."""

    def free_slots(self) -> int:
        """How many more jobs it wants now."""

    def submit(self, claim: Claim) -> None:
        """Begin a job."""

    def wait(self, seconds: float) -> Sequence[JobResult]:
        """What ended since the last call; waits at most so long for the first."""

    def close(self) -> None:
        """End everything at once; jobs not reported are not done."""


Progress = Callable[[Job, str | None], None]
"""Called when a job is over, with the reason when it gave no words because it was given up."""


def dispatch(
    jobs: Sequence[Job], pool: Executor, store: Store, owner: str, progress: Progress, *, since: float | None = None
) -> dict[str, str]:
    """Make every job's outcome be in the store, by this pool or by another command that holds the claim.

    `since`: when it was found out, by the store's clock, that the jobs are to be done; None: just now.

    But for those whose recording was written on or went away meanwhile: they are withdrawn, and come back with the
    reason by their keys.
    Raises StoreError when the store cannot be written, UsageError when the pool cannot work at all. What is still
    held then stays claimed by `owner`: the caller releases it.
    """
    store.queue.enqueue(jobs, since)
    work = _Dispatch(jobs, pool, store, owner, progress)
    work.run()
    return work.changed


@dataclass
class _Dispatch:
    """One call of `dispatch`: which jobs wait, which are in flight here, which are claimed elsewhere."""

    jobs: Sequence[Job]
    pool: Executor
    store: Store
    owner: str
    progress: Progress
    in_flight: dict[str, Job] = field(default_factory=dict)
    others: dict[str, Job] = field(default_factory=dict)  # held by somebody else, or over already
    changed: dict[str, str] = field(default_factory=dict)
    heartbeat_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.waiting = deque(self.jobs)

    def run(self) -> None:
        while self.waiting or self.in_flight or self.others:
            self._claim()
            ended = self.pool.wait(_WAIT_SECONDS)
            for result in ended:
                self._ended(result)
            if not ended and self.others and not self.waiting:
                self._poll_jobs_claimed_elsewhere()
            self._heartbeat()

    def _claim(self) -> None:
        while self.waiting and (room := self.pool.free_slots()) > 0:
            candidates = [self.waiting.popleft() for _ in range(min(room, len(self.waiting)))]
            claims = self.store.queue.claim([job.key for job in candidates], self.owner)
            for claim in claims:
                self.in_flight[claim.job.key] = claim.job
                self.pool.submit(claim)
            self.others.update({job.key: job for job in candidates if job.key not in self.in_flight})

    def _poll_jobs_claimed_elsewhere(self) -> None:
        """Jobs claimed elsewhere: finished ones are done, the rest is claimed again when a lease has run out."""
        states = self.store.queue.states(list(self.others))
        for key, job in list(self.others.items()):
            del self.others[key]
            if states.get(key) in ("pending", "running"):
                self.waiting.append(job)
            else:
                self.progress(job, None)

    def _ended(self, ended: JobResult) -> None:
        job = self.in_flight.pop(ended.key, None)
        failure = ended.failure
        if job is None:
            return
        if failure is None:
            self.progress(job, None)
        elif failure.kind == "start":
            raise UsageError(f"Recognition cannot start: {failure.reason}")
        elif failure.kind == "store":
            raise StoreError(failure.reason)
        elif failure.kind == "changed":
            self.store.queue.withdraw(job.key, self.owner, failure.reason)
            self.changed[job.key] = failure.reason
            self.progress(job, None)
        elif failure.kind == "error":
            self.store.queue.mark_failed(job.key, self.owner, failure.reason)
            self.progress(job, failure.reason)
        elif failure.kind in ("lost", "returned"):  # with its machine, or unbegun: tried elsewhere, without blame
            give_back = self.store.queue.mark_lost if failure.kind == "lost" else self.store.queue.release
            give_back(self.owner, [job.key])
            self.waiting.appendleft(job)
        elif self.store.queue.mark_crashed(job.key, self.owner, failure.kind, failure.reason, shared=failure.shared):
            self.progress(job, failure.reason)
        else:
            self.waiting.appendleft(job)  # to be tried once more; or its outcome was kept just before the end

    def _heartbeat(self) -> None:
        if time.monotonic() - self.heartbeat_at > HEARTBEAT_SECONDS:
            self.store.queue.heartbeat(list(self.in_flight), self.owner)
            self.heartbeat_at = time.monotonic()


def owner_name() -> str:
    """This process, unlike any other of any machine at any time."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def release_dead_owners(store: Store) -> int:
    """Take back what processes of this machine held that are gone; returns how many jobs it was.

    A killed command need not wait for its own leases to run out. Other machines' claims are left to their leases.
    """
    count = 0
    for owner in store.queue.owners():
        machine, _, rest = owner.rpartition("/")[0].rpartition("/")
        started = owner.rpartition("/")[2]
        if machine == _machine() and rest.isdigit() and _started(int(rest)) != started:
            count += store.queue.mark_lost(owner)
    return count


def _machine() -> str:
    """Host, boot and process namespace: a container of the same name on another host is another machine."""
    parts = [platform.node()]
    for source in (Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")):
        try:
            parts.append(str(source.readlink()) if source.is_symlink() else source.read_text("ascii").strip())
        except OSError:
            continue
    return ":".join(part.replace("/", "_") for part in parts)


def _started(pid: int) -> str | None:
    """When a process began; None when there is none with this number."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.2f}"
    except psutil.Error:
        return None
