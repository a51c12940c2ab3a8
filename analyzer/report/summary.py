"""What a batch says as a whole, computed once; the page and the terminal only show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.models.base import Status, Verdict
from analyzer.models.report import Report

VERDICTS: tuple[Verdict, ...] = ("fail", "review", "pass", "exempt", "unscorable")
STATUSES: tuple[Status, ...] = ("met", "out_of_order", "missed", "unsure", "not_applicable")
_MEAN_OVER = ("fail", "review", "pass")


@dataclass(frozen=True)
class StepCounts:
    """How often one step got each status."""

    id: str
    counts: dict[Status, int]

    @property
    def total(self) -> int:
        """Calls that have a finding for the step."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Summary:
    """Totals of a batch and its calls in the order in which a person should look at them."""

    total: int
    verdicts: dict[Verdict, int]
    mean_score: float | None
    scored: int
    steps: tuple[StepCounts, ...]
    calls: tuple[Report, ...]
    failed: tuple[Report, ...]


def summarise(reports: Iterable[Report]) -> Summary:
    """Totals, calls worst first, and apart from them the recordings that could not be scored.

    The mean leaves out exempt calls, where little more than the closing was due. Equal calls are ordered
    by recording name, so the same reports give the same order whatever order they came in.
    """
    every = tuple(reports)
    scores = [report.score for report in every if report.score is not None and report.verdict in _MEAN_OVER]
    return Summary(
        total=len(every),
        verdicts={verdict: sum(report.verdict == verdict for report in every) for verdict in VERDICTS},
        mean_score=sum(scores) / len(scores) if scores else None,
        scored=len(scores),
        steps=_count_steps(every),
        calls=tuple(sorted((r for r in every if r.verdict != "unscorable"), key=_badness)),
        failed=tuple(sorted((r for r in every if r.verdict == "unscorable"), key=_name)),
    )


def step_ids(reports: Iterable[Report]) -> tuple[str, ...]:
    """Ids of all steps found, in bank order (that of the first report that has them)."""
    return tuple(dict.fromkeys(finding.id for report in reports for finding in report.steps))


def cause(report: Report) -> str | None:
    """Why a recording could not be scored, in the words of whoever found out; None when nobody said."""
    notes = report.audio.notes if report.audio else ()
    return report.error or "; ".join(notes) or None


def _count_steps(reports: tuple[Report, ...]) -> tuple[StepCounts, ...]:
    counts: dict[str, dict[Status, int]] = {step: dict.fromkeys(STATUSES, 0) for step in step_ids(reports)}
    for report in reports:
        for finding in report.steps:
            counts[finding.id][finding.status] += 1
    return tuple(StepCounts(step, found) for step, found in counts.items())


def _badness(report: Report) -> tuple[bool, float, bool, tuple[str, str]]:
    bad = report.verdict == "fail" or bool(report.violations)
    low = report.score_low if report.score_low is not None else 101.0  # nothing due: after every scored call
    return not bad, low, not report.violations, _name(report)


def _name(report: Report) -> tuple[str, str]:
    return report.recording, report.call_id
