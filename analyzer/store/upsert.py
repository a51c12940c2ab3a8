"""INSERT ... ON CONFLICT DO UPDATE, the same for both databases."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
Item = TypeVar("Item")
_PARAMETERS_MAX = 30_000  # SQLite takes 32,766 in one statement, PostgreSQL 65,535
_PART = 500  # items a statement


def chunked(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` in runs that one statement and one short transaction can take."""
    for at in range(0, len(items), _PART):
        yield items[at : at + _PART]


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    where: ColumnElement[bool] | None = None,
    keep: Collection[str] = (),
) -> None:
    """Insert rows, or give rows with the same primary key these values (only those that satisfy `where`).

    All rows have the same keys; columns not named, and those in `keep`, stay in rows that are there. Rows must
    differ in their primary key.
    """
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    names = [column.name for column in table.primary_key]
    size = max(1, _PARAMETERS_MAX // len(rows[0]))
    for at in range(0, len(rows), size):
        statement = dialect.insert(table).values(list(rows[at : at + size]))
        others = {name: statement.excluded[name] for name in rows[0] if name not in (*names, *keep)}
        if others:
            connection.execute(statement.on_conflict_do_update(index_elements=names, set_=others, where=where))
        else:
            connection.execute(statement.on_conflict_do_nothing(index_elements=names))
