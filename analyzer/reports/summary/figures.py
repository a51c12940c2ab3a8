"""Figures of some calls: of a batch, of one agent's, of one day's. All views show these, none counts by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.analysis.statistics import Rate, rate
from analyzer.models.base import Status, Verdict
from analyzer.models.report import Report

VERDICTS: tuple[Verdict, ...] = ("fail", "review", "pass", "exempt", "unscorable")
STATUSES: tuple[Status, ...] = ("met", "out_of_order", "missed", "unsure", "not_applicable")
MEAN_OVER = ("fail", "review", "pass")
"""verdicts whose scores count: of an exempt call little more than the closing was due"""
ENOUGH = 20
"""calls below which a share says too little to speak of: 90 % of 20 is anything from 70 to 97 % (field notes 6)"""


@dataclass(frozen=True)
class StepCounts:
    """How often one step got each status."""

    id: str
    counts: dict[Status, int]

    @property
    def total(self) -> int:
        """Calls that have a finding for the step."""
        return sum(self.counts.values())

    @property
    def adherence(self) -> Rate:
        """Share met in its place, of the calls in which the step was due and could be decided."""
        met = self.counts["met"]
        return rate(met, met + self.counts["out_of_order"] + self.counts["missed"])


@dataclass(frozen=True)
class Figures:
    """What some calls say together."""

    calls: int
    verdicts: dict[Verdict, int]
    scored: int
    mean_score: float | None
    steps: tuple[StepCounts, ...]

    @property
    def passed(self) -> Rate:
        """Share that passed, of those that passed or failed."""
        return rate(self.verdicts["pass"], self.verdicts["pass"] + self.verdicts["fail"])

    @property
    def enough(self) -> bool:
        """Whether so many calls were scored that their shares say something."""
        return self.scored >= ENOUGH


def figures(reports: Sequence[Report], steps: Sequence[str]) -> Figures:
    """Figures of these calls, with a count for each of `steps`."""
    scores = scores_of(reports)
    return Figures(
        calls=len(reports),
        verdicts={verdict: sum(report.verdict == verdict for report in reports) for verdict in VERDICTS},
        scored=len(scores),
        mean_score=sum(scores) / len(scores) if scores else None,
        steps=_count(reports, steps),
    )


def scores_of(reports: Iterable[Report]) -> list[float]:
    """The scores that count."""
    return [report.score for report in reports if report.score is not None and report.verdict in MEAN_OVER]


def _count(reports: Iterable[Report], steps: Sequence[str]) -> tuple[StepCounts, ...]:
    counts: dict[str, dict[Status, int]] = {step: dict.fromkeys(STATUSES, 0) for step in steps}
    for report in reports:
        for finding in report.steps:
            counts[finding.id][finding.status] += 1
    return tuple(StepCounts(step, found) for step, found in counts.items())
