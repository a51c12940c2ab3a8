"""Turns words heard into a wording for the bank, without personal data, forms of address and fillers.

A bank is copied between offices and kept in version control, so nothing of a caller may get into it. Left out are
digits and number words, e-mail addresses, names after "nama saya" and the like, and every word with a capital inside
a sentence that the bank does not know (recognisers write names and places so).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.bank.phrase_language import expand
from analyzer.language.normalise import normal_words
from analyzer.language.registry import language
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.transcript import Segment, Transcript, Word

_NAME_WORDS = 3  # after an introduction such as "nama saya", as long as the bank does not know them
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_SENTENCE_END = (".", "?", "!")


@dataclass(frozen=True)
class BankVocabulary:
    """The words of a bank, which are never names; its fillers, which mean nothing in a wording; its function words."""

    code: str
    known: frozenset[str]
    fillers: frozenset[str]
    light: frozenset[str]

    @classmethod
    def of(cls, bank: PhraseBank) -> "BankVocabulary":
        """The vocabulary of a bank's word groups and phrases."""
        code = bank.language
        groups = {name: entries for name, entries in bank.groups.items() if name != bank.match.plain}  # it holds names
        known = {word for entries in groups.values() for entry in entries for word in normal_words(entry, code)}
        for wording in bank.targets().values():
            for phrase in wording.phrases:
                parts = (part for words in expand(phrase) for part in words if not part.startswith("<"))
                known.update(word for part in parts for word in normal_words(part, code))
            known.update(word for text in wording.must_match for word in normal_words(text, code))
        fillers, light = (
            frozenset(word for entry in bank.groups[name] for word in normal_words(entry, code))
            for name in (bank.match.fillers, bank.match.light)
        )
        return cls(code, frozenset(known), fillers, light)


@dataclass(frozen=True)
class PlainWording:
    """A wording without personal data."""

    key: tuple[str, ...]
    """normal words in the bank's spelling, misheard ones too: equal for two ways to mishear one wording"""
    text: str
    """as heard"""
    unknown: int
    """words that the bank does not know as heard: of several texts the one with fewest was recognised best"""


def plain_wording(heard: str, vocabulary: BankVocabulary, matcher: Matcher) -> PlainWording | None:
    """The wording in words heard; None when an address was dictated in them, or nothing is left.

    "Baik Pak Budi, boleh emailnja?" gives the text "boleh emailnja" and the key ("boleh", "email").
    """
    spoken = heard.split()
    if _is_dictation(spoken, vocabulary.code):
        return None
    dropped = {*_introduced_names(spoken, vocabulary), *_unknown_capitalised(spoken, vocabulary)}
    text: list[str] = []
    key: list[str] = []
    unknown = 0
    for index, (word, normal) in enumerate(zip(spoken, _bank_spelling(spoken, matcher), strict=True)):
        if index in dropped or not _is_meaningful(word, normal, vocabulary):
            continue
        text.append(_EDGES.sub("", word).lower())
        unknown += normal_words(word, vocabulary.code) != normal
        key += (part for part in normal if part not in vocabulary.fillers)
    return PlainWording(tuple(key), " ".join(text), unknown) if key else None


def _bank_spelling(spoken: Sequence[str], matcher: Matcher) -> list[tuple[str, ...]]:
    """Normal words of each word, misheard ones as the bank's word they resemble; () for the rest of a split word."""
    words = tuple(Word(start=float(index), end=index + 1.0, text=text) for index, text in enumerate(spoken))
    segment = Segment(start=0.0, end=float(len(words)), speaker="agent", text=" ".join(spoken), words=words)
    turns = matcher.find(Transcript(duration=segment.end, segments=(segment,))).turns
    normal = {heard.start: heard.normal for turn in turns for heard in turn.words}
    return [normal.get(word.start, ()) for word in words]


def _is_dictation(spoken: Sequence[str], code: str) -> bool:
    """A written address, or a spoken one: an "at" and a "dot" in one utterance."""
    if any("@" in word for word in spoken):
        return True
    signs = language(code).email.signs
    said = {signs.get(_EDGES.sub("", word).lower()) for word in spoken}
    return {"@", "."} <= said


def _introduced_names(spoken: Sequence[str], vocabulary: BankVocabulary) -> Iterator[int]:
    """Indices of words after a mark such as "nama saya"."""
    plain = [_EDGES.sub("", word).lower() for word in spoken]
    for mark in language(vocabulary.code).dictation.name_introductions:
        parts = mark.split()
        for index in range(len(plain) - len(parts) + 1):
            if plain[index : index + len(parts)] == parts:
                yield from _until_known(spoken, index + len(parts), vocabulary)


def _until_known(spoken: Sequence[str], start: int, vocabulary: BankVocabulary) -> Iterator[int]:
    """Indices of words from `start` that may be a name: up to the first that the bank knows."""
    for index in range(start, min(start + _NAME_WORDS, len(spoken))):
        normal = normal_words(spoken[index], vocabulary.code)
        if vocabulary.fillers.issuperset(normal):
            continue  # "nama saya eh Budi"
        if vocabulary.known.issuperset(normal):
            return
        yield index


def _unknown_capitalised(spoken: Sequence[str], vocabulary: BankVocabulary) -> Iterable[int]:
    """Indices of capitalised words inside a sentence that the bank does not know."""
    if not any(word[:1].islower() for word in spoken):
        return ()  # a transcript all in capitals says nothing about names
    return [
        index
        for index, word in enumerate(spoken)
        if index > 0
        and not spoken[index - 1].endswith(_SENTENCE_END)
        and word[:1].isupper()
        and not vocabulary.known.issuperset(normal_words(word, vocabulary.code))
    ]


def _is_meaningful(word: str, normal: tuple[str, ...], vocabulary: BankVocabulary) -> bool:
    """Neither a number, nor a letter spelt out, nor a filler."""
    if vocabulary.fillers.issuperset(normal):
        return False
    return not any(part.isdigit() or len(part) == 1 for part in (*normal, *normal_words(word, vocabulary.code)))
