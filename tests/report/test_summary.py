"""Totals and order: what a person should look at first."""

from itertools import permutations

import pytest

from analyzer.models.base import Verdict
from analyzer.models.finding import Violation
from analyzer.models.recording import AudioFacts
from analyzer.report.clean import clean_tree, clock, one_line
from analyzer.report.summary import cause, summarise
from tests.report.samples import failed_report, report, rich_report


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


def test_nothing_at_all_has_no_mean():
    summary = summarise([])
    assert (summary.total, summary.mean_score, summary.steps, summary.calls) == (0, None, (), ())


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
    assert clean_tree({text: [text, 1, None]}) == {line: [line, 1, None]}


def test_times_read_as_on_a_player():
    assert [clock(s) for s in (0, 59.99, 60, 3599, 3600)] == ["0:00", "0:59", "1:00", "59:59", "1:00:00"]
