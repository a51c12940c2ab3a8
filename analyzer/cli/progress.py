"""Progress on stderr, by seconds of audio: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from analyzer.models.run import Job

_LINE_EVERY_SECONDS = 30.0


class AudioProgress:
    """Counts the audio seconds of finished jobs; shows done, failed, and an estimate of the time left."""

    def __init__(self, console: Console, what: str, jobs: Sequence[Job]) -> None:
        self._console, self._what = console, what
        self._jobs, self._total = len(jobs), max(sum(job.seconds for job in jobs), 1.0)
        self._done = self._crashed = 0
        self._seconds = 0.0
        self._began = self._last_line = time.monotonic()
        self._bar = Progress(
            TextColumn(what),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[calls]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=self._total, calls=self._calls())

    def __enter__(self) -> "AudioProgress":
        self._bar.start()
        if not self._console.is_terminal:
            number = f"{self._jobs} recording{'' if self._jobs == 1 else 's'}"
            self._console.print(f"{self._what} {number}, {self._total / 60:.1f} minutes of audio.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, job: Job, given_up: str | None) -> None:
        """One job is over."""
        self._done += 1
        self._crashed += given_up is not None
        self._seconds += job.seconds
        self._bar.update(self._task, completed=self._seconds, calls=self._calls())
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line > _LINE_EVERY_SECONDS:
            self._last_line = now
            share = min(1.0, self._seconds / self._total) or 0.01
            left = (now - self._began) * (1 - share) / share
            self._console.print(f"{share:4.0%} of the audio, {self._calls()}, about {left / 60:.1f} minutes left")

    def _calls(self) -> str:
        failed = f", {self._crashed} given up" if self._crashed else ""
        return f"{self._done}/{self._jobs} recordings{failed}"
