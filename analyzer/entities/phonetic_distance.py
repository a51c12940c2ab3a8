"""Likeness of words by sound, for small closed sets: a word heard badly is read as the one it must have been."""

from functools import lru_cache

from analyzer.language.normalise import fold

_SHORT = 5  # sounds; up to here one wrong sound already makes another word
_TINY = 2  # sounds; so few say nothing when one is wrong


@lru_cache(maxsize=65536)
def edit_distance(one: str, other: str) -> int:
    """Letters to insert, leave out or change to make one word the other.

    >>> distance("tika", "tiki"), distance("impat", "inam")
    (1, 3)
    """
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, against in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != against))
    return row[-1]


def sounds_alike(one: str, other: str, code: str) -> bool:
    """Whether two words may be the same one, heard twice.

    >>> alike("santoso", "sentozo", "id"), alike("santoso", "susanto", "id")
    (True, False)
    """
    first, second = fold(one, code), fold(other, code)
    return edit_distance(first, second) <= max_distance(min(first, second, key=len))


def max_distance(sound: str) -> int:
    """Wrong sounds that a sound bears before it is another word's."""
    if len(sound) <= _TINY:
        return 0
    return 1 if len(sound) <= _SHORT else 2


@lru_cache(maxsize=16384)
def nearest_by_sound(word: str, choices: tuple[str, ...], code: str) -> tuple[tuple[str, ...], int]:
    """The choices nearest to a word by sound within their slack, and their distance; none when all are too far.

    Of choices that sound equally near, those spelled nearest are kept: "empet" is written more like "empat".

    >>> nearest("due", ("satu", "dua", "tiga"), "id"), nearest("rumah", ("satu", "dua"), "id")
    ((('dua',), 1), ((), 0))
    """
    sound = fold(word, code)
    found = [
        (off, edit_distance(word, choice), choice)
        for choice in choices
        if (off := edit_distance(sound, fold(choice, code))) <= max_distance(fold(choice, code))
    ]
    if not found:
        return (), 0
    least = min(found)[:2]
    return tuple(choice for *far, choice in found if tuple(far) == least), least[0]
