"""What each heard word may be, of all that the bank looks for: looked up once a word, then kept."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from analyzer.language.normalise import normal_words
from analyzer.matching.lexicon import CACHE_LIMIT, Lexicon
from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import MatchSettings

UNIT = 1_000_000
"""a word, in which costs are counted: whole numbers add up the same in any order, so equal fits are equal"""
_WEAKEST = 0.7  # a word of a longer entry heard less well than this is another word
_SAME_WORD = 0.8  # similarity from which a heard word is read as the bank's word, e.g. a digit

Opening = tuple[str, tuple[str, ...], float]
"""a group's entry of several words that a word may open: (group, all its words, how near the first is)"""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """All that one normal word may be."""

    text: str
    shown: str
    """in the bank's spelling where it is near enough to one of the bank's words"""
    elements: Mapping[str, float]
    """word of the bank, or group as `<group>`, of which it may be one -> similarity, 0 to 1"""
    groups: tuple[tuple[str, float], ...]
    """groups that are looked for, with the similarity"""
    words: tuple[str, ...]
    """the bank's words that it may be inside an entry of several words"""
    openings: Mapping[str, tuple[Opening, ...]]
    """second word -> the entries of several words that may begin here"""
    extra: int
    """what it costs inside a phrase that does not hold it"""
    filler: bool

    def may_be(self, word: str) -> bool:
        """Whether it is heard well enough as a word of a longer entry."""
        return self.elements.get(word, 0.0) >= _WEAKEST


class Groups:
    """The bank's word groups in normal words."""

    def __init__(self, bank: PhraseBank) -> None:
        self._singles: dict[str, list[str]] = {}
        """word -> groups it belongs to"""
        self._longer: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        """first word -> (group, all words)"""
        self.words: set[str] = set()
        for name, entries in bank.groups.items():
            if name == bank.match.plain:
                continue  # known as they stand, never looked for
            for entry in entries:
                words = normal_words(entry, bank.language)
                self.words.update(words)
                if len(words) == 1:
                    self._singles.setdefault(words[0], []).append(name)
                elif words:
                    self._longer.setdefault(words[0], []).append((name, words))

    def of(self, word: str) -> Collection[str]:
        """Groups of which a word of the bank is one."""
        return self._singles.get(word, ())

    def opened_by(self, word: str) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Entries of several words that a word of the bank begins."""
        return self._longer.get(word, ())

    def members(self, name: str) -> frozenset[str]:
        """Single words of a group."""
        return frozenset(word for word, groups in self._singles.items() if name in groups)


class Sounds:
    """The sound of every normal word, made when it is first heard. `sought`: the groups that are looked for."""

    def __init__(self, lexicon: Lexicon, groups: Groups, sought: Collection[str], settings: MatchSettings) -> None:
        self._lexicon = lexicon
        self._groups = groups
        self._sought = sought
        costs = dict.fromkeys(groups.members(settings.light), settings.light_cost)
        costs |= dict.fromkeys(groups.members(settings.fillers), settings.filler_cost)
        self._costs = costs
        self._extra = settings.extra_cost
        self._cheapest = min(costs.values(), default=0.0)
        self._kept: dict[str, Sound] = {}

    def of(self, token: str) -> Sound:
        """What a normal word may be."""
        known = self._kept.get(token)
        if known is None:
            if len(self._kept) > CACHE_LIMIT:
                self._kept.clear()
            known = self._kept[token] = self._made(token)
        return known

    def _made(self, token: str) -> Sound:
        near = self._lexicon.near(token)
        elements: dict[str, float] = {}
        openings: dict[str, tuple[Opening, ...]] = {}
        alone: dict[str, float] = {}
        for word, similarity in near:  # best first
            elements[word] = similarity
            for group in self._groups.of(word):
                alone.setdefault(group, similarity)
            for group, words in self._groups.opened_by(word) if similarity >= _WEAKEST else ():
                if group in self._sought:
                    openings[words[1]] = (*openings.get(words[1], ()), (group, words, similarity))
        elements.update((f"<{group}>", similarity) for group, similarity in alone.items())
        cost = self._costs.get(token, self._extra)
        return Sound(
            text=token,
            shown=near[0][0] if near and near[0][1] >= _SAME_WORD else token,
            elements=elements,
            groups=tuple((group, similarity) for group, similarity in alone.items() if group in self._sought),
            words=tuple(word for word, similarity in near if similarity >= _WEAKEST),
            openings=openings,
            extra=round(cost * UNIT),
            filler=cost <= self._cheapest,
        )
