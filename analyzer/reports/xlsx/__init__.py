"""report.xlsx: the batch as an Excel workbook. XlsxWriter is used in this package only."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from analyzer.locale.catalogue import DEFAULT_LANGUAGE, Labels
from analyzer.models.base import Lang
from analyzer.models.report import Report
from analyzer.reports.html import Links
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary import BINS, STATUSES, VERDICTS, Summary
from analyzer.reports.xlsx.cells import A4, MAX_LINKS, MAX_ROWS, Book, Kind, Table, Value
from analyzer.reports.xlsx.columns import SheetRows

SHEETS = ("summary", "calls", "steps", "agents", "failed")
"""Sheets, in their order: the names in the workbook by which formulas and pivots find the tables."""
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the same reports, the same bytes
_WIDTHS = (38, 11, 11, 11, 11, 14, 11, 11, 12)
_CHARTS_AT = len(_WIDTHS) + 1  # column
_CHART = {"width": 620, "height": 300}
_CHART_ROWS = 16
_HEAD_HEIGHT = 30  # points: two lines
_BLUE, _GREEN, _GREY = "#0B57D0", "#16702F", "#C6CDD6"
Ranges = dict[str, tuple[int, int]]
"""name of a table -> its first and last row"""


def to_xlsx(
    summary: Summary,
    *,
    title: str,
    links: Callable[[Report], Links] = lambda _: Links(),
    labels: Labels | None = None,
    lang: Lang = DEFAULT_LANGUAGE,
    scratch: Path | None = None,
    made_of: str = "",
) -> bytes:
    """The workbook; the same arguments give the same bytes. `made_of` is kept in it (`book_made_of` reads it).

    Rows go through files in a folder of their own inside `scratch` (an existing folder; None: the system's own), so
    that a million of them need no memory; it is gone afterwards.
    """
    sheets = SheetRows(summary, labels or {}, links, lang)
    names = {sheet: sheets.text(f"sheet.{sheet}") for sheet in SHEETS}
    out = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix=".xlsx-", dir=scratch) as folder:
        options = {"constant_memory": True, "tmpdir": folder}
        # the defaults make formulas and links of text that looks like them
        options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        workbook = Workbook(out, options)
        workbook.set_properties({"title": one_line(title), "created": _MADE, "comments": f"made of {made_of}"})
        book = Book(workbook, _coloured_words(sheets))
        first = workbook.add_worksheet(names["summary"])
        tables = {
            "calls": book.table(names["calls"], sheets.call_columns(), sheets.calls(), defined="calls"),
            "steps": book.table(names["steps"], sheets.step_columns(), sheets.steps(), defined="steps"),
            "agents": book.table(names["agents"], sheets.agent_columns(), sheets.agents(), defined="agents"),
            "failed": book.table(names["failed"], sheets.failed_columns(), sheets.failed(), defined="failed"),
        }
        overview = Overview(book, first, sheets, names["summary"])
        overview.write(summary, title, _cut_notes(tables, sheets, names))
        first.activate()
        workbook.close()
    return out.getvalue()


def book_made_of(path: Path) -> str | None:
    """The hash of what a workbook was made of; None when it is none of ours."""
    try:
        with zipfile.ZipFile(path) as book:
            match = re.search(rb"made of ([0-9a-f]+)<", book.read("docProps/core.xml"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return match[1].decode() if match else None


def _coloured_words(sheets: SheetRows) -> dict[str, str]:
    words: dict[str, str] = {status: sheets.text(f"status.{status}") for status in STATUSES}
    words.update({verdict: sheets.text(f"verdict.{verdict}") for verdict in VERDICTS})
    return words


def _cut_notes(tables: dict[str, Table], sheets: SheetRows, names: dict[str, str]) -> list[str]:
    """What a sheet could not hold, said on the first."""
    notes = []
    for key, table in tables.items():
        if table.rows_cut:
            notes.append(sheets.text("xlsx.rows_cut", sheet=names[key], most=MAX_ROWS, n=table.rows_cut))
        if table.links_cut:
            notes.append(sheets.text("xlsx.links_cut", sheet=names[key], most=MAX_LINKS, n=table.links_cut))
    return notes


class Overview:
    """The first sheet: totals, steps with intervals, scores, days, and Excel's charts beside them.

    Written row by row, from top to bottom: the workbook keeps no rows in memory.
    """

    def __init__(self, book: Book, sheet: Worksheet, sheets: SheetRows, name: str) -> None:
        self._book = book
        self._sheet = sheet
        self._sheets = sheets
        self._name = name
        self._row = 0
        self._ranges: Ranges = {}
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)

    def write(self, summary: Summary, title: str, notes: Sequence[str]) -> None:
        """Everything of the sheet; `notes` say what was cut elsewhere."""
        self._line([title], bold=True, font_size=14)
        for note in notes:
            self._line([note], font_color="#B92424")
        self._totals(summary)
        self._steps(summary)
        self._table("scores", ("score", "total"), [
            [f"{index * 100 // BINS}–{100 if index == BINS - 1 else (index + 1) * 100 // BINS - 1}", count]
            for index, count in enumerate(summary.scores)
        ], ("text", "count"))  # fmt: skip
        self._table("days", ("day", "total", "scored", "mean", "verdict.fail"), [
            [datetime.combine(group.day, time()), group.figures.calls, group.figures.scored, group.figures.mean_score,
             group.figures.verdicts["fail"]]
            for group in summary.days
        ], ("day", "count", "count", "score", "count"))  # fmt: skip
        self._charts(summary)

    def _totals(self, summary: Summary) -> None:
        text = self._sheets.text
        rows: list[list[Value]] = [[text(f"verdict.{verdict}"), summary.verdicts[verdict]] for verdict in VERDICTS]
        rows.append([text("all_calls"), summary.total])
        self._table("verdicts", ("filter.verdict", "total"), rows, ("text", "count"))
        self._line([text("mean"), summary.mean_score], kinds=("text", "score"))
        self._line([text("scored"), summary.scored], kinds=("text", "count"))

    def _steps(self, summary: Summary) -> None:
        rows: list[list[Value]] = []
        for step in summary.steps:
            rate = step.adherence
            counts = [step.counts[status] for status in STATUSES]
            name = self._sheets.step_name(step.id)
            rows.append([name, rate.value, rate.low, rate.high, *counts])
        heads = ("step", "adherence", "low", "high", *(f"status.{status}" for status in STATUSES))
        counts_as: list[Kind] = ["count"] * len(STATUSES)
        kinds: list[Kind] = ["text", "share", "share", "share", *counts_as]
        self._table("steps", heads, rows, kinds)

    def _table(self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Value]], kinds: Sequence[Kind]) -> None:
        self._row += 1
        self._sheet.set_row(self._row, _HEAD_HEIGHT)
        self._line([self._sheets.text(head) for head in heads], bold=True, bottom=1, text_wrap=True)
        first = self._row
        for row in rows:
            self._line(row, kinds=kinds)
        self._ranges[name] = (first, self._row - 1)

    def _line(self, values: Sequence[Value], kinds: Sequence[Kind] | None = None, **look: Any) -> None:  # noqa: ANN401
        for column, value in enumerate(values):
            self._book.write(self._sheet, self._row, column, value, kinds[column] if kinds else "text", **look)
        self._row += 1

    # --- charts ---

    def _charts(self, summary: Summary) -> None:
        place = 0
        for wanted, chart in (
            (summary.steps, self._adherence),
            (summary.scored, self._scores),
            (len(summary.days) > 1, self._days),
        ):
            if wanted:
                made = chart()
                made.set_size(_CHART)
                self._sheet.insert_chart(place * _CHART_ROWS + 1, _CHARTS_AT, made)
                place += 1

    def _chart(self, kind: str, title: str) -> Any:  # noqa: ANN401 - a class by kind
        chart = self._book.workbook.add_chart({"type": kind})
        chart.set_title({"name": self._sheets.text(title), "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        return chart

    def _adherence(self) -> Any:  # noqa: ANN401
        chart = self._chart("bar", "adherence")
        points = self._series("steps", 1, _GREEN)
        chart.add_series({**points, "gap": 60, "data_labels": {"value": True}})
        lines = {"visible": True, "line": {"color": _GREY}}
        chart.set_x_axis({"min": 0, "max": 1, "num_format": "0 %", "major_gridlines": lines, "label_position": "high"})
        chart.set_y_axis({"reverse": True})
        return chart

    def _scores(self) -> Any:  # noqa: ANN401
        chart = self._chart("column", "chart.scores")
        chart.add_series({**self._series("scores", 1, _BLUE), "gap": 20, "data_labels": {"value": True}})
        return chart

    def _days(self) -> Any:  # noqa: ANN401
        chart = self._chart("column", "chart.days")
        chart.add_series({**self._series("days", 1, _GREY), "gap": 30, "name": self._sheets.text("total")})
        line = self._book.workbook.add_chart({"type": "line"})
        means = self._series("days", 3, _BLUE)
        line.add_series({
            **means, "name": self._sheets.text("mean"), "y2_axis": True, "line": {"color": _BLUE, "width": 2},
        })  # fmt: skip
        line.set_y2_axis({"min": 0, "max": 100})
        chart.set_x_axis({"date_axis": True, "num_format": "d.m."})
        chart.combine(line)
        chart.set_legend({"position": "bottom"})
        return chart

    def _series(self, table: str, column: int, colour: str) -> dict[str, Any]:
        first, last = self._ranges[table]
        return {
            "categories": [self._name, first, 0, last, 0],
            "values": [self._name, first, column, last, column],
            "fill": {"color": colour},
        }


