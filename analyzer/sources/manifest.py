"""Metadata of calls: from a manifest CSV, or from the recordings' file names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from analyzer.errors import UsageError
from analyzer.models.base import ChannelSide, Frozen
from analyzer.models.recording import CallMetadata, System
from analyzer.sources.remote.storage import read_file
from analyzer.sources.tabular_input import Row, decode_text, parse_csv, read_csv

_NAME = "manifest.csv"
_FIELDS = ("agent", "started_at", "system", "transaction", "email", "phone", "agent_channel")
_KNOWN_COLUMNS = {"file", "customer_file", "call_id", *_FIELDS}


class ManifestRow(Frozen):
    """One call of a manifest."""

    line: int
    file: str
    customer_file: str | None = None
    call_id: str | None = None
    metadata: CallMetadata


@dataclass(frozen=True)
class Manifest:
    """Rows by file name or stem, without regard to case."""

    path: Path | str
    rows: tuple[ManifestRow, ...]

    def row_for(self, name: str) -> ManifestRow | None:
        """The row of a file: its relative path first, then its name, then its stem."""
        path = Path(name)
        for key in (path.as_posix(), path.name, path.stem):
            for row in self._index.get(key.casefold(), ()):
                return row
        return None

    @cached_property
    def _index(self) -> dict[str, list[ManifestRow]]:
        index: dict[str, list[ManifestRow]] = {}
        for row in self.rows:
            index.setdefault(row.file.casefold(), []).append(row)
        return index


def manifest_in(folder: Path | str) -> Manifest | None:
    """The `manifest.csv` in a folder, or under a URL (`str`); None when there is none. Raises as `read_manifest`."""
    if isinstance(folder, Path):
        path = folder / _NAME
        return read_manifest(path) if path.is_file() else None
    url = f"{folder.rstrip('/')}/{_NAME}"
    data = read_file(url)
    return _manifest(url, parse_csv(decode_text(data, url), url, required="file")) if data is not None else None


def read_manifest(path: Path) -> Manifest:
    """Read a manifest CSV (comma, semicolon or tab; UTF-8 with or without BOM).

    Raises UsageError with file, line, column and how to fix it.
    """
    return _manifest(path, read_csv(path, required="file"))


def _manifest(path: Path | str, lines: Sequence[Row]) -> Manifest:
    rows = tuple(_row(f"{path}:{line}", line, cells) for line, cells in lines)
    _refuse_duplicates(path, rows)
    return Manifest(path, rows)


class NamePattern:
    """A regular expression with named groups that reads metadata out of a file's name."""

    def __init__(self, pattern: str) -> None:
        try:
            self._regex = re.compile(pattern)
        except re.error as error:
            raise UsageError(f"--name-pattern: not a regular expression ({error}).") from error
        if not self._regex.groupindex:
            raise UsageError("--name-pattern: has no named group such as (?P<agent>[^-]+).")

    def row_for(self, name: str) -> ManifestRow | None:
        """What the name says; None when the pattern does not fit it."""
        match = self._regex.search(Path(name).name)
        if not match:
            return None
        cells = {key: value.strip() for key, value in match.groupdict().items() if value and value.strip()}
        return _row(Path(name).name, 0, {**cells, "file": name})


def _row(where: str, line: int, cells: Mapping[str, str]) -> ManifestRow:
    if "file" not in cells:
        raise UsageError(f"{where}: the column 'file' is empty.")
    known = {key: cells[key] for key in _FIELDS if key in cells}
    for key, allowed, fold in (
        ("system", get_args(System), str.upper),
        ("agent_channel", get_args(ChannelSide), str.lower),
    ):
        if key in known:
            known[key] = fold(known[key])
            if known[key] not in allowed:
                raise UsageError(f"{where}: {key} is '{cells[key]}', must be one of {', '.join(allowed)}.")
    extra = {key: value for key, value in cells.items() if key not in _KNOWN_COLUMNS}
    try:
        metadata = CallMetadata.model_validate({**known, "extra": extra})
    except ValidationError as error:
        raise UsageError(f"{where}: {error.errors()[0]['msg']}") from error
    return ManifestRow(
        line=line,
        file=cells["file"],
        customer_file=cells.get("customer_file"),
        call_id=cells.get("call_id"),
        metadata=metadata,
    )


def _refuse_duplicates(path: Path | str, rows: tuple[ManifestRow, ...]) -> None:
    for field in ("file", "call_id"):
        seen: dict[str, int] = {}
        for row in rows:
            value = getattr(row, field)
            if value is None:
                continue
            key = value.casefold() if field == "file" else value
            if key in seen:
                raise UsageError(
                    f"{path}:{row.line}: {field} '{value}' stands already in line {seen[key]}. Keep one of them."
                )
            seen[key] = row.line
