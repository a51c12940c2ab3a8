"""The tokens of an utterance in which an e-mail address may be dictated: names, letters, digits, signs, and talk."""

from collections.abc import Sequence
from functools import lru_cache

from analyzer.entities.spoken_digits import NUMERAL, nearest_numeral, numeral_entries
from analyzer.entities.tokens import (
    DictationVocabulary,
    Token,
    TokenKind,
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
"""kinds between the pieces of an address that do not separate them"""
TALK: frozenset[TokenKind] = frozenset({"stop", "filler", "remark", "correction", "restart"})
LIGHT = "light"
"""value of a stop word that is a function word, which recognisers insert and swap"""
_GAP = Token("gap", "?")
_PAUSE = Token("pause", "")
_MARKS: frozenset[TokenKind] = frozenset({"sign", "provider"})
_MIN_SURE_STOP = 5  # letters from which a word that only sounds like a stop word is that word
_MAX_PROVIDER_DISTANCE = 2  # letters in which a misheard provider may be spelled otherwise
_MIN_GLUED_STOP = 7  # letters of a stop word with its suffix that a name is run together with
_MIN_NAME = 3  # letters
_MAX_MISHEARD_AT = 2  # letters of a misheard "at"
_MAX_LETTER_NAME = 3  # letters of a letter's name at most
_LETTER_FOLLOWERS: frozenset[TokenKind] = frozenset({"letter", "pause", "sign", "digit", "provider"})
_VOWELS = "aeiou"


@lru_cache(maxsize=16)
def email_vocabulary(
    code: str, domains: frozenset[str], stop: frozenset[str], light: frozenset[str] = frozenset()
) -> DictationVocabulary:
    """All words that have a meaning while an address is dictated.

    `domains`: providers by name. `stop`: words that are never part of an address; `light`: function words among them.
    """
    rules = language(code)
    email, said = rules.email, rules.dictation
    result = numeral_entries(code)
    result += meaning_entries({**email.signs, **{sign: sign for sign in "._-+@"}}, "sign")
    providers = {**rules.spellings, **email.providers, **{domain: domain for domain in domains}}
    result += meaning_entries({word: name for word, name in providers.items() if name in domains}, "provider")
    endings = {ending: ending for ending in email.spoken_endings.values()}
    result += meaning_entries({**email.spoken_endings, **endings}, "ending")
    result += kind_entries(said.restarts, "restart") + kind_entries(said.corrections, "correction")
    result += kind_entries(said.remarks, "remark")
    result += kind_entries(said.letter_links, "letter_link") + kind_entries(said.fillers, "filler")
    result += meaning_entries(dict.fromkeys(light, LIGHT), "stop") + kind_entries(stop | said.stop_words, "stop")
    long = [word for word in stop | said.stop_words if len(word) >= _MIN_SURE_STOP]
    result += kind_entries([word + ending for word in long for ending in rules.suffixes], "stop")
    result += meaning_entries({**said.letters, **{letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}}, "letter")
    return DictationVocabulary(result, code)


@lru_cache(maxsize=2048)
def email_tokens(text: str, vocabulary: DictationVocabulary) -> tuple[Token, ...]:
    """The tokens of an utterance, pauses among them.

    >>> words = email_vocabulary("id", frozenset({"gmail"}), frozenset({"boleh"}))
    >>> [token.value or token.text for token in email_tokens("Boleh budi garis bawah es atgmail", words)]
    ['boleh', 'budi', '_', 's', '@', 'gmail']
    """
    words = split_pieces(text)
    pauses = pause_positions(text)
    result: list[Token] = []
    index = 0
    while index < len(words):
        if index in pauses:
            result.append(_PAUSE)
        phrase = vocabulary.phrase(words, index)
        if phrase:
            index += phrase[0]
            result.append(phrase[1])
            continue
        following = vocabulary.words.get(words[index + 1]) if index + 1 < len(words) else None
        result += _read_word(words[index], vocabulary, before_domain=bool(following and following.kind == "provider"))
        index += 1
    return tuple(_in_context(result, vocabulary))


def _read_word(word: str, vocabulary: DictationVocabulary, *, before_domain: bool) -> Sequence[Token]:
    """Tokens of a word by itself: exactly, without its suffix, run together with a sign, or by its sound."""
    token = vocabulary.words.get(word)
    if token:
        return (token._replace(text=word),)
    stem = spell(word, vocabulary.code)[0]
    if stem != word and stem in vocabulary.words and vocabulary.words[stem].kind in TALK:
        return (vocabulary.words[stem]._replace(text=word),)
    parts = _split_run_together(word, vocabulary, before_domain=before_domain)
    if parts:
        return parts
    near = vocabulary.word(stem) or vocabulary.word(word)
    if near and _is_surely(word, near):
        return (near._replace(text=word),)
    if word.endswith(language(vocabulary.code).dictation.stop_suffixes) and stem != word:
        return (Token("stop", "", word, sure=False),)  # "gunanya": an everyday word; names have no such suffix
    return (Token("word", "", word, sure=near is None),)


def _split_run_together(word: str, vocabulary: DictationVocabulary, *, before_domain: bool) -> Sequence[Token]:
    """Tokens of a word that is several, at least one of them no name; () when it is a single word."""
    parts = vocabulary.split(word, _MARKS)
    if parts and _are_surely_parts(parts):
        return parts
    if parts and before_domain and parts[-1].value == "@" and all(part.kind in TALK for part in parts[:-1]):
        return parts[-1:]  # "diat gmail"
    numbers = vocabulary.split(word, NUMERAL)
    if numbers and len(word) > _MIN_SURE_STOP and _are_surely_numbers(numbers):
        return numbers
    for cut in range(_MIN_GLUED_STOP, len(word) - _MIN_NAME + 1):  # "emailnyabudi"
        talk = vocabulary.words.get(word[:cut])
        if talk and talk.kind == "stop" and word[:cut].endswith(language(vocabulary.code).suffixes):
            return (talk, Token("word", "", word[cut:]))
    return ()


def _are_surely_parts(parts: Sequence[Token]) -> bool:
    """Whether pieces of a word are no accident: a provider or a dot among signs and talk."""
    if not all(part.kind in {"sign", "provider", "ending", "filler", "stop"} for part in parts):
        return False
    return any(part.kind == "provider" or part.value == "." for part in parts)


def _are_surely_numbers(parts: Sequence[Token]) -> bool:
    """Whether a word is numerals run together ("nolnol"), perhaps with the sign after them ("tujuhat")."""
    signs = [part.kind == "sign" and part.value == "@" for part in parts]
    return all(part.kind in NUMERAL or sign for part, sign in zip(parts, signs, strict=True)) and not any(signs[:-1])


def _is_surely(word: str, near: Token) -> bool:
    """Whether a word that sounds like another is that word; names sound like many words."""
    if near.kind == "sign":
        return edit_distance(word, near.text) <= 1
    if near.kind in {"stop", "filler"}:
        return len(near.text) >= _MIN_SURE_STOP and edit_distance(word, near.text) <= 1
    return near.kind in {"provider", "remark", "restart"} and edit_distance(word, near.text) <= _MAX_PROVIDER_DISTANCE


def _in_context(tokens: list[Token], vocabulary: DictationVocabulary) -> list[Token]:
    """Tokens by their neighbours: letters among letters, digits after digits, signs where a sign must be."""
    result: list[Token] = []
    for index, token in enumerate(tokens):
        before = next((u for u in reversed(result) if u.kind not in BETWEEN_PIECES), None)
        after = next((u for u in tokens[index + 1 :] if u.kind not in BETWEEN_PIECES), None)
        left = result[-1] if result else _PAUSE
        right = _as_letter(tokens[index + 1], vocabulary.code) if index + 1 < len(tokens) else _PAUSE
        if token.kind == "letter_link":
            result.append(token if _links_letter(result, right) else Token("stop", LIGHT, token.text))
        elif left.kind == "letter_link":
            result.append(Token("word", "", token.text) if token.text else token)  # "i untuk ibu"
        elif token.kind == "word" and left.kind == "letter" and right.kind in _LETTER_FOLLOWERS:
            result += _as_letters(token, vocabulary.code, inside=right.kind == "letter")
        else:
            result.append(_letter_or_itself(token, left, right, vocabulary))
            if result[-1].kind == "letter" and right.kind == "pause" and _is_hesitation(token, before, after):
                result[-1] = Token("filler", "", token.text)
            elif token.kind == "word" and before and after:
                result[-1] = _sign_or_digit_between(token, before, after, vocabulary)
    return result


def _links_letter(before: Sequence[Token], right: Token) -> bool:
    """Whether "untuk" stands between a letter and its word, or where a letter was lost among such letters."""
    if not before or right.kind in {"sign", "provider", "pause"}:
        return False
    return before[-1].kind == "letter" or (len(before) > 1 and before[-2].kind == "letter_link")


def _letter_or_itself(token: Token, left: Token, right: Token, vocabulary: DictationVocabulary) -> Token:
    """The token, or the letter that it names beside other letters: "em" else is a hesitation."""
    beside = {left.kind, right.kind}
    if token.kind in NUMERAL and beside != {"letter"}:  # "oh" is a nought but among letters
        return token
    return token if beside.isdisjoint({"letter", "letter_link"}) else _as_letter(token, vocabulary.code)


def _as_letter(token: Token, code: str) -> Token:
    """The letter that a word names, whatever else it may mean."""
    letter = language(code).dictation.letters.get(token.text)
    return Token("letter", letter, token.text) if letter and token.kind != "letter" else token


def _as_letters(token: Token, code: str, *, inside: bool) -> Sequence[Token]:
    """A word after a letter: letters run together, a misheard letter, or a name; inside a run never a name."""
    names = language(code).dictation.letters
    run = _run_of_letters(token.text, code) if inside else ""
    if run:
        return [Token("letter", letter, token.text, sure=False) for letter in run]
    if len(token.text) > _MAX_LETTER_NAME:
        return (token,)
    choices, distance = nearest_by_sound(token.text, (*names, *_VOWELS), code)
    letters = {names.get(choice, choice) for choice in choices}
    if not inside and (distance or len(letters) != 1):
        return (token,)
    return (Token("letter", letters.pop(), token.text, sure=False),) if len(letters) == 1 else (_GAP,)


def _run_of_letters(word: str, code: str) -> str:
    """The letters of "weu" or "jea"; "" when the word is not made of letters' names."""
    if not word:
        return ""
    names = language(code).dictation.letters
    for size in range(min(_MAX_LETTER_NAME, len(word)), 0, -1):
        letter = names.get(word[:size], word[0] if size == 1 and word[0] in _VOWELS else "")
        if letter and size == len(word):
            return letter
        rest = _run_of_letters(word[size:], code) if letter else ""
        if rest:
            return letter + rest
    return ""


def _is_hesitation(token: Token, before: Token | None, after: Token | None) -> bool:
    """Whether a lone vowel before a pause ("e, ...") is no letter: nothing is being spelled."""
    alone = before is None or before.kind == "stop"
    return alone and token.text in _VOWELS and after is not None and after.kind not in {"letter", "letter_link", "sign"}


def _sign_or_digit_between(token: Token, before: Token, after: Token, vocabulary: DictationVocabulary) -> Token:
    """A word as the sign or digit that it must have been by what stands on both sides."""
    if after.kind == "provider" and len(token.text) <= _MAX_MISHEARD_AT and before.kind not in {"sign", "stop"}:
        return Token("sign", "@", token.text, sure=False)
    if before.kind == "provider" and _sounds_like_dot(token.text, vocabulary):
        return Token("sign", ".", token.text, sure=False)
    if (
        after.kind in {"word", "letter", "digit"}
        and before.kind == "word"
        and _sounds_like_short_dot(token.text, vocabulary)
    ):
        return Token("sign", ".", token.text, sure=False)
    if before.kind in NUMERAL and (after.kind in NUMERAL or after.kind == "provider" or after.value == "@"):
        return nearest_numeral(token.text, vocabulary) or token
    return token


def _sounds_like_short_dot(word: str, vocabulary: DictationVocabulary) -> bool:
    """Whether a word of three letters sounds like "dot"."""
    code = vocabulary.code
    signs = [sign for sign, value in language(code).email.signs.items() if value == "." and len(sign) == len(word)]
    return len(word) == _MIN_NAME and any(fold(word, code) == fold(sign, code) for sign in signs)


def _sounds_like_dot(word: str, vocabulary: DictationVocabulary) -> bool:
    near = vocabulary.word(word)
    return near is not None and near.kind == "sign" and near.value == "."
