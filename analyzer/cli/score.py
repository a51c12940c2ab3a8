"""`analyzer score`: transcribe, score, write the files of a results folder."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analyzer.cli.options import Exit, LangOption, PagesOption, chosen_bank, options_of
from analyzer.models.base import OutputOptions
from analyzer.models.scoring_options import ScoringOptions

if TYPE_CHECKING:
    from analyzer.models.report import Report


@options_of(ScoringOptions, leave_out=("paths", "out"))
def score_command(
    paths: Annotated[list[str], typer.Argument(help=ScoringOptions.model_fields["paths"].description)],
    out: Annotated[Path, typer.Option(help=ScoringOptions.model_fields["out"].description)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the results to stdout, one JSON a line.")] = False,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=100, help="Exit 4 when the mean score is below this.")
    ] = None,
    lang: LangOption = "id",
    pages: PagesOption = "all",
    **options: Any,  # noqa: ANN401 - the fields of ScoringOptions
) -> None:
    """Transcribe recordings, find the SOP's steps, and write a scored report of every call."""
    try:
        options["bank"] = chosen_bank(options["bank"])
        request = ScoringOptions(paths=tuple(map(_path_or_url, paths)), out=out, **options)
        reports = _scored(request, OutputOptions(lang=lang, pages=pages))
    except KeyboardInterrupt:  # typer would end without a word
        typer.echo("Interrupted. The same command goes on where it stopped.", err=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        from analyzer.reports.jsonl import to_jsonl

        sys.stdout.buffer.write(to_jsonl(reports))
        sys.stdout.buffer.flush()
    raise typer.Exit(_status(reports, fail_under))


def _scored(request: ScoringOptions, output: OutputOptions) -> "Sequence[Report]":
    """Score, write, say what was left for later."""
    from functools import partial

    from rich.console import Console

    from analyzer.cli.outputs import AudioProgress, publish
    from analyzer.jobs.scoring_run import ScoringRun, names_shown
    from analyzer.store.results_store import write_store_note

    console = Console(stderr=True)
    with ScoringRun(request, progress=partial(AudioProgress, console)) as run:
        stable, notes = run.find()
        for note in notes:
            console.print(note, style="yellow", highlight=False, markup=False)
        scored = run.score(stable.ready)
        run.save(scored)
        if request.store:
            write_store_note(request.out, run.store.shown)
        publish(scored, run, output, console)
    if later := (*stable.later, *scored.later):
        left = f"Still being written, left for later: {names_shown(later)}. Give the same command again."
        console.print(left, style="yellow", highlight=False, markup=False)
    return scored.reports


def _path_or_url(text: str) -> Path | str:
    from analyzer.sources.remote.storage import is_url, local_path

    return (local_path(text) or text) if is_url(text) else Path(text)


def _status(reports: "Sequence[Report]", fail_under: float | None) -> Exit:
    if any(report.error for report in reports):
        return Exit.SOME_FAILED
    scores = [report.score for report in reports if report.score is not None]
    if fail_under is not None and scores and sum(scores) / len(scores) < fail_under:
        return Exit.BELOW_MARK
    return Exit.OK
