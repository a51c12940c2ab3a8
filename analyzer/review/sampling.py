"""Sampling plans: which calls of each agent to review for an estimate of wanted precision; reproducible by their seed.

A plan has two parts, apart because only the first may enter an estimate. The random part, sampling without
replacement: the seed orders each agent's calls, and the first of them are taken, as many as the goal asks for; so the
calls drawn stay drawn when there are more calls later. The risk part: the most urgent of the other calls. A reviewed
call counts in its part and is not asked for again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field, model_validator

from analyzer.analysis.statistics import (
    detection_probability,
    margin_of_error,
    sample_size_for_margin,
    sample_size_to_detect,
)
from analyzer.models.base import Frozen


class SamplingGoal(Frozen):
    """What the random part must show of each agent."""

    kind: Literal["width", "catch"] = Field(
        description="width: a rate to within +- `width`; catch: see a failure as frequent as `failing` with `chance`"
    )
    width: float = Field(0.1, gt=0, lt=0.5, description="half of the 95 % interval, as a share")
    share: float = Field(0.5, ge=0, le=1, description="expected rate; 0.5, the widest interval, when unknown")
    failing: float = Field(0.125, gt=0, le=1, description="share of failing calls of which one must be seen")
    chance: float = Field(0.95, gt=0, lt=1)

    def calls(self, population: int) -> int:
        """Number of calls to draw from a population of this size."""
        if self.kind == "width":
            return sample_size_for_margin(self.width, population, self.share)
        return sample_size_to_detect(self.failing, self.chance, population)


class EligibleCall(Frozen):
    """A call that can be drawn."""

    call: str
    agent: str | None
    reviewed: bool
    urgency: tuple[int, float] | None = Field(description="smaller first; None: nothing asks to look at it")


class AgentPlan(Frozen):
    """The calls of one agent to review."""

    agent: str
    population: int = Field(description="eligible calls")
    needed: int = Field(description="random calls that the goal asks for")
    reviewed: int = Field(description="of those, reviewed already")
    random: tuple[str, ...] = Field(description="still to do, in the order drawn")
    risk: tuple[str, ...] = Field(description="by urgency, in no estimate")
    margin_of_error: float = Field(description="half of a rate's 95 % interval, once the random part is reviewed")
    miss_probability: float = Field(description="that a failure as frequent as `failing` stays unseen then")


class SamplingPlan(Frozen):
    """Every agent's plan, and how it was drawn."""

    goal: SamplingGoal
    seed: str
    risk_calls: int
    agents: tuple[AgentPlan, ...]
    unknown: int = Field(description="calls left out because their agent is not known")

    @model_validator(mode="after")
    def _no_duplicates(self) -> "SamplingPlan":
        drawn = [call for agent in self.agents for call in (*agent.random, *agent.risk)]
        if len(drawn) != len(set(drawn)):
            raise ValueError("a call is planned twice")
        return self


def sampling_plan(calls: Iterable[EligibleCall], goal: SamplingGoal, *, seed: str, risk_calls: int) -> SamplingPlan:
    """A plan for all agents of these calls, by name."""
    by_agent: defaultdict[str, list[EligibleCall]] = defaultdict(list)
    unknown = 0
    for call in calls:
        if call.agent is None:
            unknown += 1
        else:
            by_agent[call.agent].append(call)
    agents = tuple(_agent_plan(agent, by_agent[agent], goal, seed, risk_calls) for agent in sorted(by_agent))
    return SamplingPlan(goal=goal, seed=seed, risk_calls=risk_calls, agents=agents, unknown=unknown)


def _agent_plan(agent: str, calls: Sequence[EligibleCall], goal: SamplingGoal, seed: str, risk_calls: int) -> AgentPlan:
    needed = goal.calls(len(calls))
    drawn = sorted(calls, key=lambda call: _draw_key(call.call, seed))
    sample, rest = drawn[:needed], drawn[needed:]
    risky = sorted(
        (call for call in rest if call.urgency and not call.reviewed), key=lambda call: (call.urgency, call.call)
    )
    reviewed_rest = sum(call.reviewed for call in rest)
    return AgentPlan(
        agent=agent,
        population=len(calls),
        needed=needed,
        reviewed=sum(call.reviewed for call in sample),
        random=tuple(call.call for call in sample if not call.reviewed),
        risk=tuple(call.call for call in risky[: max(0, risk_calls - reviewed_rest)]),
        margin_of_error=round(margin_of_error(goal.share, needed, len(calls)), 4),
        miss_probability=round(1 - detection_probability(goal.failing, needed, len(calls)), 4),
    )


def _draw_key(call: str, seed: str) -> str:
    return hashlib.sha256(f"plan\0{seed}\0{call}".encode()).hexdigest()
