"""Charts as places in per cent and pixels, for SVG that grows with the page while its letters stay readable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analyzer.reports.summary.batch import BINS, DayFigures

HEIGHT = 150  # pixels of the plot
_GAP = 0.15  # of a column's room that stays empty
_MOST_LABELS = 8  # dates under a trend; more would overlap


@dataclass(frozen=True)
class Column:
    """One column: `x` and `wide` in per cent of the width, `y` and `high` in pixels of the plot."""

    x: str
    middle: str
    wide: str
    y: float
    high: float
    count: int
    low: int
    """what it stands for: the first score of its range, or the number of its day"""


@dataclass(frozen=True)
class Point:
    """A day's mean score; `x` in per cent, `y` in pixels."""

    x: str
    y: float
    day: int


@dataclass(frozen=True)
class Trend:
    """Calls and mean scores by day."""

    columns: tuple[Column, ...]
    points: tuple[Point, ...]
    lines: tuple[str, ...]
    """runs of days with scores, as points of a polyline in a square of 100"""
    labels: tuple[tuple[str, date], ...]
    most: int


def distribution(scores: Sequence[int]) -> tuple[Column, ...]:
    """A column for each tenth of the score's range."""
    return _columns(scores, step=100 // BINS)


def trend(days: Sequence[DayFigures]) -> Trend:
    """How many calls each day had, and their mean score on a scale from 0 to 100."""
    means = [day.figures.mean_score for day in days]
    middles = [100 * (at + 0.5) / max(1, len(days)) for at in range(len(days))]
    found = [(x, mean) for x, mean in zip(middles, means, strict=True)]
    points = [
        Point(f"{x:.2f}%", round(HEIGHT * (1 - mean / 100), 1), at)
        for at, (x, mean) in enumerate(found)
        if mean is not None
    ]
    every = max(1, -(-len(days) // _MOST_LABELS))
    return Trend(
        columns=_columns([day.figures.calls for day in days], step=1),
        points=tuple(points),
        lines=_lines(found),
        labels=tuple((f"{middles[at]:.2f}%", days[at].day) for at in range(0, len(days), every)),
        most=max((day.figures.calls for day in days), default=0),
    )


def _columns(counts: Sequence[int], *, step: int) -> tuple[Column, ...]:
    most = max(counts, default=0) or 1
    room = 100 / max(1, len(counts))
    return tuple(
        Column(
            x=f"{room * (at + _GAP / 2):.2f}%",
            middle=f"{room * (at + 0.5):.2f}%",
            wide=f"{room * (1 - _GAP):.2f}%",
            y=round(HEIGHT * (1 - count / most), 1),
            high=round(HEIGHT * count / most, 1),
            count=count,
            low=at * step,
        )
        for at, count in enumerate(counts)
    )


def _lines(points: Sequence[tuple[float, float | None]]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for x, mean in points:
        if mean is None:
            runs.append([])
        else:
            runs[-1].append(f"{x:.2f},{100 - mean:.2f}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)
