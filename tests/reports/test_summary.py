"""Totals and order: what a person should look at first."""

from datetime import date
from itertools import permutations

import pytest

from analyzer.analysis.adherence import step_adherence
from analyzer.models.base import Verdict
from analyzer.models.finding import Violation
from analyzer.models.recording import AudioFacts
from analyzer.models.report import StatusCount
from analyzer.reports.safe_text import clock, one_line
from analyzer.reports.summary import ENOUGH, STATUSES, cause, summarise
from tests.reports.samples import failed_report, report, rich_report


def scored(call_id: str, verdict: Verdict, low: float, **changes):
    return report(call_id, verdict, score=low, score_low=low, score_high=low, **changes)


def test_violations_and_fails_come_first_then_the_lowest_score_and_the_order_given_does_not_matter():
    said = (Violation(id="refused_to_process", heard="tidak bisa", start=1.0),)
    reports = [
        report("nothing-due", "exempt", score=None, score_low=None, score_high=None),
        scored("good", "pass", 100),
        scored("doubtful", "review", 40),
        scored("fail-60", "fail", 60),
        scored("fail-60-said", "fail", 60, violations=said),
        scored("said", "review", 90, violations=said),
        scored("fail-20", "fail", 20),
        failed_report(),
    ]
    wanted = ["fail-20", "fail-60-said", "fail-60", "said", "doubtful", "good", "nothing-due"]
    for given in list(permutations(reports))[::997]:
        summary = summarise(given)
        assert [one.call_id for one in summary.calls] == wanted
        assert [one.call_id for one in summary.failed] == ["c3"]


def test_totals_count_every_call_once_and_the_mean_leaves_out_exempt_ones():
    summary = summarise([scored("a", "pass", 90), rich_report(), scored("b", "exempt", 100), failed_report()])
    assert summary.total == 4
    assert summary.verdicts == {"fail": 1, "review": 0, "pass": 1, "exempt": 1, "unscorable": 1}
    assert (summary.mean_score, summary.scored) == (70.0, 2)
    counts = {step.id: step.counts for step in summary.steps}
    assert counts["email_request"] == {
        "met": 2, "out_of_order": 0, "missed": 1, "unsure": 0, "not_applicable": 0,
    }  # fmt: skip


def test_every_agent_has_figures_of_their_own_by_name_and_unknown_ones_last():
    reports = [
        scored("a", "pass", 90, agent="rini"),
        scored("b", "fail", 50, agent="Budi", statuses=("met", "missed", "out_of_order")),
        scored("c", "review", 70, agent="rini", statuses=("unsure", "missed", "not_applicable")),
        failed_report(),
    ]
    agents = {one.agent: one.figures for one in summarise(reports).agents}
    assert list(agents) == ["Budi", "rini", None]
    rini = agents["rini"]
    assert (rini.calls, rini.scored, rini.mean_score, rini.enough) == (2, 2, 80.0, False)
    assert (rini.passed.hits, rini.passed.of) == (1, 1)  # what needs review neither passed nor failed
    adherence = {step.id: (step.adherence.hits, step.adherence.of) for step in rini.steps}
    assert adherence == {"owner_tenant_question": (1, 1), "email_request": (1, 2), "closing_thanks": (1, 1)}
    assert {step.id: step.adherence.value for step in agents["Budi"].steps}["closing_thanks"] == 0.0


def test_adherence_is_the_review_app_s():
    """Two ways to the same figure: from reports here, from the store's tallies there."""
    reports = [scored(str(at), "pass", 90, statuses=(status, "met", "met")) for at, status in enumerate(STATUSES * 3)]
    counted = summarise(reports).steps[0]
    tallies = [StatusCount(agent=None, day=None, step=counted.id, status=s, calls=n) for s, n in counted.counts.items()]
    (theirs,) = step_adherence(tallies, [counted.id], ENOUGH)
    assert theirs.met == counted.adherence
    assert theirs.few == (counted.adherence.of < ENOUGH)


def test_twenty_scored_calls_are_enough_to_speak_of_shares():
    assert [summarise([scored(str(at), "pass", 90) for at in range(n)]).figures.enough for n in (19, 20)] == [
        False,
        True,
    ]


def test_days_come_in_order_and_calls_without_a_day_are_in_none():
    reports = [
        scored("a", "pass", 90, started_at="2026-03-02 08:15"),
        scored("b", "fail", 50, started_at="1/3/2026 23.59"),
        scored("c", "pass", 70, started_at="2026-03-02T23:59:59+07:00"),
        scored("d", "pass", 70, started_at="kemarin"),
    ]
    summary = summarise(reports)
    assert [(one.day, one.figures.calls, one.figures.mean_score) for one in summary.days] == [
        (date(2026, 3, 1), 1, 50.0),
        (date(2026, 3, 2), 2, 80.0),
    ]
    assert summary.total == 4


def test_scores_are_counted_in_tenths_and_a_hundred_belongs_to_the_last():
    given = [scored(str(at), "pass", score) for at, score in enumerate((0, 9.9, 10, 55, 90, 100))]
    assert summarise([*given, scored("e", "exempt", 100)]).scores == (2, 1, 0, 0, 0, 1, 0, 0, 0, 2)


def test_nothing_at_all_has_no_mean():
    summary = summarise([])
    assert (summary.total, summary.mean_score, summary.steps, summary.calls) == (0, None, (), ())
    assert (summary.agents, summary.days, sum(summary.scores)) == ((), (), 0)


def test_the_cause_is_the_error_or_what_decoding_noted():
    silent = report(verdict="unscorable", audio=AudioFacts(notes=("No speech was found.",)))
    assert cause(failed_report()) == "The file is empty (0 bytes)."
    assert cause(silent) == "No speech was found."
    assert cause(report(verdict="unscorable", audio=None)) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\r\nb\tc", "a b c"), ("\x1b]0;x\x07y", "]0;xy"), ("a\u2028b\x85c", "a b c"), ("\u202egpj", "gpj")],
)
def test_text_from_outside_loses_what_moves_cursors_and_lines(text: str, line: str):
    assert one_line(text) == line


def test_times_read_as_on_a_player():
    assert [clock(s) for s in (0, 59.99, 60, 3599, 3600)] == ["0:00", "0:59", "1:00", "59:59", "1:00:00"]
