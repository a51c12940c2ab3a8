"""Worker processes on this machine: spawned (CTranslate2 is not fork-safe), replaced when they die, hang or swell.

A native fault ends its process and nothing else.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import psutil

from analyzer.jobs.dispatch import Ended
from analyzer.jobs.tasks import Task
from analyzer.jobs.worker import Begin, work
from analyzer.jobs.worker_pool import Crew, End, Limits, Worker
from analyzer.sources.remote.download_cache import sweep

_STOP_SECONDS = 5.0


class LocalWorker(Worker):
    """A spawned process at the other end of a pipe."""

    def __init__(self, process: SpawnProcess, pipe: Connection, gpu: int) -> None:
        super().__init__()
        self.process, self.pipe, self.gpu = process, pipe, gpu

    def begin(self, key: str) -> None:
        """See `Worker`."""
        try:
            self.pipe.send(Begin(key))
        except OSError:
            return  # it died while idle: its sentinel is ready, the job is tried again from there

    def heard(self) -> Sequence[Ended]:
        """See `Worker`."""
        said: list[Ended] = []
        try:
            while self.pipe.poll():
                said.append(self.pipe.recv())
        except (EOFError, OSError):
            # Its pipe closed because it is dying, but the system may take a moment (a core dump: seconds) to say so.
            self.process.join(max(_STOP_SECONDS, self.deadline - time.monotonic()))
        return said

    def end(self) -> End | None:
        """See `Worker`."""
        if self.process.is_alive():
            return None
        return End("crashed", f"ended its process (exit {self.process.exitcode})")

    def resident(self) -> int:
        """See `Worker`."""
        try:
            own = psutil.Process(self.process.pid)
            return sum(int(one.memory_info().rss) for one in (own, *own.children()))  # helpers of a GPU's worker
        except psutil.Error:
            return 0


class LocalPool(Crew[LocalWorker]):
    """`workers` processes, each with `task.depth` jobs in hand; see `Pool`. They share this machine's GPUs evenly."""

    def __init__(self, task: Task, owner: str, workers: int, limits: Limits | None = None, *, gpus: int = 1) -> None:
        super().__init__(task.depth, limits)
        self._task, self._owner, self._wanted, self._gpus = task, owner, workers, gpus

    @property
    def workers(self) -> int:
        """How many processes it may have."""
        return self._wanted

    def _spare(self) -> int:
        return self._wanted - len(self._workers)

    def _hire(self) -> LocalWorker | None:
        if not self._spare():
            return None
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        used = [worker.gpu for worker in self._workers]
        gpu = min(range(self._gpus), key=used.count)
        process = context.Process(target=work, args=(self._task.on_gpu(gpu), self._owner, theirs), daemon=True)
        worker = LocalWorker(process, ours, gpu)
        self._workers.append(worker)  # first: whatever interrupts us, `close` knows of it
        process.start()
        theirs.close()
        return worker

    def _wait_for_news(self, seconds: float) -> None:
        busy = [worker for worker in self._workers if worker.jobs]
        if busy:
            wait([handle for worker in busy for handle in (worker.pipe, worker.process.sentinel)], timeout=seconds)
        else:
            time.sleep(seconds)

    def _dismiss(self, workers: Sequence[LocalWorker]) -> None:
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
        sweep()  # what they had fetched
