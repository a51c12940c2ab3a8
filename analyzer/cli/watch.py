"""`analyzer watch`: `score` for recordings that are still to come."""

import contextlib
import inspect
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console

from analyzer.bank.shipped import shipped_bank
from analyzer.cli.exit_status import Exit
from analyzer.cli.score import ScoreRequest, rows_for, score_command
from analyzer.errors import UsageError
from analyzer.models.output_options import OutputOptions
from analyzer.store.results_store import write_store_note

_ONCE_ONLY = ("paths", "out", "as_json", "fail_under")  # options of `score` that belong to a run with an end


def _with_options_of_score(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `score` besides its own, so that the two cannot drift apart."""
    own = inspect.signature(command).parameters
    theirs = inspect.signature(score_command).parameters
    shared = {name: one for name, one in theirs.items() if name not in _ONCE_ONLY}
    parameters = [one for one in own.values() if one.kind is not one.VAR_KEYWORD] + list(shared.values())
    parameters.sort(key=lambda one: one.default is not one.empty)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what typer reads
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


@dataclass
class Stop:
    """Handles a signal: interrupts at once, and remembers it for where an exception is swallowed (finalizers)."""

    asked: bool = False

    def __call__(self, _: int, __: FrameType | None) -> None:
        """The signal came."""
        self.asked = True
        raise KeyboardInterrupt


@_with_options_of_score
def watch_command(
    folders: Annotated[list[Path], typer.Argument(help="Folders that recordings come to.")],
    out: Annotated[Path, typer.Option(help="Folder for results; it holds all that a restart needs.")],
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds for which a recording must be unchanged before it is scored.")
    ] = 30.0,
    **options: Any,  # noqa: ANN401 - whatever `score` takes
) -> None:
    """Score recordings as they are completed, until it is stopped (Ctrl-C or SIGTERM; then it exits 0).

    Results are brought up to date as calls come. Started again, it goes on where it was.
    """
    stop = Stop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, stop)
    try:
        look = OutputOptions(lang=options.pop("lang"), pages=options.pop("pages"))
        request = ScoreRequest(paths=tuple(folders), out=out, look=look, **options)
        run_watch(request, settle=settle, stop=stop)
    except KeyboardInterrupt:  # while starting, or a second time while it was stopping
        typer.echo("Interrupted. The same command goes on where it stopped.", err=True)
        raise typer.Exit(Exit.INTERRUPTED) from None


def run_watch(request: ScoreRequest, *, settle: float, stop: Stop) -> None:
    """Watch until a KeyboardInterrupt. Raises AnalyzerError for what the user must mend first."""
    from analyzer.bank.load import load_bank
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.jobs.watch import Watch, WatchTarget
    from analyzer.pipeline.score import Scorer
    from analyzer.sources.file_stability import StabilityMonitor, StabilitySettings

    folders = [Path(path) for path in request.paths]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such folder. Make it first, or give the one that recordings come to.")
    console = Console(stderr=True)
    scorer = Scorer(load_bank(request.bank or shipped_bank()))
    manifests = [request.manifest] if request.manifest else [folder / "manifest.csv" for folder in folders]
    with ScoringRun(request, scorer, console) as run:
        if request.model or request.second_model:
            _ = run.reading  # a wrong name is told now, not when the first call comes
        if request.store:
            write_store_note(request.out, run.store_shown)
        watched = WatchTarget(folders, request.out, manifests, lambda: rows_for(request), request.look)
        settling = StabilityMonitor(StabilitySettings(quiet_seconds=settle))
        watch = Watch(watched, scorer.bank, run, settling, console, lambda: stop.asked)
        console.print(f"Watching {', '.join(map(str, folders))}. Stop with Ctrl-C.", highlight=False, markup=False)
        with contextlib.suppress(KeyboardInterrupt):
            watch.go_on()
        console.print("Stopping: what was in hand is given back, results are written.")
        run.pause()
        watch.finish()
