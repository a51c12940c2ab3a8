"""Text files that people hand in: written by Excel as often as by programs."""

import csv
import io
from pathlib import Path

from analyzer.errors import UsageError

_DELIMITERS = ",;\t"  # Excel set to Indonesian writes semicolons

FORMULA_STARTS = "=+-@\t\r\n\x00＝＋－＠"
"""a cell that begins with one of these is taken for a formula"""
INVISIBLE = " \u00a0\u200b\u2060\ufeff"

Row = tuple[int, dict[str, str]]
"""Line number in the file (1 is the header) and the cells by column; empty cells are left out."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without BOM. Raises UsageError naming file and cure."""
    try:
        return as_text(path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error


def as_text(data: bytes, path: Path | str) -> str:
    """The same of a file's bytes; `path` stands in messages."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8. In Excel save it as 'CSV UTF-8'.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_csv(path: Path, *, needed: str) -> list[Row]:
    """Rows of a CSV with comma, semicolon or tab; rows without any cell are left out.

    Raises UsageError naming file, line and cure, also when the column `needed` is not there.
    """
    return csv_rows(read_text(path), path, needed=needed)


def csv_rows(text: str, path: Path | str, *, needed: str) -> list[Row]:
    """The same of a file's text."""
    header = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=header.count))
    columns = [(name or "").strip() for name in reader.fieldnames or []]
    if needed not in columns:
        raise UsageError(f"{path}:1: no column '{needed}'; found: {', '.join(columns) or 'nothing'}.")
    reader.fieldnames = columns
    rows: list[Row] = []
    for values in reader:
        if any(values.pop(None, ()) or ()):
            raise UsageError(f"{path}:{reader.line_num}: more cells than columns. Quote cells that hold the separator.")
        cells = {key: value.strip() for key, value in values.items() if value and value.strip()}
        if cells:
            rows.append((reader.line_num, cells))
    return rows


def bare_cell(cell: str) -> str:
    """The text of a cell that `reports.csv.safe_cell` has guarded at its beginning.

    >>> bare_cell("'+628123"), bare_cell("'t Hooft")
    ('+628123', "'t Hooft")
    """
    rest = cell[1:]
    start = rest.lstrip(INVISIBLE)[:1]
    return rest if cell[:1] == "'" and start and start in FORMULA_STARTS else cell
