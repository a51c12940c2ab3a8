"""Finding every place where a target may have been said: phrases by alignment, concepts by word groups.

Cost grows with the number of anchor words heard times the phrases of that target; each phrase is first bounded by
the words present near the anchor, and only the promising few are aligned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.match.align import align
from analyzer.match.hits import Hit, Hits
from analyzer.models.phrases import MatchSettings
from analyzer.models.wording import Concept, Wording
from analyzer.phrases import expand
from analyzer.text import normal_words

_ALIGNED = 3  # phrases aligned per anchor: the bound orders them, later ones never won in trials
_SLACK = 6  # tokens around a phrase's length that fillers may take
_SURE_WORD = 0.75  # a must-have word heard less well than this is not proof
_FORBIDDEN_WORD = 0.85  # a must-not word must be heard well before it overrules a match


@dataclass(frozen=True, slots=True)
class Match:
    """A run of tokens [first, last) that resembles a target."""

    target: str
    phrase: str
    similarity: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """One expanded wording."""

    label: str
    elements: tuple[str, ...]
    weights: tuple[float, ...]
    total: float


class Spotter:
    """One target, compiled."""

    def __init__(
        self, target: str, wording: Wording, light: frozenset[str], code: str, settings: MatchSettings
    ) -> None:
        self.target = target
        self.wording = wording
        self._settings = settings
        self.phrases = tuple(_compile(wording.phrases, light, code, settings))
        self._longest = max((len(phrase.elements) for phrase in self.phrases), default=0)
        self._labels = {concept: _concept_label(concept) for concept in wording.concepts}

    def find(self, hits: Hits) -> list[Match]:
        """All places at or above the target's `doubt`, best of overlapping ones, in order."""
        matches: list[Match] = []
        if self.phrases:
            matches += self._by_phrase(hits)
        for concept in self.wording.concepts:
            matches += self._by_concept(concept, hits)
        return best_apart(match for match in matches if match.similarity >= self.wording.least)

    def _by_phrase(self, hits: Hits) -> list[Match]:
        found: list[Match] = []
        reach = self._longest + _SLACK
        done = -1
        for anchor in hits.of(self.wording.must[0]):
            if anchor.similarity < _SURE_WORD or anchor.first < done:
                continue
            done = anchor.first + 1
            low, high = hits.turn(anchor.first)
            low, high = max(low, anchor.first - reach), min(high, anchor.last + reach)
            match = self._best_phrase(hits, low, high)
            if match and self._allowed(hits, match):
                found.append(match)
                done = max(done, match.last)
        return found

    def _best_phrase(self, hits: Hits, low: int, high: int) -> Match | None:
        """The phrase that aligns best with the tokens [low, high)."""
        bag = hits.bag(low, high)
        floor = self.wording.least / 100
        bounds = []
        for index, phrase in enumerate(self.phrases):
            present = sum(
                weight * bag.get(element, 0.0) for element, weight in zip(phrase.elements, phrase.weights, strict=True)
            )
            bound = present / phrase.total
            if bound >= floor:
                bounds.append((-bound, index))
        best: Match | None = None
        for negative, index in sorted(bounds)[:_ALIGNED]:
            if best and -negative * 100 <= best.similarity:
                break
            phrase = self.phrases[index]
            fit = align(phrase.elements, phrase.weights, phrase.total, hits, low, high)
            if fit is None:
                continue
            cost = self._settings.break_cost * hits.breaks_inside(fit.first, fit.last)
            similarity = max(0.0, fit.similarity - cost)
            if best is None or similarity > best.similarity:
                best = Match(self.target, phrase.label, similarity, fit.first, fit.last)
        return best

    def _allowed(self, hits: Hits, match: Match) -> bool:
        """Must-have and must-not-have words, apart from similarity (field notes 5)."""
        low, high = hits.around(match.first, match.last, 2)
        if not all(hits.inside(group, low, high, _SURE_WORD) for group in self.wording.must):
            return False
        low, high = hits.around(match.first, match.last, 3)
        return not any(hits.inside(group, low, high, _FORBIDDEN_WORD) for group in self.wording.must_not)

    def _by_concept(self, concept: Concept, hits: Hits) -> list[Match]:
        found = []
        for anchor in hits.of(concept.all[0]):
            if anchor.similarity < _SURE_WORD:
                continue
            parts = _gather(concept, anchor, hits)
            if parts is None:
                continue
            first, last = min(part.first for part in parts), max(part.last for part in parts)
            low, high = hits.around(first, last, concept.near)
            if any(hits.inside(group, low, high, _FORBIDDEN_WORD) for group in concept.none):
                continue
            before, _ = hits.around(anchor.first, anchor.first, concept.reach)
            if any(hits.inside(group, before, anchor.first, _SURE_WORD) for group in concept.not_before):
                continue
            heard = sum(part.similarity for part in parts) / len(parts)
            similarity = concept.score * heard - self._settings.break_cost * hits.breaks_inside(first, last)
            if similarity > 0:
                found.append(Match(self.target, self._labels[concept], similarity, first, last))
        return found


def _gather(concept: Concept, anchor: Hit, hits: Hits) -> list[Hit] | None:
    """For each group the best hit near the anchor; None when one is missing."""
    low, high = hits.turn(anchor.first)
    low, high = max(low, anchor.first - concept.within), min(high, anchor.last + concept.within)
    parts = [anchor]
    after = anchor.last
    for group in concept.all[1:]:
        near = [hit for hit in hits.between(group, after if concept.in_order else low, high) if _apart(hit, parts)]
        if not near:
            return None
        best = max(near, key=lambda hit: (hit.similarity, -abs(hit.first - anchor.first)))
        if concept.in_order and any(hit.last <= best.first for hit in hits.between(concept.all[0], after, best.first)):
            return None  # the anchor's word again before the rest: the later one belongs to it
        parts.append(best)
        after = best.last
    if concept.any:
        near = [hit for group in concept.any for hit in hits.between(group, low, high) if _apart(hit, parts)]
        if not near:
            return None
        parts.append(max(near, key=lambda hit: (hit.similarity, -abs(hit.first - anchor.first))))
    between = max(part.last for part in parts) - min(part.first for part in parts)
    between -= sum(part.last - part.first for part in parts)
    return parts if between <= concept.within else None


def _apart(hit: Hit, parts: list[Hit]) -> bool:
    """One heard word proves one group only."""
    return all(hit.last <= part.first or hit.first >= part.last for part in parts)


def best_apart(matches: Iterable[Match]) -> list[Match]:
    """The best of overlapping matches of one target, in order of place."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda item: (-item.similarity, item.first, item.last)):
        if all(match.last <= other.first or match.first >= other.last for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda item: item.first)


def _compile(phrases: Sequence[str], light: frozenset[str], code: str, settings: MatchSettings) -> Iterable[Phrase]:
    for phrase in phrases:
        for sequence in expand(phrase):
            elements: list[str] = []
            for word in sequence:
                elements += (word,) if word.startswith("<") else normal_words(word, code)
            weights = tuple(settings.light_weight if element in light else 1.0 for element in elements)
            if elements:
                yield Phrase(phrase, tuple(elements), weights, sum(weights))


def _concept_label(concept: Concept) -> str:
    """A concept as people read it: the words it needs."""
    label = " + ".join(concept.all)
    return f"{label} + ({' | '.join(concept.any)})" if concept.any else label
