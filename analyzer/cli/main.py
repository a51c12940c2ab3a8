"""The command `analyzer`: results to stdout or files, everything else to stderr."""

import os
import sys
import traceback
from typing import Annotated

import typer

from analyzer import __version__
from analyzer.cli.bank import bank_app
from analyzer.cli.bench import bench_command
from analyzer.cli.calibrate import calibrate_command
from analyzer.cli.evaluate import evaluate_command
from analyzer.cli.labels import labels_command
from analyzer.cli.models import models_app
from analyzer.cli.options import Exit
from analyzer.cli.people import people_app
from analyzer.cli.report import report_app
from analyzer.cli.rescore import rescore_command
from analyzer.cli.review import review_command
from analyzer.cli.score import score_command
from analyzer.cli.status import status_command
from analyzer.cli.watch import watch_command
from analyzer.errors import AnalyzerError

app = typer.Typer(
    name="analyzer",
    help="Score recorded calls against their standard operating procedure, offline, with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it swallows what stands in square brackets
)
app.command("score")(score_command)
app.command("watch")(watch_command)
app.command("rescore")(rescore_command)
app.command("status")(status_command)
app.command("review")(review_command)
app.command("evaluate")(evaluate_command)
app.command("bench")(bench_command)
app.command("calibrate")(calibrate_command)
app.command("labels")(labels_command)
app.add_typer(people_app, name="people")
app.add_typer(bank_app, name="bank")
app.add_typer(models_app, name="models")
app.add_typer(report_app, name="report")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"analyzer {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options of all commands."""


def main() -> None:
    """Run the command; every error ends as one line on stderr and an exit status that scripts rely on."""
    # Cores are shared out among processes and the recogniser's threads: numpy's library shall not take them again.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.unraisablehook = _tell_unraisable
    try:
        app(standalone_mode=True)
    except AnalyzerError as error:
        _fail(str(error), Exit.USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # a closed reader is not our error
        sys.exit(Exit.OK)
    except Exception as error:  # noqa: BLE001 - the one catch-all: users get a line, developers the trace
        if os.environ.get("ANALYZER_TRACE"):
            traceback.print_exc()
        _fail(f"Internal error: {type(error).__name__}: {error}. Set ANALYZER_TRACE=1 to see where.", Exit.INTERNAL)


def _tell_unraisable(found: "sys.UnraisableHookArgs") -> None:
    # An interrupt that comes while Python tidies up cannot be raised there; a trace of it would tell nobody anything.
    if not isinstance(found.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(found)


def _fail(message: str, status: Exit) -> None:
    typer.echo(message, err=True)
    sys.exit(status)
