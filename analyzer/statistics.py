"""The few statistics that a small set of labels allows; pure functions."""

import math
from collections import Counter
from collections.abc import Sequence

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
    """Share with Wilson's interval (Wilson 1927), which stays in 0..1 and is honest for few trials."""
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


def f1(true_positive: int, false_positive: int, false_negative: int) -> float | None:
    """Harmonic mean of precision and recall; None when there was nothing to find and nothing found."""
    total = 2 * true_positive + false_positive + false_negative
    return round(2 * true_positive / total, 4) if total else None


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement beyond chance (Cohen 1960); None without pairs, 1 when all agree on one category."""
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[key] * second[key] for key in first) / len(pairs) ** 2
    return _beyond(pairs, chance)


def gwet_ac1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement beyond chance that does not sink when one category prevails (Gwet 2008)."""
    if not pairs:
        return None
    both = Counter(a for a, _ in pairs) + Counter(b for _, b in pairs)
    if len(both) == 1:
        return 1.0
    shares = [count / (2 * len(pairs)) for count in both.values()]
    chance = sum(share * (1 - share) for share in shares) / (len(both) - 1)
    return _beyond(pairs, chance)


def _beyond(pairs: Sequence[tuple[str, str]], chance: float) -> float:
    observed = sum(a == b for a, b in pairs) / len(pairs)
    return 1.0 if chance >= 1.0 else round((observed - chance) / (1 - chance), 4)
