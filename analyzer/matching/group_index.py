"""Where each word group of the bank was heard in one stream: an inverted index over its tokens."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from analyzer.matching.token_candidates import TokenCandidates
from analyzer.matching.token_stream import TokenStream

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
