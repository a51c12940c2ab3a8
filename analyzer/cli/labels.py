"""`analyzer labels`, and labels for the commands that compare: files, or reviewers' decisions in a results folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import ResultsArgument, StoreOption
from analyzer.errors import UsageError
from analyzer.files import write_atomically
from analyzer.store.results_store import has_run, results_store

if TYPE_CHECKING:
    from analyzer.analysis.labels import CallLabels
    from analyzer.review.labels import CallLabel


def labels_command(
    results: ResultsArgument,
    out: Annotated[
        Path | None, typer.Option(help="File to write, .jsonl or .csv. [default: JSONL to stdout]")
    ] = None,
    include_unreviewed: Annotated[
        bool,
        typer.Option("--include-unreviewed", help="In reviewed calls, steps that nobody touched count as confirmed."),
    ] = False,
    store: StoreOption = None,
) -> None:
    """Export what reviewers decided, as labels for evaluate, calibrate and bank suggest: who, when, what."""
    from analyzer.review.labels import labels_csv, labels_jsonl

    if out is not None and out.suffix.lower() not in {".jsonl", ".csv"}:
        raise UsageError(f"{out}: labels are .jsonl or .csv; name the file so.")
    decided = _decided(results, store, include_unreviewed=include_unreviewed)
    if out is None:
        sys.stdout.buffer.write(labels_jsonl(decided))
        return
    write_atomically(out, labels_csv(decided) if out.suffix.lower() == ".csv" else labels_jsonl(decided))
    typer.echo(f"{len(decided)} calls with decisions: {out}", err=True)


def wanted_labels(path: Path) -> "dict[str, CallLabels]":
    """Labels by call id, of a file, or of what reviewers decided in a results folder. Raises UsageError without any."""
    from analyzer.analysis.labels import read_labels

    if not path.is_dir():
        return read_labels(path)
    decided = reviewers_labels(path)
    if not decided:
        raise UsageError(f"{path}: nobody has decided anything there yet. First run `analyzer review {path}`.")
    return decided


def reviewers_labels(results: Path) -> "dict[str, CallLabels]":
    """What reviewers decided in a results folder; empty when that is nothing."""
    from analyzer.review.labels import labels_by_call_id

    return labels_by_call_id(_decided(results, None, include_unreviewed=False))


def _decided(results: Path, store: str | None, *, include_unreviewed: bool) -> "tuple[CallLabel, ...]":
    from analyzer.review.labels import call_labels
    from analyzer.store.listing import Scope
    from analyzer.store.store import Store

    if store is None and not has_run(results):
        raise UsageError(f"{results}: holds no store. Give a folder that `analyzer score --out` has written.")
    opened = Store(results_store(results, store))
    try:
        keys = opened.listing.decided(Scope(run=opened.run_number(results)))
        cases = opened.cases.get(keys)
    finally:
        opened.close()
    return call_labels((cases[key] for key in keys if key in cases), include_unreviewed=include_unreviewed)
