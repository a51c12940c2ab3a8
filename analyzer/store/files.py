"""Contents of files seen before, so that 20,000 recordings are not read again to find that nothing changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select

from analyzer.store.database import Database
from analyzer.store.tables import files
from analyzer.store.upsert import chunked, upsert


@dataclass(frozen=True)
class FileState:
    """What tells that a file was not changed: its size and time, and the content then.

    A remote file has a number made of its stamp in the place of the time.
    """

    size: int
    mtime_ns: int
    sha256: str


class Files:
    """Known files of one store, by absolute path or URL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, paths: Sequence[str]) -> dict[str, FileState]:
        """What is known of those of `paths` that were seen before."""
        found: dict[str, FileState] = {}
        for part in chunked(paths):
            found.update(self._database.read(partial(_known, paths=part)))
        return found

    def put(self, states: Mapping[str, FileState]) -> None:
        """Remember files."""
        rows = [
            {"path": path, "size": state.size, "mtime_ns": state.mtime_ns, "sha256": state.sha256}
            for path, state in sorted(states.items())
        ]
        for part in chunked(rows):
            self._database.write(partial(upsert, table=files, rows=part))


def _known(connection: Connection, paths: Sequence[str]) -> dict[str, FileState]:
    rows = connection.execute(select(files).where(files.c.path.in_(paths)))
    return {row.path: FileState(row.size, row.mtime_ns, row.sha256) for row in rows}
