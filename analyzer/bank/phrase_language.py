"""The phrase language: the sentences that a phrase of a bank stands for.

`(pemilik|yang punya)` alternatives, `[di alamat tersebut]` optional, `{Bapak/Ibu}` a slot (a name or form of address
that may be anything or nothing), `<email>` any word of a group. They nest, except inside `{}` and `<>`.
"""

import re
from itertools import accumulate, product

MAX_EXPANSIONS = 96  # a phrase that makes more is better written as a concept; keeps matching linear in phrases
_MAX_DEPTH = 20  # brackets inside brackets
_SHOWN = 100  # characters of a phrase in a message
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
    depths = accumulate((token in {"(", "["}) - (token in {")", "]"}) for token in tokens)
    if max(depths, default=0) > _MAX_DEPTH:
        raise PhraseSyntaxError(f"more than {_MAX_DEPTH} brackets inside each other")
    readable = "".join("".join(tokens).split()) == "".join(phrase.split())
    phrase = phrase if len(phrase) <= _SHOWN else f"{phrase[:_SHOWN]}…"  # from here on only for messages
    if not readable:
        raise PhraseSyntaxError(f"cannot read '{phrase}'")
    sequences, rest = _alternatives(tokens, 0, phrase)
    if rest != len(tokens):
        raise PhraseSyntaxError(f"'{tokens[rest]}' closes nothing in '{phrase}'")
    unique = tuple(dict.fromkeys(sequences))
    if len(unique) > MAX_EXPANSIONS:
        raise _too_many(phrase, len(unique))
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
        raise _too_many(phrase, count)
    return [tuple(word for piece in choice for word in piece) for choice in product(*parts)]


def _too_many(phrase: str, count: int) -> PhraseSyntaxError:
    return PhraseSyntaxError(f"'{phrase}' makes {count} wordings, at most {MAX_EXPANSIONS} are kept")
