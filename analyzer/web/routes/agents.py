"""Agents' adherence by step, and the sampling plan."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from analyzer.analysis.adherence import StepAdherence, Week, step_adherence
from analyzer.models.report import StatusCount
from analyzer.review.agents import ReviewedAgentFigures
from analyzer.review.sampling import SamplingGoal
from analyzer.web.context import AppContext
from analyzer.web.dependencies import Reviewer, app_context
from analyzer.web.filters import Filters

router = APIRouter()
_SEED_CHARACTERS = 60


@dataclass(frozen=True)
class AgentTrend:
    """One step week by week: points of a small chart, 0 to 100 both ways; weeks with too few calls have none."""

    step: StepAdherence
    points: tuple[tuple[float, float], ...]


@router.get("/agents")
def agents(request: Request, user: Reviewer, only: str = "") -> Response:
    """Every agent's adherence by step, with intervals; counts only where there are too few calls."""
    context = app_context(request)
    reviewed = only == "reviewed"
    figures = context.agents.figures(user.person, reviewed=reviewed)
    return context.renderer.render(
        request,
        "agents",
        figures=figures,
        every=_all_agents(context, figures),
        steps=context.steps(),
        few=context.service.settings.few,
        reviewed=reviewed,
    )


@router.get("/agent")
def agent(request: Request, user: Reviewer, name: Annotated[str, Query(max_length=300)], only: str = "") -> Response:
    """One agent: the same figures, week by week."""
    context = app_context(request)
    reviewed = only == "reviewed"
    every = context.agents.figures(user.person, reviewed=reviewed)
    figures = next((of_agent for of_agent in every if of_agent.agent == name), None)
    weeks = context.agents.trend(user.person, name, reviewed=reviewed)
    return context.renderer.render(
        request,
        "agent",
        status=200 if figures else 404,
        agent=name,
        figures=figures,
        weeks=weeks,
        trends=[_trend(step, weeks) for step in (figures.steps if figures else ())],
        steps=context.steps(),
        few=context.service.settings.few,
        reviewed=reviewed,
    )


@router.get("/sampling")
def sampling(request: Request, user: Reviewer) -> Response:
    """How many calls of each agent to review for a wanted precision, and which."""
    context = app_context(request)
    query = request.query_params
    filters = Filters.of({name: query.get(name, "") for name in ("since", "until", "agent")})
    wanted = filters.call_filter().model_copy(update={"waiting": False})
    seed = query.get("seed", "").strip()[:_SEED_CHARACTERS]
    goal = _goal(dict(query))
    plan = context.agents.plan(user.person, goal, wanted, seed=seed or None)
    listed = context.store.listing.every(context.service.scope(user.person), wanted)
    return context.renderer.render(
        request,
        "sampling",
        plan=plan,
        names={call.call: call.call_id for call in listed},
        filters=filters,
        goal=goal,
        agents=context.service.agents(user.person),
    )


def _goal(query: dict[str, str]) -> SamplingGoal:
    """From the form, where shares are per cent; defaults instead of invalid values."""
    shares = {name: text.replace(",", ".") for name in ("width", "failing", "chance") if (text := query.get(name, ""))}
    try:
        values = {name: float(text) / 100 for name, text in shares.items()}
        return SamplingGoal.model_validate({"kind": query.get("kind") or "width", **values})
    except (ValueError, ValidationError):
        return SamplingGoal(kind="catch" if query.get("kind") == "catch" else "width")


def _all_agents(context: AppContext, figures: tuple[ReviewedAgentFigures, ...]) -> tuple[StepAdherence, ...]:
    """Adherence of all agents together."""
    tallies = [
        StatusCount(agent=None, day=None, step=step.step, status=status, calls=calls)
        for agent in figures
        for step in agent.steps
        for status, calls in step.counts.items()
    ]
    return step_adherence(tallies, context.steps(), context.service.settings.few)


def _trend(step: StepAdherence, weeks: tuple[Week, ...]) -> AgentTrend:
    by_week = {week.monday: of_week for week in weeks for of_week in week.steps if of_week.step == step.step}
    width = max(1, len(weeks) - 1)
    points = [
        (100 * index / width, 100 - 100 * of_week.met.value)
        for index, week in enumerate(weeks)
        if (of_week := by_week.get(week.monday)) and of_week.met.value is not None
    ]
    return AgentTrend(step, tuple(points))
