"""Search for a concept: words of several groups near each other, in any order, within one turn.

Where each word group was heard in a stream comes from an inverted index over its tokens (`GroupIndex`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from analyzer.matching.token_candidates import TokenCandidates
from analyzer.matching.token_stream import TokenStream
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.wording import Concept

Hit = tuple[int, int, float]
"""first token, token after the last, similarity (0 to 1); a bare tuple, for a call has thousands"""


class HitList:
    """Hits of one or more groups, in order of position."""

    __slots__ = ("_starts", "hits")

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.hits = hits
        self._starts = [hit[0] for hit in hits]

    def between(self, low: int, high: int) -> Sequence[Hit]:
        """Hits wholly inside the tokens [low, high)."""
        starts = self._starts
        begin = bisect_left(starts, low)
        if begin == len(starts) or starts[begin] >= high:
            return ()
        return [hit for hit in self.hits[begin : bisect_left(starts, high, begin)] if hit[1] <= high]

    def any_between(self, low: int, high: int) -> bool:
        """Whether a hit is wholly inside the tokens [low, high)."""
        starts = self._starts
        index = bisect_left(starts, low)
        while index < len(starts) and starts[index] < high:
            if self.hits[index][1] <= high:
                return True
            index += 1
        return False


_NO_HITS = HitList(())


class GroupIndex:
    """All hits of a stream, made in one pass over its tokens."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self._by_group: defaultdict[str, list[Hit]] = defaultdict(list)
        self._lists: dict[str, HitList] = {}
        self._confident: dict[tuple[tuple[str, ...], float], HitList] = {}
        self.multiword_hits: dict[int, list[tuple[str, Hit]]] = {}
        """first token -> entries of several words heard from there: (group, hit)"""
        by_group = self._by_group
        for position, token in enumerate(stream.tokens):
            for group, similarity in token.groups:
                by_group[group].append((position, position + 1, similarity))
            if token.multiword:
                self._add_multiword(position, token)
        self.groups = by_group.keys()
        """groups of which anything was heard"""

    def hits(self, group: str) -> HitList:
        """All hits of a group."""
        hit_list = self._lists.get(group)
        if hit_list is None:
            hits = self._by_group.get(group)
            hit_list = self._lists[group] = HitList(hits) if hits else _NO_HITS
        return hit_list

    def confident_hits(self, groups: tuple[str, ...], threshold: float) -> HitList:
        """Hits of any of the groups with at least this similarity."""
        hit_list = self._confident.get((groups, threshold))
        if hit_list is None:
            hits = [hit for group in groups for hit in self._by_group.get(group, ()) if hit[2] >= threshold]
            hit_list = self._confident[groups, threshold] = HitList(sorted(hits)) if hits else _NO_HITS
        return hit_list

    def widened(self, first: int, last: int, margin: int) -> tuple[int, int]:
        """[first, last) widened by `margin` tokens inside its turn."""
        low, high = self.stream.turn_at(first)
        return max(low, first - margin), min(max(high, last), last + margin)

    def breaks_inside(self, first: int, last: int) -> int:
        """Pauses and sentence ends between the first and the last token."""
        return self.stream.breaks[last - 1] - self.stream.breaks[first]

    def _add_multiword(self, position: int, token: TokenCandidates) -> None:
        entries = sorted(self._multiword_from(position, token))
        if entries:
            self.multiword_hits[position] = [(group, (position, last, -minus)) for last, minus, group in entries]
        for last, minus, group in entries:
            self._by_group[group].append((position, last, -minus))

    def _multiword_from(self, position: int, token: TokenCandidates) -> Iterator[tuple[int, float, str]]:
        """(token after the last, minus the similarity, group) of entries of several words that begin here."""
        second_words = token.multiword.keys()
        following = self.stream.tokens[position + 1 : position + 3]
        words = following[0].words if following else ()
        if len(following) > 1 and following[0].filler:
            words = (*words, *[word for word in following[1].words if word not in words])
        if second_words.isdisjoint(words):
            return
        end = self.stream.turn_at(position)[1]
        for second in words:
            for group, entry, similarity in token.multiword.get(second, ()):
                hit = self._match_rest(entry, position, end, similarity)
                if hit:
                    yield hit[1], -hit[2], group

    def _match_rest(self, words: tuple[str, ...], first: int, end: int, similarity: float) -> Hit | None:
        """The rest of an entry after its first word; one filler may stand between two words."""
        tokens = self.stream.tokens
        total = similarity
        position = first + 1
        for word in words[1:]:
            if position >= end:
                return None
            if not tokens[position].may_be(word) and tokens[position].filler and position + 1 < end:
                position += 1
            if not tokens[position].may_be(word):
                return None
            total += tokens[position].elements[word]
            position += 1
        return first, position, total / len(words)


class ConceptSearch:
    """One concept in one stream."""

    def __init__(self, concept: Concept, index: GroupIndex, settings: MatchSettings) -> None:
        self._concept = concept
        self._settings = settings
        self._stream = index.stream
        self.seeds = index.hits(concept.all[0])
        self.others = [index.hits(group) for group in concept.all[1:]]
        self.any = [index.hits(group) for group in concept.any]
        self._none = index.confident_hits(concept.none, settings.forbids)
        self._absent = index.confident_hits(concept.absent_in_sentence, settings.forbids)
        self._preceding = index.confident_hits(concept.not_preceded_by, settings.heard)

    def find(self, taken: Collection[int]) -> Iterator[tuple[float, int, int]]:
        """(similarity, first token, token after the last) of every place where nothing forbids it.

        `taken`: tokens of a better match; a place whose seed word stands there is left out.
        """
        concept, breaks, settings = self._concept, self._stream.breaks, self._settings
        alone = not self.others and not concept.any
        for seed in self.seeds.hits:
            first, last, similarity = seed
            if similarity < settings.heard or first in taken or last - 1 in taken:
                continue
            turn = self._stream.turn_at(first)
            if not alone:
                parts = self.nearest_hits(seed, turn)
                if parts is None:
                    continue
                first, last = span_of(parts)
                similarity = combined_similarity([part[2] for part in parts], settings)
            if self.is_forbidden(first, last, turn) or self.is_negated(seed[0], turn) or self.is_late(first, turn):
                continue
            score = concept.score * similarity - settings.break_cost * (breaks[last - 1] - breaks[first])
            if score > 0:
                yield score, first, last

    def nearest_hits(self, seed: Hit, turn: tuple[int, int]) -> list[Hit] | None:
        """For each group the best hit near the seed; None when one is missing."""
        concept = self._concept
        low, high = max(turn[0], seed[0] - concept.within), min(turn[1], seed[1] + concept.within)
        parts = [seed]
        after, least = seed[1], self._settings.heard
        for group in self.others:
            best = _best(group.between(after if concept.in_order else low, high), parts, least)
            if best is None:
                return None
            if concept.in_order and self.seeds.between(after, best[0]):
                return None  # the seed word again before the rest: the later one belongs to it
            parts.append(best)
            after = best[1]
        if self.any:
            best = _best([hit for group in self.any for hit in group.between(low, high)], parts, least)
            if best is None:
                return None
            parts.append(best)
        first, last = span_of(parts)
        between = last - first - sum([end - begin for begin, end, _ in parts])
        return parts if between <= concept.within else None

    def is_forbidden(self, first: int, last: int, turn: tuple[int, int]) -> bool:
        """Whether a word of `none` stands near [first, last) or one of `absent_in_sentence` in the same sentence."""
        concept = self._concept
        if concept.none and self._none.any_between(*self.neighbourhood(first, last, turn)):
            return True
        return bool(concept.absent_in_sentence) and self._absent.any_between(*self.sentence(first, last, turn))

    def neighbourhood(self, first: int, last: int, turn: tuple[int, int]) -> tuple[int, int]:
        """[first, last) widened by the concept's `near`, within its sentence: the next one is another matter."""
        low, high = self.sentence(first, last, turn)
        return max(low, first - self._concept.near), min(high, last + self._concept.near)

    def sentence(self, first: int, last: int, turn: tuple[int, int]) -> tuple[int, int]:
        """Tokens of the sentence, or sentences, that [first, last) stands in."""
        breaks = self._stream.breaks
        low, high = turn[0], max(turn[1], last)
        low = bisect_left(breaks, breaks[first], low, first + 1)
        return low, bisect_right(breaks, breaks[last - 1], last, high)

    def is_late(self, first: int, turn: tuple[int, int]) -> bool:
        """Whether more than `sentence_initial` words stand in the sentence before the token `first`."""
        if self._concept.sentence_initial is None:
            return False
        low, _ = self.sentence(first, first + 1, turn)
        words = sum(not token.filler for token in self._stream.tokens[low:first])
        return words > self._concept.sentence_initial

    def is_negated(self, first: int, turn: tuple[int, int]) -> bool:
        """Whether a word of `not_preceded_by` stands just before the token `first`."""
        concept = self._concept
        low = max(turn[0], first - concept.preceding_window)
        return bool(concept.not_preceded_by) and self._preceding.any_between(low, first)


def combined_similarity(similarities: Sequence[float], settings: MatchSettings) -> float:
    """Similarity of several words as one concept, 0 to 1; badly heard ones count more than once against it."""
    return max(0.0, 1 - settings.mishearing * (1 - sum(similarities) / len(similarities)))


def all_groups_heard(concept: Concept, index: GroupIndex) -> bool:
    """Whether all that a concept needs was heard anywhere; settles most concepts at once."""
    groups = index.groups
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


def _best(near: Sequence[Hit], parts: Sequence[Hit], least: float) -> Hit | None:
    """The best-heard hit that shares no word with the others; of equal ones the nearest to the seed word.

    `least`: the similarity that it needs.
    """
    best: Hit | None = None
    seed = parts[0][0]
    for hit in near:
        if hit[2] < least:
            continue
        for part in parts:
            if hit[0] < part[1] and hit[1] > part[0]:
                break  # one heard word proves one group only
        else:
            if best is None or (hit[2], -abs(hit[0] - seed)) > (best[2], -abs(best[0] - seed)):
                best = hit
    return best
