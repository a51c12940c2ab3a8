"""Stand-ins for recognition, each with one way of going wrong; in a module so that spawned workers find them."""

import ctypes
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.errors import StoreError
from analyzer.jobs.worker import Task, WorkerSession


@dataclass(frozen=True)
class Simple:
    """Hands that do one key after the other by a function."""

    do: Callable[[str], None]

    def begin(self, key: str) -> "Future[None]":
        future: Future[None] = Future()
        try:
            self.do(key)
            future.set_result(None)
        except Exception as error:  # noqa: BLE001 - it belongs to the job
            future.set_exception(error)
        return future

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class NotingTask:
    """Notes the process of each attempt in a file named after the job; a job's name says what happens."""

    folder: Path
    max_in_flight: int = 1

    def using(self, threads: int) -> Task:
        return self

    def on_gpu(self, number: int) -> Task:
        return self

    def start(self, owner: str) -> WorkerSession:
        held: list[bytearray] = []

        def do(key: str) -> None:
            notes = self.folder / key
            with notes.open("a") as file:
                file.write(f"{os.getpid()}\n")
            attempt = len(notes.read_text().splitlines())
            if key == "segfault" or (key == "segfault-once" and attempt == 1):
                ctypes.string_at(0)
            if key.startswith("gate"):
                self._wait_until_open()
            if key == "hang":
                time.sleep(600)
            if key == "error":
                raise ValueError("odd bytes")
            if key == "swell":
                held.append(bytearray(b"x" * (400 << 20)))
                time.sleep(600)

        return Simple(do)

    def _wait_until_open(self) -> None:
        until = time.monotonic() + 60.0
        while not (self.folder / "open").exists() and time.monotonic() < until:
            time.sleep(0.05)


@dataclass(frozen=True)
class BrokenTask:
    """A model that cannot be loaded."""

    max_in_flight: int = 1

    def using(self, threads: int) -> Task:
        return self

    def on_gpu(self, number: int) -> Task:
        return self

    def start(self, owner: str) -> WorkerSession:
        raise RuntimeError("model.bin is damaged")


@dataclass(frozen=True)
class ElsewhereTask(NotingTask):
    """Work that a node cannot do whose environment says so."""

    def start(self, owner: str) -> WorkerSession:
        if os.environ.get("LACKS"):
            raise StoreError(f"{os.environ['LACKS']} cannot be reached")
        return super().start(owner)


@dataclass(frozen=True)
class PlacedTask:
    """Notes the GPU that each process was told to use, in a file named after the process."""

    folder: Path
    max_in_flight: int = 1
    gpu: int = 0

    def using(self, threads: int) -> Task:
        return self

    def on_gpu(self, number: int) -> Task:
        return replace(self, gpu=number)

    def start(self, owner: str) -> WorkerSession:
        (self.folder / f"{os.getpid()}.gpu").write_text(str(self.gpu))
        return NotingTask(self.folder).start(owner)
