"""report.xlsx: the batch for people who live in spreadsheets. XlsxWriter is used in this package only."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter.workbook import Workbook

from analyzer.models.output_options import Lang
from analyzer.models.report import Report
from analyzer.reports.html import Links
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary.batch import Summary
from analyzer.reports.summary.figures import STATUSES, VERDICTS
from analyzer.reports.words import LANGS, Both, Labels
from analyzer.reports.xlsx.cells import MOST_LINKS, MOST_ROWS, Book, Table
from analyzer.reports.xlsx.columns import Sheets
from analyzer.reports.xlsx.overview import Overview

NAMES: dict[str, Both] = {
    "summary": ("Ringkasan", "Summary"),
    "calls": ("Panggilan", "Calls"),
    "steps": ("Langkah", "Steps"),
    "agents": ("Agen", "Agents"),
    "failed": ("Gagal", "Failed"),
}
"""Sheets, in their order; the keys are names in the workbook by which formulas and pivots find the tables."""
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the same reports, the same bytes


def to_xlsx(
    summary: Summary,
    *,
    title: str,
    links: Callable[[Report], Links] = lambda _: Links(),
    labels: Labels | None = None,
    lang: Lang = "id",
    scratch: Path | None = None,
    made_of: str = "",
) -> bytes:
    """The workbook; the same arguments give the same bytes. `made_of` is kept in it (`book_made_of` reads it).

    Rows go through files in a folder of their own inside `scratch` (an existing folder; None: the system's own), so
    that a million of them need no memory; it is gone afterwards.
    """
    language = LANGS.index(lang)
    sheets = Sheets(summary, labels or {}, links, language)
    out = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix=".xlsx-", dir=scratch) as folder:
        options = {"constant_memory": True, "tmpdir": folder}
        # the defaults make formulas and links of text that looks like them
        options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        workbook = Workbook(out, options)
        workbook.set_properties({"title": one_line(title), "created": _MADE, "comments": f"made of {made_of}"})
        book = Book(workbook, language, _coloured_words(sheets))
        first = workbook.add_worksheet(NAMES["summary"][language])
        tables = {
            "calls": book.table(NAMES["calls"], sheets.call_columns(), sheets.calls(), defined="calls"),
            "steps": book.table(NAMES["steps"], sheets.step_columns(), sheets.steps(), defined="steps"),
            "agents": book.table(NAMES["agents"], sheets.agent_columns(), sheets.agents(), defined="agents"),
            "failed": book.table(NAMES["failed"], sheets.failed_columns(), sheets.failed(), defined="failed"),
        }
        overview = Overview(book, first, sheets, NAMES["summary"][language])
        overview.write(summary, title, _cut(tables, sheets, language))
        first.activate()
        workbook.close()
    return out.getvalue()


def book_made_of(path: Path) -> str | None:
    """What a workbook was made of; None when it is none of ours."""
    try:
        with zipfile.ZipFile(path) as book:
            found = re.search(rb"made of ([0-9a-f]+)<", book.read("docProps/core.xml"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return found[1].decode() if found else None


def _coloured_words(sheets: Sheets) -> dict[str, str]:
    words: dict[str, str] = {status: sheets.word(f"status.{status}") for status in STATUSES}
    words.update({verdict: sheets.word(f"verdict.{verdict}") for verdict in VERDICTS})
    return words


def _cut(tables: dict[str, Table], sheets: Sheets, language: int) -> list[str]:
    """What a sheet could not hold, said on the first."""
    notes = []
    for key, table in tables.items():
        name = NAMES[key][language]
        if table.rows_cut:
            words = sheets.word("xlsx.rows_cut").replace("{most}", str(MOST_ROWS))
            notes.append(words.replace("{sheet}", name).replace("{n}", str(table.rows_cut)))
        if table.links_cut:
            words = sheets.word("xlsx.links_cut").replace("{most}", str(MOST_LINKS))
            notes.append(words.replace("{sheet}", name).replace("{n}", str(table.links_cut)))
    return notes
