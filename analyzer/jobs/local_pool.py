"""Worker processes on this machine: spawned (CTranslate2 is not fork-safe), replaced when they die, hang or swell.

A native fault ends its process and nothing else.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import psutil

from analyzer.jobs.dispatch import JobResult
from analyzer.jobs.tasks import Task
from analyzer.jobs.worker import StartJob, worker_main
from analyzer.jobs.worker_pool import WorkerExit, WorkerHandle, WorkerLimits, WorkerPool
from analyzer.sources.remote.download_cache import remove_abandoned

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
    """`workers` processes, each with `task.depth` jobs in hand. They share this machine's GPUs evenly."""

    def __init__(
        self, task: Task, owner: str, workers: int, limits: WorkerLimits | None = None, *, gpus: int = 1
    ) -> None:
        super().__init__(task.depth, limits)
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
