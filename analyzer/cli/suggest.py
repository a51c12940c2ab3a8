"""`analyzer bank suggest`: near misses of scored calls as proposed variants. Writes nothing."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from analyzer.cli.options import BankOption, chosen_bank
from analyzer.errors import UsageError
from analyzer.store.results_store import has_run

if TYPE_CHECKING:
    from analyzer.analysis.labels import CallLabels
    from analyzer.models.bank import PhraseBank
    from analyzer.models.report import Report
    from analyzer.models.transcript import Transcript


def suggest_command(
    results: Annotated[Path, typer.Argument(help="results.jsonl, or the folder that holds it.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Right answers, .jsonl or .csv, or a results folder: tells real misses from right ones. "
            "[default: what reviewers decided in RESULTS]"
        ),
    ] = None,
    bank: BankOption = None,
    transcripts: Annotated[
        list[Path] | None,
        typer.Option(help="Saved transcripts, to show sentences and flips. [default: those kept with RESULTS]"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Variants tried, most heard first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Propose wordings that the bank lacks, tried on the whole bank, with the YAML to paste; writes nothing."""
    from analyzer.analysis.suggestions.corrections import mistakes
    from analyzer.analysis.suggestions.near_misses import near_misses
    from analyzer.analysis.suggestions.proposals import suggest
    from analyzer.analysis.suggestions.table import suggestions_table, yaml_lines
    from analyzer.bank.load import load_bank
    from analyzer.reports.jsonl import read_jsonl

    file = results / "results.jsonl" if results.is_dir() else results
    if not file.is_file():
        raise UsageError(f"{file}: no such file. Run `analyzer score` first, or name its results.jsonl.")
    loaded = load_bank(chosen_bank(bank))
    reports = read_jsonl(file)
    wanted = _labels(file.parent, labels)
    stored = _transcripts(_stored(file, transcripts), loaded)
    near = near_misses(reports, loaded, wanted, stored)
    mistaken = mistakes(reports, loaded, wanted, stored)
    result = suggest(
        near, loaded, reports=len(reports), labels=wanted, transcripts=stored, limit=limit, mistaken=mistaken
    )
    result = result.model_copy(update={"warnings": tuple(_warnings(reports, loaded.sha256))})
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
        return
    Console().print(suggestions_table(result), highlight=False)
    if lines := yaml_lines(result):
        typer.echo(f"\n{lines}", nl=False)
        typer.echo("Paste what you agree with, then run `analyzer bank check`.", err=True)


def _labels(folder: Path, given: Path | None) -> "dict[str, CallLabels]":
    """As given; else what reviewers decided where the results lie."""
    from analyzer.cli.labels import reviewers_labels, wanted_labels

    if given is not None:
        return wanted_labels(given)
    decided = reviewers_labels(folder) if has_run(folder) else {}
    if decided:
        typer.echo(f"Labels: what reviewers decided on {len(decided)} calls.", err=True)
    return decided


def _stored(file: Path, given: list[Path] | None) -> list[Path]:
    """Where the transcripts are: as given, else those kept beside the results."""
    return given or ([file.parent] if has_run(file.parent) else [])


def _transcripts(paths: list[Path], bank: "PhraseBank") -> "dict[str, Transcript]":
    """By call id; of several readings of a call the first counts."""
    from analyzer.jobs.stored_calls import read_transcripts
    from analyzer.pipeline.score import Scorer

    if not paths:
        return {}
    tell = partial(Console(stderr=True).print, style="yellow", highlight=False, markup=False)
    read, _ = read_transcripts(paths, Scorer(bank), tell)
    stored: dict[str, Transcript] = {}
    for call_id, transcript in read:
        stored.setdefault(call_id, transcript)
    return stored


def _warnings(reports: "list[Report]", sha256: str) -> list[str]:
    other = sum(report.sop.sha256 != sha256 for report in reports)
    if not other:
        return []
    return [f"{other} of the {len(reports)} results were scored with another version of this bank: score them again."]
