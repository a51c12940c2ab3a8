"""Spoken numbers: digit by digit, with repeats, teens and tens; misheard digit words are read by their sound."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from analyzer.entities.tokens import (
    Token,
    TokenKind,
    Vocabulary,
    kind_entries,
    meaning_entries,
    nearest_by_sound,
    split_pieces,
)
from analyzer.language.normalise import fold
from analyzer.language.registry import language

NUMERAL: frozenset[TokenKind] = frozenset({"digit", "double", "triple", "teen", "ten", "hundred", "thousand"})
_PASSED_OVER: frozenset[TokenKind] = frozenset({"filler", "remark", "sign"})
_KNOWN_SOUND = 4  # sounds of a known word from which it may still be a misheard digit, between two digits
_HOLE = Token("gap", "?")
REPEATED = "repeated"
"""what the digits of "dobel tiga" were heard as: a correction after them may mean one or both"""
_TIMES: dict[TokenKind, int] = {"double": 2, "triple": 3}
_HUNDRED, _THOUSAND = "100", "1000"  # numbers of one word ("seratus") that others may follow


@lru_cache(maxsize=4096)
def digit_tokens(text: str, code: str, known: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """The digits of an utterance one by one, and what stands between them.

    Kinds: "digit"; "gap" for a word between digits that is none but may have been one; "correction" and "restart" before
    corrections; "stop" where other talk parts two runs. `known`: words of the language that are no misheard digits.

    >>> "".join(unit.value for unit in dictated("ke nol delapan satu dua dobel tiga enam belas", "id"))
    '08123316'
    >>> [(unit.value, unit.sure) for unit in dictated("satu due", "id")]
    [('1', True), ('2', False)]
    """
    vocabulary = number_vocabulary(code, known)
    units = _by_sound(_lexed(split_pieces(text), vocabulary), vocabulary)
    numbers = expand_numbers([unit for unit in units if unit.kind not in _PASSED_OVER])
    # "belas" alone: its digit was lost
    return _without_edges([_HOLE if unit.kind in NUMERAL - {"digit"} else unit for unit in numbers])


@lru_cache(maxsize=16)
def number_vocabulary(code: str, known: frozenset[str]) -> Vocabulary:
    """Everything that has a meaning while a number is dictated."""
    said = language(code).dictation
    found = numeral_entries(code)
    found += kind_entries(said.restarts, "restart") + kind_entries(said.corrections, "correction")
    found += kind_entries(said.remarks | said.number_ends, "remark")
    found += kind_entries(said.fillers, "filler") + kind_entries(known, "stop")
    found += meaning_entries({sign: sign for sign in "._-+@"}, "sign")
    found += meaning_entries({word: sign for word, sign in language(code).email.signs.items() if sign == "+"}, "sign")
    return Vocabulary(found, code)


def numeral_entries(code: str) -> list[tuple[str, Token]]:
    """Entries for all words that numbers are made of."""
    rules, spellings = language(code).numbers, language(code).spellings
    found = meaning_entries(rules.digits, "digit") + meaning_entries({str(digit): str(digit) for digit in range(10)}, "digit")
    found += meaning_entries(rules.whole, "digit")
    found += kind_entries({*rules.double, *(w for w, meant in spellings.items() if meant in rules.double)}, "double")
    found += kind_entries(rules.triple, "triple") + kind_entries(rules.teens, "teen") + kind_entries(rules.tens, "ten")
    return found + kind_entries(rules.hundreds, "hundred") + kind_entries(rules.thousands, "thousand")


def _lexed(words: Sequence[str], vocabulary: Vocabulary) -> list[Token]:
    """Units by their very words: phrases, words, digit words in pieces or run together."""
    found: list[Token] = []
    at = 0
    while at < len(words):
        longer = vocabulary.phrase(words, at) or vocabulary.joined(words, at, NUMERAL)
        if longer:
            at += longer[0]
            found.append(longer[1])
            continue
        word = words[at]
        unit = vocabulary.words.get(word)
        parts = () if unit else _run_together(word, vocabulary)
        found += parts or (unit or vocabulary.word(word) or Token("word", "", word),)
        at += 1
    return found


def _run_together(word: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Digit words run together. A numeral with an ending ("satunya", "the one") counts something, it is no digit."""
    parts = vocabulary.split(word, NUMERAL)
    if not parts or any(word.endswith(ending) for ending in language(vocabulary.code).suffixes):
        return ()
    ordinal = len(parts) == 2 and parts[0].kind in {"stop", "filler"} and parts[1].value not in {"", "0"}  # noqa: PLR2004
    return () if ordinal else parts  # "ke-tiga"


def _by_sound(units: Sequence[Token], vocabulary: Vocabulary) -> list[Token]:
    """Other words between digits as the digit words they sound like, or as holes."""
    found: list[Token] = []
    for at, unit in enumerate(units):
        if unit.kind not in {"word", "stop"}:
            found.append(unit)
            continue
        before = _next(reversed(found))
        after = _next(units[at + 1 :])
        beside = [near for near in (before, after) if near and _numeral(near, vocabulary)]
        found.append(_meant(unit, beside, vocabulary) or (_HOLE if len(beside) == 2 else Token("stop", "", unit.heard)))  # noqa: PLR2004
    return found


def _next(units: Iterable[Token]) -> Token | None:
    return next((unit for unit in units if unit.kind not in _PASSED_OVER), None)


def _numeral(unit: Token, vocabulary: Vocabulary) -> bool:
    return unit.kind in NUMERAL or (unit.kind == "word" and _alike(unit.heard, vocabulary)[0] is not None)


def _meant(unit: Token, beside: Sequence[Token], vocabulary: Vocabulary) -> Token | None:
    """The numeral that a word must have been, from how many numerals stand beside it."""
    if not beside:
        return None
    meant, off = _alike(unit.heard, vocabulary)
    if unit.kind == "stop":  # a word of its own; only between two digits, and when nearly the same, was it one
        sure = len(beside) == 2 and all(near.kind in NUMERAL for near in beside)  # noqa: PLR2004
        near_enough = off <= 1 and len(fold(unit.heard, vocabulary.code)) >= _KNOWN_SOUND
        return meant if sure and near_enough else None
    return meant


def nearest_numeral(word: str, vocabulary: Vocabulary) -> Token | None:
    """The one numeral that a word may have been by its sound."""
    return _alike(word, vocabulary)[0]


def _alike(word: str, vocabulary: Vocabulary) -> tuple[Token | None, int]:
    """The numeral nearest by sound, and how far; None when two are equally near."""
    choices, off = nearest_by_sound(word, vocabulary.of(NUMERAL), vocabulary.code)
    meanings_ = {vocabulary.words[choice][:2] for choice in choices}
    if len(meanings_) != 1:
        return None, off
    return vocabulary.words[choices[0]]._replace(heard=word, sure=False), off


def expand_numbers(units: Sequence[Token]) -> list[Token]:
    """Repeats, teens, tens, hundreds and thousands of digits worked out, one digit a unit; the rest as it is."""
    found: list[Token] = []
    at = 0
    while at < len(units):
        repeated = units[at].kind in {"double", "triple"}
        used, digits = _number(units, at + repeated)
        if not used:
            found.append(units[at])
            at += 1
            continue
        found += [unit._replace(heard=REPEATED) for unit in digits * _TIMES[units[at].kind]] if repeated else digits
        at += used + repeated
    return found


def _number(units: Sequence[Token], at: int) -> tuple[int, list[Token]]:
    """Units used, and the digits of the number that begins at a place: 7, 16, 20, 23, 250, 2001."""
    used, text = _below_thousand(units, at)
    if used and (_kind(units, at + used) == "thousand" or text == _THOUSAND):
        used += text != _THOUSAND
        more, low = _below_thousand(units, at + used)
        text = text.removesuffix("000") + low.rjust(3, "0")
        used += more
    sure = all(unit.sure for unit in units[at : at + used])
    return used, [Token("digit", digit, digit, sure) for digit in text]


def _below_thousand(units: Sequence[Token], at: int) -> tuple[int, str]:
    used, text = _below_hundred(units, at)
    if used and (_kind(units, at + used) == "hundred" or text == _HUNDRED):
        used += text != _HUNDRED
        more, low = _below_hundred(units, at + used)
        if low in {_HUNDRED, _THOUSAND} or _kind(units, at + used + more) in {"hundred", "thousand"}:
            more, low = 0, ""
        text = text[0] + low.rjust(2, "0")
        used += more
    return used, text


def _below_hundred(units: Sequence[Token], at: int) -> tuple[int, str]:
    """A digit, or one with "belas" or "puluh" and what follows that."""
    if _kind(units, at) != "digit":
        return 0, ""
    value, scale = units[at].value, _kind(units, at + 1)
    if len(value) > 1:
        return 1, value
    if scale == "teen":
        return 2, "1" + value
    if scale != "ten":
        return 1, value
    ones = _kind(units, at + 2) == "digit" and units[at + 2].value in set("123456789")
    if ones and _kind(units, at + 3) not in {"teen", "ten", "hundred", "thousand"}:
        return 3, value + units[at + 2].value
    return 2, value + "0"


def _kind(units: Sequence[Token], at: int) -> TokenKind:
    return units[at].kind if at < len(units) else "pause"


def _without_edges(units: Sequence[Token]) -> tuple[Token, ...]:
    """Holes only between digits, and one mark for other talk wherever it stands."""
    found: list[Token] = []
    for at, unit in enumerate(units):
        first = not any(before.kind == "digit" for before in units[:at])
        last = not any(after.kind == "digit" for after in units[at:])
        if unit.kind == "gap" and (first or last):
            continue
        if unit.kind != "stop" or not found or found[-1].kind != "stop":
            found.append(unit)
    return tuple(found)
