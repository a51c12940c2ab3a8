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


def collapse_spelling(tokens: Sequence[Token], code: str) -> tuple[Token, ...]:
    """Units of a name with repeated letters worked out, and names that were said and spelled once.

    >>> units = [Unit("word", "", "adi"), *(Unit("letter", letter, letter) for letter in "adi")]
    >>> [unit.heard for unit in spelled_out(units, "id")]
    ['adi']
    """
    return _said_once(_doubled(tokens), code)


def without_letter_words(tokens: Sequence[Token]) -> list[Token] | None:
    """Letters without the words that only tell which letter is meant; None when one tells another letter.

    >>> units = [Unit("letter", "b", "be"), Unit("letter_link", "", "untuk"), Unit("word", "", "bandung")]
    >>> [unit.value for unit in told_letters(units)]
    ['b']
    """
    result: list[Token] = []
    index = 0
    bare = _bare_telling(tokens)
    linked = any(token.kind == "letter_link" for token in tokens)
    while index < len(tokens):
        token = tokens[index]
        used = 1
        if token.kind == "letter_link":  # its letter was lost, the word still tells it
            word = tokens[index + 1].text if index + 1 < len(tokens) and tokens[index + 1].kind == "word" else ""
            if not word:
                return None
            token, used = Token("letter", word[0], word, sure=False), 2
        elif token.kind == "letter" and (telling := _telling(tokens, index, linked=linked, bare=index in bare)):
            if not tokens[index + telling].text.startswith(token.value):
                return None
            token, used = token._replace(text=CONFIRMED), 1 + telling
        result.append(token)
        index += used
    return result


def _telling(tokens: Sequence[Token], index: int, *, linked: bool, bare: bool) -> int:
    """How far after a letter the word stands that tells it; 0 when none does."""
    following = tokens[index + 1 : index + 3]
    if len(following) > 1 and following[0].kind == "letter_link":
        return 2
    if bare or (linked and following and _tells(tokens[index], following[0])):
        return 1
    # the word between was misheard: "u ontuk ujung"
    misheard = linked and len(following) > 1 and following[0].kind == "word" and _tells(tokens[index], following[1])
    return 2 if misheard else 0


def _bare_telling(tokens: Sequence[Token]) -> set[int]:
    """Places of letters in "b bandung u ujung": too regular to be parts of a name."""
    result: set[int] = set()
    for start in range(len(tokens)):
        run = []
        index = start
        while index + 1 < len(tokens) and _tells(tokens[index], tokens[index + 1]):
            run.append(index)
            index += 2
        if len(run) >= _TOLD_BY_WORDS:
            result.update(run)
    return result


def _tells(letter: Token, word: Token) -> bool:
    return letter.kind == "letter" and word.kind == "word" and word.text.startswith(letter.value)


def _doubled(tokens: Sequence[Token]) -> list[Token]:
    """ "dobel s" as two letters; "dobel" before anything else is left out."""
    result: list[Token] = []
    repeat = 1
    for token in tokens:
        if token.kind in {"double", "triple"}:
            repeat = 2 if token.kind == "double" else 3
            continue
        result += [token] * (repeat if token.kind in {"letter", "digit"} else 1)
        repeat = 1
    return result


def _said_once(tokens: Sequence[Token], code: str) -> tuple[Token, ...]:
    """A name that is spelled right after it was said, once."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        end = index
        while end < len(tokens) and tokens[end].kind == "letter":
            end += 1
        letters = "".join(token.value for token in tokens[index:end])
        size = _repeated(result[-1].text, letters, code) if result and result[-1].kind == "word" else 0
        if size:
            result[-1:] = [_agreed(result[-1].text, letters[:size])]
            index += size
        result += tokens[index:end] if end > index else tokens[index : index + 1] if not size else ()
        index = max(end, index + 1) if not size else end
    return tuple(result)


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


def local_part_before(tokens: Sequence[Token], index: int, vocabulary: Vocabulary) -> LocalPart:
    """The name before the sign (or the provider, where the sign was lost) that stands at a place."""
    place = index
    # "budi di gmail": without the sign a small word may stand for it; before the sign it stands for a lost name
    beside = BETWEEN_PIECES if tokens[index].kind == "sign" else {*BETWEEN_PIECES, "stop"}
    while place > 0 and tokens[place - 1].kind in beside:
        place -= 1
    lost_sign = tokens[index].kind == "provider" and any(token.value == LIGHT for token in tokens[place:index])
    kept: list[Token] = []
    while place > 0 and _belongs(tokens[place - 1], tokens[:place], kept):
        place -= 1
        parted = None
        if tokens[place].kind == "pause":
            parted = _parted(tokens[:place], tokens[place + 1 : index + _PAUSED], vocabulary)
        if parted == "doubtful":
            return LocalPart()
        if parted:
            break
        kept.insert(0, tokens[place])
    earlier = place > 0 and (tokens[place - 1].kind == "provider" or tokens[place - 1].value == "@")
    fixes = [index for index, token in enumerate(kept) if token.kind in _FIXES]
    if earlier and fixes:  # "... at yahoo titik com, salah, hermanto at gmail titik com"
        kept = kept[fixes[-1] + 1 :]
    if kept and (kept[0].kind == "sign" or _stray(kept) or (place > 0 and _swapped(tokens[:place], kept))):
        return LocalPart()  # its beginning was lost, or something else stands there
    corrected = any(token.kind in _FIXES for token in tokens[place:index])
    told = without_letter_words([token for token in kept if token.kind not in {*BETWEEN_PIECES, "stop"}])
    name = _joined(_mended(told or (), vocabulary.code), vocabulary.code)._replace(corrected=corrected)
    return _without_sign(name, lost_sign=lost_sign) if tokens[index].kind == "provider" else name


def _without_sign(name: LocalPart, *, lost_sign: bool) -> LocalPart:
    """A name right before a provider, where the sign may be part of what was heard."""
    if name.text.endswith("a" + _GLUED_SIGN):
        return name._replace(text=name.text.removesuffix(_GLUED_SIGN))
    if name.text.endswith(_GLUED_SIGN) or (lost_sign and name.text.endswith("a")):
        return name._replace(text="")
    return name


def _stray(kept: Sequence[Token]) -> bool:
    """Whether a lone letter's name stands apart before the letters that are spelled: "ka, be u de i" to a "Kak"."""
    kinds = [token.kind for token in kept[:4]]
    return kinds == ["letter", "pause", "letter", "letter"] and len(kept[0].text) > 1


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
    left = next((token for token in reversed(before) if token.kind not in BETWEEN_PIECES), None)
    right = next((token for token in after if token.kind not in BETWEEN_PIECES), None)
    if left is None or right is None or left.kind in _OPEN or right.kind in _OPEN:
        return None
    if left.kind != "word":
        return "talk"
    title = next((token.text for token in reversed(before[: before.index(left)])), "")
    if title in language(vocabulary.code).dictation.titles:
        return "talk"  # "iya Mbak Rani, ..."
    if sum(token.kind == "pause" for token in after) >= _PAUSED:
        return None  # dictated with a pause after every piece
    near, _ = nearest_by_sound(left.text, vocabulary.of(_TALK), vocabulary.code)
    return "talk" if any(edit_distance(left.text, word) <= 1 for word in near) else "doubtful"


def _belongs(token: Token, before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Whether the unit before a name that is read backwards still belongs to it."""
    if token.kind in {"sign", "provider"} and token.value == "@":
        return False
    if token.kind in NAME_KINDS or token.kind in BETWEEN_PIECES or token.kind in _FIXES or token.kind in NUMERAL:
        return True
    if token.kind != "stop" or not kept or token.value == LIGHT:
        return False
    # a name begins with no sign: "budi benar, titik santoso"
    first = next((one for one in kept if one.kind not in BETWEEN_PIECES), None)
    return first is not None and first.kind == "sign" and any(one.kind in NAME_KINDS for one in before[:-1])


def _mended(tokens: Sequence[Token], code: str) -> list[Token]:
    """A name without what was taken back."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].kind not in _FIXES:
            result.append(tokens[index])
            index += 1
            continue
        again = tokens[index].kind == "restart"
        after = tokens[index + 1 :]
        index += 1
        if after and after[0].kind not in _FIXES:
            result = result[: _kept(result, after[0], code, again=again)]
    return result


def _kept(before: Sequence[Token], first: Token, code: str, *, again: bool) -> int:
    """How much of a name still holds when it goes on with `first` after a correction."""
    if again:
        return 0
    for index, token in enumerate(before):
        if may_be_same(token, first, code):
            return index
    return max(0, len(before) - 1)


def may_be_same(one: Token, other: Token, code: str) -> bool:
    """Whether two pieces of names may be the same one, said twice."""
    if one.kind != other.kind:
        return False
    if one.kind == "word":
        return sounds_alike(one.text, other.text, code)
    return one.value == other.value and one.kind in {"digit", "letter"}


def _joined(tokens: Sequence[Token], code: str) -> LocalPart:
    """Units of a name as it is written; an empty one when they cannot be one."""
    spelled = collapse_spelling(expand_numbers(tokens), code)
    if any(token.kind == "gap" for token in spelled):
        return LocalPart()
    text = "".join(token.value if token.kind in {"digit", "letter", "sign"} else token.text for token in spelled)
    text = text.strip(".-_+")
    letters = sum(letter.isalnum() for letter in text)
    words = sum(token.kind == "word" for token in spelled)
    if words > _MOST_WORDS or letters < _LEAST or not any(letter.isalpha() for letter in text):
        return LocalPart()
    return LocalPart(text, pieces=sum(token.kind != "sign" and CONFIRMED not in {token.value, token.text} for token in spelled))
