"""Letters spelled one by one: "be u de i", "b untuk bandung", "es dobel a", and a name said before it is spelled."""

from collections.abc import Sequence

from analyzer.text.pieces import Unit
from analyzer.text.sounds import alike

_LEAST_SPELLED = 3  # letters from which they may repeat the name said just before
_TOLD_BY_WORDS = 2  # letters in a row, each followed by a word that begins with it, from which the words only tell


def spelled_out(units: Sequence[Unit], code: str) -> tuple[Unit, ...] | None:
    """Units with letter names as letters in words; None when a letter and the word that tells it disagree.

    >>> unit = lambda word: Unit("letter" if len(word) < 3 else "word", word[0], word)
    >>> "".join(u.value for u in spelled_out([unit("be"), unit("u"), unit("de"), unit("i")], "id"))
    'budi'
    """
    told = _without_telling_words(units)
    if told is None:
        return None
    return _said_once(_doubled(told), code)


def _without_telling_words(units: Sequence[Unit]) -> list[Unit] | None:
    """Letters without the words that only tell which letter is meant."""
    found: list[Unit] = []
    at = 0
    bare = _bare_telling(units)
    while at < len(units):
        unit = units[at]
        link = at + 2 < len(units) and units[at + 1].kind == "as_in"
        if unit.kind == "letter" and (link or at in bare):
            word = units[at + (2 if link else 1)].heard
            if not word.startswith(unit.value):
                return None
            found.append(unit)
            at += 3 if link else 2
            continue
        if unit.kind != "as_in":
            found.append(unit)
        at += 1
    return found


def _bare_telling(units: Sequence[Unit]) -> set[int]:
    """Places of letters in "b bandung u ujung": too regular to be parts of a name."""
    found: set[int] = set()
    for start in range(len(units)):
        run = []
        at = start
        while at + 1 < len(units) and _tells(units[at], units[at + 1]):
            run.append(at)
            at += 2
        if len(run) >= _TOLD_BY_WORDS:
            found.update(run)
    return found


def _tells(letter: Unit, word: Unit) -> bool:
    return letter.kind == "letter" and word.kind == "word" and word.heard.startswith(letter.value)


def _doubled(units: Sequence[Unit]) -> list[Unit]:
    """"dobel s" as two letters; "dobel" before anything else is left out."""
    found: list[Unit] = []
    repeat = 1
    for unit in units:
        if unit.kind in {"double", "triple"}:
            repeat = 2 if unit.kind == "double" else 3
            continue
        found += [unit] * (repeat if unit.kind in {"letter", "digit"} else 1)
        repeat = 1
    return found


def _said_once(units: Sequence[Unit], code: str) -> tuple[Unit, ...]:
    """A name that is spelled right after it was said, once, as spelled."""
    found: list[Unit] = []
    at = 0
    while at < len(units):
        end = at
        while end < len(units) and units[end].kind == "letter":
            end += 1
        letters = "".join(unit.value for unit in units[at:end])
        if len(letters) >= _LEAST_SPELLED and found and found[-1].kind == "word" and _same(found[-1], letters, code):
            found[-1:] = units[at:end]
        elif end > at:
            found += units[at:end]
        else:
            found.append(units[at])
            end = at + 1
        at = end
    return tuple(found)


def _same(said: Unit, letters: str, code: str) -> bool:
    """Whether letters begin with a name that was said before them."""
    if letters.startswith(said.heard):
        return True
    sizes = range(max(_LEAST_SPELLED, len(said.heard) - 1), min(len(letters), len(said.heard) + 1) + 1)
    return said.heard[0] == letters[0] and any(alike(said.heard, letters[:size], code) for size in sizes)
