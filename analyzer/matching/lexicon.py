"""Which words of the bank a heard word may be: the cheap cut of matching, by rapidfuzz over a few hundred words.

All new words of a stream are compared with the bank's words at once; after that they are only looked up.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz, process

from analyzer.language.normalise import fold
from analyzer.language.registry import language

CACHE_LIMIT = 200_000  # distinct heard words kept; Indonesian calls hold far fewer, noise must not grow it for ever
_EXACT_UP_TO = 3  # sounds of so few letters: one wrong letter makes another word, only the same sound counts
_SPELLING_SLACK = 4  # spelling may differ a little more than sound
_SOUND_COUNTS = 3  # times, spelling once: "kemi" is "kami" rather than "gmail", though both sound alike
_MOST_NEAR = 6  # bank words kept for a heard one
_MANY = 64  # sounds from which it pays to compare those of each length apart: a comparison costs 20 µs to set up
_LONG = 5  # letters from which a word of the same sound but other letters is less likely the bank's: "kapal" is a
_WRITTEN_OTHERWISE = 75  # ship, no "kabar" (ratio 60), while short words ("bag", "pu") are hardly ever spelled right
SAME_SOUND = 0.97  # slightly below 1, so that the very word wins over its homophone

Near = tuple[tuple[str, float], ...]
"""(bank word, similarity 0 to 1), best first"""


class Lexicon:
    """The bank's words, and how near any heard word is to each."""

    def __init__(self, words: Iterable[str], code: str, cutoff: float, plain: Iterable[str] = ()) -> None:
        """`plain`: everyday words, which heard as they stand are no misheard words of the bank."""
        self.code = code
        self.known = frozenset(words)
        self.plain = frozenset(plain) - self.known
        self._cutoff = cutoff
        entries = {(word, word) for word in self.known if not word.isdigit()} | self._aliases()
        self._entries = sorted(entries, key=lambda entry: (len(fold(entry[0], code)), entry))
        self._sounds = [fold(heard, code) for heard, _ in self._entries]
        self._lengths = [len(sound) for sound in self._sounds]
        self._by_sound: dict[str, list[tuple[str, str]]] = {}
        for entry, sound in zip(self._entries, self._sounds, strict=True):
            self._by_sound.setdefault(sound, []).append(entry)
        self._near: dict[str, Near] = {}

    def _aliases(self) -> set[tuple[str, str]]:
        """(other spelling or number word, the bank's words): they too are misheard and run together."""
        rules = language(self.code)
        pairs = {(heard, word) for heard, word in rules.spellings.items() if " " not in heard}
        pairs |= set(rules.numbers.digits.items())
        return {(heard, words) for heard, words in pairs if self.known.issuperset(words.split())}

    def learn(self, heard: Iterable[str]) -> None:
        """Compare all new words at once; `near` then only looks up."""
        if len(self._near) > CACHE_LIMIT:
            self._near.clear()
        self._near |= self._compare([word for word in dict.fromkeys(heard) if word not in self._near], self._cutoff)

    def near(self, word: str) -> Near:
        """The bank's words that a heard one may be; empty when nothing is near."""
        if word not in self._near:
            self.learn((word,))
        return self._near[word]

    def best(self, word: str) -> tuple[str, float] | None:
        """The nearest bank word."""
        near = self.near(word)
        return near[0] if near else None

    def nearest_from(self, words: Iterable[str], least: float) -> dict[str, tuple[str, float]]:
        """The best of each word where it reaches `least`; the others are absent. Not kept: for words heard once."""
        ratio = 100 * least / SAME_SOUND
        # even with the very spelling, the sound has to be as near as this; a little less for rounding
        sound = ratio - (100 - ratio) / _SOUND_COUNTS - 0.1
        found = self._compare(list(dict.fromkeys(words)), max(self._cutoff, sound))
        return {word: near[0] for word, near in found.items() if near and near[0][1] >= least}

    def by_sound(self, word: str) -> str | None:
        """The bank word that sounds exactly so; None for short ones, which sound like too much."""
        same = self._by_sound.get(fold(word, self.code)) if len(word) > _EXACT_UP_TO else None
        return _ranked(word, same)[0][0] if same else None

    def _compare(self, words: Sequence[str], cutoff: float) -> dict[str, Near]:
        """The near words of each, sounds compared down to a ratio of `cutoff`."""
        found: dict[str, Near] = {}
        fuzzy: list[str] = []
        for word in words:
            same = self._same(word)
            if same is None:
                fuzzy.append(word)
            else:
                found[word] = same
        found.update(self._compare_sounds(fuzzy, cutoff))
        return found

    def _same(self, word: str) -> Near | None:
        """Exact word, or same sound; None when letters differ."""
        if word in self.known:
            return ((word, 1.0),)
        if word.isdigit() or word in self.plain:
            return ()
        sound = fold(word, self.code)
        if sound in self._by_sound:
            return _ranked(word, self._by_sound[sound])
        return () if len(sound) <= _EXACT_UP_TO else None

    def _compare_sounds(self, words: Sequence[str], cutoff: float) -> Iterator[tuple[str, Near]]:
        found: dict[int, dict[str, float]] = {}
        for row, column, alike in self._alike([fold(word, self.code) for word in words], cutoff):
            heard, meant = self._entries[column]
            ratio = (_SOUND_COUNTS * alike + fuzz.ratio(words[row], heard)) / (_SOUND_COUNTS + 1)
            if ratio >= self._cutoff - _SPELLING_SLACK:
                best = found.setdefault(row, {})
                best[meant] = max(best.get(meant, 0.0), ratio / 100 * SAME_SOUND)
        for row, word in enumerate(words):
            near = found.get(row)
            yield word, tuple(sorted(near.items(), key=_best_first)[:_MOST_NEAR]) if near else ()

    def _alike(self, sounds: Sequence[str], cutoff: float) -> Iterator[tuple[int, int, float]]:
        """(sound, entry, ratio) from a ratio of `cutoff` on; only entries whose length can reach it are compared."""
        groups: dict[int, list[int]] = {}
        for row, sound in enumerate(sounds):
            groups.setdefault(len(sound) if len(sounds) >= _MANY else 0, []).append(row)
        for rows in groups.values():
            lengths = [len(sounds[row]) for row in rows]
            low = bisect_left(self._lengths, max(_EXACT_UP_TO + 1, min(lengths) * cutoff / (200 - cutoff)))
            high = bisect_right(self._lengths, max(lengths) * (200 - cutoff) / cutoff)
            heard = [sounds[row] for row in rows]
            table = process.cdist(heard, self._sounds[low:high], scorer=fuzz.ratio, score_cutoff=cutoff)
            places, columns = table.nonzero()
            for place, column, ratio in zip(
                places.tolist(), columns.tolist(), table[places, columns].tolist(), strict=True
            ):
                yield rows[place], low + column, ratio


def _best_first(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]


def _ranked(word: str, same: list[tuple[str, str]]) -> Near:
    """Words of one sound, the one written most alike first; the others only as likely as misheard ones."""
    order = sorted((-fuzz.ratio(word, heard), heard, meant) for heard, meant in same)
    best: dict[str, float] = {}
    for place, (minus, _, meant) in enumerate(order):
        similarity = SAME_SOUND
        if len(word) >= _LONG and -minus < _WRITTEN_OTHERWISE:
            similarity *= (100 * _SOUND_COUNTS - minus) / (100 * (_SOUND_COUNTS + 1))
        best.setdefault(meant, similarity if place == 0 else similarity * 0.8)
    return tuple(best.items())
