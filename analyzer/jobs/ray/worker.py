"""A worker on a node, and what its pool knows of it."""

import os
import re
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import psutil
import ray
from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError, RayTaskError

from analyzer.jobs.dispatch import JobFailure, JobResult
from analyzer.jobs.ray.nodes import Node
from analyzer.jobs.stored_calls import scoring_code_version
from analyzer.jobs.worker import Task, WorkerLoop
from analyzer.jobs.worker_pool import WorkerExit, WorkerHandle

EXTRA_CALLS = 3  # calls to an actor besides its jobs: ready, stay, resident

Actor = Any
"""A handle to an actor; Ray makes its methods as it goes."""

ObjectRef = Any
"""A reference to what a call to an actor gives, once it does."""


class AnalyzerWorker:
    """What an actor does: the same loop that a local process runs. The name is what `ps` and Ray show."""

    def __init__(self, task: Task, owner: str) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"  # a worker has its model by path and asks nobody
        threading.Thread(target=_end_with_node, args=(os.getppid(),), daemon=True).start()
        self._loop = WorkerLoop(task, owner)

    def ready(self, program: str, folders: Sequence[Path]) -> str | None:
        """Why this node cannot do the work, None when it can."""
        if scoring_code_version() != program:
            return "it has another version of this package: install the same everywhere"
        unseen = [folder for folder in folders if not folder.is_dir()]
        if unseen:
            return f"{unseen[0]} is not there: every machine needs recordings and model at the same paths"
        return None

    def begin(self, key: str) -> JobFailure | None:
        """Do a job; why it gave nothing, None once its outcome is kept."""
        return self._loop.begin(key).result()

    def resident(self) -> int:
        """Bytes of memory held."""
        return int(psutil.Process().memory_info().rss)

    def stay(self) -> None:
        """Last as long as the process: who waits for this knows when that ends."""
        threading.Event().wait()


def _end_with_node(parent: int) -> None:
    """A node whose Ray has died must not leave a worker behind that goes on with what others take over."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


class RayWorker(WorkerHandle):
    """An actor that is up. `is_up` tells whether a node still is."""

    def __init__(self, actor: Actor, node: Node, is_up: Callable[[Node], bool]) -> None:
        super().__init__()
        self.actor, self.node = actor, node
        self.useful = False  # it has done, or tried, a job
        self._is_up = is_up
        self._life: ObjectRef = actor.stay.remote()
        self._begun: dict[ObjectRef, str] = {}
        self._over: list[ObjectRef] = []
        self._size: ObjectRef | None = None
        self._bytes = 0
        self._end: WorkerExit | None = None

    def begin(self, key: str) -> None:
        """See `WorkerHandle`."""
        self._begun[self.actor.begin.remote(key)] = key

    def calls(self) -> list[ObjectRef]:
        """What ends when the worker has something to say."""
        return [self._life, *self._begun]

    def tell(self, over: Collection[ObjectRef]) -> None:
        """Which calls, of all workers, have ended."""
        self._over = [call for call in self.calls() if call in over]

    def results(self) -> Sequence[JobResult]:
        """See `WorkerHandle`."""
        said: list[JobResult] = []
        over, self._over = self._over, []
        for call in over:
            try:
                failure = ray.get(call)
            except RayTaskError as error:
                failure = JobFailure("error", f"{type(error.cause).__name__}: {error.cause}")
            except RayError as error:
                self._end = self._end or self._end_by(error)
                continue
            said.append(JobResult(self._begun.pop(call), failure))
        return said

    def end(self) -> WorkerExit | None:
        """See `WorkerHandle`."""
        return self._end

    def resident(self) -> int:
        """See `WorkerHandle`; what it said last, for asking it takes a while."""
        if self._size is not None and ray.wait([self._size], timeout=0)[0]:
            try:
                self._bytes = ray.get(self._size)
            except RayError:
                return 0  # it is dead: `heard` says so
            self._size = None
        if self._size is None:
            self._size = self.actor.resident.remote()
        return self._bytes

    def _end_by(self, error: RayError) -> WorkerExit:
        if isinstance(error, OutOfMemoryError):
            return WorkerExit("memory", "was ended by Ray, for its machine had no memory left")
        preempted = bool(getattr(error, "preempted", False))
        if isinstance(error, ActorUnavailableError) or preempted or not self._is_up(self.node):
            return WorkerExit("lost", "was lost with its node")
        exit_type = re.search(r"Worker exit type: (\w+)", str(error))
        return WorkerExit("crashed", f"ended its process ({exit_type[1] if exit_type else 'killed'})")
