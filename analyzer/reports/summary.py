"""A batch in figures, computed once: every page, sheet and table only shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from analyzer.analysis.statistics import Rate, rate
from analyzer.models.base import Status, Verdict
from analyzer.models.report import Report
from analyzer.sources.call_time import day_of

VERDICTS: tuple[Verdict, ...] = ("fail", "review", "pass", "exempt", "unscorable")
STATUSES: tuple[Status, ...] = ("met", "out_of_order", "missed", "unsure", "not_applicable")
MEAN_OVER = ("fail", "review", "pass")
"""verdicts whose scores count: of an exempt call little more than the closing was due"""
ENOUGH = 20
"""scored calls below which a share says too little: 90 % of 20 is anything from 70 to 97 %, 95 % Wilson interval"""
BINS = 10
"""parts of the score's range, each ten points wide; 100 belongs to the last"""
_WIDTH = 100 / BINS


@dataclass(frozen=True)
class StepCounts:
    """How many calls got each status of one step."""

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
    """Totals of some calls: of a batch, of one agent, of one day."""

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
        """Whether enough calls were scored for their shares to mean something."""
        return self.scored >= ENOUGH


@dataclass(frozen=True)
class AgentFigures:
    """One agent's calls; None: those of whom no agent is known."""

    agent: str | None
    figures: Figures


@dataclass(frozen=True)
class DayFigures:
    """The calls that began on one day."""

    day: date
    figures: Figures


@dataclass(frozen=True)
class Summary:
    """Totals of a batch, and its calls in the order in which a person should look at them."""

    figures: Figures
    agents: tuple[AgentFigures, ...]
    """by name"""
    days: tuple[DayFigures, ...]
    """in order; calls whose beginning is not known are in none"""
    scores: tuple[int, ...]
    """how many scores lie in each tenth of the range"""
    calls: tuple[Report, ...]
    """worst first"""
    failed: tuple[Report, ...]

    @property
    def total(self) -> int:
        """All calls."""
        return self.figures.calls

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """Calls by verdict."""
        return self.figures.verdicts

    @property
    def mean_score(self) -> float | None:
        """Mean of the scores that count."""
        return self.figures.mean_score

    @property
    def scored(self) -> int:
        """Calls whose scores count."""
        return self.figures.scored

    @property
    def steps(self) -> tuple[StepCounts, ...]:
        """Statuses by step."""
        return self.figures.steps


def summarise(reports: Iterable[Report]) -> Summary:
    """Totals, agents, days, calls worst first, and apart from them the recordings that could not be scored.

    Means leave out exempt calls, where little more than the closing was due. Equal calls are ordered by recording
    name, so the same reports give the same summary whatever order they came in.
    """
    every = tuple(reports)
    steps = step_ids(every)
    days = _by((day_of(report.started_at), report) for report in every)
    agents = _by((report.agent, report) for report in every)
    return Summary(
        figures=figures(every, steps),
        agents=tuple(AgentFigures(name, figures(agents[name], steps)) for name in sorted(agents, key=_last_if_none)),
        days=tuple(DayFigures(day, figures(days[day], steps)) for day in sorted(day for day in days if day)),
        scores=_distribution(scores_of(every)),
        calls=tuple(sorted((r for r in every if r.verdict != "unscorable"), key=_worst_first)),
        failed=tuple(sorted((r for r in every if r.verdict == "unscorable"), key=_name)),
    )


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


def step_ids(reports: Iterable[Report]) -> tuple[str, ...]:
    """Ids of all steps found, in bank order (that of the first report that has them)."""
    return tuple(dict.fromkeys(finding.id for report in reports for finding in report.steps))


def causes(report: Report) -> tuple[str, ...]:
    """Why a recording could not be scored: its error, else the notes on its audio; empty when there are none."""
    if report.error:
        return (report.error,)
    return report.audio.notes if report.audio else ()


def cause(report: Report) -> str | None:
    """Why a recording could not be scored, on one line."""
    return "; ".join(causes(report)) or None


def needs_attention(report: Report) -> bool:
    """Whether a person should look at the call: it failed, is undecided, or something forbidden was said."""
    return report.verdict in ("fail", "review") or bool(report.violations)


_Key = TypeVar("_Key")


def _by(pairs: Iterable[tuple[_Key, Report]]) -> Mapping[_Key, Sequence[Report]]:
    groups: dict[_Key, list[Report]] = {}
    for key, report in pairs:
        groups.setdefault(key, []).append(report)
    return groups


def _last_if_none(name: str | None) -> tuple[bool, str, str]:
    return name is None, (name or "").casefold(), name or ""


def _distribution(scores: Iterable[float]) -> tuple[int, ...]:
    bins = [0] * BINS
    for score in scores:
        bins[min(BINS - 1, int(score / _WIDTH))] += 1
    return tuple(bins)


def _worst_first(report: Report) -> tuple[bool, float, bool, tuple[str, str]]:
    bad = report.verdict == "fail" or bool(report.violations)
    low = report.score_low if report.score_low is not None else 101.0  # nothing due: after every scored call
    return not bad, low, not report.violations, _name(report)


def _name(report: Report) -> tuple[str, str]:
    return report.recording, report.call_id


def scores_of(reports: Iterable[Report]) -> list[float]:
    """The scores that count."""
    return [report.score for report in reports if report.score is not None and report.verdict in MEAN_OVER]


def _count(reports: Iterable[Report], steps: Sequence[str]) -> tuple[StepCounts, ...]:
    counts: dict[str, dict[Status, int]] = {step: dict.fromkeys(STATUSES, 0) for step in steps}
    for report in reports:
        for finding in report.steps:
            counts[finding.id][finding.status] += 1
    return tuple(StepCounts(step, by_status) for step, by_status in counts.items())
