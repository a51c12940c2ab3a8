"""The bank's phrase language, expanded once at load.

`(pemilik|yang punya)` alternatives, `[di alamat tersebut]` optional, `{Bapak/Ibu}` a slot (a name or form of address
that may be anything or nothing), `<email>` any word of a group. They nest, except inside `{}` and `<>`.
"""

import re
from itertools import product

MAX_EXPANSIONS = 96  # a phrase that makes more is better written as a concept; keeps matching linear in phrases
_TOKEN = re.compile(r"\{[^{}]*\}|<[a-z0-9_]+>|[()\[\]|]|[^\s()\[\]|{}<>]+")


class PhraseSyntaxError(ValueError):
    """A phrase that cannot be read."""


def expand(phrase: str) -> tuple[tuple[str, ...], ...]:
    """All word sequences of a phrase, shortest alternatives included; slots are left out.

    >>> expand("(saya|kami) [yang] punya {Bapak/Ibu} <rumah>")[0]
    ('saya', 'punya', '<rumah>')

    Raises PhraseSyntaxError when brackets do not close, nothing is left, or it makes too many.
    """
    tokens = _TOKEN.findall(phrase)
    if "".join("".join(tokens).split()) != "".join(phrase.split()):
        raise PhraseSyntaxError(f"cannot read '{phrase}'")
    sequences, rest = _alternatives(tokens, 0, phrase)
    if rest != len(tokens):
        raise PhraseSyntaxError(f"'{tokens[rest]}' closes nothing in '{phrase}'")
    unique = tuple(dict.fromkeys(sequences))
    if any(not sequence for sequence in unique):
        raise PhraseSyntaxError(f"'{phrase}' can be empty")
    return unique


def _alternatives(tokens: list[str], index: int, phrase: str) -> tuple[list[tuple[str, ...]], int]:
    sequences: list[tuple[str, ...]] = []
    parts: list[list[tuple[str, ...]]] = []
    while index < len(tokens) and tokens[index] not in {")", "]"}:
        piece = tokens[index]
        index += 1
        if piece == "|":
            sequences += _combine(parts, phrase)
            parts = []
        elif piece in {"(", "["}:
            inner, index = _alternatives(tokens, index, phrase)
            closing = ")" if piece == "(" else "]"
            if index >= len(tokens) or tokens[index] != closing:
                raise PhraseSyntaxError(f"'{piece}' is not closed in '{phrase}'")
            index += 1
            parts.append(inner if piece == "(" else [(), *inner])
        elif not piece.startswith("{"):
            parts.append([(piece,)])
    return sequences + _combine(parts, phrase), index


def _combine(parts: list[list[tuple[str, ...]]], phrase: str) -> list[tuple[str, ...]]:
    count = 1
    for part in parts:
        count *= len(part)
    if count > MAX_EXPANSIONS:
        raise PhraseSyntaxError(f"'{phrase}' makes {count} wordings, at most {MAX_EXPANSIONS} are kept")
    return [tuple(word for piece in choice for word in piece) for choice in product(*parts)]
