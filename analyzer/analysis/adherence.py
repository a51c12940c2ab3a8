"""How well agents keep to each step, by week and agent, from counts of statuses."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from analyzer.analysis.statistics import Rate, rate
from analyzer.models.base import Status
from analyzer.models.report import StatusCount
from analyzer.sources.call_time import week_of

_DECIDED: tuple[Status, ...] = ("met", "out_of_order", "missed")


@dataclass(frozen=True)
class StepAdherence:
    """One step over some calls."""

    step: str
    counts: Mapping[Status, int]
    met: Rate
    """in its place, of the calls where it was due and decided, with Wilson's interval"""
    few: bool
    """too few calls to say: show that instead of the rate"""

    @property
    def unsure(self) -> int:
        """Calls where it was due but is not decided; in no rate."""
        return self.counts.get("unsure", 0)


@dataclass(frozen=True)
class Week:
    """The steps of one week, which begins on `monday`."""

    monday: date
    steps: tuple[StepAdherence, ...]


def step_adherence(tallies: Iterable[StatusCount], steps: Iterable[str], few: int) -> tuple[StepAdherence, ...]:
    """By step: those of `steps` first, in their order. `few`: calls due and decided below which nothing is said."""
    counts: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for step in steps:
        counts[step] = Counter()
    for tally in tallies:
        counts[tally.step][tally.status] += tally.calls
    return tuple(_step(step, found, few) for step, found in counts.items())


def weekly(tallies: Iterable[StatusCount], steps: Iterable[str], few: int) -> tuple[Week, ...]:
    """By week, oldest first; calls whose day is not known are left out."""
    weeks: defaultdict[date, list[StatusCount]] = defaultdict(list)
    for tally in tallies:
        if tally.day is not None:
            weeks[week_of(tally.day)].append(tally)
    order = tuple(steps)
    return tuple(Week(monday, step_adherence(own, order, few)) for monday, own in sorted(weeks.items()))


def by_agent(tallies: Iterable[StatusCount]) -> dict[str | None, list[StatusCount]]:
    """Tallies of each agent, by name; those of nobody known last."""
    found: defaultdict[str | None, list[StatusCount]] = defaultdict(list)
    for tally in tallies:
        found[tally.agent].append(tally)
    return {agent: found[agent] for agent in sorted(found, key=lambda agent: (agent is None, agent or ""))}


def _step(step: str, counts: Mapping[Status, int], few: int) -> StepAdherence:
    due = sum(counts.get(status, 0) for status in _DECIDED)
    return StepAdherence(step, dict(counts), rate(counts.get("met", 0), due), due < few)


