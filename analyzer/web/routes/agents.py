"""How agents do, step by step, and the plan of which calls to listen to."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from analyzer.analysis.adherence import StepAdherence, Week, step_adherence
from analyzer.models.tally import Tally
from analyzer.review.agents import AgentFigures
from analyzer.review.sampling import SamplingGoal
from analyzer.web.context import AppContext
from analyzer.web.dependencies import Reviewer, app_context
from analyzer.web.filters import Filters

router = APIRouter()
_SEED_LONGEST = 60


@dataclass(frozen=True)
class Trend:
    """One step week by week: points of a little chart, 0 to 100 both ways; weeks with too few calls have none."""

    step: StepAdherence
    points: tuple[tuple[float, float], ...]


@router.get("/agents")
def agents(request: Request, user: Reviewer, only: str = "") -> Response:
    """Every agent's adherence by step, with intervals, and what is too few to say anything."""
    context = app_context(request)
    reviewed = only == "reviewed"
    figures = context.agents.figures(user.person, reviewed=reviewed)
    return context.renderer.render(
        request,
        "agents",
        figures=figures,
        every=_every(context, figures),
        steps=context.steps(),
        few=context.service.settings.few,
        reviewed=reviewed,
    )


@router.get("/agent")
def agent(request: Request, user: Reviewer, name: Annotated[str, Query(max_length=300)], only: str = "") -> Response:
    """One agent: the same figures, week by week."""
    context = app_context(request)
    reviewed = only == "reviewed"
    own = next((one for one in context.agents.figures(user.person, reviewed=reviewed) if one.agent == name), None)
    weeks = context.agents.trend(user.person, name, reviewed=reviewed)
    return context.renderer.render(
        request,
        "agent",
        status=200 if own else 404,
        agent=name,
        own=own,
        weeks=weeks,
        trends=[_trend(step, weeks) for step in (own.steps if own else ())],
        steps=context.steps(),
        few=context.service.settings.few,
        reviewed=reviewed,
    )


@router.get("/sampling")
def sampling(request: Request, user: Reviewer) -> Response:
    """How many calls of each agent to hear for a wanted certainty, and which."""
    context = app_context(request)
    given = request.query_params
    filters = Filters.of({name: given.get(name, "") for name in ("since", "until", "agent")})
    wanted = filters.wanted().model_copy(update={"waiting": False})
    seed = given.get("seed", "").strip()[:_SEED_LONGEST]
    certainty = _certainty(dict(given))
    plan = context.agents.plan(user.person, certainty, wanted, seed=seed or None)
    listed = context.store.listing.every(context.service.scope(user.person), wanted)
    return context.renderer.render(
        request,
        "sampling",
        plan=plan,
        names={one.call: one.call_id for one in listed},
        filters=filters,
        certainty=certainty,
        agents=context.service.agents(user.person),
    )


def _certainty(given: dict[str, str]) -> SamplingGoal:
    """From the form, in per cent there; what cannot be is taken as usual."""
    shares = {name: text.replace(",", ".") for name in ("width", "failing", "chance") if (text := given.get(name, ""))}
    try:
        values = {name: float(text) / 100 for name, text in shares.items()}
        return SamplingGoal.model_validate({"kind": given.get("kind") or "width", **values})
    except (ValueError, ValidationError):
        return SamplingGoal(kind="catch" if given.get("kind") == "catch" else "width")


def _every(context: AppContext, figures: tuple[AgentFigures, ...]) -> tuple[StepAdherence, ...]:
    """All agents together."""
    tallies = [
        Tally(agent=None, day=None, step=step.step, status=status, calls=calls)
        for one in figures
        for step in one.steps
        for status, calls in step.counts.items()
    ]
    return step_adherence(tallies, context.steps(), context.service.settings.few)


def _trend(step: StepAdherence, weeks: tuple[Week, ...]) -> Trend:
    at = {week.monday: one for week in weeks for one in week.steps if one.step == step.step}
    width = max(1, len(weeks) - 1)
    points = [
        (100 * index / width, 100 - 100 * found.met.value)
        for index, week in enumerate(weeks)
        if (found := at.get(week.monday)) and found.met.value is not None
    ]
    return Trend(step, tuple(points))
