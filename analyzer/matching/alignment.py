"""Alignment of a whole phrase inside a run of tokens, word by word, which rapidfuzz does not do.

It is semi-global: where the phrase begins and ends in the run is free. A dropped word costs its weight, a misheard one
its distance, an inserted one little when it is a filler. Most tokens are no word of the phrase, so instead of filling
a whole dynamic-programming table only those that may be are chained: the best fit is the cheapest chain of them.
Costs are whole millionths of a word (`UNIT`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from analyzer.matching.token_candidates import UNIT

_INFINITE = 1 << 60  # more than any fit costs

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
    weight_before: tuple[int, ...]
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
        links: list[tuple[int, int, int]] = []
        link: Link | None = self.end
        while link:
            links.append(link[:3])
            link = link[3]
        return links[::-1]


@dataclass(frozen=True, slots=True)
class TokenOccurrences:
    """Where words of some phrases occur in a run of tokens."""

    low: int
    """first token"""
    occurrences: Mapping[str, Sequence[tuple[int, int, int]]]
    """element -> (first token, token after the last, distance from 0 to UNIT)"""
    insertion_costs: Sequence[int]
    """token, counted from `low` -> cost of all tokens before it"""


def align(phrase: Phrase, window: TokenOccurrences) -> Fit | None:
    """Fit all of a phrase into a window; None when no word of it occurs there.

    Of equal fits the one that ends last is returned. A chain's cost is counted from its end: less the weight of the
    elements and the cost of the tokens up to there, so that chains with different ends can be compared.
    """
    weights, before, insertion, low = phrase.weights, phrase.weight_before, window.insertion_costs, window.low
    cheapest = [_INFINITE] * len(before)  # element + 1 -> cost of the cheapest chain that ends with it
    links: list[Link | None] = [None] * len(before)
    pending: list[tuple[int, Link]] = []  # chains that end with an entry of several words
    best = (before[-1], 0, 0)
    end: Link | None = None
    for first, minus, last, distance in _occurrences(phrase, window):
        if pending:
            pending = _settle(pending, cheapest, links, first)
        index = -minus
        cost = before[index] + weights[index] * distance // UNIT
        so_far = min(cheapest[: index + 1])
        if so_far + insertion[first - low] < 0:
            cost += so_far + insertion[first - low]
            link: Link = (index, first, last, links[cheapest.index(so_far)])
        else:
            link = (index, first, last, None)
        rated = (cost + before[-1] - before[index + 1], -last, index)
        if rated < best:
            best, end = rated, link
        cost -= before[index + 1] + insertion[last - low]
        if last > first + 1:
            pending.append((cost, link))
        elif cost <= cheapest[index + 1]:  # no occurrence at this token continues it: they come in falling order
            cheapest[index + 1] = cost
            links[index + 1] = link
    if end is None:
        return None
    start = end
    while start[3]:
        start = start[3]
    return Fit(start[1], end[2], 100 * (1 - best[0] / before[-1]), end)


def _settle(
    pending: list[tuple[int, Link]], cheapest: list[int], links: list[Link | None], first: int
) -> list[tuple[int, Link]]:
    """Make the chains that end before the token `first` available; returns those that still reach beyond it."""
    still: list[tuple[int, Link]] = []
    for cost, link in pending:
        after = link[0] + 1
        if link[2] > first:
            still.append((cost, link))
        elif cost <= cheapest[after]:
            cheapest[after] = cost
            links[after] = link
    return still


def _occurrences(phrase: Phrase, window: TokenOccurrences) -> list[tuple[int, int, int, int]]:
    """(first token, minus the element, token after the last, distance), in order of position."""
    by_element = window.occurrences
    occurrences = [
        (first, -index, last, distance)
        for index, element in enumerate(phrase.elements)
        if element in by_element
        for first, last, distance in by_element[element]
    ]
    occurrences.sort()
    return occurrences
