"""Telephone numbers: E.164, and which digits can be a number that people dictate in a country."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from analyzer.entities.spoken_digits import REPEATED
from analyzer.entities.tokens import Token

Plausibility = Literal["full", "short"]


@dataclass(frozen=True)
class NumberingPlan:
    """What the numbering plan of a country says beyond phonenumbers, which knows only what is possible."""

    trunk: str
    """dialled before a national number, left out after the country code"""
    mobile: str
    """how national mobile numbers begin"""
    lengths: range
    """digits of a national mobile number"""
    short_blocks: tuple[str, ...]
    """beginnings of the oldest blocks, which alone have numbers one digit shorter"""


# Mobile numbers in Indonesia have 11 to 13 digits with the 0; only the first blocks handed out (Halo, Mentari, Matrix,
# XL) have numbers of 10. A dictated number of 10 from another block has most likely lost a digit.
NUMBERING_PLANS: Mapping[str, NumberingPlan] = {
    "ID": NumberingPlan("0", "8", range(10, 13), ("811", "814", "815", "816", "817", "818", "855")),
}


def plausibility(digits: str, region: str) -> Plausibility | None:
    """How well digits as dictated fit a telephone number; None when they are none.

    "short": possible, but as likely a longer number of which digits were lost; it needs more proof.

    >>> likely("08123456789", "ID"), likely("0856123456", "ID"), likely("0811123456", "ID"), likely("08123", "ID")
    ('full', 'short', 'full', None)
    """
    plan = NUMBERING_PLANS.get(region)
    national = _national(digits, region)
    if plan is None:
        return "full" if e164(digits, region) else None
    if national.startswith(plan.mobile):
        if len(national) in plan.lengths:
            return "full"
        if len(national) == plan.lengths.start - 1:
            return "full" if national.startswith(plan.short_blocks) else "short"
        return None
    return "short" if digits.startswith(plan.trunk) and _fixed_line(national, region) else None


def starts_like_number(digits: str, region: str) -> bool:
    """Whether digits begin as a number is begun to be dictated: with the trunk or country code."""
    plan = NUMBERING_PLANS.get(region)
    if plan is None:
        return True
    return digits.startswith((plan.trunk + plan.mobile, f"{_country(region)}{plan.mobile}"))


@lru_cache(maxsize=4096)
def e164(digits: str, region: str) -> str | None:
    """A telephone number in E.164, or None when it cannot be one in `region`.

    Possible numbers are enough: operators open new prefixes faster than the library learns them.

    >>> e164("08123456789", "ID"), e164("62 812 3456 789", "ID")
    ('+628123456789', '+628123456789')
    """
    import phonenumbers

    plain = _national(digits, region) if region in NUMBERING_PLANS else digits
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _national(digits: str, region: str) -> str:
    """The national number: without country code and trunk; other countries' numbers ("+1...") as they are."""
    plan = NUMBERING_PLANS.get(region)
    if plan is None:
        return digits
    if digits.strip().startswith("+") and not digits.strip().startswith(f"+{_country(region)}"):
        return digits
    plain = "".join(letter for letter in digits if letter.isdigit())
    code = str(_country(region))
    if plain.startswith((code + plan.mobile, code + plan.trunk)) and len(plain) > plan.lengths.start:
        plain = plain.removeprefix(code)
    return plain.removeprefix(plan.trunk)


@lru_cache(maxsize=64)
def _country(region: str) -> int:
    import phonenumbers

    return int(phonenumbers.country_code_for_region(region))


@lru_cache(maxsize=4096)
def _fixed_line(national: str, region: str) -> bool:
    import phonenumbers

    number = phonenumbers.PhoneNumber(country_code=_country(region), national_number=int(national or "0"))
    return phonenumbers.number_type(number) in {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


NumberReading = tuple[Token, ...]
"""digits and holes of one number"""

_DOUBTFUL = Token("gap", "?")  # what was taken back can be read in two ways
_MOST_MISHEARD = 3  # digits read by likeness without a read-back; each is another's with a few per cent
_LEAST_SHARED = 4  # digits that a read-back repeats at least; fewer stand in any number
_MOST_LOST = 2  # digits in a row that one of two readings of the same number may have lost
_RESTART = 7  # digits from which what follows "salah" is the whole number again
_LONGEST_GROUP = 6  # digits; people dictate in groups of two to five
_LEADING = 2  # digits before the number that belong to something else ("nomor dua, nol delapan...")
_NEAR = 4  # digits in which two different readings may still be the same number, heard badly


def dictated_phone(
    turns: Sequence[Sequence[Token]], echoes: Sequence[Sequence[Token]], region: str, *, clear: bool
) -> str | None:
    """The number dictated over one or more turns, in E.164; None without a surely whole one.

    `turns`: `digit_tokens` units of the customer's turns. `echoes`: those of the agent's turns, its read-back.
    `clear`: whether the recogniser heard this call well enough to have lost no words.
    """
    said = number_readings(turns, region)
    heard = [reading for reading in number_readings(_spoken_back(echoes), region) if _length(reading) >= _LEAST_SHARED]
    agreed = _agreed(said, heard, region)
    if agreed:
        return agreed[0] if len(agreed) == 1 else None
    alone = [text for reading in said if (text := _alone(reading, region, clear=clear))]
    if any(_contradicts(text, reading, region) for text in alone for reading in heard):
        return None
    return _only(alone, region)


def _spoken_back(echoes: Sequence[Sequence[Token]]) -> list[Sequence[Token]]:
    """Turns of a read-back; a few digits amid talk ("PLN 123") are none of it."""
    return [tokens for tokens in echoes if not _talk(tokens) or _length(_plain(tokens)) >= _LEAST_SHARED]


def number_readings(turns: Sequence[Sequence[Token]], region: str) -> list[NumberReading]:
    """Every way to read a number out of turns: runs alone and joined over turns, the longest of a start first.

    A run that is a whole number by itself is joined with nothing but turns that hold digits alone.
    """
    runs = [(turn, run, len(_runs(tokens)) == 1) for turn, tokens in enumerate(turns) for run in _runs(tokens)]
    result: list[NumberReading] = []
    index = 0
    while index < len(runs):
        end = index + 1
        joined = runs[index][1]
        best, taken = _corrected(joined, region), end
        while end < len(runs) and runs[end][0] > runs[end - 1][0] and not _starts_anew(joined, runs[end][1], region):
            whole, alone = plausibility(_text(best), region), runs[end][2] and _opens(turns[runs[end][0]])
            joined = (*joined, *runs[end][1])
            end += 1
            reading = _corrected(joined, region)
            if not whole or (alone and plausibility(_text(reading), region)):
                best, taken = reading, end
            elif plausibility(_text(reading), region) and turns[runs[end - 1][0]][0].kind == "digit":
                # "... four." "Five, that is my son's": the end of the number, or five of something
                best, taken = (*best, _DOUBTFUL), end
        result.append(_from_start(best, region))
        index = taken
    return result


def _runs(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Units between other talk; a run holds digits."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "stop":
            runs.append([])
        else:
            runs[-1].append(token)
    return [tuple(run) for run in runs if any(token.kind == "digit" for token in run)]


def _opens(tokens: Sequence[Token]) -> bool:
    """Whether a turn begins with digits and is about nothing else: "five minutes" is no end of a number."""
    return tokens[0].kind in {"digit", "correction", "restart"} and (not _talk(tokens) or _length(_plain(tokens)) > 1)


def _talk(tokens: Sequence[Token]) -> bool:
    return any(token.kind == "stop" for token in tokens)


def _starts_anew(before: Sequence[Token], run: Sequence[Token], region: str) -> bool:
    """Whether a run is the number said once more from its beginning."""
    digits = _text(_plain(run))
    if len(digits) < _RESTART or not starts_like_number(digits, region):
        return False
    return bool(plausibility(digits, region)) or not plausibility(_text(_plain(before)) + digits, region)


def _corrected(run: Sequence[Token], region: str) -> NumberReading:
    """A run with what was taken back left out."""
    reading: list[Token] = []
    index = 0
    while index < len(run):
        if run[index].kind not in {"correction", "restart"}:
            reading.append(run[index])
            index += 1
            continue
        kind = run[index].kind
        while index < len(run) and run[index].kind in {"correction", "restart"}:
            kind = "restart" if run[index].kind == "restart" else kind
            index += 1
        end = next((place for place in range(index, len(run)) if run[place].kind in {"correction", "restart"}), len(run))
        if index < end:
            again = kind == "restart"
            reading = _mended(reading, run[index:end], _text(_plain(run[end:])), region, again=again)
        index = end
    return tuple(reading)


def _mended(before: list[Token], after: Sequence[Token], rest: str, region: str, *, again: bool) -> list[Token]:
    """A reading up to a correction and what was said instead of its last digits."""
    following, text = _text(after), _text(before)
    if starts_like_number(following, region) and (again or len(following) >= _RESTART):
        return list(after)
    for size in range(min(_LONGEST_GROUP, len(text), len(following)), 1, -1):
        last = text[-size:]
        wrong = sum(one != other for one, other in zip(last, following, strict=False))
        if last[0] != following[0] or wrong > 1:
            continue
        group = before[:-size] + list(after)  # the last group is said again, one digit mended
        single = before[:-1] + list(after)
        if size > 2 or again or not plausibility(_text(single) + rest, region):  # noqa: PLR2004
            return group
        return [*before[:-1], _DOUBTFUL, *after] if plausibility(_text(group) + rest, region) else single
    if again:
        return list(after)
    repeated = len(before) > 1 and before[-1].text == before[-2].text == REPEATED
    return [*before[:-2], _DOUBTFUL, *after] if repeated else before[:-1] + list(after)


def _from_start(reading: NumberReading, region: str) -> NumberReading:
    """A reading without stray digits before the number's own beginning."""
    if plausibility(_text(reading), region):
        return reading
    for index in range(1, len(reading)):
        lead = sum(token.kind == "digit" for token in reading[:index])
        stray = any(token.kind == "gap" for token in reading[:index]) or lead <= _LEADING
        if stray and starts_like_number(_text(reading[index:]), region) and not starts_like_number(_text(reading), region):
            return reading[index:]
    return reading


def _alone(reading: NumberReading, region: str, *, clear: bool) -> str | None:
    """The number of a reading that nothing else supports."""
    text = _text(reading)
    how = plausibility(text, region)
    misheard = sum(not token.sure for token in reading)
    if "?" in text or misheard > _MOST_MISHEARD or how is None or (how == "short" and (misheard or not clear)):
        return None
    return text


def _only(result: Sequence[str], region: str) -> str | None:
    """The one number of several readings; when one holds another, digits of the other were lost."""
    numbers = {e164(text, region) or "" for text in result} - {""}
    longest = max(numbers, key=lambda number: (len(number), number), default=None)
    if longest is None or any(not _holds(longest, number) for number in numbers):
        return None
    return longest


def _holds(whole: str, part: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


def _agreed(said: Iterable[NumberReading], heard: Sequence[NumberReading], region: str) -> list[str]:
    """Numbers on which a dictation and its read-back agree."""
    result: list[str] = []
    for reading in said:
        for echo in heard:
            for whole, part in ((reading, echo), (echo, reading)):
                text = merge_readings(whole, part) or ""
                how = plausibility(text, region)
                if how == "full" or (how == "short" and _length(part) == len(text)):
                    result.append(e164(text, region) or "")
    longest = max(result, key=len, default="")
    return [longest] * bool(longest) + [number for number in set(result) if not _holds(longest, number)]


def _contradicts(text: str, echo: NumberReading, region: str) -> bool:
    """Whether a read-back is another number so near that one of the two was misheard."""
    other = _text(echo)
    if "?" in other or not plausibility(other, region) or e164(other, region) == e164(text, region):
        return False
    return sum(one != two for one, two in zip(reversed(text), reversed(other), strict=False)) <= _NEAR


def merge_readings(whole: NumberReading, part: NumberReading) -> str | None:
    """The digits of `whole`, its holes and misheard digits mended by `part`; None when they are not one number.

    `part` may have lost digits; each digit surely heard in both must be the same.

    >>> digits = lambda text: tuple(Unit("gap" if d == "?" else "digit", d) for d in text)
    >>> merged(digits("0812?456"), digits("23456")), merged(digits("0812345"), digits("0815345"))
    ('08123456', None)
    """
    if _length(part) < _LEAST_SHARED:
        return None

    @cache
    def best(index: int, place: int, lost: int) -> tuple[int, str] | None:
        """(digits mended and lost, text) for the rest; fewest changes first."""
        if index == len(whole):
            return (0, "") if place == len(part) else None
        mine = whole[index]
        ways: list[tuple[int, str] | None] = []
        if place < len(part) and (value := _same(mine, part[place])):
            ways.append(_add(best(index + 1, place + 1, 0), 0, value))
        if place < len(part) and part[place].kind == "gap":  # nothing was said there
            ways.append(_add(best(index, place + 1, lost), 1, ""))
        if mine.kind == "gap":
            ways.append(_add(best(index + 1, place, lost), 1, "?" if place in {0, len(part)} else ""))
        elif lost < _MOST_LOST or place in {0, len(part)}:
            ways.append(_add(best(index + 1, place, lost + 1), 2, mine.value))
        return min((way for way in ways if way), default=None)

    result = best(0, 0, 0)
    return result[1] if result and "?" not in result[1] else None


def _add(rest: tuple[int, str] | None, cost: int, value: str) -> tuple[int, str] | None:
    return (rest[0] + cost, value + rest[1]) if rest else None


def _same(mine: Token, other: Token) -> str | None:
    """The digit that two readings give for one place."""
    if mine.kind == "gap" or other.kind == "gap":
        known = other if mine.kind == "gap" else mine
        return known.value if known.kind == "digit" else None
    if mine.value == other.value:
        return mine.value
    if mine.sure == other.sure:
        return None
    return mine.value if mine.sure else other.value


def _text(reading: Iterable[Token]) -> str:
    return "".join(token.value for token in reading if token.kind in {"digit", "gap"})


def _plain(run: Sequence[Token]) -> NumberReading:
    return tuple(token for token in run if token.kind in {"digit", "gap"})


def _length(reading: NumberReading) -> int:
    return sum(token.kind == "digit" for token in reading)
