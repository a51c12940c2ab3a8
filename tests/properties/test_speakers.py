"""Only the agent's words meet a step, only the customer's answer one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.finding import Captured
from tests.examples import examples
from tests.properties import sop
from tests.properties.calls import APART, Line, scored, statuses, transcript_of
from tests.properties.sop import CALLBACK, CLOSING, EMAIL, NOTICE, OWNER, THANKS

SAID = {"met", "out_of_order"}
ASKED = (OWNER, EMAIL, CALLBACK)

handed_over = st.sets(st.sampled_from(sop.STEPS), min_size=1)


def by_other(part: sop.Part, who: str) -> sop.Part:
    """The part with one speaker's words in the other's mouth, still turns apart."""
    swap = {"a": "c", "c": "a"}
    said = (replace(line, who=swap[line.who], wait=APART) if line.who == who else line for line in part.said)
    return replace(part, said=tuple(said))


@given(sop.calls, handed_over)
@examples(90)
def test_what_the_customer_says_meets_no_step(whole, names):
    call = tuple(by_other(part, "a") if part.name in names else part for part in whole)
    transcript = transcript_of(sop.said(call))
    agent = [segment for segment in transcript.segments if segment.speaker == "agent"]
    report = scored(transcript)
    for step in report.steps:
        if step.status in SAID:
            assert step.channel == "agent"
            assert step.start is not None
            assert any(segment.start <= step.start <= segment.end for segment in agent)
    got = statuses(report)
    # the agent's thanks for an e-mail that was not asked for may be the closing's
    assert {step for step in names - {CLOSING} if got[step] in SAID} == set()
    assert {step for step in set(sop.STEPS) - names - {THANKS} if got[step] not in SAID} == set()


@given(sop.calls, st.sets(st.sampled_from(ASKED), min_size=1))
@examples(60)
def test_what_the_agent_says_answers_nothing(whole, names):
    call = tuple(by_other(part, "c") if part.name in names else part for part in whole)
    report = scored(transcript_of(sop.said(call)))
    replies = {OWNER: report.caller_role, EMAIL: report.email_reply, CALLBACK: report.callback_reply}
    assert {step: replies[step] for step in names} == dict.fromkeys(names)
    assert None not in {replies[step] for step in set(ASKED) - names}
    # nothing was answered, so there was no answer to thank for
    assert statuses(report) == {**sop.ALL_MET, **({THANKS: "missed"} if EMAIL in names else {})}
    if EMAIL in names:
        assert report.captured == Captured()


@pytest.mark.parametrize(
    "said", ["Ada kabel putus di depan rumah.", "Saya sangat kecewa dengan pelayanan PLN.", "Saya emosi nih Mbak."]
)
@given(whole=sop.calls, at=st.integers(0, 13))
@examples(30)
def test_only_the_customer_makes_a_call_exempt(said, whole, at):
    lines = sop.said(whole)
    for who, exempt in (("a", False), ("c", True)):
        report = scored(transcript_of([*lines[:at], Line(who, said, 3.0), *lines[at:]]))
        assert (report.exemption is not None) == exempt
        assert (report.verdict == "exempt") == exempt
        assert statuses(report)[CLOSING] == "met"
        assert (statuses(report)[NOTICE] == "not_applicable") == exempt
