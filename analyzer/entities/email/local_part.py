"""The local part of a spoken address: read backwards from the sign to where the talk before it ends.

It may be spelled: "be u de i", "b untuk bandung", "es dobel a", or a name that is said before it is spelled.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from analyzer.entities.email.tokens import BETWEEN_PIECES, LIGHT
from analyzer.entities.spoken_digits import NUMERAL, expand_numbers
from analyzer.entities.tokens import (
    DictationVocabulary,
    Token,
    TokenKind,
    edit_distance,
    nearest_by_sound,
    sounds_alike,
)
from analyzer.language.registry import language

NAME_KINDS: frozenset[TokenKind] = frozenset(
    {"word", "letter", "digit", "sign", "ending", "double", "triple", "letter_link", "gap"}
)
"""kinds that names are made of"""
_TALK: frozenset[TokenKind] = frozenset({"stop", "filler"})
_CORRECTIONS: frozenset[TokenKind] = frozenset({"correction", "restart"})
_OPEN: frozenset[TokenKind] = (NAME_KINDS - {"word", "ending"}) | _CORRECTIONS
_MIN_LETTERS = 3  # letters of a name; fewer are a part of one
_MAX_WORDS = 5  # of a name; more is a sentence
_PAUSED_DICTATION = 2  # pauses between the pieces of an address from which a pause separates nothing
_GLUED_SIGN = "at"  # where no sign was heard, the end of a name may be the sign: "rahmat gmail", "budiat gmail"
CONFIRMED = "confirmed"
"""text of a letter or name of which a second source (a word for the letter, or the spelling) says the same"""
_MIN_SPELLED = 3  # letters from which they may repeat the name said just before
_MIN_BARE_LETTERS = (
    2  # letters in a row, each followed by a word that begins with it, from which those words are no names
)


class LocalPart(NamedTuple):
    """The local part before a sign, as far as it was heard."""

    text: str = ""
    """empty when it was not heard, or cannot be distinguished from other talk"""
    corrected: bool = False
    """whether something was taken back before it"""
    pieces: int = 0
    """words, letters and digits of it that only one source gives"""


def local_part_before(tokens: Sequence[Token], index: int, vocabulary: DictationVocabulary) -> LocalPart:
    """The name before the sign (or the provider, where the sign was lost) at `index`."""
    start = index
    # "budi di gmail": without the sign a function word may be the sign; before the sign it is a lost name
    beside = BETWEEN_PIECES if tokens[index].kind == "sign" else {*BETWEEN_PIECES, "stop"}
    while start > 0 and tokens[start - 1].kind in beside:
        start -= 1
    lost_sign = tokens[index].kind == "provider" and any(token.value == LIGHT for token in tokens[start:index])
    kept: list[Token] = []
    while start > 0 and _belongs(tokens[start - 1], tokens[:start], kept):
        start -= 1
        separated = None
        if tokens[start].kind == "pause":
            separated = _pause_separates(tokens[:start], tokens[start + 1 : index + _PAUSED_DICTATION], vocabulary)
        if separated == "doubtful":
            return LocalPart()
        if separated:
            break
        kept.insert(0, tokens[start])
    earlier = start > 0 and (tokens[start - 1].kind == "provider" or tokens[start - 1].value == "@")
    corrections = [index for index, token in enumerate(kept) if token.kind in _CORRECTIONS]
    if earlier and corrections:  # "... at yahoo titik com, salah, hermanto at gmail titik com"
        kept = kept[corrections[-1] + 1 :]
    if kept and (
        kept[0].kind == "sign"
        or _starts_with_stray_letter(kept)
        or (start > 0 and _beginning_was_lost(tokens[:start], kept))
    ):
        return LocalPart()  # its beginning was lost, or something else stands there
    corrected = any(token.kind in _CORRECTIONS for token in tokens[start:index])
    letters_only = without_letter_words([token for token in kept if token.kind not in {*BETWEEN_PIECES, "stop"}])
    name = _joined(_without_corrections(letters_only or (), vocabulary.code), vocabulary.code)._replace(
        corrected=corrected
    )
    return _without_sign(name, lost_sign=lost_sign) if tokens[index].kind == "provider" else name


def _without_sign(name: LocalPart, *, lost_sign: bool) -> LocalPart:
    """A name right before a provider, where the sign may be part of what was heard."""
    if name.text.endswith("a" + _GLUED_SIGN):
        return name._replace(text=name.text.removesuffix(_GLUED_SIGN))
    if name.text.endswith(_GLUED_SIGN) or (lost_sign and name.text.endswith("a")):
        return name._replace(text="")
    return name


def _starts_with_stray_letter(kept: Sequence[Token]) -> bool:
    """Whether a letter's name is apart from the letters that are spelled: "ka, be u de i", said to a "Kak"."""
    kinds = [token.kind for token in kept[:4]]
    return kinds == ["letter", "pause", "letter", "letter"] and len(kept[0].text) > 1


def _beginning_was_lost(before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Whether the talk before a name is where a piece of it was: "budi titik kami lestari at"."""
    stop, left = before[-1], before[-2] if len(before) > 1 else None
    if stop.kind != "stop" or left is None or kept[0].kind == "pause":
        return False
    return left.kind in {"sign", "letter", "letter_link"} or (stop.value == LIGHT and left.kind in {"word", "digit"})


def _pause_separates(
    before: Sequence[Token], after: Sequence[Token], vocabulary: DictationVocabulary
) -> Literal["talk", "doubtful"] | None:
    """What a pause separates from the name after it: "talk", or perhaps ("doubtful") its other half; None: nothing."""
    left = next((token for token in reversed(before) if token.kind not in BETWEEN_PIECES), None)
    right = next((token for token in after if token.kind not in BETWEEN_PIECES), None)
    if left is None or right is None or left.kind in _OPEN or right.kind in _OPEN:
        return None
    if left.kind != "word":
        return "talk"
    title = next((token.text for token in reversed(before[: before.index(left)])), "")
    if title in language(vocabulary.code).dictation.titles:
        return "talk"  # "iya Mbak Rani, ..."
    if sum(token.kind == "pause" for token in after) >= _PAUSED_DICTATION:
        return None  # dictated with a pause after every piece
    near, _ = nearest_by_sound(left.text, vocabulary.entries_of(_TALK), vocabulary.code)
    return "talk" if any(edit_distance(left.text, word) <= 1 for word in near) else "doubtful"


def _belongs(token: Token, before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Whether the token before a name that is read backwards still belongs to it."""
    if token.kind in {"sign", "provider"} and token.value == "@":
        return False
    if token.kind in NAME_KINDS or token.kind in BETWEEN_PIECES or token.kind in _CORRECTIONS or token.kind in NUMERAL:
        return True
    if token.kind != "stop" or not kept or token.value == LIGHT:
        return False
    # a name begins with no sign: "budi benar, titik santoso"
    first = next((piece for piece in kept if piece.kind not in BETWEEN_PIECES), None)
    return first is not None and first.kind == "sign" and any(piece.kind in NAME_KINDS for piece in before[:-1])


def _without_corrections(tokens: Sequence[Token], code: str) -> list[Token]:
    """Tokens of a name without what was taken back."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].kind not in _CORRECTIONS:
            result.append(tokens[index])
            index += 1
            continue
        again = tokens[index].kind == "restart"
        after = tokens[index + 1 :]
        index += 1
        if after and after[0].kind not in _CORRECTIONS:
            result = result[: _kept_length(result, after[0], code, again=again)]
    return result


def _kept_length(before: Sequence[Token], first: Token, code: str, *, again: bool) -> int:
    """Number of tokens of a name that stay when it continues with `first` after a correction."""
    if again:
        return 0
    for index, token in enumerate(before):
        if may_be_same(token, first, code):
            return index
    return max(0, len(before) - 1)


def may_be_same(first: Token, second: Token, code: str) -> bool:
    """Whether two pieces of names may be the same, said twice."""
    if first.kind != second.kind:
        return False
    if first.kind == "word":
        return sounds_alike(first.text, second.text, code)
    return first.value == second.value and first.kind in {"digit", "letter"}


def _joined(tokens: Sequence[Token], code: str) -> LocalPart:
    """The local part that tokens are, as it is written; empty when they cannot be one."""
    spelled = collapse_spelling(expand_numbers(tokens), code)
    if any(token.kind == "gap" for token in spelled):
        return LocalPart()
    text = "".join(token.value if token.kind in {"digit", "letter", "sign"} else token.text for token in spelled)
    text = text.strip(".-_+")
    letters = sum(letter.isalnum() for letter in text)
    words = sum(token.kind == "word" for token in spelled)
    if words > _MAX_WORDS or letters < _MIN_LETTERS or not any(letter.isalpha() for letter in text):
        return LocalPart()
    return LocalPart(
        text, pieces=sum(token.kind != "sign" and CONFIRMED not in {token.value, token.text} for token in spelled)
    )


def collapse_spelling(tokens: Sequence[Token], code: str) -> tuple[Token, ...]:
    """Tokens of a name with "dobel" applied, and each name that was said and spelled kept once.

    >>> tokens = [Token("word", "", "adi"), *(Token("letter", letter, letter) for letter in "adi")]
    >>> [token.text for token in collapse_spelling(tokens, "id")]
    ['adi']
    """
    return _said_once(_doubled(tokens), code)


def without_letter_words(tokens: Sequence[Token]) -> list[Token] | None:
    """Tokens without the words that only say which letter is meant; None when a word begins with another letter.

    >>> tokens = [Token("letter", "b", "be"), Token("letter_link", "", "untuk"), Token("word", "", "bandung")]
    >>> [token.value for token in without_letter_words(tokens)]
    ['b']
    """
    result: list[Token] = []
    index = 0
    bare = _letters_with_bare_words(tokens)
    linked = any(token.kind == "letter_link" for token in tokens)
    while index < len(tokens):
        token = tokens[index]
        used = 1
        if token.kind == "letter_link":  # its letter was lost, the word still gives it
            word = tokens[index + 1].text if index + 1 < len(tokens) and tokens[index + 1].kind == "word" else ""
            if not word:
                return None
            token, used = Token("letter", word[0], word, sure=False), 2
        elif token.kind == "letter" and (
            offset := _letter_word_offset(tokens, index, linked=linked, bare=index in bare)
        ):
            if not tokens[index + offset].text.startswith(token.value):
                return None
            token, used = token._replace(text=CONFIRMED), 1 + offset
        result.append(token)
        index += used
    return result


def _letter_word_offset(tokens: Sequence[Token], index: int, *, linked: bool, bare: bool) -> int:
    """Distance from a letter to the word that says which it is; 0 when there is none."""
    following = tokens[index + 1 : index + 3]
    if len(following) > 1 and following[0].kind == "letter_link":
        return 2
    if bare or (linked and following and _is_letter_word(tokens[index], following[0])):
        return 1
    # the word between was misheard: "u ontuk ujung"
    misheard = (
        linked and len(following) > 1 and following[0].kind == "word" and _is_letter_word(tokens[index], following[1])
    )
    return 2 if misheard else 0


def _letters_with_bare_words(tokens: Sequence[Token]) -> set[int]:
    """Indices of letters in "b bandung u ujung": too regular to be parts of a name."""
    result: set[int] = set()
    for start in range(len(tokens)):
        run = []
        index = start
        while index + 1 < len(tokens) and _is_letter_word(tokens[index], tokens[index + 1]):
            run.append(index)
            index += 2
        if len(run) >= _MIN_BARE_LETTERS:
            result.update(run)
    return result


def _is_letter_word(letter: Token, word: Token) -> bool:
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
            result[-1:] = [_merged_spelling(result[-1].text, letters[:size])]
            index += size
        result += tokens[index:end] if end > index else tokens[index : index + 1] if not size else ()
        index = max(end, index + 1) if not size else end
    return tuple(result)


def _repeated(name: str, letters: str, code: str) -> int:
    """Number of letters that spell the name said before them; 0 when they are another name."""
    if letters.startswith(name):
        return len(name)
    sizes = range(max(_MIN_SPELLED, len(name) - 1), min(len(letters), len(name) + 1) + 1)
    near = [size for size in sizes if sounds_alike(name, letters[:size], code)]
    return min(near, key=lambda size: (edit_distance(name, letters[:size]), -size), default=0)


def _merged_spelling(name: str, letters: str) -> Token:
    """The name that was said and spelled; of two versions the longer, of equally long ones the spelling."""
    if name == letters:
        return Token("word", "", name)._replace(value=CONFIRMED)
    longer = name if len(name) > len(letters) else letters
    return Token("word", "", longer, sure=False)
