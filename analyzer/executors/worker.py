"""A worker process's whole life: load once, then one job after another until the pipe closes."""

import os
import signal
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from analyzer.batch import Ended, Trouble
from analyzer.errors import RecordingChangedError, RecordingError, StoreError
from analyzer.executors.task import Hands, Task


@dataclass(frozen=True)
class Begin:
    """Sent to a worker: do this job."""

    key: str


def work(task: Task, owner: str, pipe: Connection) -> None:
    """Run in a spawned process; answers each key with an `Ended`."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # both may reach the whole group; the parent ends its workers
        signal.signal(ending, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = _Answers(pipe)
    hands: Hands | None = None
    while True:
        try:
            order: Begin = pipe.recv()
        except (EOFError, OSError):
            break
        if hands is None:
            try:
                hands = task.start(owner)
            except Exception as error:  # noqa: BLE001 - whatever it is, no job can be done without the model
                answer.send(order.key, cannot_start(error))
                return
        key = order.key
        hands.begin(key).add_done_callback(lambda future, key=key: answer.send(key, trouble_of(future)))  # type: ignore[misc]
    if hands is not None:
        hands.close()


def trouble_of(future: "Future[None]") -> Trouble | None:
    """Why a job failed, in words for people; None when its outcome is kept."""
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, StoreError):
        return Trouble("store", str(error))
    if isinstance(error, RecordingError):
        return Trouble("changed" if isinstance(error, RecordingChangedError) else "error", str(error))
    return Trouble("error", f"{type(error).__name__}: {error}")


def cannot_start(error: Exception) -> Trouble:
    """The model cannot be loaded, or the store not be opened."""
    return Trouble("store" if isinstance(error, StoreError) else "start", f"{type(error).__name__}: {error}")


class _Answers:
    """Answers from any thread."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, key: str, trouble: Trouble | None) -> None:
        with self._lock:
            try:
                self._pipe.send(Ended(key, trouble))
            except OSError:
                return  # the parent closed its end: it is about to end this process


def _end_with_parent() -> None:
    """A killed parent must not leave a worker behind that goes on with what the next command claims."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
