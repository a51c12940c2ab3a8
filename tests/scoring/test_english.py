"""A second SOP, of another company and in English, runs on the same code."""

from pathlib import Path

import pytest

from analyzer.analysis.bank_check import check_bank
from analyzer.bank.load import load_bank
from analyzer.matching.matcher import Matcher
from analyzer.models.finding import Captured
from analyzer.models.recording import CallMetadata
from analyzer.scoring.judge import judge
from analyzer.scoring.replies import record_check
from analyzer.scoring.score import score
from tests.matching.support import call

BANK = load_bank(Path(__file__).parent / "english_bank.yaml")
MATCHER = Matcher(BANK)
HELLO = ("a: Good morning, thank you for calling FibreNet, how can I help?", "c: My internet is down.")
NOTICE = ("a: Just so you know sir, this call will be recorded for quality.",)
ACCOUNT = ("a: And may I have your account number please?", "c: Sure, it is four four two.")
BYE = ("a: Thanks for calling, bye.",)


def run(*parts: tuple[str, ...], mono: bool = False):
    lines = [line for part in parts for line in part]
    transcript = call(*(f"u{line[1:]}" if mono else line for line in lines))
    judgement = judge(transcript, MATCHER.find(transcript), BANK)
    return judgement, [finding.status for finding in judgement.findings]


def test_its_own_examples_hold():
    assert [problem for problem in check_bank(BANK, MATCHER) if problem.level == "error"] == []


@pytest.mark.parametrize(
    ("parts", "statuses", "points", "verdict"),
    [
        ((HELLO, NOTICE, ACCOUNT, BYE), ["met", "met", "met"], 100.0, "pass"),
        ((HELLO, ACCOUNT, NOTICE, BYE), ["met", "out_of_order", "met"], 81.25, "pass"),
        ((HELLO, ACCOUNT, BYE), ["missed", "met", "met"], 50.0, "fail"),
        ((HELLO, NOTICE, ACCOUNT), ["met", "met", "missed"], 75.0, "pass"),
    ],
)
def test_steps_order_weights_and_marks_are_the_banks(parts, statuses, points, verdict):
    judgement, got = run(*parts)
    assert got == statuses
    result = score(judgement, BANK)
    assert (result.score, result.verdict) == (points, verdict)


def test_its_exemption_leaves_only_the_closing_due():
    judgement, got = run((HELLO[0], "c: There is smoke coming out of the router."), BYE)
    assert got == ["not_applicable", "not_applicable", "met"]
    assert judgement.exemption.kind == "urgent"


def test_a_denied_word_exempts_nobody():
    assert run((HELLO[0], "c: There is no smoke."), BYE)[0].exemption is None


def test_what_it_does_not_ask_stays_empty():
    judgement, _ = run(HELLO, NOTICE, ACCOUNT, BYE)
    assert (judgement.caller_role, judgement.email_reply, judgement.callback_reply) == (None, None, None)
    assert record_check(Captured(), CallMetadata(system="CRM"), BANK) == {}


def test_mono_works_by_its_own_cues():
    assert run(HELLO, NOTICE, ACCOUNT, BYE, mono=True)[1] == ["met", "met", "met"]
