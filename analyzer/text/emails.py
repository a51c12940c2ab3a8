"""Spoken e-mail addresses: "budi titik santoso at gmail titik com" -> budi.santoso@gmail.com."""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from analyzer.text.domains import domain_at, is_tail
from analyzer.text.language import LANGUAGES
from analyzer.text.letters import spelled_out
from analyzer.text.normalise import spell
from analyzer.text.numbers import NUMERAL, counted, numerals
from analyzer.text.pieces import Kind, Unit, Vocabulary, breaks, entries, meanings, pieces
from analyzer.text.sounds import alike, distance, nearest
from analyzer.text.spoken import spoken

_WRITTEN = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_LEAST_LETTERS = 3  # of a name before the sign; less is a shred of one
_MOST_WORDS = 5  # of a name before the sign; more is a sentence
_SURE_STOP = 5  # letters from which a word that only sounds like one of the talk around is that word
_MISSPELT = 2  # letters in which a misheard provider may be spelled otherwise
_GLUED = 7  # letters of talk with its ending that a name is run together with
_GLUED_SIGN = "at"  # where no sign was heard, the end of a name may be the sign: "rahmat gmail", "budiat gmail"
_PAUSED = 2  # pauses between the pieces of an address from which another one parts nothing
_TALK: frozenset[Kind] = frozenset({"stop", "filler", "noise", "fix", "restart"})
_VOWELS = frozenset("aeiou")
_TINY = 2  # letters of a misheard "at"
_BESIDE: frozenset[Kind] = frozenset({"filler", "noise", "break"})
_PAUSE = Unit("break", "")
_OPEN: frozenset[Kind] = frozenset({"sign", "letter", "digit", "as_in", "double", "triple", "fix", "restart"})
_NAMES: frozenset[Kind] = frozenset({"word", "letter", "digit", "sign", "tail", "double", "triple", "as_in"})
_MARKS: frozenset[Kind] = frozenset({"sign", "domain"})


class Address(NamedTuple):
    """An address as far as it was heard; both parts when it is whole."""

    local: str
    domain: str
    corrected: bool = False
    """whether it was said after something was taken back"""

    @property
    def text(self) -> str | None:
        """The whole address in normal form, or None."""
        return valid_email(f"{self.local}@{self.domain}") if self.local and self.domain else None


def written_email(text: str) -> str | None:
    """The first well-formed address written out in a text."""
    for found in _WRITTEN.finditer(text):
        address = valid_email(found.group().strip("."))
        if address:
            return address
    return None


def spoken_email(words: Sequence[str], code: str, *, domains: Collection[str], stop: Collection[str]) -> str | None:
    """The first whole address spoken in `words`, or None.

    `domains`: mail providers known by name; one of them is an address even when "at" was lost.
    `stop`: words that are never part of an address ("boleh", "emailnya"); a name is read back to the last of them.

    >>> spoken_email("boleh budi titik santoso at gmail titik com".split(), "id", domains={"gmail"}, stop={"boleh"})
    'budi.santoso@gmail.com'
    """
    vocabulary = mail_words(code, frozenset(domains), frozenset(stop))
    found = addresses(mail_units(" ".join(words), vocabulary), vocabulary)
    return next((address.text for address in found if address.text), None)


@lru_cache(maxsize=16)
def mail_words(code: str, domains: frozenset[str], stop: frozenset[str]) -> Vocabulary:
    """Everything that has a meaning while an address is dictated."""
    rules, extra = LANGUAGES[code], spoken(code)
    found = numerals(code)
    found += meanings({**rules.signs, **extra.signs, **{sign: sign for sign in "._-+@"}}, "sign")
    heard = {**rules.spellings, **extra.providers, **{domain: domain for domain in domains}}
    found += meanings({word: name for word, name in heard.items() if name in domains}, "domain")
    found += meanings({**extra.tails, **{tail: tail for tail in set(extra.tails.values())}}, "tail")
    found += entries(extra.restarts, "restart") + entries(extra.fixes, "fix") + entries(extra.noise, "noise")
    found += entries(extra.as_in, "as_in") + entries(extra.fillers, "filler")
    found += entries(stop | extra.talk, "stop")
    long = [word for word in stop | extra.talk if len(word) >= _SURE_STOP]
    found += entries([word + ending for word in long for ending in rules.suffixes], "stop")
    found += meanings({**extra.letters, **{letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}}, "letter")
    return Vocabulary(found, code)


def mail_units(text: str, vocabulary: Vocabulary) -> list[Unit]:
    """The units of an utterance in which an address may be dictated."""
    words = pieces(text)
    pauses = breaks(text)
    found: list[Unit] = []
    at = 0
    while at < len(words):
        if at in pauses:
            found.append(_PAUSE)
        phrase = vocabulary.phrase(words, at)
        if phrase:
            at += phrase[0]
            found.append(phrase[1])
            continue
        following = vocabulary.words.get(words[at + 1]) if at + 1 < len(words) else None
        found += _read(words[at], vocabulary, before_domain=bool(following and following.kind == "domain"))
        at += 1
    return _in_context(found, vocabulary)


def _read(word: str, vocabulary: Vocabulary, *, before_domain: bool) -> Sequence[Unit]:
    """A word by itself: exactly, without its ending, run together with a sign, or by its sound."""
    unit = vocabulary.words.get(word)
    if unit:
        return (unit._replace(heard=word),)
    stem = spell(word, vocabulary.code)[0]
    if stem != word and stem in vocabulary.words and vocabulary.words[stem].kind in _TALK:
        return (vocabulary.words[stem]._replace(heard=word),)
    parts = vocabulary.split(word, _MARKS)
    if parts and _surely_parts(parts, before_domain=before_domain):
        return parts
    near = vocabulary.word(stem) or vocabulary.word(word)
    if near and _surely(word, near):
        return (near._replace(heard=word),)
    if word.endswith(spoken(vocabulary.code).talk_endings) and stem != word:
        return (Unit("stop", "", word, sure=False),)  # "gunanya": a word of talk; names bear no such ending
    for cut in range(_GLUED, len(word) - _LEAST_LETTERS + 1):  # "emailnyabudi"
        if word[:cut].endswith(LANGUAGES[vocabulary.code].suffixes) and _is_stop(vocabulary.words.get(word[:cut])):
            return (vocabulary.words[word[:cut]], Unit("word", "", word[cut:]))
    return (Unit("word", "", word, sure=near is None),)


def _is_stop(unit: Unit | None) -> bool:
    return unit is not None and unit.kind == "stop"


def _surely_parts(parts: Sequence[Unit], *, before_domain: bool) -> bool:
    """Whether pieces of a word are no accident: a provider or a dot among signs and talk, or "at" before a provider."""
    if not all(part.kind in {"sign", "domain", "tail", "filler", "stop"} for part in parts):
        return False
    if any(part.kind == "domain" or part.value == "." for part in parts):
        return True
    return before_domain and parts[-1].value == "@"


def _surely(word: str, near: Unit) -> bool:
    """Whether a word that sounds like another is that one; names sound like many words."""
    if near.kind == "sign":
        return distance(word, near.heard) <= 1
    if near.kind in {"stop", "filler"}:
        return len(near.heard) >= _SURE_STOP and distance(word, near.heard) <= 1
    return near.kind in {"domain", "noise", "restart"} and distance(word, near.heard) <= _MISSPELT


def _in_context(units: list[Unit], vocabulary: Vocabulary) -> list[Unit]:
    """Letters among letters, digits among digits, signs where a sign must be."""
    found = list(units)
    for at, unit in enumerate(units):
        before = next((u for u in reversed(units[:at]) if u.kind not in _BESIDE), None)
        after = next((u for u in units[at + 1 :] if u.kind not in _BESIDE), None)
        next_to = [near.kind for near in (*units[max(0, at - 1) : at], *units[at + 1 : at + 2])]
        letter = spoken(vocabulary.code).letters.get(unit.heard)
        if letter and unit.kind != "letter" and not {"letter", "as_in"}.isdisjoint(next_to):
            found[at] = Unit("letter", letter, unit.heard)  # "em" among letters is no hesitation
        elif unit.kind == "letter" and next_to[-1:] == ["break"] and _hesitates(units, at, before, after):
            found[at] = Unit("filler", "", unit.heard)
        elif unit.kind == "word" and before and after:
            found[at] = _between(unit, before, after, vocabulary)
    return found


def _hesitates(units: Sequence[Unit], at: int, before: Unit | None, after: Unit | None) -> bool:
    """Whether a lone vowel before a pause ("e, ...") is no letter: nothing is being spelled."""
    alone = before is None or before.kind == "stop"
    return alone and units[at].heard in _VOWELS and after is not None and after.kind not in {"letter", "as_in", "sign"}


def _between(unit: Unit, before: Unit, after: Unit, vocabulary: Vocabulary) -> Unit:
    """A word as the sign or digit that it must have been from what stands on both sides."""
    if after.kind == "domain" and len(unit.heard) <= _TINY and before.kind not in {"sign", "stop"}:
        return Unit("sign", "@", unit.heard, sure=False)
    if before.kind == "domain" and _dot(unit.heard, vocabulary):
        return Unit("sign", ".", unit.heard, sure=False)
    near = vocabulary.word(unit.heard)
    if before.kind == after.kind == "digit" and near and near.kind in NUMERAL:
        return near._replace(sure=False)
    return unit


def _dot(word: str, vocabulary: Vocabulary) -> bool:
    near = vocabulary.word(word)
    return near is not None and near.kind == "sign" and near.value == "."


def addresses(units: Sequence[Unit], vocabulary: Vocabulary) -> list[Address]:
    """Every address in units, in order; those of which only a part was heard too."""
    found: list[Address] = []
    end = 0
    for at, unit in enumerate(units):
        sign = unit.kind == "sign" and unit.value == "@"
        if at < end or not (sign or unit.kind == "domain"):
            continue
        domain, end = domain_at(units, at + sign, vocabulary.code)
        local, fixed = _local(units, at, vocabulary)
        if not local and found and fixed:  # "at yahoo, salah, at gmail": the name stays
            local = found[-1].local
        if domain or sign:
            found.append(Address(local, domain, corrected=fixed))
    return found


def _local(units: Sequence[Unit], at: int, vocabulary: Vocabulary) -> tuple[str, bool]:
    """The name before a sign, and whether something was taken back before it."""
    place = at
    # "budi di gmail": without the sign a small word may stand for it; before the sign it stands for a lost name
    beside = _BESIDE if units[at].kind == "sign" else {*_BESIDE, "stop"}
    while place > 0 and units[place - 1].kind in beside:
        place -= 1
    kept: list[Unit] = []
    while place > 0 and _belongs(units[place - 1], units[:place], kept):
        place -= 1
        if units[place].kind == "break" and (parted := _parted(units[:place], units[place + 1 : at], vocabulary)):
            if parted == "doubtful":
                return "", False
            break
        kept.insert(0, units[place])
    fixed = any(unit.kind in {"fix", "restart"} for unit in units[place:at])
    name = _joined(_mended(kept, vocabulary.code), vocabulary.code)
    if units[at].kind == "domain" and name.endswith(_GLUED_SIGN):
        return (name.removesuffix("at") if name.endswith("aat") else ""), fixed
    return name, fixed


def _parted(before: Sequence[Unit], after: Sequence[Unit], vocabulary: Vocabulary) -> Literal["talk", "doubtful"] | None:
    """What a pause between two words parts: talk from the name, or perhaps two halves of it; None when it goes on."""
    left = next((unit for unit in reversed(before) if unit.kind not in _BESIDE), None)
    right = next((unit for unit in after if unit.kind not in _BESIDE), None)
    if left is None or right is None or left.kind in _OPEN or right.kind in _OPEN:
        return None
    if left.kind != "word":
        return "talk"
    title = next((unit.heard for unit in reversed(before[: before.index(left)])), "")
    if title in spoken(vocabulary.code).titles:
        return "talk"  # "iya Mbak Rani, ..."
    if sum(unit.kind == "break" for unit in after) >= _PAUSED:
        return None  # dictated with a pause after every piece
    talk = [word for word, unit in vocabulary.words.items() if unit.kind in {"stop", "filler"}]
    return "talk" if nearest(left.heard, talk, vocabulary.code)[0] else "doubtful"


def _belongs(unit: Unit, before: Sequence[Unit], kept: Sequence[Unit]) -> bool:
    """Whether the unit before a name that is read backwards still belongs to it."""
    if unit.kind in {"sign", "domain"} and unit.value == "@":
        return False
    if unit.kind in _NAMES or unit.kind in _BESIDE or unit.kind in {"fix", "restart"} or unit.kind in NUMERAL:
        return True
    if unit.kind != "stop" or not kept:
        return False
    # a name begins with no sign: "budi ya, titik santoso"
    first = next((one for one in kept if one.kind not in _BESIDE), None)
    return first is not None and first.kind == "sign" and any(one.kind in _NAMES for one in before[:-1])


def _mended(units: Sequence[Unit], code: str) -> list[Unit]:
    """A name without remarks, and without what was taken back."""
    found: list[Unit] = []
    at = 0
    plain = [unit for unit in units if unit.kind not in {*_BESIDE, "stop"}]
    while at < len(plain):
        if plain[at].kind not in {"fix", "restart"}:
            found.append(plain[at])
            at += 1
            continue
        again = plain[at].kind == "restart"
        after = plain[at + 1 :]
        at += 1
        if after and after[0].kind not in {"fix", "restart"}:
            found = found[: _kept(found, after[0], code, again=again)]
    return found


def _kept(before: Sequence[Unit], first: Unit, code: str, *, again: bool) -> int:
    """How much of a name still holds when it goes on with `first` after a correction."""
    if again:
        return 0
    for at, unit in enumerate(before):
        if _same(unit, first, code):
            return at
    return max(0, len(before) - 1)


def _same(one: Unit, other: Unit, code: str) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "word":
        return alike(one.heard, other.heard, code)
    return one.value == other.value and one.kind in {"digit", "letter"}


def _joined(units: Sequence[Unit], code: str) -> str:
    """Units of a name as it is written; "" when it cannot be one."""
    spelled = spelled_out(counted(units), code)
    if spelled is None or sum(unit.kind == "word" for unit in spelled) > _MOST_WORDS:
        return ""
    name = "".join(_written(unit) for unit in spelled).strip(".-_+")
    letters = sum(letter.isalnum() for letter in name)
    return name if letters >= _LEAST_LETTERS and any(letter.isalpha() for letter in name) else ""


def _written(unit: Unit) -> str:
    return unit.value if unit.kind in {"digit", "letter", "sign"} else unit.heard


def told_again(before: Iterable[Unit], after: Iterable[Unit], code: str) -> bool:
    """Whether a turn begins again with the name that the turn before began with."""
    first, second = ([unit for unit in units if unit.kind in _NAMES][:2] for units in (before, after))
    if not first or not second or first[0].kind != "word" or not _same(first[0], second[0], code):
        return False
    if first[0].heard == second[0].heard or len(first) == 1:
        return True
    return len(second) > 1 and (first[1].kind, first[1].value) == (second[1].kind, second[1].value)


def ends_open(units: Sequence[Unit]) -> bool:
    """Whether an address goes on after these units: they end with a sign."""
    last = next((unit for unit in reversed(units) if unit.kind not in {*_BESIDE, "stop"}), None)
    return last is not None and last.kind == "sign"


def begins_open(units: Sequence[Unit]) -> bool:
    """Whether units can only go on from others: they begin with a sign, a provider or an end such as "com"."""
    first = next((unit for unit in units if unit.kind not in {*_BESIDE, "stop"}), None)
    return first is not None and (first.kind in _MARKS or is_tail(first))


@lru_cache(maxsize=4096)
def valid_email(address: str) -> str | None:
    """The address in normal form when its shape is right; the domain is not looked up."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
