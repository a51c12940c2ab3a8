"""Reading what a form sent: plain fields only, the app takes no files."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

_KIND = "application/x-www-form-urlencoded"


class FormFields:
    """The fields of one sent form; a field that is not there is empty."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        """The (last) value of a field, trimmed."""
        return self._values.get(name, [""])[-1].strip()

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be given several times."""
        return tuple(value.strip() for value in self._values.get(name, []))

    def number(self, name: str) -> float | None:
        """A number; None when the field is empty. A decimal comma is one. Answers 400 to anything else."""
        text = self[name].replace(",", ".")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError as error:
            raise HTTPException(400) from error
        if not abs(value) < float("inf"):
            raise HTTPException(400)
        return value

    def whole(self, name: str) -> int | None:
        """A whole number from 0; None when the field is empty. Answers 400 to anything else."""
        text = self[name]
        if text and not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004 - fits 64 bits
            raise HTTPException(400)
        return int(text) if text else None


async def read_fields(request: Request, most: int) -> FormFields:
    """The fields of a form. Answers 400 to more than `most` fields or broken text, 415 to another kind of body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(415)
    body = await request.body()
    try:
        text = body.decode("ascii")
        values = parse_qs(text, keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError as error:
        raise HTTPException(400) from error
    if any("\0" in value for every in values.values() for value in every):
        raise HTTPException(400)
    return FormFields(values)
