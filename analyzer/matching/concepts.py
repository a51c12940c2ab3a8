"""Finding a concept: words of several groups near each other, in any order, within one turn."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence

from analyzer.matching.group_index import GroupIndex, Hit
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.wording import Concept

MIN_WORD_SIMILARITY = 0.75  # a must-have word heard less well than this is not proof
MIN_FORBIDDEN_SIMILARITY = 0.85  # a must-not word must be heard well before it overrules a match


class ConceptSearch:
    """One concept in one stream."""

    def __init__(self, concept: Concept, hits: GroupIndex) -> None:
        self._concept = concept
        self._stream = hits.stream
        self.anchors = hits.of(concept.all[0])
        self.others = [hits.of(group) for group in concept.all[1:]]
        self.any = [hits.of(group) for group in concept.any]
        self._none = hits.confident(concept.none, MIN_FORBIDDEN_SIMILARITY) if concept.none else None
        self._nowhere = hits.confident(concept.absent_in_sentence, MIN_FORBIDDEN_SIMILARITY) if concept.absent_in_sentence else None
        self._not_before = hits.confident(concept.not_preceded_by, MIN_WORD_SIMILARITY) if concept.not_preceded_by else None

    def find(self, settings: MatchSettings, taken: Collection[int]) -> Iterator[tuple[float, int, int]]:
        """(similarity, first token, token after the last) of every place where nothing forbids it.

        `taken`: tokens that something better holds; a place whose first group stands there is left out.
        """
        concept, breaks = self._concept, self._stream.breaks
        alone = not self.others and not concept.any
        for anchor in self.anchors.hits:
            first, last, heard = anchor
            if heard < MIN_WORD_SIMILARITY or first in taken or last - 1 in taken:
                continue
            turn = self._stream.turn_at(first)
            if not alone:
                parts = self.nearest_hits(anchor, turn)
                if parts is None:
                    continue
                first, last = span_of(parts)
                heard = combined_similarity([part[2] for part in parts], settings)
            if self.is_forbidden(first, last, turn) or self.is_negated(anchor[0], turn) or self.is_too_late(first, turn):
                continue
            similarity = concept.score * heard - settings.break_cost * (breaks[last - 1] - breaks[first])
            if similarity > 0:
                yield similarity, first, last

    def nearest_hits(self, anchor: Hit, turn: tuple[int, int]) -> list[Hit] | None:
        """For each group the best hit near the anchor; None when one is missing."""
        concept = self._concept
        low, high = max(turn[0], anchor[0] - concept.within), min(turn[1], anchor[1] + concept.within)
        parts = [anchor]
        after = anchor[1]
        for group in self.others:
            best = _best(group.between(after if concept.in_order else low, high), parts)
            if best is None:
                return None
            if concept.in_order and self.anchors.between(after, best[0]):
                return None  # the anchor's word again before the rest: the later one belongs to it
            parts.append(best)
            after = best[1]
        if self.any:
            best = _best([hit for group in self.any for hit in group.between(low, high)], parts)
            if best is None:
                return None
            parts.append(best)
        first, last = span_of(parts)
        between = last - first - sum([end - begin for begin, end, _ in parts])
        return parts if between <= concept.within else None

    def is_forbidden(self, first: int, last: int, turn: tuple[int, int]) -> bool:
        """Whether a word of `none` stands near [first, last) in the same sentence: the next one is another matter.

        Or one of `absent_in_sentence` anywhere in that sentence.
        """
        if self._none is not None and self._none.any_between(*self.around(first, last, turn)):
            return True
        return self._nowhere is not None and self._nowhere.any_between(*self.sentence(first, last, turn))

    def around(self, first: int, last: int, turn: tuple[int, int]) -> tuple[int, int]:
        """[first, last) widened by what the concept calls near, within its sentence."""
        low, high = self.sentence(first, last, turn)
        return max(low, first - self._concept.near), min(high, last + self._concept.near)

    def sentence(self, first: int, last: int, turn: tuple[int, int]) -> tuple[int, int]:
        """Tokens of the sentence, or sentences, that [first, last) stands in."""
        breaks = self._stream.breaks
        low, high = turn[0], max(turn[1], last)
        low = bisect_left(breaks, breaks[first], low, first + 1)
        return low, bisect_right(breaks, breaks[last - 1], last, high)

    def is_too_late(self, first: int, turn: tuple[int, int]) -> bool:
        """Whether too much was said in the sentence before the token `first`."""
        if self._concept.sentence_initial is None:
            return False
        low, _ = self.sentence(first, first + 1, turn)
        said = sum(not token.filler for token in self._stream.tokens[low:first])
        return said > self._concept.sentence_initial

    def is_negated(self, first: int, turn: tuple[int, int]) -> bool:
        """Whether a word of `not_preceded_by` stands just before the token `first`."""
        return self._not_before is not None and self._not_before.any_between(
            max(turn[0], first - self._concept.preceding_window), first
        )


def combined_similarity(heard: Sequence[float], settings: MatchSettings) -> float:
    """How well several words were heard as one concept, 0 to 1; badly heard ones count more than once against it."""
    return max(0.0, 1 - settings.mishearing * (1 - sum(heard) / len(heard)))


def all_groups_heard(concept: Concept, hits: GroupIndex) -> bool:
    """Whether all that it needs was heard anywhere; settles most concepts at once."""
    groups = hits.groups
    for group in concept.all:
        if group not in groups:
            return False
    return not concept.any or any(group in groups for group in concept.any)


def span_of(parts: Sequence[Hit]) -> tuple[int, int]:
    """First token of all parts, token after the last."""
    return min([part[0] for part in parts]), max([part[1] for part in parts])


def concept_label(concept: Concept) -> str:
    """A concept as people read it: the words it needs."""
    needed = " + ".join(concept.all)
    return f"{needed} + ({' | '.join(concept.any)})" if concept.any else needed


def _best(near: Sequence[Hit], parts: Sequence[Hit]) -> Hit | None:
    """The best-heard hit that shares no word with the others, the nearest to the anchor of equal ones."""
    best: Hit | None = None
    anchor = parts[0][0]
    for hit in near:
        if hit[2] < MIN_WORD_SIMILARITY:
            continue
        for part in parts:
            if hit[0] < part[1] and hit[1] > part[0]:
                break  # one heard word proves one group only
        else:
            if best is None or (hit[2], -abs(hit[0] - anchor)) > (best[2], -abs(best[0] - anchor)):
                best = hit
    return best
