"""The files of a results folder and the table on the terminal: views of the same reports."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from analyzer.files import write_atomically
from analyzer.models.phrases import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.report.audio_links import relative_url
from analyzer.report.html import to_html
from analyzer.report.jsonl import to_jsonl
from analyzer.report.tables import calls_csv, steps_csv
from analyzer.report.terminal import summary_table


def write_outputs(
    reports: Sequence[Report], recordings: Sequence[Recording], bank: PhraseBank, out: Path, console: Console
) -> None:
    """Write results.jsonl, calls.csv, steps.csv and report.html, each whole or not at all; print the summary."""
    paths = {recording.name: recording.path for recording in recordings if not recording.is_transcript}
    page = to_html(
        reports,
        title=bank.title,
        audio_base=lambda report: relative_url(paths[report.recording], out) if report.recording in paths else None,
        labels={step.id: (step.label.id, step.label.en) for step in bank.steps},
    )
    for name, data in (
        ("results.jsonl", to_jsonl(reports)),
        ("calls.csv", calls_csv(reports)),
        ("steps.csv", steps_csv(reports)),
        ("report.html", page),
    ):
        write_atomically(out / name, data)
    console.print(summary_table(reports))
    console.print(f"Results: {out / 'report.html'}, results.jsonl, calls.csv, steps.csv", highlight=False, markup=False)
