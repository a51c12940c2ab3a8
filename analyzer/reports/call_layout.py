"""What the templates of a call ask of a view: places in per cent, the strip of steps, turns and gaps in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from analyzer.locale.catalogue import Localized
from analyzer.models.base import Span, Status
from analyzer.reports.call_view import CallView, Region, ShownStep
from analyzer.reports.turns import ShownTurn

_LEAST_WIDTH = 0.2  # per cent: a stretch that is there is seen
_APART = 3.2  # per cent of the width between two marks in one row of the strip
_TICKS = 8  # at most, on the time axis
_TICK_SECONDS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_CENTI = 100
_UNITS = 10_000


@dataclass(frozen=True)
class Spot:
    """A step's mark on the time line."""

    number: int
    status: Status
    kind: Literal["heard", "near", "expected"]
    label: Localized
    start: float
    row: int


@dataclass(frozen=True)
class Strip:
    """The marks of all steps, in as many rows as they need, and the times on the axis."""

    spots: tuple[Spot, ...]
    rows: int
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class Item:
    """A line of the transcript: a turn, or the place where a step that was not said belongs."""

    turn: ShownTurn | None = None
    region: Region | None = None
    step: ShownStep | None = None


@dataclass(frozen=True)
class Name:
    """What marked words are evidence for: a step, or else words of the dictionary with a status for their colour."""

    step: ShownStep | None = None
    key: str = ""
    status: str = ""


@dataclass(frozen=True)
class Marking:
    """How marked words look, and what they are evidence for."""

    css: str
    names: tuple[Name, ...]


def at(view: CallView, seconds: float) -> str:
    """A time as a place on the time line, in per cent."""
    return f"{100 * min(seconds, view.seconds) / view.seconds:.2f}%"


def wide(view: CallView, span: Span | Region) -> str:
    """The width of a stretch on the time line, in per cent."""
    share = 100 * (min(span.end, view.seconds) - span.start) / view.seconds
    return f"{max(_LEAST_WIDTH, share):.2f}%"


def blocks(view: CallView, spans: Iterable[Span], top: int, height: int) -> str:
    """Stretches as one SVG path of blocks, the call being 10,000 units long."""
    return "".join(
        f"M{_unit(view, span.start)} {top}h{max(1, _unit(view, span.end) - _unit(view, span.start))}v{height}"
        f"H{_unit(view, span.start)}z"
        for span in spans
    )


def _unit(view: CallView, seconds: float) -> int:
    return round(_UNITS * min(seconds, view.seconds) / view.seconds)


def strip(view: CallView) -> Strip:
    """The marks of the steps; those close together stand in rows of their own."""
    known = {step.finding.id: step for step in view.steps}
    wanted: dict[str, Region] = {}
    for region in view.regions:
        told = wanted.get(region.step)
        if told is None or _telling(region) > _telling(told):
            wanted[region.step] = region
    spots: list[Spot] = []
    reached: list[float] = []  # per row, the place of its last mark
    for region in sorted(wanted.values(), key=lambda one: one.start):
        place = 100 * region.start / view.seconds
        row = next((row for row, last in enumerate(reached) if place - last >= _APART), len(reached))
        reached[row : row + 1] = [place]
        step = known[region.step]
        spots.append(Spot(step.number, region.status, region.kind, step.label, round(region.start, 2), row))
    return Strip(tuple(spots), max(1, len(reached)), _ticks(view.seconds))


def _telling(region: Region) -> int:
    return {"heard": 2, "expected": 1, "near": 0}[region.kind]


def _ticks(seconds: float) -> tuple[int, ...]:
    step = next((step for step in _TICK_SECONDS if seconds / step <= _TICKS), int(seconds / _TICKS) + 1)
    return tuple(range(step, int(seconds), step))


def told_in_order(view: CallView) -> tuple[Item, ...]:
    """The turns by time, and between them the places of steps that were not said."""
    known = {step.finding.id: step for step in view.steps}
    said = {region.step for region in view.regions if region.kind == "heard"}
    gaps = [
        Item(region=region, step=known[region.step])
        for region in view.regions
        if region.kind == "expected" and region.step not in said
    ]
    turns = [Item(turn=turn) for turn in view.turns]
    return tuple(sorted([*turns, *gaps], key=_start))


def _start(item: Item) -> tuple[float, bool]:
    if item.turn is not None:
        return item.turn.start, True
    assert item.region is not None  # noqa: S101 - an item is one or the other
    return item.region.start, False


def marking(marks: Sequence[str], view: CallView) -> Marking | None:
    """How words with these marks look; None for plain words."""
    if not marks:
        return None
    steps = {step.finding.id: step for step in view.steps}
    names: dict[str, Name] = {}
    for mark in marks:
        if mark in steps:
            names[mark] = Name(step=steps[mark])
        elif mark.startswith("quote."):
            names["quote"] = Name(key="quote", status="not_applicable")
        elif mark == "exemption":
            names["quote"] = Name(key="exemption", status="not_applicable")
        else:
            names[mark] = Name(key=mark, status="missed")
    told = tuple(names.values())
    return Marking(f"m s-{_colour(told[0])}", told)


def _colour(name: Name) -> str:
    return name.step.finding.status if name.step else name.status


def times(turn: ShownTurn) -> str:
    """Word times in 1/100 s for the script: the length of each word, after `GAP_` where it does not follow at once.

    >>> from analyzer.reports.turns import spread
    >>> times(ShownTurn(channel="agent", start=2, end=3, words=tuple(spread("selamat pagi", 2.0, 3.3))))
    '200_80,50'
    """
    told: list[str] = []
    before = 0
    for word in turn.words:
        start, end = round(word.start * _CENTI), round(word.end * _CENTI)
        told.append(f"{start - before}_{end - start}" if start != before else f"{end - start}")
        before = end
    return ",".join(told)
