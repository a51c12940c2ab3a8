"""Spoken Indonesian numbers: counting words, digit strings, money, clock times."""

import random
from typing import Final

UNITS: Final[tuple[str, ...]] = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
)  # fmt: skip
_MINUTES: Final[tuple[str, ...]] = (
    "",
    "",
    " lewat lima",
    " lewat sepuluh",
    " lewat seperempat",
    " kurang lima",
)


def count(value: int) -> str:
    """The counting words of 0 .. 999,999,999."""
    if value < 10:
        return UNITS[value]
    if value < 20:
        return {10: "sepuluh", 11: "sebelas"}.get(value, UNITS[value % 10] + " belas")
    steps = ((1_000_000, "juta"), (1_000, "ribu"), (100, "ratus"), (10, "puluh"))
    size, word = next(step for step in steps if value >= step[0])
    head, rest = divmod(value, size)
    # "satu" fuses with hundred and thousand, never with million.
    text = f"se{word}" if head == 1 and size in (100, 1_000) else f"{count(head)} {word}"
    return f"{text} {count(rest)}" if rest else text


def digits(rng: random.Random, length: int, first: str = "") -> str:
    """Digit words as people dictate them: now and then grouped, doubled, or with "kosong" for zero."""
    figures = first + "".join(str(rng.randrange(10)) for _ in range(length - len(first)))
    zero = "kosong" if rng.random() < 0.3 else "nol"
    doubling = rng.random() < 0.25
    grouping = rng.choice((0, 0, 0, 3, 4))
    words: list[str] = []
    at = 0
    while at < len(figures):
        figure = zero if figures[at] == "0" else UNITS[int(figures[at])]
        if doubling and figures[at : at + 2] == figures[at] * 2:
            words += ["dobel", figure]
            at += 1
        else:
            words.append(figure)
        at += 1
        if grouping and at % grouping == 0 and at < len(figures):
            words[-1] += ","
    return " ".join(words)


def phone(rng: random.Random) -> str:
    """A mobile number of 10 to 12 digits."""
    return digits(rng, rng.choice((10, 11, 12)), "08")


def number(rng: random.Random) -> str:
    """A small count or house number."""
    top = rng.choice((10, 10, 31, 99, 99, 250))
    return count(rng.randint(1, top))


def money(rng: random.Random) -> str:
    """An amount in rupiah, round more often than not."""
    thousands = rng.choice((rng.randint(2, 99), rng.randint(1, 9) * 50, rng.randint(100, 2500)))
    amount = thousands * 1_000
    if rng.random() < 0.2:
        amount += rng.randint(1, 9) * 100
    return count(amount) + rng.choice(("", " rupiah", " rupiah"))


def clock(rng: random.Random) -> str:
    """A clock time: full, half, or a little past."""
    hour = rng.randint(1, 12)
    if rng.random() < 0.2:
        return f"setengah {count(hour)}"
    return count(hour) + rng.choice(_MINUTES) + rng.choice(("", "", " pagi", " sore", " malam"))
