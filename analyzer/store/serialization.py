"""Models as bytes of a row: JSON, packed; a transcript of 60 kB takes about 10. And text as a row takes it."""

import hashlib
import json
import zlib
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

_LEVEL = 6
_SURROGATE = b"\\ud"  # as JSON escapes it
Model = TypeVar("Model", bound=BaseModel)


def to_json(model: BaseModel) -> bytes:
    """The one JSON form of a model that is stored and hashed."""
    try:
        return model.model_dump_json(exclude_none=True, by_alias=True).encode()
    except PydanticSerializationError:
        # A file name that is no UTF-8: Python holds its bytes as lone surrogates, which pydantic's JSON refuses.
        return json.dumps(model.model_dump(exclude_none=True, by_alias=True), default=str).encode()


def compress(data: bytes) -> bytes:
    """Packed bytes."""
    return zlib.compress(data, _LEVEL)


def encode_model(model: BaseModel) -> bytes:
    """A model as bytes of a row."""
    return compress(to_json(model))


def decompress(body: bytes) -> bytes:
    """What was packed. Raises ValueError when the bytes are damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error


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
