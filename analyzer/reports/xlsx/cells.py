"""Sheets whose cells have types: text is always text, whatever it looks like; a date is a date, a share per cent.

Every table has three rows on top: people's words, a thin line, and machine keys with the filter. The line keeps the
words out of what a spreadsheet takes for the table, so that pivots and formulas refer to keys, which never change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from analyzer.reports.csv import shortened
from analyzer.reports.safe_text import one_line

Kind = Literal["text", "number", "score", "share", "seconds", "count", "date", "day"]
Value = str | float | int | datetime | None

MAX_ROWS = 1_048_576
MAX_LINKS = 65_530  # of one sheet; Excel repairs the file when there are more
A4 = 9  # Excel's number for it
FIRST_ROW = 3  # of data, counted from 0
_KEYS_ROW = 2
_FORMATS: dict[Kind, str] = {
    "text": "@",
    "number": "0.0##",
    "score": "0.0",
    "share": "0 %",
    "seconds": "0.00",
    "count": "0",
    "date": "yyyy-mm-dd hh:mm",
    "day": "yyyy-mm-dd",
}
_FIRST_YEAR = 1900  # Excel knows none before
COLOURS = {
    "met": ("#16702F", "#E6F4EA"),
    "pass": ("#16702F", "#E6F4EA"),
    "missed": ("#B92424", "#FDEAEA"),
    "fail": ("#B92424", "#FDEAEA"),
    "out_of_order": ("#855600", "#FDF3DC"),
    "unsure": ("#6D42B3", "#F1EAFB"),
    "review": ("#6D42B3", "#F1EAFB"),
    "not_applicable": ("#566170", "#EEF0F3"),
    "exempt": ("#566170", "#EEF0F3"),
}
"""text and background of a status or verdict, as on the pages"""


@dataclass(frozen=True)
class Column:
    """One column of a table; its key never changes, new ones come at the end of their group."""

    key: str
    title: str
    kind: Kind = "text"
    width: float = 14
    coloured: tuple[str, ...] = ()
    """statuses or verdicts whose words colour the cell"""


@dataclass(frozen=True)
class Row:
    """One row, with the address of the page that its first cell links to."""

    values: Sequence[Value]
    link: str | None = None


@dataclass
class Table:
    """What was written of a table, and what did not fit."""

    rows: int = 0
    rows_cut: int = 0
    links_cut: int = 0
    letters: dict[str, str] = field(default_factory=dict)
    """column key -> its letter on the sheet"""


class _PageLink(Url):  # type: ignore[misc]  # XlsxWriter has no types
    """A link to a file beside the workbook, written as the standard wants it: XlsxWriter writes `calls\\k.html`."""

    def _target(self) -> str:
        return str(super()._target()).replace("\\", "/")


class Book:
    """An open workbook with the formats that its sheets share."""

    def __init__(self, workbook: Workbook, coloured_words: dict[str, str]) -> None:
        self.workbook = workbook
        self._coloured_words = coloured_words
        self._formats: dict[tuple[Any, ...], Format] = {}
        self._kinds: dict[Kind, Format] = {}

    def format(self, **properties: Any) -> Format:  # noqa: ANN401 - XlsxWriter's own, by name
        """A format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(properties)
        return self._formats[key]

    def of_kind(self, kind: Kind, **properties: Any) -> Format:  # noqa: ANN401
        """The format of a kind of value."""
        if not properties and kind in self._kinds:
            return self._kinds[kind]
        left = {"align": "left"} if kind in ("date", "day") else {}
        made = self.format(num_format=_FORMATS[kind], valign="top", **left, **properties)
        if not properties:
            self._kinds[kind] = made
        return made

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Row], *, defined: str) -> Table:
        """A sheet with one table; `defined` is the name by which formulas and pivots find it."""
        sheet = self.workbook.add_worksheet(name)
        self._head(sheet, columns)
        table = Table(letters={column.key: xl_col_to_name(index) for index, column in enumerate(columns)})
        for row in rows:
            if FIRST_ROW + table.rows >= MAX_ROWS:
                table.rows_cut += 1
                continue
            self._row(sheet, FIRST_ROW + table.rows, row, columns, table)
            table.rows += 1
        last = max(FIRST_ROW, FIRST_ROW + table.rows - 1)
        sheet.autofilter(_KEYS_ROW, 0, last, len(columns) - 1)
        sheet.freeze_panes(FIRST_ROW, 1)
        sheet.repeat_rows(0, FIRST_ROW - 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        for index, column in enumerate(columns):
            self._colour(sheet, index, column, last)
        end = f"${xl_col_to_name(len(columns) - 1)}${last + 1}"
        self.workbook.define_name(defined, f"='{name}'!$A${_KEYS_ROW + 1}:{end}")
        return table

    def write(self, sheet: Worksheet, row: int, column: int, value: Value, kind: Kind, **look: Any) -> None:  # noqa: ANN401
        """One cell by its kind; what does not fit its kind is text."""
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, cell_text(value), self.of_kind("text", **look))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, self.of_kind(kind, **look))
        else:
            sheet.write_number(row, column, value, self.of_kind(kind, **look))

    def _head(self, sheet: Worksheet, columns: Sequence[Column]) -> None:
        words = self.format(bold=True, text_wrap=True, valign="bottom", bottom=0)
        keys = self.format(font_color="#566170", font_size=8, bottom=1, bottom_color="#0B57D0")
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
        sheet.set_row(1, 3)
        for index, column in enumerate(columns):
            sheet.write_string(0, index, cell_text(column.title), words)
        for index, column in enumerate(columns):
            sheet.write_string(_KEYS_ROW, index, cell_text(column.key), keys)

    def _row(self, sheet: Worksheet, number: int, row: Row, columns: Sequence[Column], table: Table) -> None:
        for index, (column, value) in enumerate(zip(columns, row.values, strict=True)):
            linked = index == 0 and row.link is not None and isinstance(value, str) and value != ""
            if linked and number - FIRST_ROW < MAX_LINKS:
                look = self.of_kind("text", font_color="#0B57D0", underline=1)
                link = _PageLink(f"external:{row.link}")
                link.text = cell_text(str(value))
                sheet.write_url(number, index, link, look)
                continue
            table.links_cut += linked
            self.write(sheet, number, index, value, column.kind)

    def _colour(self, sheet: Worksheet, index: int, column: Column, last: int) -> None:
        for name in column.coloured:
            text, background = COLOURS[name]
            look = self.format(font_color=text, bg_color=background)
            rule = {"type": "cell", "criteria": "==", "value": f'"{self._coloured_words[name]}"', "format": look}
            sheet.conditional_format(FIRST_ROW, index, last, index, rule)
        if column.kind == "score":
            bar = {
                "type": "data_bar", "bar_color": "#8AB4F8", "bar_solid": True,
                "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 100,
            }  # fmt: skip
            sheet.conditional_format(FIRST_ROW, index, last, index, bar)


def cell_text(text: str) -> str:
    """Text on one line, without control characters, no longer than a cell keeps."""
    return shortened(one_line(text))


def date_or_text(text: str | None, when: datetime | None) -> Value:
    """A date that Excel knows, else the text as it was written."""
    return when if when is not None and when.year >= _FIRST_YEAR else text
