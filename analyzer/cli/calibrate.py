"""`analyzer calibrate`: thresholds from labelled calls."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from analyzer.cli.options import BankOption, Exit, LabelsOption, chosen_bank
from analyzer.errors import RecordingError, UsageError

if TYPE_CHECKING:
    from analyzer.analysis.calibration.thresholds import Calibration, CalibrationSettings, Goal
    from analyzer.models.bank import PhraseBank


def calibrate_command(  # noqa: PLR0913, PLR0917 - one parameter an option is typer's way
    transcripts: Annotated[list[Path], typer.Argument(help="Results folder of `score`, or transcripts (.json).")],
    labels: LabelsOption,
    bank: BankOption = None,
    miss_rate: Annotated[
        float | None, typer.Option(min=0, max=0.99, help="Wanted share of said steps missed, e.g. 0.02.")
    ] = None,
    false_alarm_rate: Annotated[
        float | None, typer.Option(min=0, max=0.99, help="Wanted share of steps not said called met, e.g. 0.05.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, max=50, help="Parts for cross-validation.")] = 5,
    min_labels: Annotated[
        int, typer.Option(min=1, help="Calls labelled said, and labelled missed, below which a threshold is kept.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Put the proposed thresholds into the bank's files.")] = False,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Fit weights of the confidence instead, from results folders.")
    ] = False,
) -> None:
    """Propose each step's threshold from labelled calls and show what it would change; without rates: fewest errors."""
    from analyzer.analysis.calibration.table import calibration_table
    from analyzer.analysis.calibration.thresholds import CalibrationSettings
    from analyzer.bank.load import load_bank

    folder = chosen_bank(bank)
    if confidence:
        _confidence(transcripts, labels, load_bank(folder), folds, as_json=as_json)
        return
    if write:
        _refuse_installed(folder)
    settings = CalibrationSettings(goal=_goal(miss_rate, false_alarm_rate), folds=folds, least_labels=min_labels)
    loaded = load_bank(folder)
    result, failed = _calibrated(transcripts, labels, loaded, settings)
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        Console().print(calibration_table(result))
    _write_thresholds(folder, loaded, result.changes(), write=write)
    raise typer.Exit(Exit.SOME_FAILED if failed else Exit.OK)


def _confidence(folders: list[Path], labels: Path, bank: "PhraseBank", folds: int, *, as_json: bool) -> None:
    """Fit, and print the reliability before and after with the YAML to paste."""
    from analyzer.analysis.calibration.confidence import calibrate_confidence, labelled_findings
    from analyzer.analysis.calibration.table import confidence_lines, confidence_table
    from analyzer.cli.labels import wanted_labels
    from analyzer.cli.outputs import read_results

    wanted = {call_id: label.steps for call_id, label in wanted_labels(labels).items()}
    findings = labelled_findings((report for folder in folders for report in read_results(folder)), wanted)
    if not findings:
        raise UsageError(f"{labels}: none of its {len(wanted)} calls is among the results. Compare the call ids.")
    result = calibrate_confidence(findings, bank.confidence, folds)
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
        return
    Console().print(confidence_table(result))
    typer.echo(confidence_lines(result))
    typer.echo("Paste that into the bank, with your reason, when it is better than before.", err=True)


def _goal(miss_rate: float | None, false_alarm_rate: float | None) -> "Goal":
    from analyzer.analysis.calibration.thresholds import Goal

    if miss_rate is not None and false_alarm_rate is not None:
        raise UsageError("Give --miss-rate or --false-alarm-rate: one threshold cannot promise both.")
    if miss_rate is not None:
        return Goal(kind="miss_rate", rate=miss_rate)
    if false_alarm_rate is not None:
        return Goal(kind="false_alarm_rate", rate=false_alarm_rate)
    return Goal()


def _calibrated(
    paths: list[Path], labels: Path, bank: "PhraseBank", settings: "CalibrationSettings"
) -> tuple["Calibration", int]:
    """The calibration, and how many transcripts could not be used."""
    from analyzer.analysis.calibration.rejudge import match_call
    from analyzer.analysis.calibration.thresholds import calibrate
    from analyzer.cli.labels import wanted_labels
    from analyzer.jobs.stored_calls import read_transcripts
    from analyzer.matching.matcher import Matcher
    from analyzer.pipeline.score import Scorer

    console = Console(stderr=True)
    wanted = wanted_labels(labels)
    tell = partial(console.print, style="yellow", highlight=False, markup=False)
    read, failed = read_transcripts(paths, Scorer(bank), tell)
    matcher = Matcher(bank)
    calls = []
    for call_id, transcript in read:
        try:
            calls.append(match_call(call_id, transcript, matcher))
        except RecordingError as error:
            tell(f"left out: {error}")
            failed += 1
    if not wanted.keys() & {call.call_id for call in calls}:
        raise UsageError(f"{labels}: none of its {len(wanted)} calls is among the transcripts. Compare the call ids.")
    return calibrate(calls, wanted, bank, settings), failed


def _write_thresholds(folder: Path, bank: "PhraseBank", changes: dict[str, float], *, write: bool) -> None:
    """Write the new thresholds when that was asked for; say what was done."""
    from analyzer.bank.edit import write_accepts

    if changes and not write:
        typer.echo("Nothing was written; --write puts the proposed thresholds into the bank.", err=True)
    for file in write_accepts(folder, bank, changes) if changes and write else ():
        typer.echo(f"Written: {file}. Its `reason` still explains the old number: bring it up to date.", err=True)


def _refuse_installed(bank: Path) -> None:
    """A bank inside an installed package is overwritten by the next installation, and is not the user's."""
    if {"_phrase_bank", "site-packages", "dist-packages"} & set(bank.resolve().parts):
        raise UsageError(
            f"{bank}: belongs to the installed program. Copy that folder (cp -r {bank} my_bank), then run again "
            "with --bank my_bank."
        )
