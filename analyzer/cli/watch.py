"""`analyzer watch`: `score` for recordings that are still to come."""

import contextlib
import signal
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from analyzer.cli.options import Exit, LangOption, PagesOption, chosen_bank, options_of
from analyzer.models.base import OutputOptions
from analyzer.models.scoring_options import ScoringOptions


@dataclass
class StopSignal:
    """Handles a signal: interrupts at once, and remembers it for where an exception is swallowed (finalizers)."""

    received: bool = False

    def __call__(self, _: int, __: FrameType | None) -> None:
        """The signal came."""
        self.received = True
        raise KeyboardInterrupt


@options_of(ScoringOptions, leave_out=("paths", "out"))
def watch_command(
    folders: Annotated[list[Path], typer.Argument(help="Folders that recordings come to.")],
    out: Annotated[Path, typer.Option(help="Folder for results; it holds all that a restart needs.")],
    stable_for: Annotated[
        float, typer.Option(min=0, help="Seconds for which a recording must be unchanged before it is scored.")
    ] = 30.0,
    lang: LangOption = "id",
    pages: PagesOption = "all",
    **options: Any,  # noqa: ANN401 - the fields of ScoringOptions
) -> None:
    """Score recordings as they are completed, until it is stopped (Ctrl-C or SIGTERM; then it exits 0).

    Results are brought up to date as calls come. Started again, it goes on where it was.
    """
    stop = StopSignal()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        request = ScoringOptions(paths=tuple(folders), out=out, **options | {"bank": chosen_bank(options["bank"])})
        _watch(request, OutputOptions(lang=lang, pages=pages), stable_for, stop)
    except KeyboardInterrupt:  # while starting, or a second time while it was stopping
        typer.echo("Interrupted. The same command goes on where it stopped.", err=True)
        raise typer.Exit(Exit.INTERRUPTED) from None


def _watch(request: ScoringOptions, output: OutputOptions, stable_for: float, stop: StopSignal) -> None:
    """Watch until a KeyboardInterrupt. Raises AnalyzerError for what the user must mend first."""
    from functools import partial

    from rich.console import Console

    from analyzer.cli.outputs import AudioProgress, publish
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.jobs.watch import Watch
    from analyzer.sources.file_stability import StabilityMonitor, StabilitySettings
    from analyzer.store.results_store import write_store_note

    console = Console(stderr=True)
    tell = partial(console.print, highlight=False, markup=False, soft_wrap=True)
    with ScoringRun(request, progress=partial(AudioProgress, console)) as run:
        watch = Watch(
            run,
            publish=lambda scored, last: publish(scored, run, output, console if last else Console(quiet=True)),
            tell=tell,
            stopped=lambda: stop.received,
            monitor=StabilityMonitor(StabilitySettings(quiet_seconds=stable_for)),
        )
        if request.model or request.second_model:
            run.find_models()  # a wrong name is told now, not when the first call comes
        if request.store:
            write_store_note(request.out, run.store.shown)
        tell(f"Watching {', '.join(map(str, request.paths))}. Stop with Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            watch.go_on()
        console.print("Stopping: what was in hand is given back, results are written.")
        run.pause()
        watch.finish()
