"""What commands show: progress by seconds of audio, the table on the terminal, the files of a results folder."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from analyzer.errors import UsageError
from analyzer.models.bank import PhraseBank
from analyzer.models.base import OutputOptions
from analyzer.models.report import Report
from analyzer.models.run import Job, ScoredRun
from analyzer.reports.results_folder import write_results
from analyzer.reports.terminal import summary_table

if TYPE_CHECKING:
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.reports.call_pages import Progress as PagesProgress


def read_results(path: Path) -> list[Report]:
    """The reports of a results folder or file. Raises UsageError when there is none."""
    from analyzer.reports.jsonl import read_jsonl

    file = path / "results.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{file}: no such file. Run `analyzer score` first, or name its results.jsonl.")
    return read_jsonl(file)


def publish(scored: ScoredRun, run: "ScoringRun", output: OutputOptions, console: Console) -> None:
    """Bring the review's queue and every file of the results folder up to date; print the summary."""
    from analyzer.review.service import ReviewService

    ReviewService(run.store).refresh()  # so that nobody who reviews waits for it
    write_outputs(scored, run.scorer.bank, run.options.out, output, console)


def write_outputs(scored: ScoredRun, bank: PhraseBank, out: Path, output: OutputOptions, console: Console) -> None:
    """Write every file of a results folder, each whole or not at all; print the summary."""
    with _pages(console) as progress:
        results = write_results(scored, bank, out, output, progress=progress)
    console.print(summary_table(results.summary))
    pages = f", calls/ ({len(results.pages.pages)} pages)" if results.pages.pages else ""
    files = f"{out / 'report.html'}, report.xlsx{pages}, results.jsonl, calls.csv, steps.csv"
    console.print(f"Results: {files}", highlight=False, markup=False)


@contextmanager
def _pages(console: Console) -> "Iterator[PagesProgress]":
    """Shows how many pages are made; only on a terminal."""
    columns = (TextColumn("Pages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Pages", visible=False)
        yield lambda done, of: progress.update(task, completed=done, total=of, visible=True)


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
