"""Reads CSV and text files made by people: UTF-8 with or without BOM, any line ends, any of three separators."""

import csv
import io
from pathlib import Path

from analyzer.errors import UsageError

_DELIMITERS = ",;\t"  # Excel set to Indonesian writes semicolons

FORMULA_STARTS = "=+-@\t\r\n\x00＝＋－＠"
"""a spreadsheet takes a cell that begins with one of these for a formula"""
INVISIBLE = " \u00a0\u200b\u2060\ufeff"

Row = tuple[int, dict[str, str]]
"""Line number in the file (1 is the header) and the cells by column; empty cells are left out."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without BOM. Raises UsageError, which says how to fix it."""
    try:
        return decode_text(path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error


def decode_text(data: bytes, path: Path | str) -> str:
    """UTF-8 bytes as text with plain line feeds; `path` is named in messages."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8. In Excel save it as 'CSV UTF-8'.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_csv(path: Path, *, required: str) -> list[Row]:
    """Rows of a CSV with comma, semicolon or tab; empty rows are left out.

    Raises UsageError with file, line and how to fix it, also when the column `required` is missing.
    """
    return parse_csv(read_text(path), path, required=required)


def parse_csv(text: str, path: Path | str, *, required: str) -> list[Row]:
    """Rows of CSV text, as `read_csv` gives them; `path` is named in messages."""
    header = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=header.count))
    columns = [(name or "").strip() for name in reader.fieldnames or []]
    if required not in columns:
        raise UsageError(f"{path}:1: no column '{required}'; found: {', '.join(columns) or 'nothing'}.")
    reader.fieldnames = columns
    rows: list[Row] = []
    for values in reader:
        if any(values.pop(None, ()) or ()):
            raise UsageError(f"{path}:{reader.line_num}: more cells than columns. Quote cells that hold the separator.")
        cells = {key: value.strip() for key, value in values.items() if value and value.strip()}
        if cells:
            rows.append((reader.line_num, cells))
    return rows


def unguarded_cell(cell: str) -> str:
    """The text of a cell without the apostrophe that `reports.csv.safe_cell` puts before formula signs.

    >>> unguarded_cell("'+628123"), unguarded_cell("'t Hooft")
    ('+628123', "'t Hooft")
    """
    rest = cell[1:]
    start = rest.lstrip(INVISIBLE)[:1]
    return rest if cell[:1] == "'" and start and start in FORMULA_STARTS else cell
