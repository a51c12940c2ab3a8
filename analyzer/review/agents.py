"""How agents do, step by step, and which of their calls to listen to; with people's decisions folded in."""

from dataclasses import dataclass

from analyzer.analysis.adherence import StepAdherence, Week, by_agent, step_adherence, weekly
from analyzer.models.base import Verdict
from analyzer.models.review import CallFilter, Person
from analyzer.review.permissions import demand, reach
from analyzer.review.sampling import Certainty, Choice, Plan, plan
from analyzer.review.service import Desk
from analyzer.review.triage import RANKS
from analyzer.store.listing import Listed


@dataclass(frozen=True)
class AgentFigures:
    """One agent (None: calls whose agent nobody knows)."""

    agent: str | None
    calls: int
    reviewed: int
    """calls that somebody has reviewed"""
    verdicts: dict[Verdict, int]
    steps: tuple[StepAdherence, ...]


class Agents:
    """Figures and plans on a desk. Agents see their own figures only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def figures(self, person: Person, *, reviewed: bool = False) -> tuple[AgentFigures, ...]:
        """Every agent, by name. `reviewed`: steps only of calls that somebody has reviewed."""
        demand(person, "figures", agent=person.agent)
        self._desk.refresh()
        scope = self._desk.scope(person)
        tallies = by_agent(self._desk.store.tallies.statuses(scope, agent=self._own(person), reviewed=reviewed))
        order, few = self._desk.steps(person), self._desk.settings.few
        found: dict[str | None, AgentFigures] = {}
        for row in self._desk.store.tallies.verdicts(scope, agent=self._own(person)):
            before = found.get(row.agent)
            steps = before.steps if before else step_adherence(tallies.get(row.agent, ()), order, few)
            found[row.agent] = AgentFigures(
                agent=row.agent,
                calls=(before.calls if before else 0) + row.calls,
                reviewed=(before.reviewed if before else 0) + row.reviewed,
                verdicts={**(before.verdicts if before else {}), row.verdict: row.calls},
                steps=steps,
            )
        return tuple(found[agent] for agent in sorted(found, key=lambda agent: (agent is None, agent or "")))

    def trend(self, person: Person, agent: str, *, reviewed: bool = False) -> tuple[Week, ...]:
        """One agent week by week."""
        demand(person, "figures", agent=agent)
        self._desk.refresh()
        scope = self._desk.scope(person)
        tallies = self._desk.store.tallies.statuses(scope, agent=agent, days=True, reviewed=reviewed)
        return weekly(tallies, self._desk.steps(person), self._desk.settings.few)

    def plan(self, person: Person, certainty: Certainty, wanted: CallFilter, *, seed: str | None = None) -> Plan:
        """What to listen to of the calls that `wanted` leaves, e.g. those of last week."""
        demand(person, "plan")
        self._desk.refresh()
        listed = self._desk.store.listing.every(self._desk.scope(person), wanted)
        choices = [_choice(one) for one in listed if one.verdict != "unscorable"]
        settings = self._desk.settings
        return plan(choices, certainty, seed=seed or settings.audit_seed, risk_calls=settings.risk_calls)

    @staticmethod
    def _own(person: Person) -> str | None:
        return person.agent if reach(person, "figures") == "own" else None


def _choice(listed: Listed) -> Choice:
    place = listed.place
    risky = place.rank < RANKS.index("audit")  # drawn for audit is no risk
    urgency = (place.rank, place.place) if risky else None
    return Choice(call=listed.call, agent=listed.agent, reviewed=listed.reviewed, urgency=urgency)
