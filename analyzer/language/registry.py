"""Languages as data: spellings, phonetic folds, number words and how people dictate, from one `CODE.yaml` each.

Only what belongs to the language is there; what belongs to one SOP is in its phrase bank.
"""

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from analyzer.errors import UsageError
from analyzer.models.base import Frozen

try:
    from yaml import CBaseLoader as BaseLoader  # libyaml; every value is a string: "no" is a word, "0" a digit
except ImportError:  # a PyYAML that was built without it
    from yaml import BaseLoader  # type: ignore[assignment]

_FOLDER = Path(__file__).parent

Words = frozenset[str]
Table = dict[str, str]


class Numbers(Frozen):
    """Number words."""

    digits: Table = Field(description="number word -> digit")
    whole: Table = Field(description='number words of more than one digit ("sepuluh") -> number')
    teens: Words = Field(frozenset(), description='words that make a teen of the digit before them ("enam belas")')
    tens: Words = Field(frozenset(), description='words that make tens of the digit before them ("dua puluh")')
    hundreds: Words = Field(frozenset(), description='words that make hundreds of the digit before them ("dua ratus")')
    thousands: Words = frozenset()
    double: Words = Field(frozenset(), description='words that repeat the next digit or letter ("dobel tiga")')
    triple: Words = frozenset()


class EmailWords(Frozen):
    """How the parts of an e-mail address are spoken."""

    signs: Table = Field(description="spoken sign -> character")
    providers: Table = Field(description="how mail providers' names are misheard or written apart -> the name")
    spoken_endings: Table = Field(description="how the endings of domains are spoken -> as written")
    endings: tuple[str, ...] = Field(description="endings of domains that may be heard")
    last_endings: Words = Field(description="endings after which nothing follows")
    undotted_endings: Words = Field(description='endings that need no "dot" before them')
    provider_endings: dict[str, tuple[str, ...]] = Field(
        description="mail provider -> the endings under which it gives addresses to the speakers of this language"
    )


class Dictation(Frozen):
    """What is said while something is dictated or spelled. Entries may have several words."""

    letters: Table = Field(description="name of a letter -> the letter")
    letter_links: Words = Field(description='words between a letter and the word that tells it ("b untuk bandung")')
    corrections: Words = Field(description="what is said before a correction of the last piece")
    restarts: Words = Field(description="what is said before saying the whole again")
    remarks: Words = Field(description='remarks that are no part of what is dictated ("huruf kecil semua")')
    fillers: Words = Field(description="hesitation, politeness and small words between the pieces")
    number_ends: Words = Field(frozenset(), description='words that only end a number ("... lima saja")')
    stop_words: Words = Field(description="everyday words around a dictated address, never parts of one")
    stop_suffixes: tuple[str, ...] = Field(
        (), description='suffixes of everyday words that names do not have ("nya", but not "lah": Abdullah)'
    )
    name_introductions: tuple[str, ...] = Field((), description="what is said before the speaker's own name")
    titles: Words = Field(description="words before the name of the person spoken to")
    yes: Words = Field(description="words that confirm what was read back")
    denials: Words = Field(description="words that deny what was read back")


class Language(Frozen):
    """All that matching and the reading of dictated values need to know of one language."""

    code: str
    spellings: Table = Field(description="other spelling -> the one used; several words are joined by a blank")
    suffixes: tuple[str, ...] = Field((), description="endings without a meaning of their own, cut from words")
    min_stem: int = Field(3, description="letters that must be left when a suffix is cut")
    folds: Table = Field(description="letters that recognisers confuse -> one of them, applied in this order")
    numbers: Numbers
    email: EmailWords
    dictation: Dictation


@cache
def language(code: str) -> Language:
    """The language named by an ISO code. Raises UsageError when there is no data for it.

    >>> language("id").dictation.letters["ha"]
    'h'
    """
    if code not in language_codes():
        raise UsageError(f"No language data for '{code}'; known: {', '.join(language_codes())}.")
    data = yaml.load((_FOLDER / f"{code}.yaml").read_bytes(), Loader=BaseLoader)  # noqa: S506 - strings only
    return Language(code=code, **data)


@cache
def language_codes() -> tuple[str, ...]:
    """ISO codes of the languages there is data for, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
