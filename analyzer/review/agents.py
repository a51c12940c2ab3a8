"""Each agent's adherence by step with people's decisions applied, and which of their calls to review."""

from dataclasses import dataclass

from analyzer.analysis.adherence import StepAdherence, Week, by_agent, step_adherence, weekly
from analyzer.models.base import Verdict
from analyzer.models.review import CallFilter, Person
from analyzer.review.permissions import require, scope
from analyzer.review.sampling import EligibleCall, SamplingGoal, SamplingPlan, sampling_plan
from analyzer.review.service import ReviewService
from analyzer.review.triage import PRIORITIES
from analyzer.store.listing import ListedCall


@dataclass(frozen=True)
class ReviewedAgentFigures:
    """The figures of one agent (None: of the calls whose agent is not known)."""

    agent: str | None
    calls: int
    reviewed: int
    """calls that somebody has reviewed"""
    verdicts: dict[Verdict, int]
    steps: tuple[StepAdherence, ...]


class AgentStatistics:
    """Figures and sampling plans of the calls of one service. Agents see their own figures only."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def figures(self, person: Person, *, reviewed: bool = False) -> tuple[ReviewedAgentFigures, ...]:
        """Every agent, by name. `reviewed`: steps only of calls that somebody has reviewed."""
        require(person, "figures", agent=person.agent)
        self._service.refresh()
        scope, agent = self._service.scope(person), _only_agent(person)
        tallies = by_agent(self._service.store.tallies.statuses(scope, agent=agent, reviewed=reviewed))
        order, few = self._service.steps(person), self._service.settings.few
        figures: dict[str | None, ReviewedAgentFigures] = {}
        for row in self._service.store.tallies.verdicts(scope, agent=agent):
            before = figures.get(row.agent)
            steps = before.steps if before else step_adherence(tallies.get(row.agent, ()), order, few)
            figures[row.agent] = ReviewedAgentFigures(
                agent=row.agent,
                calls=(before.calls if before else 0) + row.calls,
                reviewed=(before.reviewed if before else 0) + row.reviewed,
                verdicts={**(before.verdicts if before else {}), row.verdict: row.calls},
                steps=steps,
            )
        return tuple(figures[name] for name in sorted(figures, key=lambda name: (name is None, name or "")))

    def trend(self, person: Person, agent: str, *, reviewed: bool = False) -> tuple[Week, ...]:
        """One agent week by week."""
        require(person, "figures", agent=agent)
        self._service.refresh()
        scope = self._service.scope(person)
        tallies = self._service.store.tallies.statuses(scope, agent=agent, days=True, reviewed=reviewed)
        return weekly(tallies, self._service.steps(person), self._service.settings.few)

    def plan(self, person: Person, goal: SamplingGoal, wanted: CallFilter, *, seed: str | None = None) -> SamplingPlan:
        """Which of the calls that match `wanted` (e.g. those of last week) to review."""
        require(person, "plan")
        self._service.refresh()
        listed = self._service.store.listing.every(self._service.scope(person), wanted)
        eligible = [_eligible(call) for call in listed if call.verdict != "unscorable"]
        settings = self._service.settings
        return sampling_plan(eligible, goal, seed=seed or settings.audit_seed, risk_calls=settings.risk_calls)


def _only_agent(person: Person) -> str | None:
    return person.agent if scope(person, "figures") == "own" else None


def _eligible(listed: ListedCall) -> EligibleCall:
    cursor = listed.cursor
    risky = cursor.rank < PRIORITIES.index("audit")  # drawn for audit is no risk
    urgency = (cursor.rank, cursor.place) if risky else None
    return EligibleCall(call=listed.call, agent=listed.agent, reviewed=listed.reviewed, urgency=urgency)
