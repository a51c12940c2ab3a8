"""Where each word and word group of the bank was heard in one stream."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from analyzer.matching.token_candidates import TokenCandidates
from analyzer.matching.token_stream import TokenStream

Hit = tuple[int, int, float]
"""first token, token after the last, similarity (0 to 1); a bare tuple, for a call has thousands"""


class HitList:
    """Hits of one or more groups, in order of place."""

    __slots__ = ("_starts", "hits")

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.hits = hits
        self._starts = [hit[0] for hit in hits]

    def between(self, low: int, high: int) -> Sequence[Hit]:
        """Hits wholly inside the tokens [low, high)."""
        starts = self._starts
        at = bisect_left(starts, low)
        if at == len(starts) or starts[at] >= high:
            return ()
        return [hit for hit in self.hits[at : bisect_left(starts, high, at)] if hit[1] <= high]

    def any_between(self, low: int, high: int) -> bool:
        """Whether a hit is wholly inside the tokens [low, high)."""
        starts = self._starts
        at = bisect_left(starts, low)
        while at < len(starts) and starts[at] < high:
            if self.hits[at][1] <= high:
                return True
            at += 1
        return False


_NO_HITS = HitList(())


class GroupIndex:
    """All hits of a stream, made in one pass over its tokens."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self._by_group: defaultdict[str, list[Hit]] = defaultdict(list)
        self._places: dict[str, HitList] = {}
        self._surely: dict[tuple[tuple[str, ...], float], HitList] = {}
        self.multiword_hits: dict[int, list[tuple[str, Hit]]] = {}
        """first token -> entries of several words heard from there: (group, hit)"""
        by_group = self._by_group
        for at, token in enumerate(stream.tokens):
            for group, similarity in token.groups:
                by_group[group].append((at, at + 1, similarity))
            if token.multiword:
                self._find_multiword(at, token)
        self.groups = by_group.keys()
        """groups of which anything was heard"""

    def of(self, group: str) -> HitList:
        """All hits of a group."""
        places = self._places.get(group)
        if places is None:
            hits = self._by_group.get(group)
            places = self._places[group] = HitList(hits) if hits else _NO_HITS
        return places

    def confident(self, groups: tuple[str, ...], least: float) -> HitList:
        """Hits of any of the groups that were heard at least so well."""
        places = self._surely.get((groups, least))
        if places is None:
            found = [hit for group in groups for hit in self._by_group.get(group, ()) if hit[2] >= least]
            places = self._surely[groups, least] = HitList(sorted(found)) if found else _NO_HITS
        return places

    def around(self, first: int, last: int, margin: int) -> tuple[int, int]:
        """[first, last) widened by `margin` tokens inside its turn."""
        low, high = self.stream.turn_at(first)
        return max(low, first - margin), min(max(high, last), last + margin)

    def breaks_inside(self, first: int, last: int) -> int:
        """Pauses and sentence ends between the first and the last token."""
        return self.stream.breaks[last - 1] - self.stream.breaks[first]

    def _find_multiword(self, at: int, token: TokenCandidates) -> None:
        found = sorted(self._multiword_from(at, token))
        if found:
            self.multiword_hits[at] = [(group, (at, last, -minus)) for last, minus, group in found]
        for last, minus, group in found:
            self._by_group[group].append((at, last, -minus))

    def _multiword_from(self, at: int, token: TokenCandidates) -> Iterator[tuple[int, float, str]]:
        """(token after the last, minus the similarity, group) of entries of several words that begin here."""
        multiword = token.multiword.keys()
        following = self.stream.tokens[at + 1 : at + 3]
        words = following[0].words if following else ()
        if len(following) > 1 and following[0].filler:
            words = (*words, *[word for word in following[1].words if word not in words])
        if multiword.isdisjoint(words):
            return
        end = self.stream.turn_at(at)[1]
        for second in words:
            for group, entry, similarity in token.multiword.get(second, ()):
                hit = self._follow(entry, at, end, similarity)
                if hit:
                    yield hit[1], -hit[2], group

    def _follow(self, words: tuple[str, ...], at: int, end: int, first: float) -> Hit | None:
        """The rest of an entry after its first word; one filler may stand between two words."""
        tokens = self.stream.tokens
        total = first
        place = at + 1
        for word in words[1:]:
            if place >= end:
                return None
            if not tokens[place].may_be(word) and tokens[place].filler and place + 1 < end:
                place += 1
            if not tokens[place].may_be(word):
                return None
            total += tokens[place].elements[word]
            place += 1
        return at, place, total / len(words)
