"""Spoken numbers: digit by digit, with repeats, teens and tens; misheard digit words are recognised by their sound."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from analyzer.entities.tokens import (
    DictationVocabulary,
    Token,
    TokenKind,
    kind_entries,
    meaning_entries,
    nearest_by_sound,
    split_pieces,
)
from analyzer.language.normalise import fold
from analyzer.language.registry import language

NUMERAL: frozenset[TokenKind] = frozenset({"digit", "double", "triple", "teen", "ten", "hundred", "thousand"})
_PASSED_OVER: frozenset[TokenKind] = frozenset({"filler", "remark", "sign"})
_MIN_KNOWN_SOUND = 4  # folded letters from which a known word between two digits may be a misheard digit
_GAP = Token("gap", "?")
REPEATED = "repeated"
"""text of the digits of "dobel tiga": a correction after them may mean one or both"""
_TIMES: dict[TokenKind, int] = {"double": 2, "triple": 3}
_HUNDRED, _THOUSAND = "100", "1000"  # numbers of one word ("seratus") that others may follow


@lru_cache(maxsize=4096)
def digit_tokens(text: str, code: str, known: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """The digits of an utterance one by one, and what stands between them.

    Kinds: "digit"; "gap" for a word between digits that may have been a digit; "correction" and "restart" before
    corrections; "stop" where other talk separates two runs. `known`: words of the language that are no misheard digits.

    >>> "".join(token.value for token in digit_tokens("ke nol delapan satu dua dobel tiga enam belas", "id"))
    '08123316'
    >>> [(token.value, token.sure) for token in digit_tokens("satu due", "id")]
    [('1', True), ('2', False)]
    """
    vocabulary = number_vocabulary(code, known)
    tokens = _resolve_by_sound(_tokenize(split_pieces(text), vocabulary), vocabulary)
    numbers = expand_numbers([token for token in tokens if token.kind not in _PASSED_OVER])
    # "belas" alone: its digit was lost
    return _trim_gaps([_GAP if token.kind in NUMERAL - {"digit"} else token for token in numbers])


@lru_cache(maxsize=16)
def number_vocabulary(code: str, known: frozenset[str]) -> DictationVocabulary:
    """All words that have a meaning while a number is dictated."""
    said = language(code).dictation
    result = numeral_entries(code)
    result += kind_entries(said.restarts, "restart") + kind_entries(said.corrections, "correction")
    result += kind_entries(said.remarks | said.number_ends, "remark")
    result += kind_entries(said.fillers, "filler") + kind_entries(known, "stop")
    result += meaning_entries({sign: sign for sign in "._-+@"}, "sign")
    result += meaning_entries({word: sign for word, sign in language(code).email.signs.items() if sign == "+"}, "sign")
    return DictationVocabulary(result, code)


def numeral_entries(code: str) -> list[tuple[str, Token]]:
    """Entries for all words that numbers are made of."""
    rules, spellings = language(code).numbers, language(code).spellings
    result = meaning_entries(rules.digits, "digit") + meaning_entries(
        {str(digit): str(digit) for digit in range(10)}, "digit"
    )
    result += meaning_entries(rules.whole, "digit")
    result += kind_entries(
        {*rules.double, *(w for w, numeral in spellings.items() if numeral in rules.double)}, "double"
    )
    result += kind_entries(rules.triple, "triple") + kind_entries(rules.teens, "teen") + kind_entries(rules.tens, "ten")
    return result + kind_entries(rules.hundreds, "hundred") + kind_entries(rules.thousands, "thousand")


def _tokenize(words: Sequence[str], vocabulary: DictationVocabulary) -> list[Token]:
    """Tokens of words as they are written: phrases, words, digit words in pieces or run together."""
    result: list[Token] = []
    index = 0
    while index < len(words):
        longer = vocabulary.phrase(words, index) or vocabulary.joined(words, index, NUMERAL)
        if longer:
            index += longer[0]
            result.append(longer[1])
            continue
        word = words[index]
        token = vocabulary.words.get(word)
        parts = () if token else _split_run_together(word, vocabulary)
        result += parts or (token or vocabulary.word(word) or Token("word", "", word),)
        index += 1
    return result


def _split_run_together(word: str, vocabulary: DictationVocabulary) -> tuple[Token, ...]:
    """Digit words run together. A numeral with a suffix ("satunya", "the one") counts something, it is no digit."""
    parts = vocabulary.split(word, NUMERAL)
    if not parts or any(word.endswith(ending) for ending in language(vocabulary.code).suffixes):
        return ()
    ordinal = len(parts) == 2 and parts[0].kind in {"stop", "filler"} and parts[1].value not in {"", "0"}  # noqa: PLR2004
    return () if ordinal else parts  # "ke-tiga"


def _resolve_by_sound(tokens: Sequence[Token], vocabulary: DictationVocabulary) -> list[Token]:
    """Other words between digits as the digit words they sound like, or as gaps."""
    result: list[Token] = []
    for index, token in enumerate(tokens):
        if token.kind not in {"word", "stop"}:
            result.append(token)
            continue
        before = _first_relevant(reversed(result))
        after = _first_relevant(tokens[index + 1 :])
        beside = [near for near in (before, after) if near and _is_numeral(near, vocabulary)]
        other = _GAP if len(beside) > 1 else Token("stop", "", token.text)
        result.append(_intended_numeral(token, beside, vocabulary) or other)
    return result


def _first_relevant(tokens: Iterable[Token]) -> Token | None:
    return next((token for token in tokens if token.kind not in _PASSED_OVER), None)


def _is_numeral(token: Token, vocabulary: DictationVocabulary) -> bool:
    return token.kind in NUMERAL or (token.kind == "word" and _nearest_numeral(token.text, vocabulary)[0] is not None)


def _intended_numeral(token: Token, beside: Sequence[Token], vocabulary: DictationVocabulary) -> Token | None:
    """The numeral that a word must have been, by how many numerals stand beside it."""
    if not beside:
        return None
    numeral, distance = _nearest_numeral(token.text, vocabulary)
    if (
        token.kind == "stop"
    ):  # a known word is a misheard numeral only between two digits and when it is nearly the same
        sure = len(beside) == 2 and all(near.kind in NUMERAL for near in beside)  # noqa: PLR2004
        near_enough = distance <= 1 and len(fold(token.text, vocabulary.code)) >= _MIN_KNOWN_SOUND
        return numeral if sure and near_enough else None
    return numeral


def nearest_numeral(word: str, vocabulary: DictationVocabulary) -> Token | None:
    """The numeral that a word may have been by its sound; None when several may."""
    return _nearest_numeral(word, vocabulary)[0]


def _nearest_numeral(word: str, vocabulary: DictationVocabulary) -> tuple[Token | None, int]:
    """The numeral nearest by sound and its distance; None when two are equally near."""
    choices, distance = nearest_by_sound(word, vocabulary.entries_of(NUMERAL), vocabulary.code)
    values = {vocabulary.words[choice][:2] for choice in choices}
    if len(values) != 1:
        return None, distance
    return vocabulary.words[choices[0]]._replace(text=word, sure=False), distance


def expand_numbers(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with repeats, teens, tens, hundreds and thousands expanded to one digit each."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        repeated = tokens[index].kind in {"double", "triple"}
        used, digits = _read_number(tokens, index + repeated)
        if not used:
            result.append(tokens[index])
            index += 1
            continue
        result += (
            [token._replace(text=REPEATED) for token in digits * _TIMES[tokens[index].kind]] if repeated else digits
        )
        index += used + repeated
    return result


def _read_number(tokens: Sequence[Token], index: int) -> tuple[int, list[Token]]:
    """Number of tokens used, and the digits, of the number that begins at `index`: 7, 16, 20, 23, 250, 2001."""
    used, text = _below_thousand(tokens, index)
    if used and (_kind_at(tokens, index + used) == "thousand" or text == _THOUSAND):
        used += text != _THOUSAND
        more, low = _below_thousand(tokens, index + used)
        text = text.removesuffix("000") + low.rjust(3, "0")
        used += more
    sure = all(token.sure for token in tokens[index : index + used])
    return used, [Token("digit", digit, digit, sure) for digit in text]


def _below_thousand(tokens: Sequence[Token], index: int) -> tuple[int, str]:
    used, text = _below_hundred(tokens, index)
    if used and (_kind_at(tokens, index + used) == "hundred" or text == _HUNDRED):
        used += text != _HUNDRED
        more, low = _below_hundred(tokens, index + used)
        if low in {_HUNDRED, _THOUSAND} or _kind_at(tokens, index + used + more) in {"hundred", "thousand"}:
            more, low = 0, ""
        text = text[0] + low.rjust(2, "0")
        used += more
    return used, text


def _below_hundred(tokens: Sequence[Token], index: int) -> tuple[int, str]:
    """A digit, or a digit with "belas" or "puluh" and what follows that."""
    if _kind_at(tokens, index) != "digit":
        return 0, ""
    value, scale = tokens[index].value, _kind_at(tokens, index + 1)
    if len(value) > 1:
        return 1, value
    if scale == "teen":
        return 2, "1" + value
    if scale != "ten":
        return 1, value
    ones = _kind_at(tokens, index + 2) == "digit" and tokens[index + 2].value in set("123456789")
    if ones and _kind_at(tokens, index + 3) not in {"teen", "ten", "hundred", "thousand"}:
        return 3, value + tokens[index + 2].value
    return 2, value + "0"


def _kind_at(tokens: Sequence[Token], index: int) -> TokenKind:
    return tokens[index].kind if index < len(tokens) else "pause"


def _trim_gaps(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Tokens with gaps only between digits, and one token for each span of other talk."""
    result: list[Token] = []
    for index, token in enumerate(tokens):
        first = not any(before.kind == "digit" for before in tokens[:index])
        last = not any(after.kind == "digit" for after in tokens[index:])
        if token.kind == "gap" and (first or last):
            continue
        if token.kind != "stop" or not result or result[-1].kind != "stop":
            result.append(token)
    return tuple(result)
