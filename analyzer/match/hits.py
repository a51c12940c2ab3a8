"""Where each word and word group of the bank was heard in one stream."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.match.lexicon import Lexicon
from analyzer.match.stream import Stream
from analyzer.models.phrases import PhraseBank
from analyzer.text import normal_words

_CACHE_LIMIT = 200_000  # as the lexicon's
_WEAKEST = 0.7  # a word of a longer entry heard less well than this is another word


Opening = tuple[str, tuple[str, ...], float]
"""a longer entry that a word may open: (`<group>`, all its words, how near the first is)"""


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens [first, last) that are a word of a group."""

    first: int
    last: int
    similarity: float


class Groups:
    """The bank's word groups in normal words."""

    def __init__(self, bank: PhraseBank) -> None:
        self.singles: dict[str, list[str]] = {}
        """word -> groups it belongs to, as `<group>`"""
        self.longer: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        """first word -> (group, all words)"""
        self.words: set[str] = set()
        self._sounds: dict[str, tuple[dict[str, float], tuple[Opening, ...]]] = {}
        for name, entries in bank.groups.items():
            if name == bank.match.plain:
                continue
            for entry in entries:
                words = normal_words(entry, bank.language)
                self.words.update(words)
                if len(words) == 1:
                    self.singles.setdefault(words[0], []).append(f"<{name}>")
                elif words:
                    self.longer.setdefault(words[0], []).append((f"<{name}>", words))

    def sounds_like(self, token: str, lexicon: Lexicon) -> tuple[dict[str, float], tuple[Opening, ...]]:
        """Every word and one-word group that a token may be, and the longer entries it may open; kept per token."""
        known = self._sounds.get(token)
        if known is None:
            if len(self._sounds) > _CACHE_LIMIT:
                self._sounds.clear()
            near = lexicon.near(token)
            elements: dict[str, float] = {}
            for word, similarity in near:
                for element in (word, *self.singles.get(word, ())):
                    elements[element] = max(similarity, elements.get(element, 0.0))
            openings = tuple(
                (element, words, similarity)
                for word, similarity in near
                if similarity >= _WEAKEST
                for element, words in self.longer.get(word, ())
            )
            known = self._sounds[token] = (elements, openings)
        return known

    def members(self, name: str) -> frozenset[str]:
        """Single words of a group."""
        return frozenset(word for word, groups in self.singles.items() if f"<{name}>" in groups)


class Hits:
    """All hits of a stream, made in one pass over its tokens."""

    def __init__(
        self, stream: Stream, lexicon: Lexicon, groups: Groups, costs: Mapping[str, float], extra: float
    ) -> None:
        self.stream = stream
        self._costs = costs
        self._extra = extra
        self._filler = min(costs.values(), default=0.0)
        sounds = [groups.sounds_like(token, lexicon) for token in stream.tokens]
        self._elements = [elements for elements, _ in sounds]
        self._by_group: dict[str, list[Hit]] = {}
        self.ending: list[list[tuple[str, int, float]]] = [[] for _ in stream.tokens]
        """token -> longer entries that end with it: (element, first token, similarity)"""
        for at, elements in enumerate(self._elements):
            for element, similarity in elements.items():
                if element.startswith("<"):
                    self._by_group.setdefault(element, []).append(Hit(at, at + 1, similarity))
            if sounds[at][1]:
                self._find_longer(at, sounds[at][1])
        for hits in self._by_group.values():
            hits.sort(key=lambda hit: (hit.first, hit.last))
        self._starts = {group: [hit.first for hit in hits] for group, hits in self._by_group.items()}

    def of(self, group: str) -> list[Hit]:
        """All hits of a group, in order."""
        return self._by_group.get(f"<{group}>", [])

    def between(self, group: str, low: int, high: int) -> list[Hit]:
        """Hits wholly inside the tokens [low, high)."""
        key = f"<{group}>"
        hits = self._by_group.get(key)
        if not hits:
            return []
        starts = self._starts[key]
        return [hit for hit in hits[bisect_left(starts, low) : bisect_left(starts, high)] if hit.last <= high]

    def inside(self, group: str, low: int, high: int, least: float) -> bool:
        """Whether a group is heard well enough inside [low, high)."""
        return any(hit.similarity >= least for hit in self.between(group, low, high))

    def element(self, at: int, element: str) -> float:
        """How much the token at `at` is a word or group of one word."""
        return self._elements[at].get(element, 0.0)

    def extra_cost(self, at: int) -> float:
        """What a token costs that a phrase does not hold."""
        return self._costs.get(self.stream.tokens[at], self._extra)

    def bag(self, low: int, high: int) -> dict[str, float]:
        """Best similarity of everything heard inside [low, high)."""
        best: dict[str, float] = {}
        for at in range(low, high):
            for element, similarity in self._elements[at].items():
                if similarity > best.get(element, 0.0):
                    best[element] = similarity
            for element, _, similarity in self.ending[at]:
                if similarity > best.get(element, 0.0):
                    best[element] = similarity
        return best

    def turn(self, at: int) -> tuple[int, int]:
        """Tokens of the turn that holds a token."""
        return self.stream.turn_bounds[self.stream.turn_of[at]]

    def around(self, first: int, last: int, margin: int) -> tuple[int, int]:
        """[first, last) widened by `margin` tokens inside its turn."""
        low, high = self.turn(first)
        return max(low, first - margin), min(max(high, last), last + margin)

    def breaks_inside(self, first: int, last: int) -> int:
        """Pauses and sentence ends between the first and the last token."""
        return self.stream.breaks[last - 1] - self.stream.breaks[first]

    def _find_longer(self, at: int, openings: Sequence[Opening]) -> None:
        end = self.turn(at)[1]
        for element, words, similarity in openings:
            hit = self._follow(words, at, end, similarity)
            if hit:
                self._by_group.setdefault(element, []).append(hit)
                self.ending[hit.last - 1].append((element, hit.first, hit.similarity))

    def _follow(self, words: tuple[str, ...], at: int, end: int, first: float) -> Hit | None:
        """The rest of a longer entry after its first word; one filler may stand between two words."""
        total = first
        place = at + 1
        for word in words[1:]:
            if place >= end:
                return None
            similarity = self._elements[place].get(word, 0.0)
            if similarity < _WEAKEST and place + 1 < end and self.extra_cost(place) <= self._filler:
                place += 1
                similarity = self._elements[place].get(word, 0.0)
            if similarity < _WEAKEST:
                return None
            total += similarity
            place += 1
        return Hit(at, place, total / len(words))
