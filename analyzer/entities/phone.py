"""Telephone numbers as they are dictated: corrected, joined over turns, checked against a read-back; in E.164.

A wrong number is worse than none: a reading with a gap, or two readings that contradict each other, give None.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from analyzer.entities.spoken_digits import REPEATED
from analyzer.entities.tokens import Token

Plausibility = Literal["full", "short"]
NumberReading = tuple[Token, ...]
"""digits and gaps of a number"""
_AMBIGUOUS = Token("gap", "?")  # what was taken back can be read in two ways
_MAX_MISHEARD = 3  # digits recognised by likeness without a read-back; each is wrong with a few per cent
_MIN_SHARED = 4  # digits that a read-back repeats at least; fewer stand in any number
_MAX_LOST = 2  # digits in a row that one of two readings of the same number may have lost
_MIN_RESTART = 7  # digits from which what follows "salah" is the whole number again
_MAX_GROUP = 6  # digits; people dictate in groups of two to five
_MAX_STRAY = 2  # digits before the number that belong to something else ("nomor dua, nol delapan...")
_MAX_DIFFERENT = 4  # digits in which two readings may differ and still be the same number, misheard


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

    "short": possible, but as likely a longer number that lost digits; it needs more proof.

    >>> [plausibility(digits, "ID") for digits in ("08123456789", "0856123456", "0811123456", "08123")]
    ['full', 'short', 'full', None]
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
    """Whether digits begin as a dictated number does: with the trunk or country code."""
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


def dictated_phone(
    turns: Sequence[Sequence[Token]], echoes: Sequence[Sequence[Token]], region: str, *, clear: bool
) -> str | None:
    """The number dictated over one or more turns, in E.164; None when none is surely whole.

    `turns`: `digit_tokens` of the customer's turns. `echoes`: those of the agent's turns, its read-back.
    `clear`: whether the call was recognised well enough to have lost no words.
    """
    said = number_readings(turns, region)
    read_back = number_readings(_read_back_turns(echoes), region)
    heard = [reading for reading in read_back if _digit_count(reading) >= _MIN_SHARED]
    confirmed = _confirmed_numbers(said, heard, region)
    if confirmed:
        return confirmed[0] if len(confirmed) == 1 else None
    alone = [text for reading in said if (text := _unsupported_number(reading, region, clear=clear))]
    if any(_contradicts(text, reading, region) for text in alone for reading in heard):
        return None
    return _single_number(alone, region)


def _read_back_turns(echoes: Sequence[Sequence[Token]]) -> list[Sequence[Token]]:
    """Turns of a read-back; a few digits amid talk ("PLN 123") are no part of it."""
    return [
        tokens for tokens in echoes if not _has_talk(tokens) or _digit_count(_digits_and_gaps(tokens)) >= _MIN_SHARED
    ]


def number_readings(turns: Sequence[Sequence[Token]], region: str) -> list[NumberReading]:
    """Numbers that turns may hold: runs of digits alone and joined over turns, the longest of a start first.

    A run that is a whole number by itself is joined with nothing but turns that hold digits alone.
    """
    runs = [(turn, run, len(_runs(tokens)) == 1) for turn, tokens in enumerate(turns) for run in _runs(tokens)]
    result: list[NumberReading] = []
    index = 0
    while index < len(runs):
        end = index + 1
        joined = runs[index][1]
        best, taken = _without_corrections(joined, region), end
        while end < len(runs) and runs[end][0] > runs[end - 1][0] and not _is_restart(joined, runs[end][1], region):
            whole = plausibility(_digits_text(best), region)
            alone = runs[end][2] and _opens_with_digits(turns[runs[end][0]])
            joined = (*joined, *runs[end][1])
            end += 1
            reading = _without_corrections(joined, region)
            if not whole or (alone and plausibility(_digits_text(reading), region)):
                best, taken = reading, end
            elif plausibility(_digits_text(reading), region) and turns[runs[end - 1][0]][0].kind == "digit":
                # "... four." "Five, that is my son's": the end of the number, or five of something
                best, taken = (*best, _AMBIGUOUS), end
        result.append(_without_stray_digits(best, region))
        index = taken
    return result


def _runs(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Runs of tokens between other talk, each with digits."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "stop":
            runs.append([])
        else:
            runs[-1].append(token)
    return [tuple(run) for run in runs if any(token.kind == "digit" for token in run)]


def _opens_with_digits(tokens: Sequence[Token]) -> bool:
    """Whether a turn begins with digits and holds no other talk: "five minutes" is no end of a number."""
    return tokens[0].kind in {"digit", "correction", "restart"} and (
        not _has_talk(tokens) or _digit_count(_digits_and_gaps(tokens)) > 1
    )


def _has_talk(tokens: Sequence[Token]) -> bool:
    return any(token.kind == "stop" for token in tokens)


def _is_restart(before: Sequence[Token], run: Sequence[Token], region: str) -> bool:
    """Whether a run is the number said once more from its beginning."""
    digits = _digits_text(_digits_and_gaps(run))
    if len(digits) < _MIN_RESTART or not starts_like_number(digits, region):
        return False
    together = _digits_text(_digits_and_gaps(before)) + digits
    return bool(plausibility(digits, region)) or not plausibility(together, region)


def _without_corrections(run: Sequence[Token], region: str) -> NumberReading:
    """A run without what was taken back."""
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
        end = next((i for i in range(index, len(run)) if run[i].kind in {"correction", "restart"}), len(run))
        if index < end:
            rest = _digits_text(_digits_and_gaps(run[end:]))
            reading = _apply_correction(reading, run[index:end], rest, region, again=kind == "restart")
        index = end
    return tuple(reading)


def _apply_correction(
    before: list[Token], after: Sequence[Token], rest: str, region: str, *, again: bool
) -> list[Token]:
    """A reading up to a correction, its last digits replaced by what was said after it."""
    following, text = _digits_text(after), _digits_text(before)
    if starts_like_number(following, region) and (again or len(following) >= _MIN_RESTART):
        return list(after)
    for size in range(min(_MAX_GROUP, len(text), len(following)), 1, -1):
        last = text[-size:]
        wrong = sum(old != new for old, new in zip(last, following, strict=False))
        if last[0] != following[0] or wrong > 1:
            continue
        group = before[:-size] + list(after)  # the last group is said again with one digit corrected
        single = before[:-1] + list(after)
        if size > 2 or again or not plausibility(_digits_text(single) + rest, region):  # noqa: PLR2004
            return group
        return [*before[:-1], _AMBIGUOUS, *after] if plausibility(_digits_text(group) + rest, region) else single
    if again:
        return list(after)
    repeated = len(before) > 1 and before[-1].text == before[-2].text == REPEATED
    return [*before[:-2], _AMBIGUOUS, *after] if repeated else before[:-1] + list(after)


def _without_stray_digits(reading: NumberReading, region: str) -> NumberReading:
    """A reading without stray digits before the number's own beginning."""
    if plausibility(_digits_text(reading), region):
        return reading
    for index in range(1, len(reading)):
        lead = sum(token.kind == "digit" for token in reading[:index])
        stray = any(token.kind == "gap" for token in reading[:index]) or lead <= _MAX_STRAY
        if (
            stray
            and starts_like_number(_digits_text(reading[index:]), region)
            and not starts_like_number(_digits_text(reading), region)
        ):
            return reading[index:]
    return reading


def _unsupported_number(reading: NumberReading, region: str, *, clear: bool) -> str | None:
    """The number of a reading that no read-back supports; None when it is not sure enough."""
    text = _digits_text(reading)
    fit = plausibility(text, region)
    misheard = sum(not token.sure for token in reading)
    if "?" in text or misheard > _MAX_MISHEARD or fit is None or (fit == "short" and (misheard or not clear)):
        return None
    return text


def _single_number(result: Sequence[str], region: str) -> str | None:
    """The number that several readings agree on; when it holds another, digits of the other were lost."""
    numbers = {e164(text, region) or "" for text in result} - {""}
    longest = max(numbers, key=lambda number: (len(number), number), default=None)
    if longest is None or any(not _is_subsequence(longest, number) for number in numbers):
        return None
    return longest


def _is_subsequence(whole: str, part: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


def _confirmed_numbers(said: Iterable[NumberReading], heard: Sequence[NumberReading], region: str) -> list[str]:
    """Numbers on which a dictation and its read-back agree, the longest first."""
    result: list[str] = []
    for reading in said:
        for echo in heard:
            for whole, part in ((reading, echo), (echo, reading)):
                text = merge_readings(whole, part) or ""
                fit = plausibility(text, region)
                if fit == "full" or (fit == "short" and _digit_count(part) == len(text)):
                    result.append(e164(text, region) or "")
    longest = max(result, key=len, default="")
    return [longest] * bool(longest) + [number for number in set(result) if not _is_subsequence(longest, number)]


def _contradicts(text: str, echo: NumberReading, region: str) -> bool:
    """Whether a read-back is another number, so near that either was misheard."""
    other = _digits_text(echo)
    if "?" in other or not plausibility(other, region) or e164(other, region) == e164(text, region):
        return False
    return sum(mine != theirs for mine, theirs in zip(reversed(text), reversed(other), strict=False)) <= _MAX_DIFFERENT


def merge_readings(whole: NumberReading, part: NumberReading) -> str | None:
    """The digits of `whole`, its gaps and misheard digits filled from `part`; None when they are not the same number.

    `part` may have lost digits; each digit surely heard in both must be the same.

    >>> digits = lambda text: tuple(Token("gap" if d == "?" else "digit", d) for d in text)
    >>> merge_readings(digits("0812?456"), digits("23456")), merge_readings(digits("0812345"), digits("0815345"))
    ('08123456', None)
    """
    if _digit_count(part) < _MIN_SHARED:
        return None

    @cache
    def best(index: int, place: int, lost: int) -> tuple[int, str] | None:
        """(cost of filled and lost digits, text) of the rest; fewest changes first."""
        if index == len(whole):
            return (0, "") if place == len(part) else None
        mine = whole[index]
        ways: list[tuple[int, str] | None] = []
        if place < len(part) and (value := _common_digit(mine, part[place])):
            ways.append(_extend(best(index + 1, place + 1, 0), 0, value))
        if place < len(part) and part[place].kind == "gap":  # nothing was said there
            ways.append(_extend(best(index, place + 1, lost), 1, ""))
        if mine.kind == "gap":
            ways.append(_extend(best(index + 1, place, lost), 1, "?" if place in {0, len(part)} else ""))
        elif lost < _MAX_LOST or place in {0, len(part)}:
            ways.append(_extend(best(index + 1, place, lost + 1), 2, mine.value))
        return min((way for way in ways if way), default=None)

    result = best(0, 0, 0)
    return result[1] if result and "?" not in result[1] else None


def _extend(rest: tuple[int, str] | None, cost: int, value: str) -> tuple[int, str] | None:
    return (rest[0] + cost, value + rest[1]) if rest else None


def _common_digit(mine: Token, other: Token) -> str | None:
    """The digit that two readings give for the same place; None when they contradict each other."""
    if mine.kind == "gap" or other.kind == "gap":
        known = other if mine.kind == "gap" else mine
        return known.value if known.kind == "digit" else None
    if mine.value == other.value:
        return mine.value
    if mine.sure == other.sure:
        return None
    return mine.value if mine.sure else other.value


def _digits_text(reading: Iterable[Token]) -> str:
    return "".join(token.value for token in reading if token.kind in {"digit", "gap"})


def _digits_and_gaps(run: Sequence[Token]) -> NumberReading:
    return tuple(token for token in run if token.kind in {"digit", "gap"})


def _digit_count(reading: NumberReading) -> int:
    return sum(token.kind == "digit" for token in reading)
