"""Word-level fit of a whole phrase inside a run of tokens: the measure that rapidfuzz lacks (field notes 5).

A dropped word costs its weight, a misheard one its distance, an extra one little when it is a filler. Where the
phrase begins and ends in the run is free.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.match.hits import Hits

_LEAST_SAME = 0.6  # below this two words are not compared but counted as one dropped and one extra


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a phrase fits best, tokens half-open, and how well (0 to 100)."""

    first: int
    last: int
    similarity: float


def align(
    elements: Sequence[str], weights: Sequence[float], total: float, hits: Hits, low: int, high: int
) -> Fit | None:
    """Fit all of a phrase into the tokens [low, high); None when no word of it is there."""
    size = high - low
    extra = [hits.extra_cost(at) for at in range(low, high)]
    row = [0.0] * (size + 1)
    starts = list(range(size + 1))
    history = [(row, starts)]
    for element, weight in zip(elements, weights, strict=True):
        row, starts = _next_row(element, weight, history[-1], extra, hits, low)
        history.append((row, starts))
    end = min(range(size + 1), key=lambda at: (row[at], -at))
    first, last = low + starts[end], low + end
    if first >= last:
        return None
    return Fit(first, last, max(0.0, 100 * (1 - row[end] / total)))


def _next_row(
    element: str,
    weight: float,
    above: tuple[list[float], list[int]],
    extra: Sequence[float],
    hits: Hits,
    low: int,
) -> tuple[list[float], list[int]]:
    """Costs after one more element of the phrase: (cost, start of the match) for every end."""
    costs, origins = above
    row = [costs[0] + weight]
    starts = [origins[0]]
    for at in range(1, len(costs)):
        best, start = costs[at] + weight, origins[at]
        same = hits.element(low + at - 1, element)
        if same >= _LEAST_SAME and costs[at - 1] + weight * (1 - same) < best:
            best, start = costs[at - 1] + weight * (1 - same), origins[at - 1]
        for longer, begin, similarity in hits.ending[low + at - 1]:
            if longer == element and begin >= low:
                cost = costs[begin - low] + weight * (1 - similarity)
                if cost < best:
                    best, start = cost, origins[begin - low]
        if row[at - 1] + extra[at - 1] < best:
            best, start = row[at - 1] + extra[at - 1], starts[at - 1]
        row.append(best)
        starts.append(start)
    return row, starts
