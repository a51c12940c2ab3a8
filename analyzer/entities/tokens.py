"""Tokens of a dictation: words cut into pieces, a closed vocabulary to read them by, and likeness by sound."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from analyzer.language.normalise import fold

_PIECE = re.compile(r"[a-z]+(?:'[a-z]+)?|\d|@|(?<=[a-z0-9])[._+-](?=[a-z0-9@])|(?<=@)[._+-]")
_SPELLED = re.compile(r"(?<![a-z0-9])(?:[a-z]-)+[a-z](?![a-z0-9])")
_MAIL = re.compile(r"\be-(?=mail)")
_PAUSES = (",", ".", ";", ":", "?", "!")
_MAX_PHRASE_WORDS = 5  # of one entry in the language data
_CACHE_LIMIT = 20_000  # words; Indonesian calls hold fewer, noise must not grow it for ever
_MIN_SAME_SOUND = 4  # letters from which the same sound is the same word; "nur" is not "nol"
_MIN_PART = 2  # letters of a word that another one is run together with
_MAX_PARTS = 4  # words run together
_SHORT_SOUND = 5  # folded letters; up to here a second wrong one makes another word
_TINY_SOUND = 2  # folded letters; of so few none may be wrong

TokenKind = Literal[
    "digit", "double", "triple", "teen", "ten", "hundred", "thousand", "sign", "provider", "ending", "letter",
    "letter_link", "remark", "filler", "stop", "correction", "restart", "pause", "gap", "word",
]  # fmt: skip


class Token(NamedTuple):
    """One thing dictated: a digit, a sign, a name, a remark, ..."""

    kind: TokenKind
    value: str
    """what it means: the digit, the character, the word"""
    text: str = ""
    sure: bool = True
    """False when it is a guess: a similar word, or a letter that may be one"""


@lru_cache(maxsize=8192)
def split_pieces(text: str) -> tuple[str, ...]:
    """Words, single digits and the signs inside written addresses; letters written "b-u-d-i" are separated.

    >>> split_pieces("Emailnya b-u-d-i, budi.w@gmail.com. 0812-34")
    ('emailnya', 'b', 'u', 'd', 'i', 'budi', '.', 'w', '@', 'gmail', '.', 'com', '0', '8', '1', '2', '-', '3', '4')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = _SPELLED.sub(lambda result: result.group().replace("-", " "), _MAIL.sub("e", plain))
    return tuple(_PIECE.findall(plain))


@lru_cache(maxsize=8192)
def pause_positions(text: str) -> frozenset[int]:
    """Indices of `split_pieces` before which the recogniser wrote a pause: a comma or the end of a sentence.

    >>> sorted(pause_positions("Boleh, budi at gmail.com. Ya"))
    [1, 6]
    """
    result: set[int] = set()
    count = 0
    for word in text.split():
        count += len(split_pieces(word))
        if word.endswith(_PAUSES):
            result.add(count)
    return frozenset(result - {0, count})


class DictationVocabulary:
    """Entries of one or several words, each with the token that it means. Of equal entries the first counts."""

    def __init__(self, kind_entries: Iterable[tuple[str, Token]], code: str) -> None:
        self.code = code
        self.words: dict[str, Token] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], Token]]] = {}
        self._sounds: dict[str, Token] = {}
        self._entries_of_kinds: dict[frozenset[TokenKind], tuple[str, ...]] = {}
        self._splits: dict[tuple[str, frozenset[TokenKind]], tuple[Token, ...]] = {}
        for entry, token in kind_entries:
            parts = tuple(entry.split())
            if len(parts) == 1:
                self.words.setdefault(entry, token)
                if len(fold(entry, code)) >= _MIN_SAME_SOUND:
                    self._sounds.setdefault(fold(entry, code), token._replace(sure=False))
            elif parts:
                self._phrases.setdefault(fold(parts[0], code), []).append((parts, token))
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))

    def phrase(self, words: Sequence[str], index: int) -> tuple[int, Token] | None:
        """Number of words and token of the longest entry of several words at `index`; fillers may stand inside."""
        first = fold(words[index], self.code)
        for parts, token in self._phrases.get(first, ()):
            used = self._used_words(parts, words[index : index + _MAX_PHRASE_WORDS + 1])
            if used:
                return used, token
        return None

    def _used_words(self, parts: Sequence[str], words: Sequence[str]) -> int:
        """Number of words that an entry takes up at their beginning; 0 when it is not there."""
        index = 0
        for part in parts:
            filler = 0 < index < len(words) and words[index] != part and self._is_filler(words[index])
            index += filler
            if index >= len(words) or not self._same(words[index], part):
                return 0
            index += 1
        return index

    def _same(self, word: str, part: str) -> bool:
        if word == part:
            return True
        return min(len(word), len(part)) >= _MIN_SAME_SOUND and fold(word, self.code) == fold(part, self.code)

    def _is_filler(self, word: str) -> bool:
        token = self.words.get(word)
        return token is not None and token.kind == "filler"

    def word(self, word: str) -> Token | None:
        """The token of a word, as written or by the same sound."""
        return self.words.get(word) or self._sounds.get(fold(word, self.code))

    def joined(self, words: Sequence[str], index: int, kinds: frozenset[TokenKind]) -> tuple[int, Token] | None:
        """Number of pieces and token of a word of some kinds that was written in two or three pieces ("del apan")."""
        for used in (2, 3):
            parts = words[index : index + used]
            if len(parts) < used or any(part in self.words and self.words[part].kind in kinds for part in parts):
                return None
            token = self.word("".join(parts))
            if token and token.kind in kinds:
                return used, token
        return None

    def split(self, word: str, kinds: frozenset[TokenKind]) -> tuple[Token, ...]:
        """The tokens of words run together ("empattujuh"), at least one of the kinds; () when it is a single word."""
        if len(word) < _MIN_SAME_SOUND or word in self.words:
            return ()
        key = (word, kinds)
        if key not in self._splits:
            if len(self._splits) > _CACHE_LIMIT:
                self._splits.clear()
            ways = (self._parts(word, count) for count in range(2, _MAX_PARTS + 1))
            self._splits[key] = next((result for result in ways if any(token.kind in kinds for token in result)), ())
        return self._splits[key]

    def entries_of(self, kinds: frozenset[TokenKind]) -> tuple[str, ...]:
        """The entries of one word of some kinds."""
        if kinds not in self._entries_of_kinds:
            self._entries_of_kinds[kinds] = tuple(word for word, token in self.words.items() if token.kind in kinds)
        return self._entries_of_kinds[kinds]

    def _parts(self, word: str, count: int) -> tuple[Token, ...]:
        """The tokens of a word split into exactly `count` known words, or ()."""
        if count == 1:
            token = self.word(word)
            return (token,) if token else ()
        for cut in range(len(word) - _MIN_PART * (count - 1), _MIN_PART - 1, -1):
            token = self.word(word[:cut])
            if token and (rest := self._parts(word[cut:], count - 1)):
                return (token, *rest)
        return ()


def kind_entries(words: Iterable[str], kind: TokenKind) -> list[tuple[str, Token]]:
    """Entries that mean nothing but their kind, sorted."""
    return [(word, Token(kind, "", word)) for word in sorted(words)]


def meaning_entries(table: Mapping[str, str], kind: TokenKind) -> list[tuple[str, Token]]:
    """Entries of one kind with what each means, sorted."""
    return [(word, Token(kind, value, word)) for word, value in sorted(table.items())]


@lru_cache(maxsize=65536)
def edit_distance(word: str, other: str) -> int:
    """Levenshtein distance: letters to insert, leave out or change to make one word the other.

    >>> edit_distance("tika", "tiki"), edit_distance("impat", "inam")
    (1, 3)
    """
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, 1):
        before, row[0] = row[0], place
        for index, against in enumerate(other, 1):
            before, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, before + (letter != against))
    return row[-1]


def sounds_alike(word: str, other: str, code: str) -> bool:
    """Whether two words may be the same, heard twice.

    >>> sounds_alike("santoso", "sentozo", "id"), sounds_alike("santoso", "susanto", "id")
    (True, False)
    """
    first, second = fold(word, code), fold(other, code)
    return edit_distance(first, second) <= max_distance(min(first, second, key=len))


def max_distance(sound: str) -> int:
    """Folded letters in which two forms of the same word may differ."""
    if len(sound) <= _TINY_SOUND:
        return 0
    return 1 if len(sound) <= _SHORT_SOUND else 2


@lru_cache(maxsize=16384)
def nearest_by_sound(word: str, choices: tuple[str, ...], code: str) -> tuple[tuple[str, ...], int]:
    """The choices nearest to a word by sound, and their distance; none when all are farther than `max_distance`.

    Of choices that sound equally near, those spelled nearest are kept: "empet" is written more like "empat".

    >>> nearest_by_sound("due", ("satu", "dua", "tiga"), "id"), nearest_by_sound("rumah", ("satu", "dua"), "id")
    ((('dua',), 1), ((), 0))
    """
    sound = fold(word, code)
    result = [
        (sound_distance, edit_distance(word, choice), choice)
        for choice in choices
        if (sound_distance := edit_distance(sound, fold(choice, code))) <= max_distance(fold(choice, code))
    ]
    if not result:
        return (), 0
    least = min(result)[:2]
    return tuple(choice for *far, choice in result if tuple(far) == least), least[0]
