"""`analyzer evaluate`: reports against labels."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analyzer.cli.options import LabelsOption
from analyzer.errors import UsageError


def evaluate_command(
    results: Annotated[Path, typer.Argument(help="results.jsonl, or the folder that holds it.")],
    labels: LabelsOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Compare results with labelled calls: precision, recall, agreement, reliability, disagreements."""
    from analyzer.analysis.evaluation import evaluate, evaluation_table
    from analyzer.cli.labels import wanted_labels
    from analyzer.cli.outputs import read_results

    reports = read_results(results)
    wanted = wanted_labels(labels)
    result = evaluate(reports, wanted)
    if not result.calls:
        raise UsageError(f"{labels}: none of its {len(wanted)} calls is in {results}. Compare the call_id columns.")
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        Console().print(evaluation_table(result))
