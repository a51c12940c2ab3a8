"""What may stand at a place of a bank, and which of it was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Any

from analyzer.models.bank import PhraseBank

_SHOWN = 12  # more names than that do not help


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question after a wrong name: the known one most like it; else the known ones when they are few."""
    names = sorted(set(known))
    close = get_close_matches(name.lower(), names, n=1)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= _SHOWN else ""


def allowed_keys(location: Iterable[str | int]) -> tuple[str, ...]:
    """The keys of the mapping at a place; none where any key may stand."""
    return tuple(name for name in _schema_at(location).get("properties", ()) if name != "sha256")


def allowed_values(location: Iterable[str | int]) -> tuple[str, ...]:
    """The values that a place may have; none where they are not listed."""
    return tuple(map(str, _schema_at(location).get("enum", ())))


@cache
def _schema() -> dict[str, Any]:
    return PhraseBank.model_json_schema()


def _schema_at(location: Iterable[str | int]) -> dict[str, Any]:
    found = _resolved(_schema())
    for part in location:
        inside = found.get("properties", {}).get(part) or found.get("items") or found.get("additionalProperties")
        found = _resolved(inside if isinstance(inside, dict) else {})
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema itself, where it refers to another or may be null."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(choice)
    if "$ref" in schema:
        return _resolved(_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
    return schema
