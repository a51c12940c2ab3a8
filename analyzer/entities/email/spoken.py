"""Spoken e-mail addresses: "budi titik santoso at gmail titik com" -> budi.santoso@gmail.com."""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from analyzer.entities.email.domain import domain_at
from analyzer.entities.email.local_part import NAMES, name_before, same_piece
from analyzer.entities.email.units import mail_units, mail_words
from analyzer.entities.tokens import Unit, Vocabulary

_WRITTEN = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)


class Address(NamedTuple):
    """An address as far as it was heard; both parts when it is whole."""

    local: str
    domain: str
    corrected: bool = False
    """whether it was said after something was taken back"""
    pieces: int = 0
    """words, letters and digits of the local part that only one source gives"""

    @property
    def text(self) -> str | None:
        """The whole address in normal form, or None."""
        return valid_email(f"{self.local}@{self.domain}") if self.local and self.domain else None


def written_email(text: str) -> str | None:
    """The first well-formed address written out in a text."""
    for found in _WRITTEN.finditer(text):
        address = valid_email(found.group().strip("."))
        if address:
            return address
    return None


def spoken_email(words: Sequence[str], code: str, *, domains: Collection[str], stop: Collection[str]) -> str | None:
    """The first whole address spoken in `words`, or None.

    `domains`: mail providers known by name; one of them is an address even when "at" was lost.
    `stop`: words that are never part of an address ("boleh", "emailnya"); a name is read back to the last of them.

    >>> spoken_email("boleh budi titik santoso at gmail titik com".split(), "id", domains={"gmail"}, stop={"boleh"})
    'budi.santoso@gmail.com'
    """
    vocabulary = mail_words(code, frozenset(domains), frozenset(stop))
    found = addresses(mail_units(" ".join(words), vocabulary), vocabulary)
    return next((address.text for address in found if address.text), None)


def addresses(units: Sequence[Unit], vocabulary: Vocabulary) -> list[Address]:
    """Every address in units, in order; those of which only a part was heard too."""
    found: list[Address] = []
    end = 0
    for at, unit in enumerate(units):
        sign = unit.kind == "sign" and unit.value == "@"
        if at < end or not (sign or unit.kind == "domain"):
            continue
        domain, end = domain_at(units, at + sign, vocabulary.code)
        name = name_before(units, at, vocabulary)
        if not name.text and found and name.corrected:  # "at yahoo, salah, at gmail": the name stays
            name = name._replace(text=found[-1].local, pieces=found[-1].pieces)
        if domain or sign:
            found.append(Address(name.text, domain, name.corrected, name.pieces))
    return found


def told_again(before: Iterable[Unit], after: Iterable[Unit], code: str) -> bool:
    """Whether a turn begins again with the name that the turn before began with."""
    first, second = ([unit for unit in units if unit.kind in NAMES][:2] for units in (before, after))
    if not first or not second or first[0].kind != "word" or not same_piece(first[0], second[0], code):
        return False
    if first[0].heard == second[0].heard or len(first) == 1:
        return True
    return len(second) > 1 and (first[1].kind, first[1].value) == (second[1].kind, second[1].value)


@lru_cache(maxsize=4096)
def valid_email(address: str) -> str | None:
    """The address in normal form when its shape is right; the domain is not looked up."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
