"""Where recognisers put blanks wrongly: "pemilikatau" is two words of the bank, "disebu tkan" one."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from analyzer.language.normalise import fold, spell
from analyzer.language.registry import language
from analyzer.matching.lexicon import CACHE_LIMIT, Lexicon

_SURE = 0.86  # two heard pieces are one word only when together they are very near to it
_WHOLE = 0.82  # a word this near to one of the bank's is that word, not two run together
_NEARLY = 0.78  # the other half of two words run together
_ALIAS = 0.77  # one word for two: "mekazih" (0.78) is "makasih", "maaks" (0.76) is not
_ENDING = 75  # ratio from which the rest of a word may be a known ending
_LEAST_SURE = 4  # letters of the side that is surely a word; shorter ones stand everywhere by chance
_LEAST_SOUND = 5  # letters where it only sounds like one: "kering" is no "ke lain" ("kesih": err30 whole calls +0.027)
_LEAST_SPLIT = 6  # letters; shorter words are hardly two words run together
_BY_SOUND = 0.9  # a part that only sounds like a word

Exact = tuple[str, float]
"""the bank words that a part is, and how surely"""


class Seams:
    """Cuts words that were run together and joins words that were torn apart; knows the words it saw before."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._endings = {fold(ending, lexicon.code) for ending in language(lexicon.code).suffixes}
        self._cuts: dict[str, tuple[str, ...]] = {}
        self._joins: dict[tuple[str, str], str | None] = {}
        self._exact: dict[str, Exact | None] = {}

    def learn_cuts(self, words: Iterable[str]) -> None:
        """Look at all new words together: what is left of a word beside a sure part is compared at once."""
        for kept in (self._cuts, self._exact):
            if len(kept) > CACHE_LIMIT:
                kept.clear()
        new = [word for word in dict.fromkeys(words) if word not in self._cuts]
        self._lexicon.learn(new)
        self._lexicon.learn(rest for word in new if self._whole(word) is None for rest in self._rests(word))
        for word in new:
            self._cuts[word] = tuple(piece for part in self._cut(word) for piece in part.split())

    def cut(self, word: str) -> tuple[str, ...]:
        """A word that is two or three bank words run together ("pemilikatau"), cut; else the word alone."""
        if word not in self._cuts:
            self.learn_cuts((word,))
        return self._cuts[word]

    def joinable(self, first: str, second: str) -> bool:
        """Whether two heard words may be one at all: none that the bank knows, as none would then be nearer."""
        known, plain = self._lexicon.known, self._lexicon.plain
        return not (
            first in known
            or second in known
            or (first in plain and second in plain)
            or len(first) + len(second) < _LEAST_SPLIT
            or first.isdigit()
            or second.isdigit()
        )

    def learn_joins(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Look at all new pairs of neighbours together."""
        if len(self._joins) > CACHE_LIMIT:
            self._joins.clear()
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._joins and self.joinable(*pair)]
        if not new:
            return
        wholes = self._lexicon.nearest_from((first + second for first, second in new), _SURE)
        for first, second in new:
            whole = wholes.get(first + second)
            self._joins[first, second] = whole[0] if whole and whole[1] > self._either(first, second) else None

    def join(self, first: str, second: str) -> str | None:
        """The bank word that two heard pieces make ("disebu" + "tkan"), when neither is a word by itself."""
        if not self.joinable(first, second):
            return None
        if (first, second) not in self._joins:
            self.learn_joins([(first, second)])
        return self._joins[first, second]

    def _either(self, first: str, second: str) -> float:
        """How near the better of two words is to one of the bank by itself."""
        return max((self._lexicon.best(word) or ("", 0.0))[1] for word in (first, second))

    def _whole(self, word: str) -> str | None:
        """What a word is when it is not to be cut: too short, one of the bank by itself, or one word for two."""
        if len(word) < _LEAST_SPLIT - 1 or word.isdigit() or word in self._lexicon.plain:
            return word
        best = self._lexicon.best(word)
        if best and " " in best[0] and best[1] >= _ALIAS:
            return best[0]
        return word if best and best[1] >= _WHOLE else None

    def _cut(self, word: str) -> tuple[str, ...]:
        whole = self._whole(word) or self._stem(word)
        if whole:
            return (whole,)
        choices = []
        for cut in range(2, len(word) - 1):
            left, right = self._exactly(word[:cut]), self._exactly(word[cut:])
            longer = max(cut, len(word) - cut) / 100
            if left and right and (_sure(left, cut) or _sure(right, len(word) - cut)):
                choices.append((left[1] + right[1] + longer, (left[0], right[0])))
            # one side surely a word, the other nearly one
            elif left and cut >= _LEAST_SURE and (other := self._nearly(word[cut:])):
                choices.append((left[1] + other[1] - 0.5 + longer, (left[0], other[0])))
            elif right and len(word) - cut >= _LEAST_SURE and (other := self._nearly(word[:cut])):
                choices.append((right[1] + other[1] - 0.5 + longer, (other[0], right[0])))
        return max(choices)[1] if choices else self._cut_in_three(word)

    def _rests(self, word: str) -> Iterable[str]:
        """What stands beside a sure part of a word and may nearly be a word."""
        for cut in range(_LEAST_SURE, len(word) - _LEAST_SURE + 1):
            left, right = self._exactly(word[:cut]), self._exactly(word[cut:])
            if left and not right:
                yield word[cut:]
            elif right and not left:
                yield word[:cut]

    def _stem(self, word: str) -> str | None:
        """The bank word before a misheard ending ("emailnia")."""
        for cut in range(len(word) - 2, max(3, len(word) - 5), -1):
            if (stem := self._exactly(word[:cut])) and self._like_an_ending(word[cut:]):
                return stem[0]
        return None

    def _like_an_ending(self, rest: str) -> bool:
        sound = fold(rest, self._lexicon.code)
        return any(fuzz.ratio(sound, known) >= _ENDING for known in self._endings)

    def _cut_in_three(self, word: str) -> tuple[str, ...]:
        """Only words as written: by sound, three short ones are found in any long word ("ditanggapi")."""
        for cut in range(2, len(word) - 3):
            left = self._exactly(word[:cut])
            if not left or left[1] < 1:
                continue
            for second in range(cut + 2, len(word) - 1):
                middle, right = self._exactly(word[cut:second]), self._exactly(word[second:])
                if middle and right and middle[1] == right[1] == 1:
                    return (left[0], middle[0], right[0])
        return (word,)

    def _exactly(self, part: str) -> Exact | None:
        """The bank words that a part is: as written, or (less surely) by its sound; "foto" is known, and no "bodoh"."""
        if part in self._exact:
            return self._exact[part]
        spelled = spell(part, self._lexicon.code) if len(part) > 1 else (part,)
        found: Exact | None = None
        if self._lexicon.known.issuperset(spelled):
            found = " ".join(spelled), 1.0
        elif part not in self._lexicon.plain and (same := self._lexicon.by_sound(part)):
            found = same, _BY_SOUND
        self._exact[part] = found
        return found

    def _nearly(self, part: str) -> Exact | None:
        """A bank word near a part; single letters and shreds are left to the other side."""
        if len(part) < _LEAST_SURE:
            return None
        best = self._lexicon.best(part)
        return best if best and best[1] >= _NEARLY else None


def _sure(part: Exact, letters: int) -> bool:
    """Whether a part is long enough to be a word for sure."""
    return letters >= (_LEAST_SURE if part[1] == 1 else _LEAST_SOUND)
