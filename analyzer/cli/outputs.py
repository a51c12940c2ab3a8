"""The files of a results folder and the table on the terminal: views of the same reports."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from analyzer import audio
from analyzer.errors import RecordingError, UsageError
from analyzer.files import write_atomically
from analyzer.models.kept import KeptRun
from analyzer.models.phrases import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.report.audio_links import browser_plays, relative_url
from analyzer.report.html import to_html
from analyzer.report.jsonl import to_jsonl
from analyzer.report.tables import calls_csv, steps_csv
from analyzer.report.terminal import summary_table

_COPIES = "audio"  # folder inside --out for copies of recordings that browsers do not play


@dataclass(frozen=True)
class Scored:
    """All reports of a run, and what is needed to find each one's recording."""

    reports: Sequence[Report]
    run: KeptRun
    later: Sequence[Recording] = ()  # recordings that were written on meanwhile: left out


def read_results(path: Path) -> list[Report]:
    """The reports of a results folder or file. Raises UsageError when there is none."""
    from analyzer.report.jsonl import read_jsonl

    file = path / "results.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{file}: no such file. Run `analyzer score` first, or name its results.jsonl.")
    return read_jsonl(file)


def write_outputs(scored: Scored, bank: PhraseBank, out: Path, console: Console) -> None:
    """Write results.jsonl, calls.csv, steps.csv and report.html, each whole or not at all; print the summary."""
    reports = scored.reports
    steps = {step.id: (step.label.id, step.label.en) for step in bank.steps}
    recordings = [call.recording for call in scored.run.calls]
    # A remote recording cannot be reached from the page, which says so and names it.
    here = [recording for recording in recordings if not recording.is_transcript and not recording.remote]
    paths = {recording.name: recording.path for recording in here}
    write_atomically(out / "results.jsonl", to_jsonl(reports))
    write_atomically(out / "calls.csv", calls_csv(reports, steps=tuple(steps)))
    write_atomically(out / "steps.csv", steps_csv(reports))
    page = to_html(
        reports,
        title=bank.title,
        audio_base=lambda report: relative_url(paths[report.recording], out) if report.recording in paths else None,
        playable=_playable(scored, out),
        labels=steps,
    )
    write_atomically(out / "report.html", page)
    console.print(summary_table(reports))
    console.print(f"Results: {out / 'report.html'}, results.jsonl, calls.csv, steps.csv", highlight=False, markup=False)


def _playable(scored: Scored, out: Path) -> dict[str, str]:
    """URLs of copies, made once, of the recordings that browsers do not play as they are."""
    kept = {call.recording.name: call for call in scored.run.calls}
    urls: dict[str, str] = {}
    for report in scored.reports:
        call = kept[report.recording]
        recording = call.recording
        plays = browser_plays(report) and recording.customer_leg is None
        if report.audio is None or report.error or recording.remote or plays:
            continue
        copy = out / _COPIES / f"{call.key}.ogg"
        with contextlib.suppress(RecordingError):  # deleted meanwhile: the page then names the recording only
            if not copy.is_file():
                audio.write_playable(recording, copy, max_seconds=scored.run.max_seconds)
            urls[report.call_id] = relative_url(copy, Path(os.path.realpath(out)))
    return urls
