"""Sentences of the program in both languages: English as results.jsonl keeps it, Indonesian by `sentences.txt`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from analyzer.reports.words import WORDS, Both, Labels, plain

_LONGEST = 5000  # characters; no sentence of ours is longer, and what is made of ": " takes quadratic time
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Told:
    """A sentence in both languages, with the words it quotes."""

    text: Both
    quote: str | None = None


def told(sentence: str, labels: Labels) -> Told:
    """A sentence for people. One that is not in the table (an operating system's, say) stays as it is.

    >>> told("Not met by the nearest words: it belongs to the greeting.", {}).text[0]
    'Kata-kata yang paling mirip tidak memenuhinya: itu bagian dari salam pembuka.'
    """
    found = _match(sentence)
    if found is None:
        return Told((sentence, sentence))
    english, indonesian, slots = found
    filled = {name: _filled(name, value, labels) for name, value in slots.items()}
    text = (_fill(indonesian, filled, 0), _fill(english, filled, 1))
    return Told(text, slots.get("quote") or _inner_quote(slots, labels))


def known(sentence: str) -> bool:
    """Whether the table has the sentence."""
    return _match(sentence) is not None


def _inner_quote(slots: Mapping[str, str], labels: Labels) -> str | None:
    return told(slots["part"], labels).quote if "part" in slots else None


def _fill(template: str, slots: Mapping[str, Both], language: int) -> str:
    return _SLOT.sub(lambda slot: slots[slot[1]][language], template)


def _filled(name: str, value: str, labels: Labels) -> Both:
    if name == "part":
        return told(value, labels).text
    if name == "step":
        return _name(value, labels)
    if name.strip("n") == "":
        return value.replace(".", ","), value
    if name in ("leg", "side"):
        return WORDS[f"{name}.{value}"][0] if f"{name}.{value}" in WORDS else value, value
    return value, value


def _name(step: str, labels: Labels) -> Both:
    """A step by its label in quotation marks, an anchor by its name."""
    if step in labels:
        indonesian, english = labels[step]
        return f"“{indonesian}”", f"“{english}”"
    anchor = f"anchor.{step.replace(' ', '_')}"
    return WORDS.get(anchor) or (plain(step), plain(step))


@lru_cache(maxsize=4096)  # a batch says the same few sentences thousands of times
def _match(sentence: str) -> tuple[str, str, dict[str, str]] | None:
    """English and Indonesian template, and what stands in the slots."""
    if len(sentence) > _LONGEST:
        return None
    for (english, indonesian), pattern in zip(SENTENCES, _PATTERNS, strict=True):
        found = pattern.fullmatch(sentence)
        if found is None:
            continue
        slots = found.groupdict()
        if "part" in slots and _match(slots["part"]) is None:
            continue
        return english, indonesian, slots
    return None


def _pattern(english: str) -> re.Pattern[str]:
    parts = _SLOT.split(english)  # text, slot, text, slot, ...
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL
    )


def _sentences() -> tuple[tuple[str, str], ...]:
    text = (files("analyzer.reports") / "assets" / "sentences.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(zip(lines[::2], lines[1::2], strict=True))


SENTENCES = _sentences()
"""(English, Indonesian) templates."""
_PATTERNS = tuple(_pattern(english) for english, _ in SENTENCES)
