"""Models as bytes of a row: JSON, packed; a transcript of 60 kB takes about 10."""

import hashlib
import zlib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

_LEVEL = 6
Model = TypeVar("Model", bound=BaseModel)


def as_json(model: BaseModel) -> bytes:
    """The one JSON form of a model that is stored and hashed."""
    return model.model_dump_json(exclude_none=True, by_alias=True).encode()


def pack(data: bytes) -> bytes:
    """Packed bytes."""
    return zlib.compress(data, _LEVEL)


def packed(model: BaseModel) -> bytes:
    """A model as bytes of a row."""
    return pack(as_json(model))


def unpack(body: bytes) -> bytes:
    """What was packed. Raises ValueError when the bytes are damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def unpacked(kind: type[Model], body: bytes) -> Model | None:
    """The model of a row; None when the bytes are damaged or were written by another version of the program."""
    try:
        return kind.model_validate_json(unpack(body))
    except (ValueError, ValidationError):
        return None


def sha256(data: bytes) -> str:
    """Content hash, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
