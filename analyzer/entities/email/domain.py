"""The part of a spoken address after the sign: a provider or a company's name, and its end such as "co.id".

Nothing is completed but what was heard: an end that was lost is known only for providers that have one end.
"""

from collections.abc import Mapping, Sequence

from analyzer.entities.phonetic_distance import distance, nearest
from analyzer.entities.tokens import Kind, Unit

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
_MISSPELT = 2  # letters that a misheard provider is spelled otherwise
_LOST = "?"  # an end after a dot that was misheard
_MOST_NAME = 4  # words of a company's name
_LEAST_END = 3  # letters of an end that may be misheard by one
_PASSED_OVER: frozenset[Kind] = frozenset({"filler", "noise", "break", "stop"})


def domain_at(units: Sequence[Unit], at: int, code: str) -> tuple[str, int]:
    """The domain that begins at a place ("" when it was not heard whole), and where it ends."""
    while at < len(units) and units[at].kind in {"filler", "noise", "break"}:
        at += 1
    if at >= len(units):
        return "", at
    provider = units[at].value if units[at].kind == "domain" else _misheard(units[at], code)
    if provider is not None:
        ends, dots, end = _ends(units, at + 1)
        return _provided(provider, ends, dots=dots), end
    name, end = _name(units, at)
    first = end
    ends, _, end = _ends(units, end)
    doubtful = any(unit.kind == "stop" for unit in units[at:first]) and len(ends) == 1  # "at kami titik com"
    return (f"{name}.{'.'.join(ends)}" if name and ends and ends[-1] in _LAST and not doubtful else ""), end


def _misheard(unit: Unit, code: str) -> str | None:
    """The provider that a word after the sign must have been; "" for a word of the talk around that is as near."""
    if unit.kind not in {"word", "stop"}:
        return None
    names, _ = nearest(unit.heard, tuple(_ENDS), code)
    near = [name for name in names if distance(unit.heard, name) <= _MISSPELT and unit.heard[0] == name[0]]
    if unit.kind == "stop":
        return "" if names else None
    return near[0] if len(near) == 1 else None


def _provided(name: str, heard: Sequence[str], *, dots: int) -> str:
    """A provider's domain. An end that was not heard is the first, unless the longer one may have been said."""
    ends = _ENDS.get(name, ()) if name else ()
    said = ".".join(heard)
    if _LOST in heard:
        fits = [end for end in ends if len(parts := end.split(".")) == len(heard) and _fit(parts, heard)]
        return f"{name}.{fits[0]}" if len(fits) == 1 else ""
    if not ends:
        return f"{name}.{said}" if name and said else ""
    if said in ends:
        return f"{name}.{said}"
    if len(ends) == 1 or not (said or dots > 1):
        return f"{name}.{ends[0]}"
    return ""


def _fit(parts: Sequence[str], heard: Sequence[str]) -> bool:
    return all(end in {part, _LOST} for part, end in zip(parts, heard, strict=True))


def _name(units: Sequence[Unit], at: int) -> tuple[str, int]:
    """A company's name up to the first dot."""
    found = ""
    words = 0
    while at < len(units) and words < _MOST_NAME:
        unit = units[at]
        if unit.kind in {"filler", "noise", "break"}:
            at += 1
            continue
        known = unit.kind == "stop" and at + 1 < len(units) and units[at + 1].value == "."  # "at pln titik"
        dash = unit.kind == "sign" and unit.value == "-"
        if not (unit.kind in {"word", "letter", "digit", "tail"} or known or dash):
            break
        found += unit.value if unit.kind in {"letter", "digit", "sign"} else unit.heard
        words += unit.kind == "word"
        at += 1
    return found, at


def _ends(units: Sequence[Unit], at: int) -> tuple[list[str], int, int]:
    """The ends of a domain in order, how many dots were heard, and where they end."""
    found: list[str] = []
    dots = 0
    end = at
    while (place := _next(units, end)) < len(units):
        fixed = units[place].kind == "fix"
        place = _next(units, place + fixed)
        dot = place < len(units) and units[place].kind == "sign" and units[place].value == "."
        tail, after = _tail(units, _next(units, place + dot), dotted=dot)
        dots += dot
        if not tail and dot and _next(units, place + dot) < len(units):
            tail, after = _LOST, _next(units, place + dot) + 1
            if units[after - 1].kind != "word":
                break
        if not tail:
            break
        found = [tail] if fixed else [*found, tail]  # "titik co, salah, titik com"
        end = after
        if tail in _LAST:
            fixes = _next(units, end)
            if not (fixes < len(units) and units[fixes].kind == "fix"):
                break
    return found, dots, end


def _tail(units: Sequence[Unit], at: int, *, dotted: bool) -> tuple[str, int]:
    """One end, said as a word, spelled, or misheard after a dot."""
    if at >= len(units):
        return "", at
    unit = units[at]
    if unit.kind == "tail" and (dotted or unit.value in _CLEAR):
        return unit.value, at + 1
    if unit.kind == "letter":
        spelled = ""
        for at_most in range(at, min(at + _LEAST_END, len(units))):
            spelled += units[at_most].value if units[at_most].kind == "letter" else "?"
        longest = max((size for size in range(len(spelled), 1, -1) if spelled[:size] in _TAILS), default=0)
        return spelled[:longest], at + longest
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
