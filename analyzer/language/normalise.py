"""Normalisation: decides when two spellings are the same word.

A text goes through small steps in a fixed order: `split_text` (lower case, punctuation, single digits), then
`normal_groups` (other spellings, words written in two). `fold` then gives a word's phonetic form for comparison.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from analyzer.language.registry import Language, language

_PIECES = re.compile(r"[a-z]+(?:'[a-z]+)?|\d|@|(?<=\w)[._](?=\w)")
_REPEATS = re.compile(r"(.)\1+")
_E_MAIL = re.compile(r"\be-(?=mail)")
_PLAIN_DOT = {".", "_"}


@lru_cache(maxsize=65536)
def split_text(text: str) -> tuple[str, ...]:
    """Lower-case pieces of a text: words, single digits, and the signs of written e-mail addresses.

    >>> split_text("PLN 123selamat, E-mailnya?")
    ('pln', '1', '2', '3', 'selamat', 'emailnya')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = _E_MAIL.sub("e", plain)
    pieces = _PIECES.findall(plain)
    if "@" not in pieces:
        return tuple(piece for piece in pieces if piece not in _PLAIN_DOT)
    return tuple(pieces)


@lru_cache(maxsize=65536)
def spell(word: str, code: str) -> tuple[str, ...]:
    """One piece in the language's spelling, suffixes without a meaning cut, number words as digits.

    >>> spell("emailnya", "id"), spell("makasih", "id"), spell("delapan", "id")
    (('email',), ('terima', 'kasih'), ('8',))
    """
    rules = language(code)
    known = _known(word, rules)
    if known:
        return known
    for suffix in rules.suffixes:
        if word.endswith(suffix) and len(word) >= len(suffix) + rules.min_stem:
            stem = word.removesuffix(suffix)
            return _known(stem, rules) or (stem,)
    return (word,)


def _known(word: str, rules: Language) -> tuple[str, ...] | None:
    if word in rules.numbers.digits:
        return (rules.numbers.digits[word],)
    if word in rules.spellings:
        return tuple(rules.spellings[word].split())
    return None


@lru_cache(maxsize=65536)
def joined(first: str, second: str, code: str) -> str | None:
    """The word that two pieces make ("e" + "mail"), or None."""
    return language(code).spellings.get(f"{first} {second}")


def normal_words(text: str, code: str) -> tuple[str, ...]:
    """All steps at once, for texts without word times: phrases, examples, answers.

    >>> normal_words("Nomer HP-nya nol delapan, e mail?", "id")
    ('nomor', 'hp', '0', '8', 'email')
    """
    return tuple(word for group in normal_groups(split_text(text), code) for word in group[1])


def normal_groups(pieces: Sequence[str], code: str) -> list[tuple[int, tuple[str, ...]]]:
    """(number of pieces used, normal words) along `pieces`, so that callers can map words back to pieces."""
    groups: list[tuple[int, tuple[str, ...]]] = []
    halves, endings = joinable_prefixes_and_suffixes(code)
    start = 0
    last = len(pieces) - 1
    while start <= last:
        piece = pieces[start]
        used = 1
        words = spell(piece, code)
        if start < last and piece in halves:
            second = pieces[start + 1]
            whole = joined(piece, second, code) or joined(piece, _stem(second, code), code)
            if whole is not None:
                used, words = 2, tuple(whole.split())
        following = start + used
        if following <= last and pieces[following] in endings and (len(piece) > 1 or used > 1):
            used += 1  # "email nya": a suffix written apart
        groups.append((used, words))
        start += used
    return groups


@lru_cache(maxsize=16)
def joinable_prefixes_and_suffixes(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """The only pieces that can join with the next piece ("e" of "e mail"), and the suffixes ("nya")."""
    rules = language(code)
    prefixes = frozenset(spelling.split()[0] for spelling in rules.spellings if " " in spelling)
    return prefixes, frozenset(rules.suffixes)


def _stem(word: str, code: str) -> str:
    for suffix in language(code).suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            return word.removesuffix(suffix)
    return word


@lru_cache(maxsize=65536)
def fold(word: str, code: str) -> str:
    """The phonetic form of a word: letters that recognisers confuse become the same letter.

    >>> fold("telefon", "id") == fold("delepon", "id") == fold("telepon", "id")
    True
    """
    if word.isdigit():
        return word
    first, table = _folding(code)
    sound = word
    for letters, replacement in first:
        if letters in sound:
            sound = sound.replace(letters, replacement)
    sound = sound.translate(table)
    if _REPEATS.search(sound):  # much cheaper than a replacement that finds nothing
        sound = _REPEATS.sub(r"\1", sound)
    return sound or word


@lru_cache(maxsize=16)
def _folding(code: str) -> tuple[tuple[tuple[str, str], ...], dict[int, str]]:
    """The folds as replacements, and those of single letters at their end as one table: one pass instead of twelve."""
    folds = list(language(code).folds.items())
    letters: list[tuple[str, str]] = []
    while folds and len(folds[-1][0]) == 1:
        letters.append(folds.pop())
    table: dict[int, str] = {}
    for letter, replacement in letters:  # the last fold first, so that each letter passes through those after it
        table[ord(letter)] = replacement.translate(table)
    return tuple(folds), table
