"""Choosing one step's bar from labelled samples, and how it would have done on calls it was not chosen on. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from analyzer.analysis.calibration.max_threshold import LabelledStep
from analyzer.models.base import Frozen

_TOP = 100.0


class Goal(Frozen):
    """What is wanted of a bar. Without a rate: the fewest errors, both kinds counting alike."""

    kind: Literal["fewest_errors", "miss_rate", "false_alarm_rate"] = "fewest_errors"
    rate: float = Field(0.0, ge=0, lt=1, description="wanted share, 0 to 1; not used by fewest_errors")

    def cost(self, errors: "Errors") -> tuple[float, ...]:
        """Smaller is better. A wanted rate comes first, then the errors of the other kind, then its own.

        Among equal sums fewer false alarms win: a miss is mostly left `unsure` and looked at, a false alarm hides
        a breach.
        """
        if self.kind == "miss_rate":
            return (max(0.0, errors.miss_rate - self.rate), errors.false_alarms, errors.misses)
        if self.kind == "false_alarm_rate":
            return (max(0.0, errors.false_alarm_rate - self.rate), errors.misses, errors.false_alarms)
        return (errors.misses + errors.false_alarms, errors.false_alarms)


class Errors(Frozen):
    """Counts at one bar."""

    said: int
    misses: int = Field(description="said, but not called said: missed or left unsure")
    not_said: int
    false_alarms: int = Field(description="not said, but called said")

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            said=self.said + other.said,
            misses=self.misses + other.misses,
            not_said=self.not_said + other.not_said,
            false_alarms=self.false_alarms + other.false_alarms,
        )

    @property
    def miss_rate(self) -> float:
        """Share of said steps that are missed; 0 without any."""
        return self.misses / self.said if self.said else 0.0

    @property
    def false_alarm_rate(self) -> float:
        """Share of steps not said that are called said; 0 without any."""
        return self.false_alarms / self.not_said if self.not_said else 0.0


NO_ERRORS = Errors(said=0, misses=0, not_said=0, false_alarms=0)


def errors_at(samples: Sequence[LabelledStep], accept: float) -> Errors:
    """What goes wrong at this bar."""
    said = [sample for sample in samples if sample.said]
    rest = [sample for sample in samples if not sample.said]
    return Errors(
        said=len(said),
        misses=sum(not sample.is_met_at(accept) for sample in said),
        not_said=len(rest),
        false_alarms=sum(sample.is_met_at(accept) for sample in rest),
    )


def best_threshold(samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float) -> float:
    """The bar in [doubt, 100] that serves the goal best; of equals the current one, else the nearest to it."""
    bars = _candidate_thresholds(samples, current, doubt)
    return min(bars, key=lambda bar: (goal.cost(errors_at(samples, bar)), abs(bar - current), bar))


def cross_validate(
    samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float, folds: int
) -> tuple[Errors, tuple[float, ...]]:
    """Errors on each fold at the bar chosen on the other folds, summed, and those bars."""
    total = NO_ERRORS
    bars = []
    for fold in range(folds):
        rest = [sample for sample in samples if fold_of(sample.call_id, folds) != fold]
        kept = [sample for sample in samples if fold_of(sample.call_id, folds) == fold]
        if rest and kept:
            bars.append(best_threshold(rest, goal, current, doubt))
            total += errors_at(kept, bars[-1])
    return total, tuple(bars)


def fold_of(call_id: str, folds: int) -> int:
    """A call's fold: the same in every run and on every machine, all transcripts of a call together."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big") % folds


def _candidate_thresholds(samples: Sequence[LabelledStep], current: float, doubt: float) -> Iterator[float]:
    """One bar for every way in which the samples can fall out.

    Between two neighbouring reaches all bars do the same; the middle keeps the greatest distance from both, so that
    the next call, a little better or worse, falls on the same side.
    """
    inside = {sample.max_accept_threshold for sample in samples if sample.max_accept_threshold is not None and doubt <= sample.max_accept_threshold <= _TOP}
    yield current
    if inside:
        yield doubt if doubt in inside else _between(doubt, min(inside))
    for low, high in pairwise(sorted({*inside, _TOP})):
        if not low < current <= high:
            yield _between(low, high)


def _between(low: float, high: float) -> float:
    """The middle of (low, high]: a whole number where one fits, as people write bars by hand."""
    middle = (low + high) / 2
    for digits in (0, 1):
        bar = round(middle, digits)
        if low < bar <= high:
            return bar
    return high
