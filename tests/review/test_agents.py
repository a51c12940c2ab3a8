"""Agents' figures and plans on stores of both kinds: people's decisions count, too few calls are said."""

from datetime import date

import pytest

from analyzer.analysis.statistics import rate
from analyzer.errors import RefusedError
from analyzer.models.review import CallFilter
from analyzer.review.agents import AgentStatistics
from analyzer.review.sampling import SamplingGoal
from analyzer.review.service import ReviewService
from analyzer.review.triage import ReviewSettings
from analyzer.store.store import Store
from tests.review.cases import DEWI, LEA, RINI, STEPS, new_event, scored_report, store_reports

OWNER, EMAIL, THANKS, CALLBACK, NOTICE, CLOSING = STEPS


@pytest.fixture
def keys(store: Store) -> list[str]:
    """Twenty-four calls of Dewi's over two weeks, three of Rudi's, one of nobody."""
    dewi = [
        scored_report(
            f"d{n:02}", "mxmmmm" if n % 4 == 0 else "mmmmum", agent="Dewi", started_at=f"2026-03-{n % 12 + 2:02}"
        )
        for n in range(24)
    ]
    rudi = [scored_report(f"r{n}", "mmmmmm", agent="Rudi", started_at="whenever") for n in range(3)]
    return store_reports(store, *dewi, *rudi, scored_report("nobody"))


def test_every_agent_has_rates_with_intervals_of_what_was_due_and_decided(store: Store, keys: list[str]):
    figures = {of_agent.agent: of_agent for of_agent in AgentStatistics(ReviewService(store)).figures(LEA)}
    assert list(figures) == ["Dewi", "Rudi", None]
    dewi = figures["Dewi"]
    steps = {step.step: step for step in dewi.steps}
    assert list(steps) == list(STEPS)  # in the order of the SOP
    assert (dewi.calls, dewi.reviewed, dewi.verdicts) == (24, 0, {"pass": 24})
    assert (steps[EMAIL].met, steps[EMAIL].few) == (rate(18, 24), False)
    assert (steps[NOTICE].met, steps[NOTICE].unsure, steps[NOTICE].few) == (rate(6, 6), 18, True)
    assert {step.few for step in figures["Rudi"].steps} == {True}


def test_decisions_count_and_figures_can_be_of_reviewed_calls_alone(store: Store, keys: list[str]):
    service = ReviewService(store)
    service.add_event(RINI, new_event(keys[0], "override", step=EMAIL, status="met", text="heard"))
    service.add_event(RINI, new_event(keys[1], "override", step=NOTICE, status="missed", text="not heard"))
    service.add_event(RINI, new_event(keys[0], "reviewed"))
    agents = AgentStatistics(service)
    dewi = agents.figures(LEA)[0]
    assert {s.step: s.met.hits for s in dewi.steps}[EMAIL] == 19
    assert {s.step: s.met for s in dewi.steps}[NOTICE] == rate(6, 7)
    assert dewi.reviewed == 1
    alone = agents.figures(LEA, reviewed=True)[0]
    assert {s.step: s.counts for s in alone.steps}[EMAIL] == {"met": 1}


def test_the_trend_is_by_week_and_calls_without_a_day_are_in_none(store: Store, keys: list[str]):
    agents = AgentStatistics(ReviewService(store))
    weeks = agents.trend(LEA, "Dewi")
    assert [week.monday for week in weeks] == [date(2026, 3, 2), date(2026, 3, 9)]
    assert [sum(week.steps[1].counts.values()) for week in weeks] == [14, 10]
    assert agents.trend(LEA, "Rudi") == ()


def test_agents_see_their_own_figures_only(store: Store, keys: list[str]):
    agents = AgentStatistics(ReviewService(store))
    assert [of_agent.agent for of_agent in agents.figures(DEWI)] == ["Dewi"]
    assert agents.trend(DEWI, "Dewi")
    for work in (
        lambda: agents.trend(DEWI, "Rudi"),
        lambda: agents.plan(DEWI, SamplingGoal(kind="catch"), CallFilter()),
    ):
        with pytest.raises(RefusedError):
            work()


def test_a_plan_covers_the_filtered_calls_without_reviewed_ones(store: Store, keys: list[str]):
    service = ReviewService(store, settings=ReviewSettings(risk_calls=1))
    unscorable = scored_report("broken", agent="Dewi").model_copy(
        update={"steps": (), "verdict": "unscorable", "error": "empty", "started_at": "2026-03-03"}
    )
    store_reports(store, unscorable)
    agents, week = AgentStatistics(service), CallFilter(since=date(2026, 3, 2), until=date(2026, 3, 8))
    catch = SamplingGoal(kind="catch", failing=0.2, chance=0.9)
    made = agents.plan(LEA, catch, week, seed="june")
    (dewi,) = made.agents
    assert dewi.population == 14
    service.add_event(RINI, new_event(dewi.random[0], "reviewed"))
    (after,) = agents.plan(LEA, catch, week, seed="june").agents
    assert (after.random, after.reviewed) == (dewi.random[1:], 1)
