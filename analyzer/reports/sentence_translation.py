"""Sentences of the program in every language: English as results.jsonl holds it, Indonesian by patterns.

`locale/sentences.txt` pairs each English pattern with its Indonesian one; other languages show the English.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from babel.numbers import get_decimal_symbol

from analyzer.locale.catalogue import (
    LANGUAGES,
    Labels,
    Localized,
    fill,
    has_message,
    humanize,
    in_every_language,
    localized,
)

_LONGEST = 5000  # characters; no sentence of ours is longer, and what is made of ": " takes quadratic time
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class LocalizedText:
    """A sentence in every language, with the words it quotes."""

    text: Localized
    quote: str | None = None


class SentencePattern(NamedTuple):
    """A sentence with slots, in the language of results and in Indonesian."""

    english: str
    indonesian: str
    regex: re.Pattern[str]


def localize_reason(sentence: str, labels: Labels) -> LocalizedText:
    """A sentence for people. One without a pattern (an operating system's, say) stays as it is.

    >>> localize_reason("Not met by the nearest words: it belongs to the greeting.", {}).text[0]
    'Kata-kata yang paling mirip tidak memenuhinya: itu bagian dari salam pembuka.'
    """
    match = _match(sentence)
    if match is None:
        return LocalizedText(in_every_language(sentence))
    pattern, slots = match
    values = {name: _slot_value(name, value, labels) for name, value in slots.items()}
    text = tuple(fill(pattern.indonesian if lang == "id" else pattern.english, lang, values) for lang in LANGUAGES)
    return LocalizedText(text, slots.get("quote") or _inner_quote(slots, labels))


def has_pattern(sentence: str) -> bool:
    """Whether there is a pattern for the sentence."""
    return _match(sentence) is not None


@cache
def sentence_patterns() -> tuple[SentencePattern, ...]:
    """All patterns of `sentences.txt`, in its order: the first that matches counts."""
    text = (files("analyzer.locale") / "sentences.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        SentencePattern(english, indonesian, _regex(english))
        for english, indonesian in zip(lines[::2], lines[1::2], strict=True)
    )


def _inner_quote(slots: Mapping[str, str], labels: Labels) -> str | None:
    return localize_reason(slots["part"], labels).quote if "part" in slots else None


def _slot_value(name: str, value: str, labels: Labels) -> Localized:
    if name == "part":
        return localize_reason(value, labels).text
    if name == "step":
        return _step_name(value, labels)
    if name.strip("n") == "":
        return tuple(value.replace(".", get_decimal_symbol(lang)) for lang in LANGUAGES)
    if name in ("leg", "side"):
        return _words_or(f"{name}.{value}", value)
    return in_every_language(value)


def _step_name(step: str, labels: Labels) -> Localized:
    """A step by its label in quotation marks, an anchor by its name."""
    if step in labels:
        return tuple(f"“{label}”" for label in labels[step])
    return _words_or(f"anchor.{step.replace(' ', '_')}", humanize(step))


def _words_or(key: str, text: str) -> Localized:
    return localized(key) if has_message(key) else in_every_language(text)


@lru_cache(maxsize=4096)  # a batch says the same few sentences thousands of times
def _match(sentence: str) -> tuple[SentencePattern, dict[str, str]] | None:
    """The pattern of a sentence, and what stands in its slots."""
    if len(sentence) > _LONGEST:
        return None
    for pattern in sentence_patterns():
        match = pattern.regex.fullmatch(sentence)
        if match is None:
            continue
        slots = match.groupdict()
        if "part" in slots and _match(slots["part"]) is None:
            continue
        return pattern, slots
    return None


def _regex(english: str) -> re.Pattern[str]:
    parts = _SLOT.split(english)  # text, slot, text, slot, ...
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)), re.DOTALL
    )
