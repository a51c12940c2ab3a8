"""Order is order of speech, not of seconds: talk between turns, or a later start, changes no status."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.matching.support import BANK
from tests.properties import sop, talk
from tests.properties.calls import APART, Line, padded, scored, statuses, transcript_of

NEIGHBOUR = sop.Part(
    sop.OWNER,
    (Line("a", "Apakah Bapak sebagai pemilik atau penyewa?"), Line("c", "Bukan, saya tetangga sebelah.")),
)
URGENT = sop.Part(
    sop.OPENING,
    (Line("a", "Selamat siang, PLN 123 dengan Tono, ada yang dapat kami bantu?"), Line("c", "Ada kabel putus Mas.")),
)
THANKS_SECONDS = 45  # within which thanks count as thanks for the e-mail
ROLE_SECONDS = BANK.replies.caller_role.seconds if BANK.replies.caller_role else 0.0

pads = st.dictionaries(st.integers(0, 16), talk.padding, max_size=3)


@given(sop.calls)
@examples(60)
def test_a_call_worded_by_the_banks_examples_meets_every_step(whole):
    assert statuses(scored(transcript_of(sop.said(whole)))) == sop.ALL_MET


@given(sop.mixed_calls(), pads)
@examples(90)
def test_talk_between_turns_changes_no_status_but_that_of_late_thanks(call, between):
    said = sop.said(call)
    before = statuses(scored(transcript_of(said)))
    more = padded(said, between)
    after = statuses(scored(transcript_of(more)))
    if before[sop.THANKS] == "met" and _thanks_wait(more, call) > THANKS_SECONDS:
        assert after.pop(sop.THANKS) == "missed"
        before.pop(sop.THANKS)
        if after[sop.CLOSING] == "met":  # near the end they are free now to be the thanks of the closing
            before.pop(sop.CLOSING)
            after.pop(sop.CLOSING)
    assert after == before


def _thanks_wait(said: tuple[Line, ...], call: sop.Call) -> float:
    """Seconds from the customer's last words before the thanks to the thanks themselves."""
    thanks = next(line for part in call if part.name == sop.THANKS for line in part.said)
    at = next(index for index, line in enumerate(said) if line.text == thanks.text and line.who == "a")
    segments = transcript_of(said).segments
    answered = max(segment.end for segment in segments[:at] if segment.speaker == "customer")
    start = next(word.start for word in segments[at].words or () if word.text.lower() in {"terima", "makasih"})
    return start - answered


@given(sop.calls, talk.padding, st.floats(0, 90))
@examples(60)
def test_thanks_count_for_45_seconds_after_the_answer_whatever_the_agent_says_meanwhile(whole, between, wait):
    before, after = sop.said(whole[:3]), sop.said(whole[3:])
    late = (*before, replace(after[0], wait=APART + wait), *after[1:])
    said = padded(late, {len(before): [line for line in between if line.who == "a"]})
    status = "met" if _thanks_wait(said, whole) <= THANKS_SECONDS else "missed"
    assert statuses(scored(transcript_of(said))) == {**sop.ALL_MET, sop.THANKS: status}


@given(pads, st.sampled_from([NEIGHBOUR, URGENT]), sop.calls)
@examples(40)
def test_talk_between_turns_leaves_what_was_not_due(between, special, whole):
    opening, offer, closing = whole[0], whole[5], whole[7]
    call = (special, offer, closing) if special is URGENT else (opening, special, offer, closing)
    said = sop.said(call)
    asked = said.index(NEIGHBOUR.said[0]) if special is NEIGHBOUR else -1
    between = {at: pad for at, pad in between.items() if at != asked + 1}  # the answer itself has its own test
    got = statuses(scored(transcript_of(padded(said, between))))
    assert got == statuses(scored(transcript_of(said)))
    assert list(got.values()).count("not_applicable") == (5 if special is URGENT else 4)


@pytest.mark.parametrize(
    ("wait", "role", "status"), [(ROLE_SECONDS - 1, "other", "not_applicable"), (ROLE_SECONDS + 1, None, "missed")]
)
def test_an_answer_counts_for_the_banks_seconds_after_the_question(wait, role, status):
    late = (NEIGHBOUR.said[0], replace(NEIGHBOUR.said[1], wait=wait))
    report = scored(transcript_of([Line("a", "Selamat siang, PLN 123."), Line("c", "Siang."), *late]))
    assert (report.caller_role, statuses(report)[sop.CALLBACK]) == (role, status)


@given(sop.mixed_calls(), st.integers(1, 360_000))
@examples(40)
def test_a_later_start_changes_nothing_but_the_times(call, hundredths):
    said = [replace(line, wait=line.wait + 0.05) for line in sop.said(call)]
    soon, late = (scored(transcript_of(said, at=at)) for at in (0.5, 0.5 + hundredths / 100))
    assert statuses(late) == statuses(soon)
    for one, other in zip(soon.steps, late.steps, strict=True):
        assert (one.heard, one.similarity, one.confidence) == (other.heard, other.similarity, other.confidence)
        assert (one.start is None) == (other.start is None)
        if one.start is not None and other.start is not None:
            assert other.start - one.start == pytest.approx(hundredths / 100, abs=0.02)
