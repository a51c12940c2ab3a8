"""Letters spelled one by one: "be u de i", "b untuk bandung", "es dobel a", and a name said before it is spelled."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from analyzer.entities.email.tokens import BETWEEN_PIECES, LIGHT
from analyzer.entities.spoken_digits import NUMERAL, expand_numbers
from analyzer.entities.tokens import Token, TokenKind, Vocabulary, edit_distance, nearest_by_sound, sounds_alike
from analyzer.language.registry import language

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

    >>> units = [Unit("letter", "b", "be"), Unit("letter_link", "", "untuk"), Unit("word", "", "bandung")]
    >>> [unit.value for unit in told_letters(units)]
    ['b']
    """
    found: list[Token] = []
    at = 0
    bare = _bare_telling(units)
    linked = any(unit.kind == "letter_link" for unit in units)
    while at < len(units):
        unit = units[at]
        used = 1
        if unit.kind == "letter_link":  # its letter was lost, the word still tells it
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
    if len(following) > 1 and following[0].kind == "letter_link":
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


NAME_KINDS: frozenset[TokenKind] = frozenset({"word", "letter", "digit", "sign", "ending", "double", "triple", "letter_link", "gap"})
"""kinds that names are made of"""
_TALK: frozenset[TokenKind] = frozenset({"stop", "filler"})
_FIXES: frozenset[TokenKind] = frozenset({"correction", "restart"})
_OPEN: frozenset[TokenKind] = (NAME_KINDS - {"word", "ending"}) | _FIXES
_LEAST = 3  # letters of a name; less is a shred of one
_MOST_WORDS = 5  # of a name; more is a sentence
_PAUSED = 2  # pauses between the pieces of an address from which another one parts nothing
_GLUED_SIGN = "at"  # where no sign was heard, the end of a name may be the sign: "rahmat gmail", "budiat gmail"


class LocalPart(NamedTuple):
    """The name before a sign, as far as it was heard."""

    text: str = ""
    """"" when it was not heard, or cannot be told from what else was said"""
    corrected: bool = False
    """whether something was taken back before it"""
    pieces: int = 0
    """words, letters and digits of it that only one source gives"""


def local_part_before(units: Sequence[Token], at: int, vocabulary: Vocabulary) -> LocalPart:
    """The name before the sign (or the provider, where the sign was lost) that stands at a place."""
    place = at
    # "budi di gmail": without the sign a small word may stand for it; before the sign it stands for a lost name
    beside = BETWEEN_PIECES if units[at].kind == "sign" else {*BETWEEN_PIECES, "stop"}
    while place > 0 and units[place - 1].kind in beside:
        place -= 1
    lost_sign = units[at].kind == "provider" and any(unit.value == LIGHT for unit in units[place:at])
    kept: list[Token] = []
    while place > 0 and _belongs(units[place - 1], units[:place], kept):
        place -= 1
        parted = None
        if units[place].kind == "pause":
            parted = _parted(units[:place], units[place + 1 : at + _PAUSED], vocabulary)
        if parted == "doubtful":
            return LocalPart()
        if parted:
            break
        kept.insert(0, units[place])
    earlier = place > 0 and (units[place - 1].kind == "provider" or units[place - 1].value == "@")
    fixes = [at for at, unit in enumerate(kept) if unit.kind in _FIXES]
    if earlier and fixes:  # "... at yahoo titik com, salah, hermanto at gmail titik com"
        kept = kept[fixes[-1] + 1 :]
    if kept and (kept[0].kind == "sign" or _stray(kept) or (place > 0 and _swapped(units[:place], kept))):
        return LocalPart()  # its beginning was lost, or something else stands there
    corrected = any(unit.kind in _FIXES for unit in units[place:at])
    told = without_letter_words([unit for unit in kept if unit.kind not in {*BETWEEN_PIECES, "stop"}])
    name = _joined(_mended(told or (), vocabulary.code), vocabulary.code)._replace(corrected=corrected)
    return _without_sign(name, lost_sign=lost_sign) if units[at].kind == "provider" else name


def _without_sign(name: LocalPart, *, lost_sign: bool) -> LocalPart:
    """A name right before a provider, where the sign may be part of what was heard."""
    if name.text.endswith("a" + _GLUED_SIGN):
        return name._replace(text=name.text.removesuffix(_GLUED_SIGN))
    if name.text.endswith(_GLUED_SIGN) or (lost_sign and name.text.endswith("a")):
        return name._replace(text="")
    return name


def _stray(kept: Sequence[Token]) -> bool:
    """Whether a lone letter's name stands apart before the letters that are spelled: "ka, be u de i" to a "Kak"."""
    kinds = [unit.kind for unit in kept[:4]]
    return kinds == ["letter", "pause", "letter", "letter"] and len(kept[0].heard) > 1


def _swapped(before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Whether the talk before a name stands where a piece of the name was: "budi titik kami lestari at"."""
    stop, left = before[-1], before[-2] if len(before) > 1 else None
    if stop.kind != "stop" or left is None or kept[0].kind == "pause":
        return False
    return left.kind in {"sign", "letter", "letter_link"} or (stop.value == LIGHT and left.kind in {"word", "digit"})


def _parted(
    before: Sequence[Token], after: Sequence[Token], vocabulary: Vocabulary
) -> Literal["talk", "doubtful"] | None:
    """What a pause between two words parts: talk from the name, or perhaps two halves of it; None when it goes on."""
    left = next((unit for unit in reversed(before) if unit.kind not in BETWEEN_PIECES), None)
    right = next((unit for unit in after if unit.kind not in BETWEEN_PIECES), None)
    if left is None or right is None or left.kind in _OPEN or right.kind in _OPEN:
        return None
    if left.kind != "word":
        return "talk"
    title = next((unit.heard for unit in reversed(before[: before.index(left)])), "")
    if title in language(vocabulary.code).dictation.titles:
        return "talk"  # "iya Mbak Rani, ..."
    if sum(unit.kind == "pause" for unit in after) >= _PAUSED:
        return None  # dictated with a pause after every piece
    near, _ = nearest_by_sound(left.heard, vocabulary.of(_TALK), vocabulary.code)
    return "talk" if any(edit_distance(left.heard, word) <= 1 for word in near) else "doubtful"


def _belongs(unit: Token, before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Whether the unit before a name that is read backwards still belongs to it."""
    if unit.kind in {"sign", "provider"} and unit.value == "@":
        return False
    if unit.kind in NAME_KINDS or unit.kind in BETWEEN_PIECES or unit.kind in _FIXES or unit.kind in NUMERAL:
        return True
    if unit.kind != "stop" or not kept or unit.value == LIGHT:
        return False
    # a name begins with no sign: "budi benar, titik santoso"
    first = next((one for one in kept if one.kind not in BETWEEN_PIECES), None)
    return first is not None and first.kind == "sign" and any(one.kind in NAME_KINDS for one in before[:-1])


def _mended(units: Sequence[Token], code: str) -> list[Token]:
    """A name without what was taken back."""
    found: list[Token] = []
    at = 0
    while at < len(units):
        if units[at].kind not in _FIXES:
            found.append(units[at])
            at += 1
            continue
        again = units[at].kind == "restart"
        after = units[at + 1 :]
        at += 1
        if after and after[0].kind not in _FIXES:
            found = found[: _kept(found, after[0], code, again=again)]
    return found


def _kept(before: Sequence[Token], first: Token, code: str, *, again: bool) -> int:
    """How much of a name still holds when it goes on with `first` after a correction."""
    if again:
        return 0
    for at, unit in enumerate(before):
        if may_be_same(unit, first, code):
            return at
    return max(0, len(before) - 1)


def may_be_same(one: Token, other: Token, code: str) -> bool:
    """Whether two pieces of names may be the same one, said twice."""
    if one.kind != other.kind:
        return False
    if one.kind == "word":
        return sounds_alike(one.heard, other.heard, code)
    return one.value == other.value and one.kind in {"digit", "letter"}


def _joined(units: Sequence[Token], code: str) -> LocalPart:
    """Units of a name as it is written; an empty one when they cannot be one."""
    spelled = collapse_spelling(expand_numbers(units), code)
    if any(unit.kind == "gap" for unit in spelled):
        return LocalPart()
    text = "".join(unit.value if unit.kind in {"digit", "letter", "sign"} else unit.heard for unit in spelled)
    text = text.strip(".-_+")
    letters = sum(letter.isalnum() for letter in text)
    words = sum(unit.kind == "word" for unit in spelled)
    if words > _MOST_WORDS or letters < _LEAST or not any(letter.isalpha() for letter in text):
        return LocalPart()
    return LocalPart(text, pieces=sum(unit.kind != "sign" and CONFIRMED not in {unit.value, unit.heard} for unit in spelled))
