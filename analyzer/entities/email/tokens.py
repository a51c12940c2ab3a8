"""The units of an utterance in which an e-mail address may be dictated: names, letters, digits, signs, and talk."""

from collections.abc import Sequence
from functools import lru_cache

from analyzer.entities.spoken_digits import NUMERAL, nearest_numeral, numeral_entries
from analyzer.entities.tokens import (
    Token,
    TokenKind,
    Vocabulary,
    edit_distance,
    kind_entries,
    meaning_entries,
    nearest_by_sound,
    pause_positions,
    split_pieces,
)
from analyzer.language.normalise import fold, spell
from analyzer.language.registry import language

BETWEEN_PIECES: frozenset[TokenKind] = frozenset({"filler", "remark", "pause"})
"""kinds that stand between the pieces of an address without parting them"""
TALK: frozenset[TokenKind] = frozenset({"stop", "filler", "remark", "correction", "restart"})
LIGHT = "light"
"""value of a stop that is a word of grammar, which recognisers put in and swap"""
_HOLE = Token("gap", "?")
_PAUSE = Token("pause", "")
_MARKS: frozenset[TokenKind] = frozenset({"sign", "provider"})
_SURE_STOP = 5  # letters from which a word that only sounds like one of the talk around is that word
_MISSPELT = 2  # letters in which a misheard provider may be spelled otherwise
_GLUED = 7  # letters of talk with its ending that a name is run together with
_LEAST_NAME = 3  # letters
_TINY = 2  # letters of a misheard "at"
_LETTER_NAME = 3  # letters of a letter's name at most
_ENDS: frozenset[TokenKind] = frozenset({"letter", "pause", "sign", "digit", "provider"})
_VOWELS = "aeiou"


@lru_cache(maxsize=16)
def email_vocabulary(
    code: str, domains: frozenset[str], stop: frozenset[str], light: frozenset[str] = frozenset()
) -> Vocabulary:
    """Everything that has a meaning while an address is dictated.

    `domains`: providers by name. `stop`: words never part of an address; `light`: those of grammar among them.
    """
    rules = language(code)
    email, said = rules.email, rules.dictation
    found = numeral_entries(code)
    found += meaning_entries({**email.signs, **{sign: sign for sign in "._-+@"}}, "sign")
    heard = {**rules.spellings, **email.providers, **{domain: domain for domain in domains}}
    found += meaning_entries({word: name for word, name in heard.items() if name in domains}, "provider")
    found += meaning_entries({**email.spoken_endings, **{ending: ending for ending in email.spoken_endings.values()}}, "ending")
    found += kind_entries(said.restarts, "restart") + kind_entries(said.corrections, "correction") + kind_entries(said.remarks, "remark")
    found += kind_entries(said.letter_links, "letter_link") + kind_entries(said.fillers, "filler")
    found += meaning_entries(dict.fromkeys(light, LIGHT), "stop") + kind_entries(stop | said.stop_words, "stop")
    long = [word for word in stop | said.stop_words if len(word) >= _SURE_STOP]
    found += kind_entries([word + ending for word in long for ending in rules.suffixes], "stop")
    found += meaning_entries({**said.letters, **{letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}}, "letter")
    return Vocabulary(found, code)


@lru_cache(maxsize=2048)
def email_tokens(text: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """The units of an utterance, pauses among them.

    >>> words = mail_words("id", frozenset({"gmail"}), frozenset({"boleh"}))
    >>> [unit.value or unit.heard for unit in mail_units("Boleh budi garis bawah es atgmail", words)]
    ['boleh', 'budi', '_', 's', '@', 'gmail']
    """
    words = split_pieces(text)
    pauses = pause_positions(text)
    found: list[Token] = []
    at = 0
    while at < len(words):
        if at in pauses:
            found.append(_PAUSE)
        phrase = vocabulary.phrase(words, at)
        if phrase:
            at += phrase[0]
            found.append(phrase[1])
            continue
        following = vocabulary.words.get(words[at + 1]) if at + 1 < len(words) else None
        found += _read(words[at], vocabulary, before_domain=bool(following and following.kind == "provider"))
        at += 1
    return tuple(_in_context(found, vocabulary))


def _read(word: str, vocabulary: Vocabulary, *, before_domain: bool) -> Sequence[Token]:
    """A word by itself: exactly, without its ending, run together with a sign, or by its sound."""
    unit = vocabulary.words.get(word)
    if unit:
        return (unit._replace(heard=word),)
    stem = spell(word, vocabulary.code)[0]
    if stem != word and stem in vocabulary.words and vocabulary.words[stem].kind in TALK:
        return (vocabulary.words[stem]._replace(heard=word),)
    parts = _run_together(word, vocabulary, before_domain=before_domain)
    if parts:
        return parts
    near = vocabulary.word(stem) or vocabulary.word(word)
    if near and _surely(word, near):
        return (near._replace(heard=word),)
    if word.endswith(language(vocabulary.code).dictation.stop_suffixes) and stem != word:
        return (Token("stop", "", word, sure=False),)  # "gunanya": a word of talk; names bear no such ending
    return (Token("word", "", word, sure=near is None),)


def _run_together(word: str, vocabulary: Vocabulary, *, before_domain: bool) -> Sequence[Token]:
    """A word that is several, at least one of them no name; () when it is one."""
    parts = vocabulary.split(word, _MARKS)
    if parts and _surely_parts(parts):
        return parts
    if parts and before_domain and parts[-1].value == "@" and all(part.kind in TALK for part in parts[:-1]):
        return parts[-1:]  # "diat gmail"
    numbers = vocabulary.split(word, NUMERAL)
    if numbers and len(word) > _SURE_STOP and _surely_numbers(numbers):
        return numbers
    for cut in range(_GLUED, len(word) - _LEAST_NAME + 1):  # "emailnyabudi"
        talk = vocabulary.words.get(word[:cut])
        if talk and talk.kind == "stop" and word[:cut].endswith(language(vocabulary.code).suffixes):
            return (talk, Token("word", "", word[cut:]))
    return ()


def _surely_parts(parts: Sequence[Token]) -> bool:
    """Whether pieces of a word are no accident: a provider or a dot among signs and talk."""
    if not all(part.kind in {"sign", "provider", "ending", "filler", "stop"} for part in parts):
        return False
    return any(part.kind == "provider" or part.value == "." for part in parts)


def _surely_numbers(parts: Sequence[Token]) -> bool:
    """Whether a word is numerals run together ("nolnol"), perhaps with the sign after them ("tujuhat")."""
    signs = [part.kind == "sign" and part.value == "@" for part in parts]
    return all(part.kind in NUMERAL or sign for part, sign in zip(parts, signs, strict=True)) and not any(signs[:-1])


def _surely(word: str, near: Token) -> bool:
    """Whether a word that sounds like another is that one; names sound like many words."""
    if near.kind == "sign":
        return edit_distance(word, near.heard) <= 1
    if near.kind in {"stop", "filler"}:
        return len(near.heard) >= _SURE_STOP and edit_distance(word, near.heard) <= 1
    return near.kind in {"provider", "remark", "restart"} and edit_distance(word, near.heard) <= _MISSPELT


def _in_context(units: list[Token], vocabulary: Vocabulary) -> list[Token]:
    """Letters among letters, digits after digits, signs where a sign must be."""
    found: list[Token] = []
    for at, unit in enumerate(units):
        before = next((u for u in reversed(found) if u.kind not in BETWEEN_PIECES), None)
        after = next((u for u in units[at + 1 :] if u.kind not in BETWEEN_PIECES), None)
        left = found[-1] if found else _PAUSE
        right = _as_letter(units[at + 1], vocabulary.code) if at + 1 < len(units) else _PAUSE
        if unit.kind == "letter_link":
            found.append(unit if _links(found, right) else Token("stop", LIGHT, unit.heard))
        elif left.kind == "letter_link":
            found.append(Token("word", "", unit.heard) if unit.heard else unit)  # "i untuk ibu"
        elif unit.kind == "word" and left.kind == "letter" and right.kind in _ENDS:
            found += _as_letters(unit, vocabulary.code, inside=right.kind == "letter")
        else:
            found.append(_alone(unit, left, right, vocabulary))
            if found[-1].kind == "letter" and right.kind == "pause" and _hesitates(unit, before, after):
                found[-1] = Token("filler", "", unit.heard)
            elif unit.kind == "word" and before and after:
                found[-1] = _between(unit, before, after, vocabulary)
    return found


def _links(before: Sequence[Token], right: Token) -> bool:
    """Whether "untuk" stands between a letter and its word, or where a letter was lost among others so told."""
    if not before or right.kind in {"sign", "provider", "pause"}:
        return False
    return before[-1].kind == "letter" or (len(before) > 1 and before[-2].kind == "letter_link")


def _alone(unit: Token, left: Token, right: Token, vocabulary: Vocabulary) -> Token:
    """ "em" beside letters is one of them, else a hesitation."""
    beside = {left.kind, right.kind}
    if unit.kind in NUMERAL and beside != {"letter"}:  # "oh" is a nought but among letters
        return unit
    return unit if beside.isdisjoint({"letter", "letter_link"}) else _as_letter(unit, vocabulary.code)


def _as_letter(unit: Token, code: str) -> Token:
    """The letter that a word names, whatever else it may mean."""
    letter = language(code).dictation.letters.get(unit.heard)
    return Token("letter", letter, unit.heard) if letter and unit.kind != "letter" else unit


def _as_letters(unit: Token, code: str, *, inside: bool) -> Sequence[Token]:
    """A word after a letter: letters run together, a misheard one, or a name; inside a run it must be one of these."""
    names = language(code).dictation.letters
    run = _run_of_letters(unit.heard, code) if inside else ""
    if run:
        return [Token("letter", letter, unit.heard, sure=False) for letter in run]
    if len(unit.heard) > _LETTER_NAME:
        return (unit,)
    choices, off = nearest_by_sound(unit.heard, (*names, *_VOWELS), code)
    letters = {names.get(choice, choice) for choice in choices}
    if not inside and (off or len(letters) != 1):
        return (unit,)
    return (Token("letter", letters.pop(), unit.heard, sure=False),) if len(letters) == 1 else (_HOLE,)


def _run_of_letters(word: str, code: str) -> str:
    """The letters of "weu" or "jea"; "" when the word is not made of letters' names."""
    if not word:
        return ""
    names = language(code).dictation.letters
    for size in range(min(_LETTER_NAME, len(word)), 0, -1):
        letter = names.get(word[:size], word[0] if size == 1 and word[0] in _VOWELS else "")
        if letter and size == len(word):
            return letter
        rest = _run_of_letters(word[size:], code) if letter else ""
        if rest:
            return letter + rest
    return ""


def _hesitates(unit: Token, before: Token | None, after: Token | None) -> bool:
    """Whether a lone vowel before a pause ("e, ...") is no letter: nothing is being spelled."""
    alone = before is None or before.kind == "stop"
    return alone and unit.heard in _VOWELS and after is not None and after.kind not in {"letter", "letter_link", "sign"}


def _between(unit: Token, before: Token, after: Token, vocabulary: Vocabulary) -> Token:
    """A word as the sign or digit that it must have been from what stands on both sides."""
    if after.kind == "provider" and len(unit.heard) <= _TINY and before.kind not in {"sign", "stop"}:
        return Token("sign", "@", unit.heard, sure=False)
    if before.kind == "provider" and _dot(unit.heard, vocabulary):
        return Token("sign", ".", unit.heard, sure=False)
    if after.kind in {"word", "letter", "digit"} and before.kind == "word" and _short_dot(unit.heard, vocabulary):
        return Token("sign", ".", unit.heard, sure=False)
    if before.kind in NUMERAL and (after.kind in NUMERAL or after.kind == "provider" or after.value == "@"):
        return nearest_numeral(unit.heard, vocabulary) or unit
    return unit


def _short_dot(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word of three letters sounds like "dot"."""
    code = vocabulary.code
    signs = [sign for sign, value in language(code).email.signs.items() if value == "." and len(sign) == len(word)]
    return len(word) == _LEAST_NAME and any(fold(word, code) == fold(sign, code) for sign in signs)


def _dot(word: str, vocabulary: Vocabulary) -> bool:
    near = vocabulary.word(word)
    return near is not None and near.kind == "sign" and near.value == "."
