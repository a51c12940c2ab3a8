"""Intervals, sample sizes and agreement between raters; pure functions."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from pydantic import Field

from analyzer.models.base import Frozen

Z95 = 1.959964  # two-sided 95 %


class Rate(Frozen):
    """A share with its 95 % Wilson interval; None where nothing could be counted."""

    hits: int
    of: int
    value: float | None = Field(None, description="hits / of")
    low: float | None = None
    high: float | None = None


def rate(hits: int, of: int) -> Rate:
    """Share with Wilson's score interval (Wilson 1927), which stays in 0..1 and holds for few trials."""
    if of == 0:
        return Rate(hits=0, of=0)
    share = hits / of
    centre = share + Z95**2 / (2 * of)
    spread = Z95 * math.sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2))
    scale = 1 + Z95**2 / of
    return Rate(
        hits=hits,
        of=of,
        value=round(share, 4),
        low=round(max(0.0, (centre - spread) / scale), 4),
        high=round(min(1.0, (centre + spread) / scale), 4),
    )


def margin_of_error(share: float, of: int, population: int | None = None) -> float:
    """Half the width of Wilson's 95 % interval around a share of `of` trials.

    `population`: the number of calls that the trials were drawn from without replacement (None: infinite).

    >>> round(margin_of_error(0.8, 50), 3), round(margin_of_error(0.8, 50, 60), 3)
    (0.109, 0.046)
    """
    if of == 0:
        return 0.5
    if population is not None:
        if of >= population:
            return 0.0
        of_effective = of * (population - 1) / (population - of)  # finite population correction
    else:
        of_effective = float(of)
    spread = Z95 * math.sqrt(share * (1 - share) / of_effective + Z95**2 / (4 * of_effective**2))
    return spread / (1 + Z95**2 / of_effective)


def sample_size_for_margin(margin: float, population: int, share: float = 0.5) -> int:
    """Calls to draw of a population so that the margin of error of a share is `margin` at most.

    >>> sample_size_for_margin(0.1, 1000), sample_size_for_margin(0.1, 40)
    (85, 29)
    """
    return _smallest_sample(population, lambda of: margin_of_error(share, of, population) <= margin)


def detection_probability(failing: float, of: int, population: int) -> float:
    """Probability that a sample without replacement holds at least one failing call (hypergeometric).

    `failing`: share of the population that fails.

    >>> round(1 - detection_probability(1 / 8, 6, 100_000), 2)
    0.45
    """
    failures = min(population, max(1, round(failing * population)))
    if of > population - failures:
        return 1.0
    return 1.0 - math.exp(_log_combinations(population - failures, of) - _log_combinations(population, of))


def sample_size_to_detect(failing: float, probability: float, population: int) -> int:
    """Calls to draw of a population so that at least one failing call is among them with this probability.

    >>> sample_size_to_detect(1 / 8, 0.95, 100_000), sample_size_to_detect(1 / 8, 0.95, 40)
    (23, 18)
    """
    return _smallest_sample(population, lambda of: detection_probability(failing, of, population) >= probability)


def _smallest_sample(population: int, enough: Callable[[int], bool]) -> int:
    """The smallest sample that is enough, by bisection; every larger one and the whole population are, too."""
    low, high = 0, population
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _log_combinations(population: int, of: int) -> float:
    return math.lgamma(population + 1) - math.lgamma(of + 1) - math.lgamma(population - of + 1)


def f1(true_positive: int, false_positive: int, false_negative: int) -> float | None:
    """Harmonic mean of precision and recall; None without any positive, true or predicted."""
    total = 2 * true_positive + false_positive + false_negative
    return round(2 * true_positive / total, 4) if total else None


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa (1960), agreement beyond chance; None without pairs, 1 when all agree on one category."""
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[key] * second[key] for key in first) / len(pairs) ** 2
    return _beyond_chance(pairs, chance)


def gwet_ac1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Gwet's AC1 (2008), agreement beyond chance that does not sink when one category prevails."""
    if not pairs:
        return None
    counts = Counter(a for a, _ in pairs) + Counter(b for _, b in pairs)
    if len(counts) == 1:
        return 1.0
    shares = [count / (2 * len(pairs)) for count in counts.values()]
    chance = sum(share * (1 - share) for share in shares) / (len(counts) - 1)
    return _beyond_chance(pairs, chance)


def _beyond_chance(pairs: Sequence[tuple[str, str]], chance: float) -> float:
    observed = sum(a == b for a, b in pairs) / len(pairs)
    return 1.0 if chance >= 1.0 else round((observed - chance) / (1 - chance), 4)
