"""Word segmentation: recognisers put blanks wrongly. "pemilikatau" is two words of the bank, "disebu tkan" is one."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from analyzer.language.normalise import fold, spell
from analyzer.language.registry import language
from analyzer.matching.token_candidates import CACHE_LIMIT, Lexicon
from analyzer.models.bank_settings import SegmentationSettings

BankMatch = tuple[str, float]
"""the bank words that a part is, and how surely"""


class WordSegmenter:
    """Splits words that were run together and joins words that were split; caches the words it has seen."""

    def __init__(self, lexicon: Lexicon, settings: SegmentationSettings) -> None:
        self._lexicon = lexicon
        self._settings = settings
        self._suffix_sounds = {fold(ending, lexicon.code) for ending in language(lexicon.code).suffixes}
        self._splits: dict[str, tuple[str, ...]] = {}
        self._joins: dict[tuple[str, str], str | None] = {}
        self._exact_cache: dict[str, BankMatch | None] = {}

    def prepare_splits(self, words: Iterable[str]) -> None:
        """Compare all new words at once, also what is left of a word beside a sure part; `split` then only looks up."""
        for cache in (self._splits, self._exact_cache):
            if len(cache) > CACHE_LIMIT:
                cache.clear()
        new = [word for word in dict.fromkeys(words) if word not in self._splits]
        self._lexicon.prepare(new)
        splittable = [word for word in new if self._unsplit(word) is None]
        self._lexicon.prepare(rest for word in splittable for rest in self._rest_candidates(word))
        for word in new:
            self._splits[word] = tuple(piece for part in self._split(word) for piece in part.split())

    def split(self, word: str) -> tuple[str, ...]:
        """The two or three bank words that were run together ("pemilikatau"); else the word alone."""
        if word not in self._splits:
            self.prepare_splits((word,))
        return self._splits[word]

    def joinable(self, first: str, second: str) -> bool:
        """Whether two words may be one at all: not when the bank knows either, as the whole would be no nearer."""
        known, everyday = self._lexicon.known, self._lexicon.everyday
        return not (
            first in known
            or second in known
            or (first in everyday and second in everyday)
            or len(first) + len(second) < self._settings.split_letters
            or first.isdigit()
            or second.isdigit()
        )

    def prepare_joins(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Compare all new pairs of neighbours at once; `join` then only looks up."""
        if len(self._joins) > CACHE_LIMIT:
            self._joins.clear()
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._joins and self.joinable(*pair)]
        if not new:
            return
        wholes = self._lexicon.nearest_above((first + second for first, second in new), self._settings.join)
        for first, second in new:
            whole = wholes.get(first + second)
            nearer = whole and whole[1] > self._nearest_similarity(first, second)
            self._joins[first, second] = whole[0] if whole and nearer else None

    def join(self, first: str, second: str) -> str | None:
        """The bank word that two pieces make ("disebu" + "tkan"); None when either is a word by itself."""
        if not self.joinable(first, second):
            return None
        if (first, second) not in self._joins:
            self.prepare_joins([(first, second)])
        return self._joins[first, second]

    def _nearest_similarity(self, first: str, second: str) -> float:
        """Similarity to the bank of whichever of two words is nearer to it by itself."""
        return max((self._lexicon.nearest(word) or ("", 0.0))[1] for word in (first, second))

    def _unsplit(self, word: str) -> str | None:
        """What a word is when it is not split: too short, one of the bank by itself, or one word for two; else None."""
        if len(word) < self._settings.split_letters - 1 or word.isdigit() or word in self._lexicon.everyday:
            return word
        best = self._lexicon.nearest(word)
        if best and " " in best[0] and best[1] >= self._settings.alias:
            return best[0]
        return word if best and best[1] >= self._settings.whole else None

    def _split(self, word: str) -> tuple[str, ...]:
        whole = self._unsplit(word) or self._stem_before_suffix(word)
        if whole:
            return (whole,)
        choices = []
        for size in range(2, len(word) - 1):
            left, right = self._exact_match(word[:size]), self._exact_match(word[size:])
            longer = max(size, len(word) - size) / 100
            if left and right and (self._is_sure(left, size) or self._is_sure(right, len(word) - size)):
                choices.append((left[1] + right[1] + longer, (left[0], right[0])))
            # one side surely a word, the other nearly one
            elif left and size >= self._settings.sure_letters and (other := self._near_match(word[size:])):
                choices.append((left[1] + other[1] - 0.5 + longer, (left[0], other[0])))
            elif right and len(word) - size >= self._settings.sure_letters and (other := self._near_match(word[:size])):
                choices.append((right[1] + other[1] - 0.5 + longer, (other[0], right[0])))
        return max(choices)[1] if choices else self._split_in_three(word)

    def _rest_candidates(self, word: str) -> Iterable[str]:
        """Parts of a word beside a sure part that may be near to a bank word."""
        for size in range(self._settings.sure_letters, len(word) - self._settings.sure_letters + 1):
            left, right = self._exact_match(word[:size]), self._exact_match(word[size:])
            if left and not right:
                yield word[size:]
            elif right and not left:
                yield word[:size]

    def _stem_before_suffix(self, word: str) -> str | None:
        """The bank word before a misheard ending ("emailnia")."""
        for size in range(len(word) - 2, max(3, len(word) - 5), -1):
            if (stem := self._exact_match(word[:size])) and self._resembles_suffix(word[size:]):
                return stem[0]
        return None

    def _resembles_suffix(self, rest: str) -> bool:
        sound = fold(rest, self._lexicon.code)
        return any(fuzz.ratio(sound, known) >= self._settings.ending for known in self._suffix_sounds)

    def _split_in_three(self, word: str) -> tuple[str, ...]:
        """Only words as written: by sound, three short ones are in any long word ("ditanggapi")."""
        for size in range(2, len(word) - 3):
            left = self._exact_match(word[:size])
            if not left or left[1] < 1:
                continue
            for second in range(size + 2, len(word) - 1):
                middle, right = self._exact_match(word[size:second]), self._exact_match(word[second:])
                if middle and right and middle[1] == right[1] == 1:
                    return (left[0], middle[0], right[0])
        return (word,)

    def _exact_match(self, part: str) -> BankMatch | None:
        """The bank words that a part is: as written, or (less surely) by its sound; "foto" is known, and no "bodoh"."""
        if part in self._exact_cache:
            return self._exact_cache[part]
        spelled = spell(part, self._lexicon.code) if len(part) > 1 else (part,)
        match: BankMatch | None = None
        if self._lexicon.known.issuperset(spelled):
            match = " ".join(spelled), 1.0
        elif part not in self._lexicon.everyday and (same := self._lexicon.same_sound(part)):
            match = same, self._settings.same_sound
        self._exact_cache[part] = match
        return match

    def _near_match(self, part: str) -> BankMatch | None:
        """A bank word near a part; None for fewer letters than a sure part needs."""
        if len(part) < self._settings.sure_letters:
            return None
        best = self._lexicon.nearest(part)
        return best if best and best[1] >= self._settings.other_half else None

    def _is_sure(self, part: BankMatch, letters: int) -> bool:
        """Whether a part is long enough to be a word for sure."""
        return letters >= (self._settings.sure_letters if part[1] == 1 else self._settings.same_sound_letters)
