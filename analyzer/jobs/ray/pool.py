"""Workers on all nodes of a Ray cluster.

A node gets as many workers as fit, as soon as it joins. A worker that dies while its node lives is blamed as on one
machine; what goes down with a node, or is out of reach, is tried again elsewhere. A node that cannot do the work (no
model, no recordings, another version of this package) gets no more; with none left the run stops and says why.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import ray
from ray.exceptions import ActorUnschedulableError, RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from analyzer.errors import UsageError
from analyzer.jobs.dispatch import JobFailure, JobResult
from analyzer.jobs.ray.nodes import Node, place_workers
from analyzer.jobs.ray.worker import EXTRA_CALLS, Actor, AnalyzerWorker, ObjectRef, RayWorker
from analyzer.jobs.stored_calls import scoring_code_version
from analyzer.jobs.worker import Task
from analyzer.jobs.worker_pool import WorkerExit, WorkerLimits, WorkerPool

_log = logging.getLogger(__name__)

_NODES_CHECK_SECONDS = 2.0  # how often it is looked who joined or left
_STARTS_MAX = 3  # processes that end before they are up, until their node is left out
_NOTHING_SECONDS = 60.0  # without any worker, until a person is told what is waited for


@dataclass(frozen=True)
class ClusterRequest:
    """What workers there should be, and what their machines must have."""

    device: str
    jobs: int  # more workers than jobs are of no use
    workers: int | None = None  # None: as many as fit
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Starting:
    """A worker that is being started on a node."""

    actor: Actor
    node: Node


class RayPool(WorkerPool[RayWorker]):
    """See `Executor`; `nodes` tells which are up."""

    def __init__(
        self,
        nodes: Callable[[], Sequence[Node]],
        task: Task,
        owner: str,
        request: ClusterRequest,
        limits: WorkerLimits | None = None,
    ) -> None:
        self._nodes, self._task, self._owner, self._request = nodes, task, owner, request
        self._wanted = min(request.jobs, request.workers or request.jobs)
        fit = sum(node.workers(request.device) for node in nodes())
        # Whoever is ready first must not take what the others could begin with.
        share = -(-request.jobs // max(1, min(fit, self._wanted)))
        super().__init__(min(task.max_in_flight, share), limits)
        self._starting: dict[ObjectRef, _Starting] = {}
        self._failed: Counter[str] = Counter()  # node -> processes that ended before they were up
        self._left_out: dict[str, str] = {}  # node -> why
        self._nodes_checked_at = -_NODES_CHECK_SECONDS
        self._worked = time.monotonic()

    @property
    def workers(self) -> int:
        """How many there may be."""
        return self._wanted

    def close(self) -> None:
        """See `Executor`."""
        for starting in self._starting.values():
            with suppress(RayError):
                ray.kill(starting.actor)
        self._starting = {}
        super().close()

    def _free_slots(self) -> int:
        return 0  # a worker takes seconds to be up: until then it gets nothing

    def _start_worker(self) -> RayWorker | None:
        return None

    def _wait_for_message(self, seconds: float) -> None:
        self._start_missing_workers()
        calls = [*self._starting, *(call for worker in self._workers for call in worker.calls())]
        if not calls:
            time.sleep(seconds)
            return
        ray.wait(calls, timeout=seconds)
        over = set(ray.wait(calls, num_returns=len(calls), timeout=0)[0])
        for worker in self._workers:
            worker.tell(over)
        for call in [call for call in self._starting if call in over]:
            self._take_in(call)

    def _terminate(self, workers: Sequence[RayWorker]) -> None:
        for worker in workers:
            with suppress(RayError):  # it is out of reach, or the whole cluster is
                ray.kill(worker.actor)
        self._nodes_checked_at = -_NODES_CHECK_SECONDS  # others can take their places

    def _interpret(self, worker: RayWorker, ended: JobResult) -> JobResult:
        failure = ended.failure
        if failure is None or failure.kind not in ("start", "store"):
            worker.useful = True
            return ended
        if failure.kind == "store" and worker.useful:
            return JobResult(ended.key, replace(failure, reason=f"On node {worker.node.machine}: {failure.reason}"))
        self._leave_out(worker.node, failure.reason)
        return JobResult(ended.key, JobFailure("returned", failure.reason))

    def _start_missing_workers(self) -> None:
        """Start workers where there is room for more."""
        now = time.monotonic()
        if now - self._nodes_checked_at < _NODES_CHECK_SECONDS:
            return
        self._nodes_checked_at = now
        nodes = [node for node in self._nodes() if node.id not in self._left_out]
        if not nodes and self._left_out:
            raise UsageError(f"Recognition cannot start: {next(iter(self._left_out.values()))}")
        taken = Counter(worker.node.id for worker in self._workers)
        taken.update(starting.node.id for starting in self._starting.values())
        for node in place_workers(nodes, taken, self._request.device, self._wanted - taken.total()):
            self._start(node)
        if self._workers:
            self._worked = now
        elif now - self._worked > _NOTHING_SECONDS:
            self._worked = now
            _log.warning("No node of the Ray cluster has had room for a worker for a minute; waiting for one.")

    def _start(self, node: Node) -> None:
        actor = (
            ray.remote(AnalyzerWorker)
            .options(
                **node.resources(self._request.device),
                max_concurrency=self._depth + EXTRA_CALLS,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
            )
            .remote(self._task.using(node.threads(self._request.device)), self._owner)
        )
        self._starting[actor.ready.remote(scoring_code_version(), self._request.folders)] = _Starting(actor, node)

    def _take_in(self, call: ObjectRef) -> None:
        """A worker that is up, or what became of it."""
        starting = self._starting.pop(call)
        try:
            problem = ray.get(call)
        except ActorUnschedulableError:
            return  # its node is gone
        except RayError as error:
            problem = self._start_problem(starting.node, error)
        else:
            if problem is None:
                self._workers.append(RayWorker(starting.actor, starting.node, self._is_up))
                return
        with suppress(RayError):
            ray.kill(starting.actor)
        if problem is not None:
            self._leave_out(starting.node, problem)

    def _start_problem(self, node: Node, error: RayError) -> str | None:
        """Why a node cannot start workers; None when its process may just have died, or the whole node has."""
        self._failed[node.id] += 1
        by_chance = isinstance(error, RayActorError) and not error.actor_init_failed
        if by_chance and (self._failed[node.id] < _STARTS_MAX or not self._is_up(node)):
            return None
        return str(error).strip().rpartition("\n")[2]

    def _leave_out(self, node: Node, why: str) -> None:
        """A node that cannot do the work gets no more; what its workers have in flight goes to others."""
        if node.id in self._left_out:
            return
        self._left_out[node.id] = f"on node {node.machine}: {why}"
        _log.warning("Node %s of the Ray cluster is left out: %s", node.machine, why)
        for worker in [worker for worker in self._workers if worker.node == node]:
            self._fail_jobs(worker, WorkerExit("returned", "could not be begun"))

    def _is_up(self, node: Node) -> bool:
        return node.id in {starting.id for starting in self._nodes()}
