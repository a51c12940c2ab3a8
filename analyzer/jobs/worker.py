"""What every worker process runs: load the model once, then one job after another until its pipe closes."""

import os
import signal
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from analyzer.errors import (
    AnalyzerError,
    RecordingChangedError,
    RecordingError,
    SourceError,
    StoreError,
    UsageError,
)
from analyzer.jobs.dispatch import JobFailure, JobResult
from analyzer.jobs.tasks import Task, WorkerSession


@dataclass(frozen=True)
class StartJob:
    """Sent to a worker: do this job."""

    key: str


class WorkerLoop:
    """Loads the model at the first key, then begins one job after another; the same for local and Ray workers."""

    def __init__(self, task: Task, owner: str) -> None:
        self._task, self._owner = task, owner
        self._hands: WorkerSession | None = None
        self._turn = threading.Lock()  # keys may come from several threads; jobs are begun one by one

    def begin(self, key: str) -> "Future[JobFailure | None]":
        """The future holds why the job gave nothing, or None once its outcome is kept; it never fails."""
        ended: Future[JobFailure | None] = Future()
        with self._turn:
            try:
                self._hands = self._hands or self._task.start(self._owner)
            except Exception as error:  # noqa: BLE001 - whatever it is, no job can be done without the model
                ended.set_result(start_failure(error))
                return ended
            begun = self._hands.begin(key)
        begun.add_done_callback(lambda done: ended.set_result(failure_of(done)))
        return ended

    def close(self) -> None:
        """End, after what was begun."""
        if self._hands is not None:
            self._hands.close()


def worker_main(task: Task, owner: str, pipe: Connection) -> None:
    """Run in a spawned process; answers each key with an `JobResult`."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # both may reach the whole group; the parent ends its workers
        signal.signal(ending, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = _ResultPipe(pipe)
    station = WorkerLoop(task, owner)
    while True:
        try:
            order: StartJob = pipe.recv()
        except (EOFError, OSError):
            break
        key = order.key
        station.begin(key).add_done_callback(lambda done, key=key: answer.send(key, done.result()))  # type: ignore[misc]
    station.close()


def failure_of(future: "Future[None]") -> JobFailure | None:
    """Why a job failed, in words for people; None when its outcome is kept."""
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, StoreError | SourceError):
        return JobFailure("store", str(error))
    if isinstance(error, RecordingError):
        return JobFailure("changed" if isinstance(error, RecordingChangedError) else "error", str(error))
    if isinstance(error, UsageError):  # this machine lacks something
        return JobFailure("start", str(error))
    return JobFailure("error", f"{type(error).__name__}: {error}")


def start_failure(error: Exception) -> JobFailure:
    """The model cannot be loaded, or the store not be opened."""
    reason = str(error) if isinstance(error, AnalyzerError) else f"{type(error).__name__}: {error}"
    return JobFailure("store" if isinstance(error, StoreError) else "start", reason)


class _ResultPipe:
    """Answers from any thread."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, key: str, trouble: JobFailure | None) -> None:
        with self._lock:
            try:
                self._pipe.send(JobResult(key, trouble))
            except OSError:
                return  # the parent closed its end: it is about to end this process


def _end_with_parent() -> None:
    """A killed parent must not leave a worker behind that goes on with what the next command claims."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
