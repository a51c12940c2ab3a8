"""Adherence from counts: what is due and decided counts, in the order of the SOP, by week."""

from datetime import date

from analyzer.analysis.adherence import by_agent, step_adherence, weekly
from analyzer.analysis.statistics import rate
from analyzer.models.base import Status
from analyzer.models.report import StatusCount


def tally(
    status: Status, calls: int, step: str = "b", day: str | None = None, agent: str | None = "Dewi"
) -> StatusCount:
    return StatusCount(agent=agent, day=date.fromisoformat(day) if day else None, step=step, status=status, calls=calls)


def test_what_was_not_due_or_is_not_decided_is_in_no_rate():
    counts = [tally("met", 15), tally("out_of_order", 2), tally("missed", 3), tally("unsure", 9), tally("met", 1)]
    first, step = step_adherence([*counts, tally("not_applicable", 40)], ["a", "b"], few=20)
    assert (first.step, first.met, first.few) == ("a", rate(0, 0), True)
    assert (step.step, step.met, step.unsure, step.few) == ("b", rate(16, 21), 9, False)
    (alone,) = step_adherence([tally("met", 19), tally("unsure", 9)], [], few=20)
    assert alone.few


def test_weeks_begin_on_monday_and_unknown_days_are_in_none():
    counts = [tally("met", 2, day="2026-11-08"), tally("missed", 1, day="2026-11-02"), tally("met", 5)]
    counts.append(tally("met", 4, day="2026-11-09"))
    weeks = weekly(counts, ["b"], few=1)
    assert [(week.monday.isoformat(), week.steps[0].met.hits, week.steps[0].met.of) for week in weeks] == [
        ("2026-11-02", 2, 3), ("2026-11-09", 4, 4),
    ]


def test_agents_come_by_name_and_calls_of_nobody_last():
    counts = [tally("met", 1, agent=None), tally("met", 1, agent="Rudi"), tally("met", 1), tally("missed", 1)]
    assert [(agent, len(own)) for agent, own in by_agent(counts).items()] == [("Dewi", 2), ("Rudi", 1), (None, 1)]
