"""Spoken e-mail addresses: "budi titik santoso at gmail titik com" -> budi.santoso@gmail.com."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from analyzer.text.language import LANGUAGES

_WRITTEN = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_MOST_PARTS = 6  # "mail.pln.co.id" has seven pieces with dots; more is the sentence going on
_TAILS = {"com", "id", "net", "org", "co", "ac", "go", "sch", "web", "info", "uk", "my", "sg"}


def written_email(text: str) -> str | None:
    """The first well-formed address written out in a text."""
    for found in _WRITTEN.finditer(text):
        address = valid_email(found.group().strip("."))
        if address:
            return address
    return None


def spoken_email(words: Sequence[str], code: str, *, domains: Collection[str], stop: Collection[str]) -> str | None:
    """The address spoken in `words` (lower case, digits as digits), or None.

    `domains`: mail providers known by name; one of them is an address even when "at" was lost.
    `stop`: words that are never part of an address ("boleh", "emailnya"); a name is read back to the last of them.

    >>> spoken_email("boleh budi titik santoso at gmail titik com".split(), "id", domains={"gmail"}, stop={"boleh"})
    'budi.santoso@gmail.com'
    """
    signs = LANGUAGES[code].signs
    marked = [signs.get(word, word) for word in words]
    for at, domain_at in _borders(words, marked, domains):
        domain, _ = _domain(marked, domain_at, domains)
        local = _local(words[:at], marked[:at], stop)
        if domain and local:
            address = valid_email(f"{local}@{domain}")
            if address:
                return address
    return None


def _borders(words: Sequence[str], marked: Sequence[str], domains: Collection[str]) -> list[tuple[int, int]]:
    """(end of the name, start of the domain), the surest first."""
    provider = [at for at, word in enumerate(words) if word in domains and at > 0]
    sure = [(at - 1, at) for at in provider if marked[at - 1] == "@"]
    sign = [(at, at + 1) for at, word in enumerate(marked) if word == "@" and at + 1 < len(words)]
    return [*sure, *sign, *((at, at) for at in provider if marked[at - 1] != "@")]


def _domain(marked: Sequence[str], at: int, domains: Collection[str]) -> tuple[str, int]:
    """The domain starting at `at`; a known provider whose tail was lost is a .com."""
    parts = [marked[at]]
    place = at + 1
    while place < len(marked) and len(parts) < _MOST_PARTS:
        word = marked[place]
        if word == "." and place + 1 < len(marked) and marked[place + 1] in _TAILS:
            parts += [".", marked[place + 1]]
            place += 2
        elif word in _TAILS:
            parts += [".", word]
            place += 1
        elif word == "-" and place + 1 < len(marked):
            parts += ["-", marked[place + 1]]
            place += 2
        else:
            break
    if len(parts) == 1:
        return (f"{parts[0]}.com", place) if parts[0] in domains else ("", place)
    return "".join(parts), place


def _local(words: Sequence[str], marked: Sequence[str], stop: Collection[str]) -> str:
    """The name before the sign, read backwards to the first word that cannot belong to it."""
    start = len(words)
    while start > 0 and words[start - 1] not in stop and marked[start - 1] != "@":
        start -= 1
    return "".join(marked[start:]).strip(".-_")


@lru_cache(maxsize=4096)
def valid_email(address: str) -> str | None:
    """The address in normal form when its shape is right; the domain is not looked up."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
