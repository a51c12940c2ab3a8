"""The machine's report with people's decisions: scores are those of `analyzer.score`, the machine's stays as it was."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.base import Status
from analyzer.models.finding import Exemption, Judgement, Violation
from analyzer.models.report import Report
from analyzer.models.review import Event
from analyzer.review.events import replay
from analyzer.review.reviewed_report import ReviewedReport, reviewed_report
from analyzer.scoring.score import score
from tests.examples import examples
from tests.matching.support import BANK
from tests.properties.test_score import judgements
from tests.review.cases import STEPS, event, scored_report

OWNER, EMAIL, THANKS, CALLBACK, NOTICE, CLOSING = STEPS
URGENT = Exemption(kind="urgent", heard="kabel putus", start=3.0)
REFUSED = Violation(id="refused_to_process", heard="tidak bisa diproses", start=9.0)


def review(report: Report, *events: Event, inputs: str = "now") -> ReviewedReport:
    return reviewed_report(report, replay(events), BANK, inputs=inputs)


def override(number: int, step: str, status: Status, **more: Any) -> Event:
    return event(number, "override", step=step, status=status, text="I hear it", **more)


def statuses(reviewed: ReviewedReport) -> dict[str, str]:
    return {finding.id: finding.status for finding in reviewed.report.steps}


@given(judgements())
@examples(150)
def test_without_decisions_it_is_the_machines_report(judgement: Judgement):
    flags = [flag for flag in judgement.flags if flag != "exemption_doubtful"]
    flags = ["exemption_doubtful", *flags] if judgement.exemption_doubtful else flags  # as `judge` keeps them together
    machine = scored_report("c").model_copy(
        update={
            "steps": judgement.findings,
            "exemption": judgement.exemption,
            "violations": judgement.violations,
            "flags": tuple(flags),
            **score(judgement.model_copy(update={"flags": tuple(flags)}), BANK).model_dump(),
        }
    )
    reviewed = review(machine)
    assert reviewed.report == reviewed.machine == machine
    assert reviewed.decided == {}


@given(st.lists(st.sampled_from("mox-u"), min_size=6, max_size=6), st.data())
@examples(150)
def test_with_every_step_decided_the_score_is_that_of_the_decisions(letters: list[str], data: st.DataObject):
    wanted = data.draw(st.lists(st.sampled_from("mox-u"), min_size=6, max_size=6))
    decided = scored_report("c", "".join(wanted))
    by_people = [override(n, step.id, step.status) for n, step in enumerate(decided.steps, 1)]
    reviewed = review(scored_report("c", "".join(letters)), *by_people)
    got, want = reviewed.report, decided
    assert (got.score, got.score_low, got.score_high, got.verdict) == (
        want.score,
        want.score_low,
        want.score_high,
        want.verdict,
    )
    assert reviewed.machine == scored_report("c", "".join(letters))


def test_an_override_changes_score_and_verdict_at_once_and_the_machines_finding_stays():
    reviewed = review(scored_report("c", "mmmxxm"), override(1, CALLBACK, "met", inputs="now"))
    assert (reviewed.machine.verdict, reviewed.machine.score) == ("fail", 66.67)
    assert (reviewed.report.verdict, reviewed.report.score) == ("pass", 83.33)
    step = reviewed.steps[3]
    assert (step.machine.status, step.status, step.changed, step.older) == ("missed", "met", True, False)
    assert step.decision is not None
    assert reviewed.report.steps[3].reason == "Decided by Rini: I hear it"


def test_unsure_steps_that_people_decide_count_as_decided():
    reviewed = review(scored_report("c", "mmmuum"), override(1, CALLBACK, "met"), override(2, NOTICE, "missed"))
    report = reviewed.report
    assert (report.score_low, report.score, report.score_high, report.verdict) == (83.33, 83.33, 83.33, "pass")


def test_an_agreement_stays_when_the_machine_s_status_changes_and_is_marked_older():
    agreed = event(1, "agree", step=CALLBACK, status="met", inputs="before")
    reviewed = review(scored_report("c", "mmmxmm"), agreed)
    assert statuses(reviewed)[CALLBACK] == "met"
    assert [step.machine.id for step in reviewed.steps if step.older] == [CALLBACK]


@pytest.mark.parametrize(
    ("machine", "email", "thanks"),
    [
        ("mx-mmm", "met", "unsure"),  # it asks for its thanks now, and nobody has listened for them
        ("mmxmmm", "missed", "not_applicable"),
        ("mmxmmm", "unsure", "missed"),
        ("mmmmmm", "out_of_order", "met"),
        ("mu-mmm", "missed", "not_applicable"),
    ],
)
def test_a_decision_on_the_request_makes_the_thanks_due_or_not_due(machine: str, email: Status, thanks: str):
    reviewed = review(scored_report("c", machine), override(1, EMAIL, email))
    assert statuses(reviewed)[THANKS] == thanks
    step = reviewed.steps[2]
    assert step.implied == (thanks != step.machine.status)


def test_a_decision_on_a_step_overrides_the_implied_status():
    events = (override(1, EMAIL, "met"), override(2, THANKS, "missed"))
    assert statuses(review(scored_report("c", "mx-mmm"), *events))[THANKS] == "missed"


def test_a_step_not_due_by_the_callers_role_stays_so():
    report = scored_report("c", "m----m", caller_role="other")
    assert statuses(review(report, override(1, EMAIL, "met")))[THANKS] == "not_applicable"


def test_a_step_not_due_by_the_exemption_stays_so():
    report = scored_report("c", "-----m", exemption=URGENT)
    assert statuses(review(report, override(1, EMAIL, "met")))[THANKS] == "not_applicable"


def test_a_dismissed_exemption_leaves_its_steps_open_until_people_decide_them():
    report = scored_report("c", "-----m", exemption=URGENT)
    assert report.verdict == "exempt"
    events = event(1, "dismiss", step="exemption", text="an ordinary outage")
    reviewed = review(report, events)
    assert statuses(reviewed) == {**dict.fromkeys(STEPS, "unsure"), CLOSING: "met"}
    assert (reviewed.report.exemption, reviewed.report.verdict) == (None, "review")
    decided = [override(n, step, "met") for n, step in enumerate(STEPS[:5], 2)]
    assert review(report, events, *decided).report.verdict == "pass"


def test_a_confirmed_exemption_makes_its_steps_not_applicable_with_its_quote():
    report = scored_report("c", "xxxxxm", exemption_doubtful=True)
    events = event(1, "confirm", step="angry", text="lama sekali, kecewa saya", at=12.0)
    reviewed = review(report, events).report
    assert reviewed.verdict == "exempt"
    assert reviewed.exemption == Exemption(kind="angry", heard="lama sekali, kecewa saya", start=12.0)
    assert [finding.status for finding in reviewed.steps] == ["not_applicable"] * 5 + ["met"]
    assert "exemption_doubtful" not in reviewed.flags


def test_a_dismissed_doubtful_exemption_needs_no_review():
    report = scored_report("c", "mmmmmm", exemption_doubtful=True)
    assert report.verdict == "review"
    assert review(report, event(1, "dismiss", step="exemption", text="no")).report.verdict == "pass"


@pytest.mark.parametrize(
    ("found", "events", "verdict"),
    [
        (REFUSED, (), "fail"),
        (REFUSED, ("dismiss",), "pass"),
        (REFUSED.model_copy(update={"certain": False}), (), "review"),
        (REFUSED.model_copy(update={"certain": False}), ("confirm",), "fail"),
        (REFUSED.model_copy(update={"certain": False}), ("dismiss",), "pass"),
        (None, ("confirm",), "fail"),
        (None, ("confirm", "dismiss"), "pass"),
    ],
)
def test_violations_count_as_people_rule(found: Violation | None, events: Sequence[str], verdict: str):
    report = scored_report("c", "mmmmmm", violations=(found,) if found else ())
    decisions = [event(n, kind, step=REFUSED.id, text="so") for n, kind in enumerate(events, 1)]  # type: ignore[arg-type]
    assert review(report, *decisions).report.verdict == verdict


def test_flags_need_no_review_once_the_call_is_reviewed():
    report = scored_report("c", "mmmmmm", flags=("audio_partial", "mono"))
    assert report.verdict == "review"
    reviewed = review(report, event(1, "reviewed"))
    assert (reviewed.report.verdict, reviewed.report.flags) == ("pass", ("audio_partial", "mono"))


def test_doubtful_violations_need_review_until_they_are_ruled():
    report = scored_report("c", "mmmmmm", violations=(REFUSED.model_copy(update={"certain": False}),))
    assert review(report, event(1, "reviewed")).report.verdict == "review"


def test_a_call_that_could_not_be_processed_has_nothing_to_decide():
    report = scored_report("c").model_copy(
        update={"steps": (), "verdict": "unscorable", "error": "empty", "score": None}
    )
    assert review(report, override(1, EMAIL, "met")).report == report
