"""A results folder: its files are views of the same reports, each written whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.files import write_atomically
from analyzer.locale.catalogue import Labels
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Lang, OutputOptions
from analyzer.models.report import Report
from analyzer.models.run import ScoredRun, StoredCall
from analyzer.reports.call_pages import PagesWritten, PageTask, Progress, labels_of, page_address, write_pages
from analyzer.reports.csv import calls_csv, steps_csv
from analyzer.reports.html import Links, to_html
from analyzer.reports.jsonl import to_jsonl
from analyzer.reports.page_files import page_hash, relative_url
from analyzer.reports.summary import Summary, summarise
from analyzer.reports.xlsx import book_made_of, to_xlsx
from analyzer.store.results import call_key


@dataclass(frozen=True)
class Results:
    """What was written: the figures that every file shows, and the pages."""

    summary: Summary
    pages: PagesWritten


def write_results(
    scored: ScoredRun,
    bank: PhraseBank,
    out: Path,
    look: OutputOptions,
    *,
    progress: Progress = lambda _done, _of: None,
) -> Results:
    """results.jsonl and calls.csv, steps.csv, the pages of calls, report.xlsx and report.html."""
    reports, labels = scored.reports, labels_of(bank)
    lines = to_jsonl(reports)
    write_atomically(out / "results.jsonl", lines)
    write_atomically(out / "calls.csv", calls_csv(reports, steps=tuple(labels)))
    write_atomically(out / "steps.csv", steps_csv(reports))
    calls = list(zip(scored.run.calls, reports, strict=True))
    task = PageTask(out, scored.store, bank, look.lang, scored.run.max_seconds)
    written = write_pages(calls, task, look.pages, progress=progress)
    batch = _Batch(summarise(reports), bank.title, labels, look.lang, _links(calls, written, out))
    _write_sheets(batch, lines, out)
    page = to_html(batch.summary, title=batch.title, links=batch.links_of, labels=labels, lang=look.lang)
    write_atomically(out / "report.html", page)
    return Results(batch.summary, written)


@dataclass(frozen=True)
class _Batch:
    """What report.xlsx and report.html show."""

    summary: Summary
    title: str
    labels: Labels
    lang: Lang
    links: Mapping[str, Links]

    def links_of(self, report: Report) -> Links:
        return self.links[report.recording]


def _write_sheets(batch: _Batch, lines: bytes, out: Path) -> None:
    """report.xlsx, unless it is there already: of 20,000 calls it takes 20 s."""
    shown = [batch.title, sorted(batch.labels.items()), batch.lang, [links.page for links in batch.links.values()]]
    made_of = page_hash(json.dumps(shown), lines)
    path = out / "report.xlsx"
    if book_made_of(path) == made_of:
        return
    book = to_xlsx(
        batch.summary, title=batch.title, links=batch.links_of, labels=batch.labels, lang=batch.lang, scratch=out,
        made_of=made_of,
    )  # fmt: skip
    write_atomically(path, book)


def _links(calls: Sequence[tuple[StoredCall, Report]], written: PagesWritten, out: Path) -> dict[str, Links]:
    """By recording, where its page and its sound are as seen from the results folder."""
    links: dict[str, Links] = {}
    for kept, report in calls:
        key = call_key(kept)
        sound = None if kept.recording.is_transcript else relative_url(kept.recording.path, out)
        links[report.recording] = Links(page_address(key) if key in written.pages else None, sound)
    return links
