"""Which calls of each agent people should listen to, so that what they hear says something. Pure, same seed same plan.

Two parts, kept apart because only the first may enter an estimate. The random part: each agent's calls in an order
that the seed alone decides, as many from its beginning as the wanted certainty asks for; so more calls later, or a
plan made again, keep what was drawn. The part by risk: the most urgent others. A call that somebody has reviewed is
counted where it belongs and never asked for again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field, model_validator

from analyzer.analysis.statistics import chance_to_see, half_width, sample_for_width, sample_to_see
from analyzer.models.base import Frozen


class SamplingGoal(Frozen):
    """What the random part must be able to say of each agent."""

    kind: Literal["width", "catch"] = Field(
        description="width: a rate to within +- `width`; catch: with `chance`, see a failure as frequent as `failing`"
    )
    width: float = Field(0.1, gt=0, lt=0.5, description="half of the 95 % interval, as a share")
    share: float = Field(0.5, ge=0, le=1, description="expected rate; a half, the widest interval, when nobody knows")
    failing: float = Field(0.125, gt=0, le=1, description="share of calls that go wrong, which must not escape")
    chance: float = Field(0.95, gt=0, lt=1)

    def calls(self, population: int) -> int:
        """To draw from so many."""
        if self.kind == "width":
            return sample_for_width(self.width, population, self.share)
        return sample_to_see(self.failing, self.chance, population)


class EligibleCall(Frozen):
    """A call that can be chosen."""

    call: str
    agent: str | None
    reviewed: bool
    urgency: tuple[int, float] | None = Field(description="smaller first; None: nothing asks to look at it")


class AgentPlan(Frozen):
    """What to listen to of one agent."""

    agent: str
    population: int = Field(description="calls there are")
    needed: int = Field(description="random ones that the certainty asks for")
    reviewed: int = Field(description="of those, listened to already")
    random: tuple[str, ...] = Field(description="still to do, in the order drawn")
    risk: tuple[str, ...] = Field(description="by urgency, in no estimate")
    half_width: float = Field(description="of a rate's 95 % interval, once the random part is done")
    escapes: float = Field(description="chance that a failure as frequent as `failing` stays unseen then")


class SamplingPlan(Frozen):
    """Every agent's part, and how it was drawn."""

    certainty: SamplingGoal
    seed: str
    risk_calls: int
    agents: tuple[AgentPlan, ...]
    unknown: int = Field(description="calls left out because nobody knows whose they are")

    @model_validator(mode="after")
    def _once(self) -> "SamplingPlan":
        drawn = [call for one in self.agents for call in (*one.random, *one.risk)]
        if len(drawn) != len(set(drawn)):
            raise ValueError("a call is planned twice")
        return self


def sampling_plan(choices: Iterable[EligibleCall], certainty: SamplingGoal, *, seed: str, risk_calls: int) -> SamplingPlan:
    """A plan for all agents of these calls, by name."""
    own: defaultdict[str, list[EligibleCall]] = defaultdict(list)
    unknown = 0
    for choice in choices:
        if choice.agent is None:
            unknown += 1
        else:
            own[choice.agent].append(choice)
    agents = tuple(_agent(agent, own[agent], certainty, seed, risk_calls) for agent in sorted(own))
    return SamplingPlan(certainty=certainty, seed=seed, risk_calls=risk_calls, agents=agents, unknown=unknown)


def _agent(agent: str, calls: Sequence[EligibleCall], certainty: SamplingGoal, seed: str, risk_calls: int) -> AgentPlan:
    needed = certainty.calls(len(calls))
    drawn = sorted(calls, key=lambda choice: _drawn(choice.call, seed))
    sample, rest = drawn[:needed], drawn[needed:]
    risky = sorted((one for one in rest if one.urgency and not one.reviewed), key=lambda one: (one.urgency, one.call))
    seen = sum(one.reviewed for one in rest)
    return AgentPlan(
        agent=agent,
        population=len(calls),
        needed=needed,
        reviewed=sum(one.reviewed for one in sample),
        random=tuple(one.call for one in sample if not one.reviewed),
        risk=tuple(one.call for one in risky[: max(0, risk_calls - seen)]),
        half_width=round(half_width(certainty.share, needed, len(calls)), 4),
        escapes=round(1 - chance_to_see(certainty.failing, needed, len(calls)), 4),
    )


def _drawn(call: str, seed: str) -> str:
    return hashlib.sha256(f"plan\0{seed}\0{call}".encode()).hexdigest()
