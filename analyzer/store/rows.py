"""Values of rows: models as compressed JSON, text that both databases take; and INSERT ... ON CONFLICT for both."""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)

_COMPRESSION_LEVEL = 6  # a transcript of 60 kB takes about 10
_SURROGATE = b"\\ud"  # as JSON escapes it
_PARAMETERS_MAX = 30_000  # SQLite takes 32,766 in one statement, PostgreSQL 65,535
_CHUNK = 500  # items a statement


def to_json(model: BaseModel) -> bytes:
    """The JSON form of a model that is stored and hashed."""
    try:
        return model.model_dump_json(exclude_none=True, by_alias=True).encode()
    except PydanticSerializationError:
        # A file name that is no UTF-8: Python holds its bytes as lone surrogates, which pydantic's JSON refuses.
        return json.dumps(model.model_dump(exclude_none=True, by_alias=True), default=str).encode()


def compress(data: bytes) -> bytes:
    """Compressed bytes."""
    return zlib.compress(data, _COMPRESSION_LEVEL)


def decompress(body: bytes) -> bytes:
    """What `compress` was given. Raises ValueError when the bytes are damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def encode_model(model: BaseModel) -> bytes:
    """A model as bytes of a row."""
    return compress(to_json(model))


def decode_model(kind: type[Model], body: bytes) -> Model | None:
    """The model of a row; None when the bytes are damaged or were written by another version of the program."""
    try:
        data = decompress(body)
        return kind.model_validate(json.loads(data)) if _SURROGATE in data else kind.model_validate_json(data)
    except (ValueError, ValidationError):
        return None


def sha256(data: bytes) -> str:
    """Content hash, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def storable_text(text: str) -> str:
    """Text that both databases take: PostgreSQL has no NUL, neither has broken Unicode from odd file names."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()


def chunked(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` in runs that one statement and one short transaction can take."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


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
    key_names = [column.name for column in table.primary_key]
    size = max(1, _PARAMETERS_MAX // len(rows[0]))
    for start in range(0, len(rows), size):
        statement = dialect.insert(table).values(list(rows[start : start + size]))
        others = {name: statement.excluded[name] for name in rows[0] if name not in (*key_names, *keep)}
        if others:
            connection.execute(statement.on_conflict_do_update(index_elements=key_names, set_=others, where=where))
        else:
            connection.execute(statement.on_conflict_do_nothing(index_elements=key_names))
