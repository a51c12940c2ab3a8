"""Which words of the bank a heard word may be: the cheap cut of matching, by rapidfuzz over a few hundred words.

A call's distinct words are compared with the bank's words once; alignment then only looks values up.
"""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from analyzer.text import fold, language, spell

_CACHE_LIMIT = 200_000  # distinct heard words kept; Indonesian calls hold far fewer, noise must not grow it for ever
_EXACT_UP_TO = 3  # sounds of so few letters: one wrong letter makes another word, only the same sound counts
_SURE = 0.86  # two heard pieces are one word only when together they are very near to it
_WHOLE = 0.82  # a word this near to one of the bank's is that word, not two run together
_NEARLY = 0.78  # the other half of two words run together
_ALIAS = 0.75  # one word for two ("makasih"): long enough that little else is near
_ENDING = 75  # ratio from which the rest of a word may be a known ending
_LEAST_SURE = 4  # letters of the side that is surely a word; shorter ones stand everywhere by chance
_SPELLING_SLACK = 4  # spelling may differ a little more than sound
_LEAST_SPLIT = 6  # letters; shorter words are hardly two words run together
_SAME_SOUND = 0.97  # slightly below 1, so that the very word wins over its homophone


class Lexicon:
    """The bank's words, and how near any heard word is to each."""

    def __init__(self, words: Iterable[str], code: str, cutoff: float, plain: Iterable[str] = ()) -> None:
        self._code = code
        self._cutoff = cutoff
        self._known = set(words)
        self._plain = set(plain) - self._known
        entries = sorted({(word, word) for word in self._known if not word.isdigit()} | self._aliases())
        self._entries = entries
        self._sounds = [fold(heard, code) for heard, _ in entries]
        self._by_sound: dict[str, list[tuple[str, str]]] = {}
        for entry, sound in zip(entries, self._sounds, strict=True):
            self._by_sound.setdefault(sound, []).append(entry)
        self._endings = {fold(ending, code) for ending in language(code).suffixes}
        self._near: dict[str, tuple[tuple[str, float], ...]] = {}
        self._splits: dict[str, tuple[str, ...]] = {}

    def _aliases(self) -> set[tuple[str, str]]:
        """(other spelling or number word, the bank's words): they too are misheard and run together."""
        rules = language(self._code)
        pairs = {(heard, word) for heard, word in rules.spellings.items() if " " not in heard}
        pairs |= set(rules.digits.items())
        return {(heard, words) for heard, words in pairs if all(word in self._known for word in words.split())}

    def learn(self, heard: Iterable[str]) -> None:
        """Compare all new words at once; `near` then only looks up."""
        if len(self._near) > _CACHE_LIMIT:
            self._near.clear()
            self._splits.clear()
        new = [word for word in set(heard) if word not in self._near]
        fuzzy: list[str] = []
        for word in new:
            same = self._same(word)
            if same is None:
                fuzzy.append(word)
            else:
                self._near[word] = same
        if fuzzy:
            self._learn_fuzzy(fuzzy)

    def near(self, word: str) -> tuple[tuple[str, float], ...]:
        """(bank word, similarity 0 to 1), best first; empty when nothing is near."""
        if word not in self._near:
            self.learn((word,))
        return self._near[word]

    def best(self, word: str) -> tuple[str, float] | None:
        """The nearest bank word."""
        near = self.near(word)
        return near[0] if near else None

    def split(self, word: str) -> tuple[str, ...]:
        """A word that is two or three bank words run together ("pemilikatau"), cut; else the word alone."""
        if word in self._plain:
            return (word,)
        if word not in self._splits:
            parts = self._split(word)
            self._splits[word] = tuple(piece for part in parts for piece in part.split())
        return self._splits[word]

    def join(self, first: str, second: str) -> str | None:
        """The bank word that two heard pieces make ("disebu" + "tkan"), when neither is a word by itself."""
        if (self._whole(first) and self._whole(second)) or len(first) + len(second) < _LEAST_SPLIT:
            return None
        if first.isdigit() or second.isdigit():
            return None
        whole = self.best(first + second)
        if whole is None or whole[1] < _SURE:
            return None
        single = max((self.best(first) or ("", 0.0))[1], (self.best(second) or ("", 0.0))[1])
        return whole[0] if whole[1] > single else None

    def _whole(self, word: str) -> bool:
        return word in self._known or word in self._plain

    def _same(self, word: str) -> tuple[tuple[str, float], ...] | None:
        """Exact word, or same sound; None when letters differ."""
        if word in self._known:
            return ((word, 1.0),)
        if word.isdigit() or word in self._plain:
            return ()
        sound = fold(word, self._code)
        if sound in self._by_sound:
            return self._ranked(word, self._by_sound[sound])
        return () if len(sound) <= _EXACT_UP_TO else None

    def _ranked(self, word: str, same: list[tuple[str, str]]) -> tuple[tuple[str, float], ...]:
        """Words of one sound, the one written most alike first; the others only as likely as misheard ones."""
        order = sorted(same, key=lambda item: (-fuzz.ratio(word, item[0]), item))
        best: dict[str, float] = {}
        for place, (_, meant) in enumerate(order):
            best.setdefault(meant, _SAME_SOUND if place == 0 else _SAME_SOUND * 0.8)
        return tuple(best.items())

    def _learn_fuzzy(self, words: list[str]) -> None:
        sounds = [fold(word, self._code) for word in words]
        table = process.cdist(sounds, self._sounds, scorer=fuzz.ratio, score_cutoff=self._cutoff)
        rows, columns = table.nonzero()
        found: dict[int, dict[str, float]] = {}
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            heard, meant = self._entries[column]
            if len(self._sounds[column]) <= _EXACT_UP_TO:
                continue
            # sound counts three times, spelling once: "kemi" is "kami" rather than "gmail", though both sound alike
            ratio = (3 * float(table[row, column]) + fuzz.ratio(words[row], heard)) / 4
            if ratio >= self._cutoff - _SPELLING_SLACK:
                best = found.setdefault(row, {})
                best[meant] = max(best.get(meant, 0.0), ratio / 100 * _SAME_SOUND)
        for index, word in enumerate(words):
            near = sorted(found.get(index, {}).items(), key=lambda item: (-item[1], item[0]))
            self._near[word] = tuple(near[:6])

    def _split(self, word: str) -> tuple[str, ...]:
        if len(word) < _LEAST_SPLIT - 1 or word.isdigit():
            return (word,)
        best = self.best(word)
        if best and " " in best[0] and best[1] >= _ALIAS:
            return (best[0],)
        if best and best[1] >= _WHOLE:
            return (word,)
        stem = self._stem(word)
        if stem:
            return (stem,)
        choices = []
        for cut in range(2, len(word) - 1):
            left, right = self._exactly(word[:cut]), self._exactly(word[cut:])
            longer = max(cut, len(word) - cut) / 100
            if left and right:
                choices.append((left[1] + right[1] + longer, (left[0], right[0])))
            # one side surely a word, the other nearly one
            elif left and cut >= _LEAST_SURE and (other := self._nearly(word[cut:])):
                choices.append((left[1] + other[1] - 0.5 + longer, (left[0], other[0])))
            elif right and len(word) - cut >= _LEAST_SURE and (other := self._nearly(word[:cut])):
                choices.append((right[1] + other[1] - 0.5 + longer, (other[0], right[0])))
        if choices:
            return max(choices)[1]
        return self._split_in_three(word)

    def _stem(self, word: str) -> str | None:
        """The bank word before a misheard ending ("emailnia")."""
        for cut in range(len(word) - 2, max(3, len(word) - 5), -1):
            ending = fold(word[cut:], self._code)
            alike = any(fuzz.ratio(ending, known) >= _ENDING for known in self._endings)
            if alike and (stem := self._exactly(word[:cut])):
                return stem[0]
        return None

    def _split_in_three(self, word: str) -> tuple[str, ...]:
        for cut in range(2, len(word) - 3):
            left = self._exactly(word[:cut])
            if not left:
                continue
            for second in range(cut + 2, len(word) - 1):
                middle, right = self._exactly(word[cut:second]), self._exactly(word[second:])
                if middle and right:
                    return (left[0], middle[0], right[0])
        return (word,)

    def _exactly(self, piece: str) -> tuple[str, float] | None:
        """The bank words that a piece is: as written, or (less surely) by its sound."""
        spelled = spell(piece, self._code) if len(piece) > 1 else (piece,)
        if self._known.issuperset(spelled):
            return " ".join(spelled), 1.0
        same = self._by_sound.get(fold(piece, self._code)) if len(piece) > _EXACT_UP_TO else None
        return (self._ranked(piece, same)[0][0], 0.9) if same else None

    def _nearly(self, piece: str) -> tuple[str, float] | None:
        """A bank word near a piece; single letters and shreds are left to the other side."""
        if len(piece) < _LEAST_SURE:
            return None
        best = self.best(piece)
        return best if best and best[1] >= _NEARLY else None
