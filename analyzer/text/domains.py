"""The part of a spoken address after the sign: a provider or a company's name, and its end such as "co.id".

Nothing is completed but what was heard: an end that was lost is known only for providers that have one end.
"""

from collections.abc import Mapping, Sequence

from analyzer.text.pieces import Kind, Unit
from analyzer.text.sounds import distance

_TAILS = ("com", "co", "id", "net", "org", "ac", "go", "sch", "web", "info", "uk", "my", "sg", "or", "desa", "biz")
_LAST = {"com", "id", "net", "org", "info", "uk", "my", "sg", "biz"}  # ends after which nothing follows
_CLEAR = {"com", "co", "id", "net", "org"}  # ends that need no "dot" before them
_ENDS: Mapping[str, tuple[str, ...]] = {
    "gmail": ("com",),
    "ymail": ("com",),
    "icloud": ("com",),
    "rocketmail": ("com",),
    "yahoo": ("com", "co.id"),
    "hotmail": ("com", "co.id"),
    "outlook": ("com", "co.id"),
    "live": ("com",),
    "protonmail": ("com",),
}
"""the ends under which the providers give addresses to people here"""
_MOST_NAME = 4  # words of a company's name
_LEAST_END = 3  # letters of an end that may be misheard by one
_PASSED_OVER: frozenset[Kind] = frozenset({"filler", "noise", "turn", "stop"})


def domain_at(units: Sequence[Unit], at: int) -> tuple[str, int]:
    """The domain that begins at a place ("" when it was not heard whole), and where it ends."""
    at = _next(units, at)
    if at >= len(units):
        return "", at
    if units[at].kind == "domain":
        ends, dotted, end = _ends(units, at + 1)
        return _provided(units[at].value, ends, dotted=dotted), end
    name, end = _name(units, at)
    ends, _, end = _ends(units, end)
    return (f"{name}.{'.'.join(ends)}" if name and ends and ends[-1] in _LAST else ""), end


def is_tail(unit: Unit) -> bool:
    """Whether a unit is the end of a domain, such as "com"."""
    return unit.kind == "tail" and unit.value in _CLEAR


def _provided(name: str, heard: Sequence[str], *, dotted: bool) -> str:
    """A provider's domain; an unheard or misheard end only where there is but one."""
    ends = _ENDS.get(name)
    said = ".".join(heard)
    if ends is None:
        return f"{name}.{said}" if said else ""
    if said in ends:
        return f"{name}.{said}"
    if len(ends) == 1 or not (said or dotted):
        return f"{name}.{ends[0]}"
    return ""


def _name(units: Sequence[Unit], at: int) -> tuple[str, int]:
    """A company's name up to the first dot."""
    found = ""
    words = 0
    while at < len(units) and words < _MOST_NAME:
        unit = units[at]
        if unit.kind in {"filler", "noise"}:
            at += 1
            continue
        if not (unit.kind in {"word", "letter", "digit", "tail"} or (unit.kind == "sign" and unit.value == "-")):
            break
        found += unit.heard if unit.kind in {"word", "tail"} else unit.value
        words += unit.kind == "word"
        at += 1
    return found, at


def _ends(units: Sequence[Unit], at: int) -> tuple[list[str], bool, int]:
    """The ends of a domain in order, whether a dot was heard, and where they end."""
    found: list[str] = []
    dotted = False
    end = at
    while (place := _next(units, end)) < len(units):
        fixed = units[place].kind == "fix"
        place = _next(units, place + fixed)
        dot = place < len(units) and units[place].kind == "sign" and units[place].value == "."
        tail, after = _tail(units, _next(units, place + dot), dotted=dot)
        dotted = dotted or dot
        if not tail:
            break
        found = [tail] if fixed else [*found, tail]  # "titik co, salah, titik com"
        end = after
        if tail in _LAST:
            fixes = _next(units, end)
            if not (fixes < len(units) and units[fixes].kind == "fix"):
                break
    return found, dotted, end


def _tail(units: Sequence[Unit], at: int, *, dotted: bool) -> tuple[str, int]:
    """One end, said as a word, spelled, or misheard after a dot."""
    if at >= len(units):
        return "", at
    unit = units[at]
    if unit.kind == "tail" and (dotted or unit.value in _CLEAR):
        return unit.value, at + 1
    if unit.kind == "letter":
        spelled = ""
        for place in range(at, min(at + 3, len(units))):
            spelled += units[place].value if units[place].kind == "letter" else "?"
            if spelled in _TAILS:
                longer = place + 1 < len(units) and spelled + units[place + 1].value in _TAILS
                if not longer:
                    return spelled, place + 1
        return "", at
    if not dotted or unit.kind != "word":
        return "", at
    if unit.heard in _TAILS:
        return unit.heard, at + 1
    near = [tail for tail in _TAILS if len(tail) >= _LEAST_END and distance(unit.heard, tail) <= 1]
    return (near[0], at + 1) if len(near) == 1 else ("", at)


def _next(units: Sequence[Unit], at: int) -> int:
    """The next place that is no remark; other talk ends a domain unless it is one word."""
    while at < len(units) and units[at].kind in _PASSED_OVER:
        at += 1
    return at
