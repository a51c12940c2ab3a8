"""Search for every place where a target may have been said: phrases by alignment, concepts by word groups.

Cost grows with the number of seed words heard times the phrases of that target. Each phrase has an upper bound from
the words near the seed word, and only the few with the highest bounds are aligned.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzer.bank.phrase_language import expand
from analyzer.language.normalise import normal_words
from analyzer.matching.alignment import Fit, Phrase, TokenOccurrences, align, phrase_of
from analyzer.matching.concepts import (
    ConceptSearch,
    GroupIndex,
    all_groups_heard,
    concept_label,
)
from analyzer.matching.token_candidates import CACHE_LIMIT, UNIT, TokenCandidates
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.wording import Wording

_MAX_ALIGNED = 3  # phrases aligned at a seed word; in trials those with lower bounds never fitted better
_MAX_FILLERS = 6  # tokens beside a phrase's length that fillers may take


ScoredSpan = tuple[float, int, int, int, str]
"""minus the similarity, first token, token after the last, rank between equal spans, the bank's wording; sorted, the
best comes first"""


class Match(NamedTuple):
    """A run of tokens [first, last) that resembles a target."""

    target: str
    phrase: str
    similarity: float
    first: int
    last: int


class PhraseSearch:
    """Searches streams for one target: its phrases and concepts, compiled once."""

    def __init__(
        self, target: str, wording: Wording, light: frozenset[str], code: str, settings: MatchSettings
    ) -> None:
        self.target = target
        self.wording = wording
        self.settings = settings
        self.code = code
        self.phrases = tuple(_compile(wording.phrases, light, code, settings))
        self._longest = max((len(phrase.elements) for phrase in self.phrases), default=0)
        self._columns = {element: column for column, element in enumerate(_elements(self.phrases))}
        self._weights = _weights(self.phrases, self._columns)
        self._totals = np.array([phrase.weight_before[-1] * UNIT for phrase in self.phrases], dtype=np.float64)
        self._distance_cache: dict[TokenCandidates, tuple[tuple[str, int], ...]] = {}
        ordered = sorted(enumerate(wording.concepts, 1), key=lambda item: -item[1].score)
        self._concepts = [(order, concept, concept_label(concept)) for order, concept in ordered]

    def find(self, index: GroupIndex) -> list[Match]:
        """All places at or above the target's least similarity, best of overlapping ones, in order."""
        threshold = self.wording.min_similarity
        spans = [span for span in self._by_phrase(index) if -span[0] >= threshold] if self.phrases else []
        better: list[ScoredSpan] = []
        taken: set[int] = set()
        for order, concept, name in self._concepts:
            if not all_groups_heard(concept, index):
                continue
            # spans above `score` stay: nothing from here on reaches so high, so no concept can take their place
            known, better = better, [span for span in spans if -span[0] > concept.score]
            if len(better) > len(known):
                taken = {token for _, first, last, _, _ in suppress_overlaps(better) for token in range(first, last)}
            for similarity, first, last in ConceptSearch(concept, index, self.settings).find(taken):
                if similarity >= threshold:
                    spans.append((-similarity, first, last, order, name))
        best = suppress_overlaps(spans)
        return [Match(self.target, name, -minus, first, last) for minus, first, last, _, name in best]

    def _by_phrase(self, index: GroupIndex) -> Iterator[ScoredSpan]:
        done, heard = -1, self.settings.heard
        for first, last, similarity in index.hits(self.wording.must[0]).hits:
            if similarity < heard or first < done:
                continue
            done = first + 1
            low, high = self.search_window(index, first, last)
            best = self.best_fit(self.window(index, low, high), index)
            if best and self._allowed(index, best[1]):
                phrase, fit, fit_similarity = best
                yield -fit_similarity, fit.first, fit.last, 0, phrase.label
                done = max(done, fit.last)

    def search_window(self, index: GroupIndex, first: int, last: int) -> tuple[int, int]:
        """Tokens of the turn in which a phrase may stand that holds [first, last)."""
        low, high = index.stream.turn_at(first)
        margin = self._longest + _MAX_FILLERS
        return max(low, first - margin), min(high, last + margin)

    def window(self, index: GroupIndex, low: int, high: int) -> TokenOccurrences:
        """Where the phrases' words occur in the tokens [low, high)."""
        occurrences: dict[str, list[tuple[int, int, int]]] = {}
        tokens = index.stream.tokens[low:high]
        for position, token in enumerate(tokens, low):
            for element, distance in self._distances(token):
                occurrences.setdefault(element, []).append((position, position + 1, distance))
            for group, (_, last, similarity) in index.multiword_hits.get(position, ()):
                if last <= high:
                    occurrences.setdefault(f"<{group}>", []).append((position, last, word_distance(similarity)))
        costs = list(accumulate([token.insertion_cost for token in tokens], initial=0))
        return TokenOccurrences(low, occurrences, costs)

    def _distances(self, token: TokenCandidates) -> tuple[tuple[str, int], ...]:
        """The phrases' words that a token may be, each with its distance; cached."""
        known = self._distance_cache.get(token)
        if known is None:
            if len(self._distance_cache) > CACHE_LIMIT:
                self._distance_cache.clear()
            known = self._distance_cache[token] = tuple(
                (element, word_distance(similarity))
                for element, similarity in token.elements.items()
                if element in self._columns
            )
        return known

    def best_fit(
        self, window: TokenOccurrences, index: GroupIndex, floor: float | None = None
    ) -> tuple[Phrase, Fit, float] | None:
        """The phrase that aligns best with a window, and its similarity; None when the words for it are not there.

        `floor`: share of a phrase's words that must be there, that of the target's least similarity when None.
        """
        floor = self.wording.min_similarity / 100 if floor is None else floor
        near = np.zeros(len(self._columns))
        for element, occurrences in window.occurrences.items():
            if element in self._columns:
                near[self._columns[element]] = UNIT - min([distance for _, _, distance in occurrences])
        bounds = self._weights.dot(near) / self._totals
        best: tuple[Phrase, Fit, float] | None = None
        for row in (-bounds).argsort(kind="stable")[:_MAX_ALIGNED].tolist():
            if bounds[row] < floor or (best and bounds[row] * 100 <= best[2]):
                break
            phrase = self.phrases[row]
            fit = align(phrase, window)
            if fit is None:
                continue
            similarity = max(0.0, fit.similarity - self.settings.break_cost * index.breaks_inside(fit.first, fit.last))
            if best is None or similarity > best[2]:
                best = phrase, fit, similarity
        return best

    def _allowed(self, index: GroupIndex, fit: Fit) -> bool:
        """Whether the must-have words stand near a fit and the must-not-have words do not, whatever its similarity."""
        settings = self.settings
        low, high = index.widened(fit.first, fit.last, settings.must_window)
        must = (index.confident_hits((group,), settings.heard) for group in self.wording.must)
        if not all(hits.any_between(low, high) for hits in must):
            return False
        low, high = index.widened(fit.first, fit.last, settings.must_not_window)
        return not index.confident_hits(self.wording.must_not, settings.forbids).any_between(low, high)


def suppress_overlaps(spans: list[ScoredSpan]) -> list[ScoredSpan]:
    """Greedy non-maximum suppression: the best of overlapping spans of one target, in order of position."""
    if len(spans) <= 1:
        return spans
    kept: list[ScoredSpan] = []
    starts: list[int] = []
    for span in sorted(spans):
        place = bisect_left(starts, span[2])
        if place == 0 or kept[place - 1][2] <= span[1]:
            kept.insert(place, span)
            starts.insert(place, span[1])
    return kept


def word_distance(similarity: float) -> int:
    """Distance of a word by its similarity: 0 for the very word, at most UNIT."""
    return round(UNIT * (1 - similarity))


def _elements(phrases: Iterable[Phrase]) -> list[str]:
    return sorted({element for phrase in phrases for element in phrase.elements})


def _weights(phrases: Sequence[Phrase], columns: Mapping[str, int]) -> NDArray[np.float64]:
    """Weight of each element (columns) in each phrase (rows); floats that hold whole numbers, exact up to 2^53."""
    table = np.zeros((len(phrases), len(columns)), dtype=np.float64)
    for row, phrase in enumerate(phrases):
        for element, weight in zip(phrase.elements, phrase.weights, strict=True):
            table[row, columns[element]] += weight
    return table


def _compile(phrases: Sequence[str], light: frozenset[str], code: str, settings: MatchSettings) -> Iterable[Phrase]:
    light_weight = round(settings.light_weight * UNIT)
    for phrase in phrases:
        for sequence in expand(phrase):
            elements: list[str] = []
            for word in sequence:
                elements += (word,) if word.startswith("<") else normal_words(word, code)
            if elements:
                weights = [light_weight if element in light else UNIT for element in elements]
                yield phrase_of(phrase, elements, weights)
