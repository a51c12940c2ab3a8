"""The first sheet: totals, steps with intervals, scores, days, and charts of Excel's own beside them."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from xlsxwriter.worksheet import Worksheet

from analyzer.reports.summary.batch import BINS, Summary
from analyzer.reports.summary.figures import STATUSES, VERDICTS
from analyzer.reports.xlsx.cells import A4, Book, Kind, Value
from analyzer.reports.xlsx.columns import Sheets

_WIDTHS = (38, 11, 11, 11, 11, 14, 11, 11, 12)
_CHARTS_AT = len(_WIDTHS) + 1  # column
_CHART = {"width": 620, "height": 300}
_CHART_ROWS = 16
_HEAD_HEIGHT = 30  # points: two lines
_BLUE, _GREEN, _GREY = "#0B57D0", "#16702F", "#C6CDD6"
Ranges = dict[str, tuple[int, int]]
"""name of a table -> its first and last row"""


class Overview:
    """Written row by row, from top to bottom: the workbook keeps no rows in memory."""

    def __init__(self, book: Book, sheet: Worksheet, sheets: Sheets, name: str) -> None:
        self._book = book
        self._sheet = sheet
        self._sheets = sheets
        self._name = name
        self._row = 0
        self._ranges: Ranges = {}
        for at, width in enumerate(_WIDTHS):
            sheet.set_column(at, at, width)
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
            [f"{at * 100 // BINS}–{100 if at == BINS - 1 else (at + 1) * 100 // BINS - 1}", count]
            for at, count in enumerate(summary.scores)
        ], ("text", "count"))  # fmt: skip
        self._table("days", ("day", "total", "scored", "mean", "verdict.fail"), [
            [datetime.combine(one.day, time()), one.figures.calls, one.figures.scored, one.figures.mean_score,
             one.figures.verdicts["fail"]]
            for one in summary.days
        ], ("day", "count", "count", "score", "count"))  # fmt: skip
        self._charts(summary)

    def _totals(self, summary: Summary) -> None:
        word = self._sheets.word
        rows: list[list[Value]] = [[word(f"verdict.{one}"), summary.verdicts[one]] for one in VERDICTS]
        rows.append([word("all_calls"), summary.total])
        self._table("verdicts", ("filter.verdict", "total"), rows, ("text", "count"))
        self._line([word("mean"), summary.mean_score], kinds=("text", "score"))
        self._line([word("scored"), summary.scored], kinds=("text", "count"))

    def _steps(self, summary: Summary) -> None:
        rows: list[list[Value]] = []
        for step in summary.steps:
            rate = step.adherence
            counts = [step.counts[status] for status in STATUSES]
            name = self._sheets.name(step.id)[self._book.language]
            rows.append([name, rate.value, rate.low, rate.high, *counts])
        heads = ("step", "adherence", "low", "high", *(f"status.{status}" for status in STATUSES))
        counts_as: list[Kind] = ["count"] * len(STATUSES)
        kinds: list[Kind] = ["text", "share", "share", "share", *counts_as]
        self._table("steps", heads, rows, kinds)

    def _table(self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Value]], kinds: Sequence[Kind]) -> None:
        self._row += 1
        self._sheet.set_row(self._row, _HEAD_HEIGHT)
        self._line([self._sheets.word(head) for head in heads], bold=True, bottom=1, text_wrap=True)
        first = self._row
        for row in rows:
            self._line(row, kinds=kinds)
        self._ranges[name] = (first, self._row - 1)

    def _line(self, values: Sequence[Value], kinds: Sequence[Kind] | None = None, **look: Any) -> None:  # noqa: ANN401
        for at, value in enumerate(values):
            self._book.write(self._sheet, self._row, at, value, kinds[at] if kinds else "text", **look)
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
        chart.set_title({"name": self._sheets.word(title), "name_font": {"size": 12}})
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
        chart.add_series({**self._series("days", 1, _GREY), "gap": 30, "name": self._sheets.word("total")})
        line = self._book.workbook.add_chart({"type": "line"})
        means = self._series("days", 3, _BLUE)
        line.add_series({
            **means, "name": self._sheets.word("mean"), "y2_axis": True, "line": {"color": _BLUE, "width": 2},
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


