"""Word-level fit of a whole phrase inside a run of tokens: the measure that rapidfuzz lacks (field notes 5).

A dropped word costs its weight, a misheard one its distance, an extra one little when it is a filler. Where the
phrase begins and ends in the run is free. Most tokens are no word of the phrase, so only those that may be are
looked at: the best fit is the cheapest chain of them. Costs are whole millionths of a word (`UNIT`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from analyzer.matching.token_candidates import UNIT

_NEVER = 1 << 60  # more than any fit costs

Link = tuple[int, int, int, "Link | None"]
"""element of a phrase, first token and token after the last that stand for it, and the link before"""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One expanded wording."""

    label: str
    """the bank's phrase that it comes from"""
    elements: tuple[str, ...]
    """words, or groups as `<group>`"""
    weights: tuple[int, ...]
    before: tuple[int, ...]
    """element -> weight of all elements before it; at the end the weight of all"""

    @property
    def groups(self) -> list[str]:
        """Names of the groups it holds."""
        return [element[1:-1] for element in self.elements if element.startswith("<")]


def phrase_of(label: str, elements: Sequence[str], weights: Sequence[int]) -> Phrase:
    """A phrase with its weights summed up."""
    return Phrase(label, tuple(elements), tuple(weights), tuple(accumulate(weights, initial=0)))


class Fit(NamedTuple):
    """Where a phrase fits best, tokens half-open, and how well (0 to 100)."""

    first: int
    last: int
    similarity: float
    end: Link

    def links(self) -> list[tuple[int, int, int]]:
        """(element, first token, token after the last) of each word heard, in order."""
        found: list[tuple[int, int, int]] = []
        link: Link | None = self.end
        while link:
            found.append(link[:3])
            link = link[3]
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Window:
    """What was heard of some phrases' words in a run of tokens."""

    low: int
    """first token"""
    heard: Mapping[str, Sequence[tuple[int, int, int]]]
    """element -> (first token, token after the last, distance from 0 to UNIT)"""
    extra: Sequence[int]
    """token, counted from `low` -> cost of all tokens before it"""


def align(phrase: Phrase, window: Window) -> Fit | None:
    """Fit all of a phrase into a window; None when no word of it is worth hearing there.

    Of equal fits the one that ends last wins. A chain's cost is counted from its end: less the weight of the
    elements and the cost of the tokens up to there, so that chains with different ends can be compared.
    """
    weights, before, extra, low = phrase.weights, phrase.before, window.insertion_cost, window.low
    cheapest = [_NEVER] * len(before)  # element + 1 -> cost of the cheapest chain that ends with it
    links: list[Link | None] = [None] * len(before)
    waiting: list[tuple[int, Link]] = []  # chains that end with an entry of several words
    best = (before[-1], 0, 0)
    end: Link | None = None
    for first, minus, last, distance in _places(phrase, window):
        if waiting:
            waiting = _go_on(waiting, cheapest, links, first)
        index = -minus
        cost = before[index] + weights[index] * distance // UNIT
        so_far = min(cheapest[: index + 1])
        if so_far + extra[first - low] < 0:
            cost += so_far + extra[first - low]
            link: Link = (index, first, last, links[cheapest.index(so_far)])
        else:
            link = (index, first, last, None)
        rated = (cost + before[-1] - before[index + 1], -last, index)
        if rated < best:
            best, end = rated, link
        cost -= before[index + 1] + extra[last - low]
        if last > first + 1:
            waiting.append((cost, link))
        elif cost <= cheapest[index + 1]:  # no place at this token goes on from it: they come in falling order
            cheapest[index + 1] = cost
            links[index + 1] = link
    if end is None:
        return None
    start = end
    while start[3]:
        start = start[3]
    return Fit(start[1], end[2], 100 * (1 - best[0] / before[-1]), end)


def _go_on(
    waiting: list[tuple[int, Link]], cheapest: list[int], links: list[Link | None], first: int
) -> list[tuple[int, Link]]:
    """Let the chains be gone on with that end before the token `first`; returns the others."""
    still: list[tuple[int, Link]] = []
    for cost, link in waiting:
        at = link[0] + 1
        if link[2] > first:
            still.append((cost, link))
        elif cost <= cheapest[at]:
            cheapest[at] = cost
            links[at] = link
    return still


def _places(phrase: Phrase, window: Window) -> list[tuple[int, int, int, int]]:
    """(first token, minus the element, token after the last, distance), in order of place."""
    heard = window.heard
    places = [
        (first, -index, last, distance)
        for index, element in enumerate(phrase.elements)
        if element in heard
        for first, last, distance in heard[element]
    ]
    places.sort()
    return places
