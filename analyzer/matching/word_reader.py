"""Heard words as normal words: most by themselves, a few together with a neighbour.

A call says the same few hundred words again and again, so what each is by itself is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analyzer.language.normalise import halves_and_endings, normal_groups, split_text
from analyzer.matching.lexicon import CACHE_LIMIT, Lexicon
from analyzer.matching.token_candidates import Sound, Sounds
from analyzer.matching.word_segmentation import Seams

Token = tuple[str, int, int]
"""normal word, first and last index of the words it was heard in"""
Run = tuple[int, int, list[Token]]
"""first and last index of words that are read together, and what they are"""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One word as recognised, read by itself."""

    pieces: tuple[str, ...]
    """lower-case parts as recognised; empty when it holds no letters"""
    sounds: tuple[Sound, ...]
    """its normal words"""
    shown: tuple[str, ...]
    """these in the bank's spelling"""
    first: str
    """the first normal word where the bank does not know it: it may be the end of a word torn apart; else empty"""
    last: str
    """the last normal word likewise: it may be such a word's beginning"""
    goes_on: bool
    """whether it may belong together with the next word"""
    continues: bool
    """whether it surely belongs to the word before"""


class Reader:
    """Reads words, by themselves and together with their neighbours."""

    def __init__(self, lexicon: Lexicon, seams: Seams, sounds: Sounds) -> None:
        self._lexicon = lexicon
        self._sounds = sounds
        self._seams = seams
        self._halves, self._endings = halves_and_endings(lexicon.code)
        self._kept: dict[str, Reading] = {}

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Each word by itself."""
        kept = self._kept
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        if new:
            if len(kept) > CACHE_LIMIT:
                kept.clear()
                new = list(dict.fromkeys(texts))
            self._learn(new)
        return [kept[text] for text in texts]

    def together(self, readings: Sequence[Reading]) -> list[Run]:
        """Runs of neighbours that read otherwise together than by themselves."""
        runs: list[Run] = []
        for at in sorted(set(self._linked(readings))):
            first, last = at, at + 1
            if runs and runs[-1][1] >= at:
                if runs[-1][1] > at:
                    continue
                first = runs.pop()[0]
            run = self._run(readings, first, last)
            while runs and runs[-1][1] >= run[0]:
                run = self._run(readings, runs.pop()[0], run[1])
            runs.append(run)
        return runs

    def sounds(self, token: str) -> tuple[Sound, ...]:
        """What a normal word may be; when it is words run together, what each of them may be."""
        return tuple(map(self._sounds.of, self._seams.cut(token)))

    def _learn(self, texts: Sequence[str]) -> None:
        pieces = [split_text(text) for text in texts]
        tokens = [[word for _, words in normal_groups(split, self._lexicon.code) for word in words] for split in pieces]
        self._seams.learn_cuts(token for words in tokens for token in words)
        for text, split, words in zip(texts, pieces, tokens, strict=True):
            self._kept[text] = self._reading(split, words)

    def _reading(self, pieces: tuple[str, ...], tokens: Sequence[str]) -> Reading:
        sounds = tuple(sound for token in tokens for sound in self.sounds(token))
        first, last = (self._unknown(token) for token in (tokens[0], tokens[-1])) if tokens else ("", "")
        return Reading(
            pieces=pieces,
            sounds=sounds,
            shown=tuple(sound.shown for sound in sounds),
            first=first,
            last=last,
            goes_on=not pieces or pieces[-1] in self._halves or bool(last),
            continues=not pieces or pieces[0] in self._endings,
        )

    def _unknown(self, token: str) -> str:
        return "" if token in self._lexicon.known or token.isdigit() else token

    def _linked(self, readings: Sequence[Reading]) -> Iterator[int]:
        """Words that read otherwise together with the next one, in no order."""
        torn: dict[int, tuple[str, str]] = {}
        for at, (word, following) in enumerate(pairwise(readings)):
            if following.continues or (word.goes_on and not word.pieces):
                yield at
            elif word.goes_on:
                if word.last and following.first:
                    torn[at] = word.last, following.first
                if word.pieces[-1] in self._halves and self._one_word(word.pieces[-1], following.pieces[0]):
                    yield at
        self._seams.learn_joins(torn.values())
        for at, (first, second) in torn.items():
            if self._seams.join(first, second):
                yield at

    def _one_word(self, half: str, other: str) -> bool:
        """Whether two pieces are one word written in two ("e mail")."""
        return normal_groups((half, other), self._lexicon.code)[0][0] > 1

    def _run(self, readings: Sequence[Reading], first: int, last: int) -> Run:
        """The words [first, last] read as one text, and more of their neighbours where those join what they become."""
        while True:
            tokens = self._tokens(readings[first : last + 1], first)
            if first > 0 and tokens and self._joins(readings[first - 1].last, tokens[0][0]):
                first -= 1
            elif last + 1 < len(readings) and tokens and self._joins(tokens[-1][0], readings[last + 1].first):
                last += 1
            else:
                return first, last, tokens

    def _joins(self, word: str, following: str) -> bool:
        return bool(word and following and self._seams.join(word, following))

    def _tokens(self, readings: Sequence[Reading], first: int) -> list[Token]:
        """All normal words of neighbours, the first of which is the word numbered `first`."""
        pieces: list[str] = []
        origin: list[int] = []
        for index, reading in enumerate(readings, first):
            pieces += reading.pieces
            origin += [index] * len(reading.pieces)
        tokens: list[Token] = []
        at = 0
        for used, words in normal_groups(pieces, self._lexicon.code):
            for word in words:
                self._add(tokens, (word, origin[at], origin[at + used - 1]))
            at += used
        return tokens

    def _add(self, tokens: list[Token], token: Token) -> None:
        """Put a token after the others, joined with the last one when they were one word."""
        whole = self._seams.join(tokens[-1][0], token[0]) if tokens and tokens[-1][2] + 1 == token[1] else None
        if whole is None:
            tokens.append(token)
        else:
            tokens[-1] = (whole, tokens[-1][1], token[2])
