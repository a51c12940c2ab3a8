"""Letters spelled one by one: "be u de i", "b untuk bandung", "es dobel a", and a name said before it is spelled."""

from collections.abc import Sequence

from analyzer.entities.phonetic_distance import edit_distance, sounds_alike
from analyzer.entities.tokens import Token

CONFIRMED = "told"
"""what a letter or name was heard as of which a second source, a telling word or its spelling, says the same"""
_LEAST_SPELLED = 3  # letters from which they may repeat the name said just before
_TOLD_BY_WORDS = 2  # letters in a row, each followed by a word that begins with it, from which the words only tell


def collapse_spelling(units: Sequence[Token], code: str) -> tuple[Token, ...]:
    """Units of a name with repeated letters worked out, and names that were said and spelled once.

    >>> units = [Unit("word", "", "adi"), *(Unit("letter", letter, letter) for letter in "adi")]
    >>> [unit.heard for unit in spelled_out(units, "id")]
    ['adi']
    """
    return _said_once(_doubled(units), code)


def without_letter_words(units: Sequence[Token]) -> list[Token] | None:
    """Letters without the words that only tell which letter is meant; None when one tells another letter.

    >>> units = [Unit("letter", "b", "be"), Unit("as_in", "", "untuk"), Unit("word", "", "bandung")]
    >>> [unit.value for unit in told_letters(units)]
    ['b']
    """
    found: list[Token] = []
    at = 0
    bare = _bare_telling(units)
    linked = any(unit.kind == "as_in" for unit in units)
    while at < len(units):
        unit = units[at]
        used = 1
        if unit.kind == "as_in":  # its letter was lost, the word still tells it
            word = units[at + 1].heard if at + 1 < len(units) and units[at + 1].kind == "word" else ""
            if not word:
                return None
            unit, used = Token("letter", word[0], word, sure=False), 2
        elif unit.kind == "letter" and (telling := _telling(units, at, linked=linked, bare=at in bare)):
            if not units[at + telling].heard.startswith(unit.value):
                return None
            unit, used = unit._replace(heard=CONFIRMED), 1 + telling
        found.append(unit)
        at += used
    return found


def _telling(units: Sequence[Token], at: int, *, linked: bool, bare: bool) -> int:
    """How far after a letter the word stands that tells it; 0 when none does."""
    following = units[at + 1 : at + 3]
    if len(following) > 1 and following[0].kind == "as_in":
        return 2
    if bare or (linked and following and _tells(units[at], following[0])):
        return 1
    # the word between was misheard: "u ontuk ujung"
    misheard = linked and len(following) > 1 and following[0].kind == "word" and _tells(units[at], following[1])
    return 2 if misheard else 0


def _bare_telling(units: Sequence[Token]) -> set[int]:
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


def _tells(letter: Token, word: Token) -> bool:
    return letter.kind == "letter" and word.kind == "word" and word.heard.startswith(letter.value)


def _doubled(units: Sequence[Token]) -> list[Token]:
    """ "dobel s" as two letters; "dobel" before anything else is left out."""
    found: list[Token] = []
    repeat = 1
    for unit in units:
        if unit.kind in {"double", "triple"}:
            repeat = 2 if unit.kind == "double" else 3
            continue
        found += [unit] * (repeat if unit.kind in {"letter", "digit"} else 1)
        repeat = 1
    return found


def _said_once(units: Sequence[Token], code: str) -> tuple[Token, ...]:
    """A name that is spelled right after it was said, once."""
    found: list[Token] = []
    at = 0
    while at < len(units):
        end = at
        while end < len(units) and units[end].kind == "letter":
            end += 1
        letters = "".join(unit.value for unit in units[at:end])
        size = _repeated(found[-1].heard, letters, code) if found and found[-1].kind == "word" else 0
        if size:
            found[-1:] = [_agreed(found[-1].heard, letters[:size])]
            at += size
        found += units[at:end] if end > at else units[at : at + 1] if not size else ()
        at = max(end, at + 1) if not size else end
    return tuple(found)


def _repeated(said: str, letters: str, code: str) -> int:
    """How many of the letters spell the name said before them; 0 when they are another name."""
    if letters.startswith(said):
        return len(said)
    sizes = range(max(_LEAST_SPELLED, len(said) - 1), min(len(letters), len(said) + 1) + 1)
    near = [size for size in sizes if sounds_alike(said, letters[:size], code)]
    return min(near, key=lambda size: (edit_distance(said, letters[:size]), -size), default=0)


def _agreed(said: str, letters: str) -> Token:
    """The name that was said and spelled; of two versions the longer lost nothing, else the spelling tells more."""
    if said == letters:
        return Token("word", "", said)._replace(value=CONFIRMED)
    longer = said if len(said) > len(letters) else letters
    return Token("word", "", longer, sure=False)
