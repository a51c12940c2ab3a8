"""Scores and verdicts from judgements alone as README.md states them."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.finding import Exemption, Finding, Judgement, Violation
from analyzer.scoring.score import score

STATUSES = ["met", "out_of_order", "missed", "not_applicable", "unsure"]


def bank(*weights: float, pass_mark: float = 80, credit: float = 0.5) -> Any:
    steps = [SimpleNamespace(id=f"s{index}", weight=weight) for index, weight in enumerate(weights)]
    return SimpleNamespace(steps=steps, pass_mark=pass_mark, out_of_order_credit=credit)


def judged(*statuses: str, **more) -> Judgement:
    findings = tuple(
        Finding(id=f"s{index}", status=status, confidence=0.9, reason="r") for index, status in enumerate(statuses)
    )
    return Judgement(findings=findings, **more)


def test_credits_over_steps_due_and_decided():
    result = score(judged("met", "out_of_order", "missed", "not_applicable"), bank(1, 1, 1, 1))
    assert (result.score, result.score_low, result.score_high, result.verdict) == (50.0, 50.0, 50.0, "fail")


def test_weights_count():
    assert score(judged("met", "missed"), bank(3, 1)).score == 75.0


def test_unsure_steps_make_bounds():
    result = score(judged("met", "met", "met", "unsure"), bank(1, 1, 1, 1))
    assert (result.score, result.score_low, result.score_high, result.verdict) == (100.0, 75.0, 100.0, "review")


def test_nothing_due_has_no_score():
    result = score(judged("not_applicable"), bank(1))
    assert (result.score, result.score_low, result.score_high, result.verdict) == (None, None, None, "review")


@pytest.mark.parametrize(
    ("judgement", "verdict"),
    [
        (judged("met", "met"), "pass"),
        (judged("met", "missed"), "fail"),
        (judged("met", "unsure"), "review"),
        (judged("missed", "unsure"), "fail"),
        (judged("met", "met", violations=(Violation(id="v", heard="h", start=1.0),)), "fail"),
        (judged("met", "met", violations=(Violation(id="v", heard="h", start=1.0, certain=False),)), "review"),
        (judged("met", "met", exemption_doubtful=True), "review"),
        (judged("met", "met", flags=("audio_partial",)), "review"),
        (judged("met", "met", flags=("mono",)), "pass"),
        (judged("not_applicable", "met", exemption=Exemption(kind="urgent", heard="api", start=1.0)), "exempt"),
    ],
)
def test_verdicts(judgement, verdict):
    assert score(judgement, bank(1, 1)).verdict == verdict


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.floats(0.1, 10)), min_size=1, max_size=8))
def test_scores_stay_in_bounds(steps):
    result = score(judged(*[status for status, _ in steps]), bank(*[weight for _, weight in steps]))
    if result.score_low is not None and result.score_high is not None:
        assert 0 <= result.score_low <= result.score_high <= 100
    if result.score is not None and result.score_low is not None and result.score_high is not None:
        assert result.score_low <= result.score + 0.01
        assert result.score <= result.score_high + 0.01
