"""Stand-ins for recognition, each with one way of going wrong; in a module so that spawned workers find them."""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analyzer.batch import Job


@dataclass(frozen=True)
class NotingTask:
    """Notes each attempt in a file named after the job; a job's name says what happens."""

    folder: Path

    def start(self) -> Callable[[Job], None]:
        def do(job: Job) -> None:
            notes = self.folder / job.key
            attempt = len(notes.read_text()) + 1 if notes.exists() else 1
            notes.write_text("x" * attempt)
            if job.key == "segfault" or (job.key == "segfault-once" and attempt == 1):
                ctypes.string_at(0)
            if job.key == "hang":
                time.sleep(60)
            if job.key == "error":
                raise ValueError("odd bytes")

        return do


@dataclass(frozen=True)
class BrokenTask:
    """A model that cannot be loaded."""

    def start(self) -> Callable[[Job], None]:
        raise RuntimeError("model.bin is damaged")
