"""Readings of a dictated telephone number: corrected, joined over turns, weighed against each other and a read-back.

A wrong number is worse than none: a reading with a hole, or two readings that contradict each other, give None.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from analyzer.entities.numbering_plans import e164, plausibility, starts_like_number
from analyzer.entities.spoken_digits import REPEATED
from analyzer.entities.tokens import Token

NumberReading = tuple[Token, ...]
"""digits and holes of one number"""

_DOUBTFUL = Token("hole", "?")  # what was taken back can be read in two ways
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
    return [units for units in echoes if not _talk(units) or _length(_plain(units)) >= _LEAST_SHARED]


def number_readings(turns: Sequence[Sequence[Token]], region: str) -> list[NumberReading]:
    """Every way to read a number out of turns: runs alone and joined over turns, the longest of a start first.

    A run that is a whole number by itself is joined with nothing but turns that hold digits alone.
    """
    runs = [(turn, run, len(_runs(units)) == 1) for turn, units in enumerate(turns) for run in _runs(units)]
    found: list[NumberReading] = []
    at = 0
    while at < len(runs):
        end = at + 1
        joined = runs[at][1]
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
        found.append(_from_start(best, region))
        at = taken
    return found


def _runs(units: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Units between other talk; a run holds digits."""
    runs: list[list[Token]] = [[]]
    for unit in units:
        if unit.kind == "stop":
            runs.append([])
        else:
            runs[-1].append(unit)
    return [tuple(run) for run in runs if any(unit.kind == "digit" for unit in run)]


def _opens(units: Sequence[Token]) -> bool:
    """Whether a turn begins with digits and is about nothing else: "five minutes" is no end of a number."""
    return units[0].kind in {"digit", "fix", "restart"} and (not _talk(units) or _length(_plain(units)) > 1)


def _talk(units: Sequence[Token]) -> bool:
    return any(unit.kind == "stop" for unit in units)


def _starts_anew(before: Sequence[Token], run: Sequence[Token], region: str) -> bool:
    """Whether a run is the number said once more from its beginning."""
    digits = _text(_plain(run))
    if len(digits) < _RESTART or not starts_like_number(digits, region):
        return False
    return bool(plausibility(digits, region)) or not plausibility(_text(_plain(before)) + digits, region)


def _corrected(run: Sequence[Token], region: str) -> NumberReading:
    """A run with what was taken back left out."""
    reading: list[Token] = []
    at = 0
    while at < len(run):
        if run[at].kind not in {"fix", "restart"}:
            reading.append(run[at])
            at += 1
            continue
        kind = run[at].kind
        while at < len(run) and run[at].kind in {"fix", "restart"}:
            kind = "restart" if run[at].kind == "restart" else kind
            at += 1
        end = next((place for place in range(at, len(run)) if run[place].kind in {"fix", "restart"}), len(run))
        if at < end:
            again = kind == "restart"
            reading = _mended(reading, run[at:end], _text(_plain(run[end:])), region, again=again)
        at = end
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
    repeated = len(before) > 1 and before[-1].heard == before[-2].heard == REPEATED
    return [*before[:-2], _DOUBTFUL, *after] if repeated else before[:-1] + list(after)


def _from_start(reading: NumberReading, region: str) -> NumberReading:
    """A reading without stray digits before the number's own beginning."""
    if plausibility(_text(reading), region):
        return reading
    for at in range(1, len(reading)):
        lead = sum(unit.kind == "digit" for unit in reading[:at])
        stray = any(unit.kind == "hole" for unit in reading[:at]) or lead <= _LEADING
        if stray and starts_like_number(_text(reading[at:]), region) and not starts_like_number(_text(reading), region):
            return reading[at:]
    return reading


def _alone(reading: NumberReading, region: str, *, clear: bool) -> str | None:
    """The number of a reading that nothing else supports."""
    text = _text(reading)
    how = plausibility(text, region)
    misheard = sum(not unit.sure for unit in reading)
    if "?" in text or misheard > _MOST_MISHEARD or how is None or (how == "short" and (misheard or not clear)):
        return None
    return text


def _only(found: Sequence[str], region: str) -> str | None:
    """The one number of several readings; when one holds another, digits of the other were lost."""
    numbers = {e164(text, region) or "" for text in found} - {""}
    longest = max(numbers, key=lambda number: (len(number), number), default=None)
    if longest is None or any(not _holds(longest, number) for number in numbers):
        return None
    return longest


def _holds(whole: str, part: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


def _agreed(said: Iterable[NumberReading], heard: Sequence[NumberReading], region: str) -> list[str]:
    """Numbers on which a dictation and its read-back agree."""
    found: list[str] = []
    for reading in said:
        for echo in heard:
            for whole, part in ((reading, echo), (echo, reading)):
                text = merge_readings(whole, part) or ""
                how = plausibility(text, region)
                if how == "full" or (how == "short" and _length(part) == len(text)):
                    found.append(e164(text, region) or "")
    longest = max(found, key=len, default="")
    return [longest] * bool(longest) + [number for number in set(found) if not _holds(longest, number)]


def _contradicts(text: str, echo: NumberReading, region: str) -> bool:
    """Whether a read-back is another number so near that one of the two was misheard."""
    other = _text(echo)
    if "?" in other or not plausibility(other, region) or e164(other, region) == e164(text, region):
        return False
    return sum(one != two for one, two in zip(reversed(text), reversed(other), strict=False)) <= _NEAR


def merge_readings(whole: NumberReading, part: NumberReading) -> str | None:
    """The digits of `whole`, its holes and misheard digits mended by `part`; None when they are not one number.

    `part` may have lost digits; each digit surely heard in both must be the same.

    >>> digits = lambda text: tuple(Unit("hole" if d == "?" else "digit", d) for d in text)
    >>> merged(digits("0812?456"), digits("23456")), merged(digits("0812345"), digits("0815345"))
    ('08123456', None)
    """
    if _length(part) < _LEAST_SHARED:
        return None

    @cache
    def best(at: int, place: int, lost: int) -> tuple[int, str] | None:
        """(digits mended and lost, text) for the rest; fewest changes first."""
        if at == len(whole):
            return (0, "") if place == len(part) else None
        mine = whole[at]
        ways: list[tuple[int, str] | None] = []
        if place < len(part) and (value := _same(mine, part[place])):
            ways.append(_add(best(at + 1, place + 1, 0), 0, value))
        if place < len(part) and part[place].kind == "hole":  # nothing was said there
            ways.append(_add(best(at, place + 1, lost), 1, ""))
        if mine.kind == "hole":
            ways.append(_add(best(at + 1, place, lost), 1, "?" if place in {0, len(part)} else ""))
        elif lost < _MOST_LOST or place in {0, len(part)}:
            ways.append(_add(best(at + 1, place, lost + 1), 2, mine.value))
        return min((way for way in ways if way), default=None)

    found = best(0, 0, 0)
    return found[1] if found and "?" not in found[1] else None


def _add(rest: tuple[int, str] | None, cost: int, value: str) -> tuple[int, str] | None:
    return (rest[0] + cost, value + rest[1]) if rest else None


def _same(mine: Token, other: Token) -> str | None:
    """The digit that two readings give for one place."""
    if mine.kind == "hole" or other.kind == "hole":
        known = other if mine.kind == "hole" else mine
        return known.value if known.kind == "digit" else None
    if mine.value == other.value:
        return mine.value
    if mine.sure == other.sure:
        return None
    return mine.value if mine.sure else other.value


def _text(reading: Iterable[Token]) -> str:
    return "".join(unit.value for unit in reading if unit.kind in {"digit", "hole"})


def _plain(run: Sequence[Token]) -> NumberReading:
    return tuple(unit for unit in run if unit.kind in {"digit", "hole"})


def _length(reading: NumberReading) -> int:
    return sum(unit.kind == "digit" for unit in reading)
