"""The files of a results folder and the table on the terminal, as commands write them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analyzer.errors import UsageError
from analyzer.models.bank import PhraseBank
from analyzer.models.base import OutputOptions
from analyzer.models.report import Report
from analyzer.models.run import ScoredRun
from analyzer.reports.results_folder import write_results
from analyzer.reports.terminal import summary_table

if TYPE_CHECKING:
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.reports.call_pages import Progress as Told


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
    count = len(results.pages.pages)
    pages = f", calls/ ({count} pages)" if count else ""
    files = f"{out / 'report.html'}, report.xlsx{pages}, results.jsonl, calls.csv, steps.csv"
    console.print(f"Results: {files}", highlight=False, markup=False)


@contextmanager
def _pages(console: Console) -> "Iterator[Told]":
    """Shows how many pages are made; only on a terminal."""
    columns = (TextColumn("Pages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Pages", visible=False)
        yield lambda done, of: progress.update(task, completed=done, total=of, visible=True)
