"""A speaker's words as one stream of tokens (normal words), each with its place in what was recognised.

Matching runs over this stream: the recogniser's segment borders leave no trace in it, pauses do. Most words are
normalised by themselves and cached, as a call says the same few hundred words again and again; a few only make sense
together with a neighbour.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, pairwise

from analyzer.language.normalise import joinable_prefixes_and_suffixes, normal_groups, split_text
from analyzer.matching.token_candidates import CACHE_LIMIT, Lexicon, TokenCandidates, TokenIndex
from analyzer.matching.word_segmentation import WordSegmenter
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.base import Channel
from analyzer.models.finding import RecognizedWord
from analyzer.models.transcript import SENTENCE_ENDS, Segment, Word

_RECOGNIZED = partial(tuple.__new__, RecognizedWord)  # as `_make`, without its detour through Python: there are many

PlacedWord = tuple[str, int, int]
"""normal word, first and last index of the recognised words it is made of"""
MergedRun = tuple[int, int, list[PlacedWord]]
"""first and last index of words that are normalised together, and what they become"""


@dataclass(frozen=True, slots=True, eq=False)
class TokenizedWord:
    """One recognised word, normalised by itself."""

    pieces: tuple[str, ...]
    """lower-case parts; empty when it holds no letters"""
    tokens: tuple[TokenCandidates, ...]
    spelling: tuple[str, ...]
    """the tokens in the bank's spelling"""
    unknown_first: str
    """the first normal word where the bank does not know it: it may be the second half of a split word; else empty"""
    unknown_last: str
    """the last normal word likewise: it may be the first half of a split word"""
    may_join_next: bool
    joins_previous: bool
    """whether it surely belongs to the word before"""


@dataclass(frozen=True, slots=True)
class TokenStream:
    """Words of one speaker in time order, and the tokens made of them."""

    channel: Channel
    words: Sequence[Word]
    texts: list[str]
    ends: list[float]
    tokens: tuple[TokenCandidates, ...]
    first_word: list[int]
    """token -> index of the first word it was heard in"""
    last_word: list[int]
    breaks: list[int]
    """token -> pauses and sentence ends before it, counted from the start"""
    turn_of: list[int]
    """token -> number of its turn"""
    turn_bounds: list[tuple[int, int]]
    """turn -> its tokens, half-open"""
    recognized: tuple[RecognizedWord, ...]

    def turn_at(self, token: int) -> tuple[int, int]:
        """Tokens of the turn that holds a token."""
        return self.turn_bounds[self.turn_of[token]]


class Tokenizer:
    """Normalises words, by themselves and together with their neighbours."""

    def __init__(self, lexicon: Lexicon, segmenter: WordSegmenter, index: TokenIndex) -> None:
        self._lexicon = lexicon
        self._index = index
        self._segmenter = segmenter
        self._halves, self._endings = joinable_prefixes_and_suffixes(lexicon.code)
        self._cache: dict[str, TokenizedWord] = {}

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedWord]:
        """Each word by itself."""
        cache = self._cache
        new = [text for text in dict.fromkeys(texts) if text not in cache]
        if new:
            if len(cache) > CACHE_LIMIT:
                cache.clear()
                new = list(dict.fromkeys(texts))
            self._add_to_cache(new)
        return [cache[text] for text in texts]

    def merged_runs(self, words: Sequence[TokenizedWord]) -> list[MergedRun]:
        """Runs of neighbours that together become other tokens than each by itself."""
        runs: list[MergedRun] = []
        for index in sorted(set(self._linked_to_next(words))):
            first, last = index, index + 1
            if runs and runs[-1][1] >= index:
                if runs[-1][1] > index:
                    continue
                first = runs.pop()[0]
            run = self._run(words, first, last)
            while runs and runs[-1][1] >= run[0]:
                run = self._run(words, runs.pop()[0], run[1])
            runs.append(run)
        return runs

    def tokens(self, normal: str) -> tuple[TokenCandidates, ...]:
        """What a normal word may be; when it is words run together, what each of them may be."""
        return tuple(map(self._index.candidates, self._segmenter.split(normal)))

    def _add_to_cache(self, texts: Sequence[str]) -> None:
        pieces = [split_text(text) for text in texts]
        normals = [[word for _, words in normal_groups(part, self._lexicon.code) for word in words] for part in pieces]
        self._segmenter.prepare_splits(normal for words in normals for normal in words)
        for text, part, words in zip(texts, pieces, normals, strict=True):
            self._cache[text] = self._tokenized(part, words)

    def _tokenized(self, pieces: tuple[str, ...], normals: Sequence[str]) -> TokenizedWord:
        tokens = tuple(token for normal in normals for token in self.tokens(normal))
        first, last = (self._if_unknown(normal) for normal in (normals[0], normals[-1])) if normals else ("", "")
        return TokenizedWord(
            pieces=pieces,
            tokens=tokens,
            spelling=tuple(token.spelling for token in tokens),
            unknown_first=first,
            unknown_last=last,
            may_join_next=not pieces or pieces[-1] in self._halves or bool(last),
            joins_previous=not pieces or pieces[0] in self._endings,
        )

    def _if_unknown(self, normal: str) -> str:
        return "" if normal in self._lexicon.known or normal.isdigit() else normal

    def _linked_to_next(self, words: Sequence[TokenizedWord]) -> Iterator[int]:
        """Words that become something else together with the next one, in no order."""
        halves: dict[int, tuple[str, str]] = {}
        for index, (word, following) in enumerate(pairwise(words)):
            if following.joins_previous or (word.may_join_next and not word.pieces):
                yield index
            elif word.may_join_next:
                if word.unknown_last and following.unknown_first:
                    halves[index] = word.unknown_last, following.unknown_first
                if word.pieces[-1] in self._halves and self._is_one_word(word.pieces[-1], following.pieces[0]):
                    yield index
        self._segmenter.prepare_joins(halves.values())
        for index, (first, second) in halves.items():
            if self._segmenter.join(first, second):
                yield index

    def _is_one_word(self, half: str, other: str) -> bool:
        """Whether two pieces are one word written in two ("e mail")."""
        return normal_groups((half, other), self._lexicon.code)[0][0] > 1

    def _run(self, words: Sequence[TokenizedWord], first: int, last: int) -> MergedRun:
        """The words [first, last] as one text, and more of their neighbours where those join what they become."""
        while True:
            placed = self._placed(words[first : last + 1], first)
            if first > 0 and placed and self._join(words[first - 1].unknown_last, placed[0][0]):
                first -= 1
            elif last + 1 < len(words) and placed and self._join(placed[-1][0], words[last + 1].unknown_first):
                last += 1
            else:
                return first, last, placed

    def _join(self, word: str, following: str) -> bool:
        return bool(word and following and self._segmenter.join(word, following))

    def _placed(self, words: Sequence[TokenizedWord], first: int) -> list[PlacedWord]:
        """All normal words of neighbours, the first of which is the word numbered `first`."""
        pieces: list[str] = []
        origin: list[int] = []
        for index, word in enumerate(words, first):
            pieces += word.pieces
            origin += [index] * len(word.pieces)
        placed: list[PlacedWord] = []
        start = 0
        for used, normals in normal_groups(pieces, self._lexicon.code):
            for normal in normals:
                self._append(placed, (normal, origin[start], origin[start + used - 1]))
            start += used
        return placed

    def _append(self, placed: list[PlacedWord], word: PlacedWord) -> None:
        """Put a word after the others, joined with the last one when they were one word."""
        adjacent = placed and placed[-1][2] + 1 == word[1]
        whole = self._segmenter.join(placed[-1][0], word[0]) if adjacent else None
        if whole is None:
            placed.append(word)
        else:
            placed[-1] = (whole, placed[-1][1], word[2])


def words_of(segment: Segment) -> tuple[Word, ...]:
    """The words of a segment; without word times they are spread evenly over it."""
    if segment.words is not None:
        return segment.words
    texts = segment.text.split()
    step = (segment.end - segment.start) / max(1, len(texts))
    return tuple(
        Word(start=segment.start + step * index, end=segment.start + step * (index + 1), text=text)
        for index, text in enumerate(texts)
    )


def build_stream(
    words: Sequence[Word],
    channel: Channel,
    tokenizer: Tokenizer,
    settings: MatchSettings,
    interruptions: Sequence[float] = (),
) -> TokenStream:
    """Normalise a speaker's words. `interruptions`: times at which the other speaker begins; they end a turn."""
    texts = [word.text for word in words]
    starts = [word.start for word in words]
    ends = [word.end for word in words]
    tokenized = tokenizer.tokenize(texts)
    tokens = [word.tokens for word in tokenized]
    spellings = [word.spelling for word in tokenized]
    multiword = _merge_neighbours(tokenizer, tokenized, tokens, spellings)
    first = [index for index, parts in enumerate(tokens) for _ in parts]
    last = first.copy()
    for index, lasts in multiword:
        start = bisect_left(first, index)
        last[start : start + len(lasts)] = lasts
    breaks, turns = _breaks_and_turns(texts, starts, ends, settings, interruptions)
    turn_of = [turns[index] for index in first]
    return TokenStream(
        channel=channel,
        words=words,
        texts=texts,
        ends=ends,
        tokens=tuple(chain.from_iterable(tokens)),
        first_word=first,
        last_word=last,
        breaks=[breaks[index] for index in first],
        turn_of=turn_of,
        turn_bounds=_turn_bounds(turn_of),
        recognized=tuple(map(_RECOGNIZED, zip(starts, ends, texts, spellings, strict=True))),
    )


def _merge_neighbours(
    tokenizer: Tokenizer,
    words: Sequence[TokenizedWord],
    tokens: list[tuple[TokenCandidates, ...]],
    spellings: list[tuple[str, ...]],
) -> list[tuple[int, list[int]]]:
    """Replace what neighbours are together; returns (word, last word of each of its tokens) where tokens span words."""
    multiword: list[tuple[int, list[int]]] = []
    for begin, end, placed in tokenizer.merged_runs(words):
        lasts: list[list[int]] = [[] for _ in range(begin, end + 1)]
        for index in range(begin, end + 1):
            tokens[index] = ()
        for normal, first, last in placed:
            parts = tokenizer.tokens(normal)
            tokens[first] += parts
            lasts[first - begin] += [last] * len(parts)
        for index in range(begin, end + 1):
            spellings[index] = tuple(token.spelling for token in tokens[index])
        multiword += [(index, word_lasts) for index, word_lasts in enumerate(lasts, begin) if word_lasts]
    return multiword


def _breaks_and_turns(
    texts: Sequence[str],
    starts: Sequence[float],
    ends: Sequence[float],
    settings: MatchSettings,
    interruptions: Iterable[float],
) -> tuple[list[int], list[int]]:
    """Per word: breaks before it, and its turn."""
    is_break = [False, *[text.endswith(SENTENCE_ENDS) for text in texts[:-1]]]
    is_turn = [False] * len(is_break)
    others = sorted(interruptions)
    latest_ends = list(accumulate(ends, max))
    shortest = min(settings.pause_seconds, settings.turn_seconds)
    gaps = [start - end for end, start in zip(ends, starts[1:], strict=False)]
    for index, gap in enumerate(gaps, 1):
        if gap < shortest:
            continue
        if gap >= settings.pause_seconds:
            is_break[index] = True
            nearest = bisect_left(others, latest_ends[index - 1])
            is_turn[index] = nearest < len(others) and others[nearest] < starts[index]
        if gap >= settings.turn_seconds:
            is_turn[index] = True
    return list(accumulate(is_break)), list(accumulate(is_turn))


def _turn_bounds(turn_of: list[int]) -> list[tuple[int, int]]:
    """Tokens of each turn; a turn whose words hold no letters has none."""
    bounds: list[tuple[int, int]] = []
    start = 0
    while start < len(turn_of):
        turn = turn_of[start]
        end = bisect_left(turn_of, turn + 1, lo=start)
        bounds += [(start, start)] * (turn - len(bounds))
        bounds.append((start, end))
        start = end
    return bounds
