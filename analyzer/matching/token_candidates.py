"""Which words of the bank a recognised word may be: candidate generation by rapidfuzz over a few hundred words.

All new words of a stream are compared with the bank's words at once; after that they are only looked up.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from analyzer.language.normalise import fold, normal_words
from analyzer.language.registry import language
from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import LikenessSettings, MatchSettings

CACHE_LIMIT = 200_000  # distinct words kept; Indonesian calls hold far fewer, noise must not grow it for ever
UNIT = 1_000_000
"""a word, in which costs are counted: whole numbers add up the same in any order, so equal fits are equal"""
_MIN_TO_BUCKET = 64  # words from which comparing those of each length apart pays: a comparison costs 20 µs to set up

Neighbours = tuple[tuple[str, float], ...]
"""(bank word, similarity 0 to 1), best first"""
MultiwordStart = tuple[str, tuple[str, ...], float]
"""a group's entry of several words that a word may begin: (group, all its words, similarity to the first)"""


class Lexicon:
    """The bank's words, and how near any recognised word is to each."""

    def __init__(self, words: Iterable[str], code: str, settings: MatchSettings, everyday: Iterable[str] = ()) -> None:
        """`everyday`: words that, recognised as they are written, are no misheard words of the bank."""
        self.code = code
        self.known = frozenset(words)
        self.everyday = frozenset(everyday) - self.known
        self._cutoff = settings.word_cutoff
        self._likeness = settings.likeness
        entries = {(word, word) for word in self.known if not word.isdigit()} | self._aliases()
        self._entries = sorted(entries, key=lambda entry: (len(fold(entry[0], code)), entry))
        self._sounds = [fold(spelling, code) for spelling, _ in self._entries]
        self._lengths = [len(sound) for sound in self._sounds]
        self._by_sound: dict[str, list[tuple[str, str]]] = {}
        for entry, sound in zip(self._entries, self._sounds, strict=True):
            self._by_sound.setdefault(sound, []).append(entry)
        self._cache: dict[str, Neighbours] = {}

    def _aliases(self) -> set[tuple[str, str]]:
        """(other spelling or number word, the bank's words): they too are misheard and run together."""
        rules = language(self.code)
        pairs = {(spelling, word) for spelling, word in rules.spellings.items() if " " not in spelling}
        pairs |= set(rules.numbers.digits.items())
        return {(spelling, words) for spelling, words in pairs if self.known.issuperset(words.split())}

    def prepare(self, words: Iterable[str]) -> None:
        """Compare all new words at once; `neighbours` then only looks up."""
        if len(self._cache) > CACHE_LIMIT:
            self._cache.clear()
        self._cache |= self._compare([word for word in dict.fromkeys(words) if word not in self._cache], self._cutoff)

    def neighbours(self, word: str) -> Neighbours:
        """The bank's words that a recognised one may be; empty when nothing is near."""
        if word not in self._cache:
            self.prepare((word,))
        return self._cache[word]

    def nearest(self, word: str) -> tuple[str, float] | None:
        """The nearest bank word and its similarity."""
        neighbours = self.neighbours(word)
        return neighbours[0] if neighbours else None

    def nearest_above(self, words: Iterable[str], threshold: float) -> dict[str, tuple[str, float]]:
        """The nearest of each word where it reaches `threshold`; the others are absent. Not cached."""
        ratio = 100 * threshold / self._likeness.same_sound
        # even with the very spelling, the sound has to be as near as this; a little less for rounding
        sound = ratio - (100 - ratio) / self._likeness.sound_weight - 0.1
        result = self._compare(list(dict.fromkeys(words)), max(self._cutoff, sound))
        return {word: near[0] for word, near in result.items() if near and near[0][1] >= threshold}

    def same_sound(self, word: str) -> str | None:
        """The bank word that sounds exactly so; None for short ones, which sound like too much."""
        same = self._by_sound.get(fold(word, self.code)) if len(word) > self._likeness.exact_up_to else None
        return _ranked(word, same, self._likeness)[0][0] if same else None

    def _compare(self, words: Sequence[str], cutoff: float) -> dict[str, Neighbours]:
        """The neighbours of each, sounds compared down to a ratio of `cutoff`."""
        result: dict[str, Neighbours] = {}
        fuzzy: list[str] = []
        for word in words:
            exact = self._exact(word)
            if exact is None:
                fuzzy.append(word)
            else:
                result[word] = exact
        result.update(self._compare_sounds(fuzzy, cutoff))
        return result

    def _exact(self, word: str) -> Neighbours | None:
        """The very word, or the same sound; None when letters differ."""
        if word in self.known:
            return ((word, 1.0),)
        if word.isdigit() or word in self.everyday:
            return ()
        sound = fold(word, self.code)
        if sound in self._by_sound:
            return _ranked(word, self._by_sound[sound], self._likeness)
        return () if len(sound) <= self._likeness.exact_up_to else None

    def _compare_sounds(self, words: Sequence[str], cutoff: float) -> Iterator[tuple[str, Neighbours]]:
        near: dict[int, dict[str, float]] = {}
        likeness = self._likeness
        weight, same_sound, least = likeness.sound_weight, likeness.same_sound, self._cutoff - likeness.spelling_slack
        for row, column, sound_ratio in self._sound_ratios([fold(word, self.code) for word in words], cutoff):
            spelling, meant = self._entries[column]
            ratio = (weight * sound_ratio + fuzz.ratio(words[row], spelling)) / (weight + 1)
            if ratio >= least:
                best = near.setdefault(row, {})
                best[meant] = max(best.get(meant, 0.0), ratio / 100 * same_sound)
        for row, word in enumerate(words):
            best = near.get(row, {})
            yield word, tuple(sorted(best.items(), key=_best_first)[: likeness.most_words])

    def _sound_ratios(self, sounds: Sequence[str], cutoff: float) -> Iterator[tuple[int, int, float]]:
        """(sound, entry, ratio) from a ratio of `cutoff` on; only entries whose length can reach it are compared."""
        buckets: dict[int, list[int]] = {}
        for row, sound in enumerate(sounds):
            buckets.setdefault(len(sound) if len(sounds) >= _MIN_TO_BUCKET else 0, []).append(row)
        for rows in buckets.values():
            lengths = [len(sounds[row]) for row in rows]
            low = bisect_left(
                self._lengths, max(self._likeness.exact_up_to + 1, min(lengths) * cutoff / (200 - cutoff))
            )
            high = bisect_right(self._lengths, max(lengths) * (200 - cutoff) / cutoff)
            bucket = [sounds[row] for row in rows]
            table = process.cdist(bucket, self._sounds[low:high], scorer=fuzz.ratio, score_cutoff=cutoff)
            places, columns = table.nonzero()
            ratios = table[places, columns].tolist()
            for place, column, ratio in zip(places.tolist(), columns.tolist(), ratios, strict=True):
                yield rows[place], low + column, ratio


def _best_first(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]


def _ranked(word: str, same: list[tuple[str, str]], likeness: LikenessSettings) -> Neighbours:
    """Words of one sound, the one written most alike first; the others only as likely as misheard ones."""
    order = sorted((-fuzz.ratio(word, spelling), spelling, meant) for spelling, meant in same)
    best: dict[str, float] = {}
    for rank, (minus, _, meant) in enumerate(order):
        similarity = likeness.same_sound
        if len(word) >= likeness.long_letters and -minus < likeness.other_spelling:
            similarity *= (100 * likeness.sound_weight - minus) / (100 * (likeness.sound_weight + 1))
        best.setdefault(meant, similarity if rank == 0 else similarity * 0.8)
    return tuple(best.items())


@dataclass(frozen=True, slots=True, eq=False)
class TokenCandidates:
    """All that one normal word may be."""

    text: str
    spelling: str
    """in the bank's spelling where it is near enough to one of the bank's words"""
    elements: Mapping[str, float]
    """word of the bank, or group as `<group>`, of which it may be one -> similarity, 0 to 1"""
    groups: tuple[tuple[str, float], ...]
    """groups that are searched for, with the similarity"""
    words: tuple[str, ...]
    """the bank's words that it may be inside an entry of several words"""
    multiword: Mapping[str, tuple[MultiwordStart, ...]]
    """second word -> the entries of several words that may begin here"""
    insertion_cost: int
    """what it costs inside a phrase that does not hold it"""
    filler: bool
    least: float
    """similarity from which it may be a word of an entry of several words"""

    def may_be(self, word: str) -> bool:
        """Whether it is heard well enough as a word of an entry of several words."""
        return self.elements.get(word, 0.0) >= self.least


class WordGroups:
    """The bank's word groups in normal words."""

    def __init__(self, bank: PhraseBank) -> None:
        self._groups_of: dict[str, list[str]] = {}
        """word -> groups it belongs to"""
        self._multiword: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        """first word -> (group, all words)"""
        self.words: set[str] = set()
        for name, entries in bank.groups.items():
            if name == bank.match.plain:
                continue  # everyday words are known as they are written, never searched for
            for entry in entries:
                words = normal_words(entry, bank.language)
                self.words.update(words)
                if len(words) == 1:
                    self._groups_of.setdefault(words[0], []).append(name)
                elif words:
                    self._multiword.setdefault(words[0], []).append((name, words))

    def containing(self, word: str) -> Collection[str]:
        """Groups of which a word of the bank is one."""
        return self._groups_of.get(word, ())

    def starting_with(self, word: str) -> Iterable[tuple[str, tuple[str, ...]]]:
        """(group, all words) of the entries of several words that a word of the bank begins."""
        return self._multiword.get(word, ())

    def members(self, name: str) -> frozenset[str]:
        """Single words of a group."""
        return frozenset(word for word, groups in self._groups_of.items() if name in groups)


class TokenIndex:
    """The candidates of every normal word, made when it is first heard. `searched`: the groups that are looked for."""

    def __init__(
        self, lexicon: Lexicon, groups: WordGroups, searched: Collection[str], settings: MatchSettings
    ) -> None:
        self._lexicon = lexicon
        self._groups = groups
        self._searched = searched
        costs = dict.fromkeys(groups.members(settings.light), settings.light_cost)
        costs |= dict.fromkeys(groups.members(settings.fillers), settings.filler_cost)
        self._costs = costs
        self._extra_cost = settings.extra_cost
        self._likeness = settings.likeness
        self._cheapest = min(costs.values(), default=0.0)
        self._cache: dict[str, TokenCandidates] = {}

    def candidates(self, normal: str) -> TokenCandidates:
        """What a normal word may be."""
        known = self._cache.get(normal)
        if known is None:
            if len(self._cache) > CACHE_LIMIT:
                self._cache.clear()
            known = self._cache[normal] = self._build(normal)
        return known

    def _build(self, normal: str) -> TokenCandidates:
        near = self._lexicon.neighbours(normal)
        in_entry = self._likeness.in_entry
        elements: dict[str, float] = {}
        multiword: dict[str, tuple[MultiwordStart, ...]] = {}
        by_group: dict[str, float] = {}
        for word, similarity in near:  # best first
            elements[word] = similarity
            for group in self._groups.containing(word):
                by_group.setdefault(group, similarity)
            for group, words in self._groups.starting_with(word) if similarity >= in_entry else ():
                if group in self._searched:
                    multiword[words[1]] = (*multiword.get(words[1], ()), (group, words, similarity))
        elements.update((f"<{group}>", similarity) for group, similarity in by_group.items())
        cost = self._costs.get(normal, self._extra_cost)
        return TokenCandidates(
            text=normal,
            spelling=near[0][0] if near and near[0][1] >= self._likeness.same_word else normal,
            elements=elements,
            groups=tuple((group, similarity) for group, similarity in by_group.items() if group in self._searched),
            words=tuple(word for word, similarity in near if similarity >= in_entry),
            multiword=multiword,
            insertion_cost=round(cost * UNIT),
            filler=cost <= self._cheapest,
            least=in_entry,
        )
