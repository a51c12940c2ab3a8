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


def step_adherence(counts: Iterable[StatusCount], steps: Iterable[str], few: int) -> tuple[StepAdherence, ...]:
    """By step: those of `steps` first, in their order. `few`: with fewer calls due and decided no rate is shown."""
    by_step: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for step in steps:
        by_step[step] = Counter()
    for count in counts:
        by_step[count.step][count.status] += count.calls
    return tuple(_step(step, statuses, few) for step, statuses in by_step.items())


def weekly(counts: Iterable[StatusCount], steps: Iterable[str], few: int) -> tuple[Week, ...]:
    """By week, oldest first; calls whose day is not known are left out."""
    weeks: defaultdict[date, list[StatusCount]] = defaultdict(list)
    for count in counts:
        if count.day is not None:
            weeks[week_of(count.day)].append(count)
    order = tuple(steps)
    return tuple(Week(monday, step_adherence(items, order, few)) for monday, items in sorted(weeks.items()))


def by_agent(counts: Iterable[StatusCount]) -> dict[str | None, list[StatusCount]]:
    """Counts of each agent, by name; those without an agent last."""
    groups: defaultdict[str | None, list[StatusCount]] = defaultdict(list)
    for count in counts:
        groups[count.agent].append(count)
    return {agent: groups[agent] for agent in sorted(groups, key=lambda agent: (agent is None, agent or ""))}


def _step(step: str, counts: Mapping[Status, int], few: int) -> StepAdherence:
    due = sum(counts.get(status, 0) for status in _DECIDED)
    return StepAdherence(step, dict(counts), rate(counts.get("met", 0), due), due < few)


