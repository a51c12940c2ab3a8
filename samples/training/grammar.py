"""What is said in PLN 123 calls: a grammar of agent and customer lines, without torch, decided by the seed.

`Grammar(seed).line("agent.email")` gives one line of a section; `sentence()` gives training text, which
also holds spliced fragments and random dictionary words so that the model learns to hear, not to guess.
"""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from numbers_id import clock, digits, money, number, phone

DATA: Final = Path(__file__).with_name("grammar_data")
DICTIONARY: Final = Path("/usr/share/hunspell/id_ID.dic")
_SLOT = re.compile(r"\{(\w+)\}")
_INNERMOST = re.compile(r"\(([^()]*)\)")
_LETTERS: Final = "ABCDEFGHIJKLMNOPRSTUVWYZ"


def read_sections(path: Path) -> dict[str, list[str]]:
    """`[section]` headings, one template a line."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif line:
            lines.append(line)
    return sections


def tidy(text: str) -> str:
    """One space between words, none before a comma, no comma at either end."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s*,(\s*,)*", ",", text)
    return text.strip(" ,")


def as_sentence(text: str) -> str:
    """Capital first letter and a closing mark."""
    text = tidy(text)
    mark = "?" if text.endswith("?") else "."
    text = text.rstrip("?. ,")
    return text[:1].upper() + text[1:] + mark


class Grammar:
    """A seeded source of lines; two of the same seed say the same."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.slots = read_sections(DATA / "slots.txt")
        self.lines = {
            f"{speaker}.{name}": templates
            for speaker in ("agent", "customer")
            for name, templates in read_sections(DATA / f"{speaker}.txt").items()
        }
        self._sections = list(self.lines)
        self._weights = [len(self.lines[name]) ** 0.7 for name in self._sections]
        self._stems = _stems()
        self._made: dict[str, Callable[[], str]] = {
            "n": lambda: number(self.rng),
            "jam": lambda: clock(self.rng),
            "uang": lambda: money(self.rng),
            "hp": lambda: phone(self.rng),
            "hp_potong": lambda: digits(self.rng, self.rng.randint(3, 6)),
            "tiga": lambda: digits(self.rng, 3),
            "enam": lambda: digits(self.rng, self.rng.randint(4, 6)),
            "delapan": lambda: digits(self.rng, self.rng.randint(7, 9)),
            "dua_belas": lambda: digits(
                self.rng, self.rng.choice((11, 12, 12)), self.rng.choice(("5", "1", ""))
            ),
            "eja": lambda: " ".join(self.rng.choices(_LETTERS, k=self.rng.randint(3, 6))),
            "email": self.email,
        }

    def expand(self, template: str) -> str:
        """The template with every alternative chosen and every slot filled."""
        text = template
        while True:
            found = _INNERMOST.search(text)
            if found:
                text = (
                    text[: found.start()] + self.rng.choice(found.group(1).split("|")) + text[found.end() :]
                )
                continue
            slot = _SLOT.search(text)
            if not slot:
                return text
            text = text[: slot.start()] + self._fill(slot.group(1)) + text[slot.end() :]

    def _fill(self, name: str) -> str:
        made = self._made.get(name)
        return made() if made else self.rng.choice(self.slots[name])

    def email(self) -> str:
        """An address read aloud."""
        rng = self.rng
        first = rng.choice(self.slots["nama"]).lower()
        last = rng.choice(self.slots["nama_belakang"]).lower()
        joiner = rng.choice((" titik ", " titik ", " garis bawah ", " strip ", " ", " "))
        tail = rng.choice(("", "", f" {digits(rng, rng.randint(2, 4))}", f" {number(rng)}"))
        local = rng.choice((f"{first}{joiner}{last}", first, f"{last}{joiner}{first}", self.expand("{eja}")))
        end = rng.choice(self.slots["akhir_domain"][:1] * 3 + self.slots["akhir_domain"])
        return f"{local}{tail} at {rng.choice(self.slots['domain'])} titik {end}"

    def line(self, section: str) -> str:
        """One finished line of a section such as `agent.greeting`."""
        return as_sentence(self.expand(self.rng.choice(self.lines[section])))

    def any_line(self) -> str:
        """One unfinished line of any section."""
        section = self.rng.choices(self._sections, self._weights)[0]
        return tidy(self.expand(self.rng.choice(self.lines[section])))

    def fragments(self) -> str:
        """Pieces of 1 to 5 words of different lines, joined: nothing here can be known by heart."""
        pieces: list[str] = []
        for _ in range(self.rng.randint(2, 4)):
            words = self.any_line().rstrip("?").split()
            size = self.rng.randint(1, 5)
            start = self.rng.randint(0, max(0, len(words) - size))
            pieces.append(" ".join(words[start : start + size]).strip(","))
        return self.rng.choice((" ", " ", ", ")).join(pieces)

    def cut(self) -> str:
        """A line that starts late or stops early, as a window's edge leaves it."""
        words = self.any_line().rstrip("?").split()
        at = self.rng.randint(1, max(1, len(words) - 1))
        return " ".join(words[:at] if self.rng.random() < 0.5 else words[at:] or words)

    def shuffled(self) -> str:
        """A line with its words, or its halves, in another order."""
        words = self.any_line().rstrip("?").replace(",", "").split()
        if self.rng.random() < 0.5:
            self.rng.shuffle(words)
            return " ".join(words[:10])
        at = self.rng.randint(0, len(words))
        return " ".join(words[at:] + words[:at])

    def random_words(self) -> str:
        """Dictionary words, affixed as Indonesian affixes them, some of them among words of a line."""
        words = [self._random_word() for _ in range(self.rng.randint(2, 7))]
        if self.rng.random() < 0.5:
            words += self.any_line().rstrip("?").replace(",", "").split()[:5]
            self.rng.shuffle(words)
        return " ".join(words)

    def _random_word(self) -> str:
        stem = self.rng.choice(self._stems)
        if self.rng.random() < 0.5:
            return stem
        prefix = self.rng.choice(("di", "ber", "ter", "ke", "se", _nasal(stem), _nasal(stem), "", ""))
        whole = prefix if prefix.endswith(stem[1:]) and len(prefix) > len(stem) else prefix + stem
        return whole + self.rng.choice(("", "", "nya", "kan", "an", "i", "lah", "nya"))

    def sentence(self) -> str:
        """One training sentence."""
        kinds: tuple[Callable[[], str], ...] = (
            self.any_line, self.fragments, self.random_words, self.cut, self.shuffled,
        )  # fmt: skip
        return as_sentence(self.rng.choices(kinds, (42, 25, 19, 8, 6))[0]())


def _nasal(stem: str) -> str:
    """The stem with me-, its first consonant melted where Indonesian melts it."""
    first, rest = stem[0], stem[1:]
    melted = {"p": "mem", "t": "men", "k": "meng", "s": "meny"}
    if first in melted:
        return melted[first] + rest
    if first in "bfv":
        return "mem" + stem
    if first in "cdjz":
        return "men" + stem
    return ("meng" if first in "aeioughx" else "me") + stem


def _stems() -> list[str]:
    """Plain lower-case stems of the dictionary; a short built-in list where it is not installed."""
    if not DICTIONARY.is_file():
        return ["pintu", "gunung", "lautan", "pelajar", "sungai", "cerita", "warna", "tangga", "bintang"]
    words = (line.split("/")[0] for line in DICTIONARY.read_text(encoding="utf-8").splitlines()[1:])
    return [word for word in words if re.fullmatch(r"[a-z]{3,10}", word)]


if __name__ == "__main__":
    demo = Grammar(1)
    for _ in range(40):
        print(demo.sentence())
