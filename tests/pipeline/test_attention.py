"""Less work, same findings: words are aligned where the bank needs it, and the customer read where it matters."""

from functools import cache

import numpy as np
import pytest

from analyzer.models.base import CustomerAudio, Span
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, Segment
from analyzer.pipeline.score import AgentChannelOption
from analyzer.pipeline.selective import SelectionPolicy, SelectionSettings
from tests.examples import nightly
from tests.pipeline.sample_recogniser import bank, heard, recordings, report, stream

pytestmark = pytest.mark.audio

CALLS = ["all-met-script", "urgent", "neighbour", "hold", *(["angry", "email-refused"] if nightly() else [])]


@cache
def transcripts(customer: CustomerAudio = "full", align: str = "needed") -> dict[str, AudioTranscript]:
    return heard(stream(customer, align=align), CALLS)


def reports(customer: CustomerAudio = "full", align: str = "needed") -> dict[str, Report]:
    return {call: report(call, transcript) for call, transcript in transcripts(customer, align).items()}


def test_evidence_is_the_same_as_when_every_word_is_aligned():
    needed, everything = reports(), reports(align="all")
    for call in CALLS:
        assert needed[call].exemption == everything[call].exemption
        assert needed[call].captured == everything[call].captured
        for mine, full in zip(needed[call].steps, everything[call].steps, strict=True):
            assert (mine.status, mine.start, mine.end, mine.heard) == (full.status, full.start, full.end, full.heard)


def test_windows_without_candidates_keep_estimated_times_and_say_so():
    segments = [s for t in transcripts().values() for channel in t.channels for s in channel.segments]
    estimates = [segment for segment in segments if not segment.aligned]
    assert 0 < len(estimates) < len(segments) / 2
    assert all(word.probability is None for segment in estimates for word in segment.words or ())
    everything = [s for t in transcripts(align="all").values() for channel in t.channels for s in channel.segments]
    assert all(segment.aligned for segment in everything)


def test_estimated_words_lie_in_detected_speech():
    inside = total = 0.0
    for transcript in transcripts().values():
        for channel in transcript.channels:
            for segment in channel.segments:
                for word in segment.words if not segment.aligned and segment.words else ():
                    inside += sum(span.overlap(word.start, word.end) for span in channel.speech)
                    total += word.end - word.start
    assert total > 10
    assert inside > 0.85 * total  # windows keep 0.2 s around them and short pauses


def test_replies_give_the_same_findings_from_less_of_the_customer():
    full, replies = reports(), reports("replies")
    for call in CALLS:
        for field in ("verdict", "caller_role", "email_reply", "callback_reply"):
            assert getattr(replies[call], field) == getattr(full[call], field), (call, field)
        assert [s.status for s in replies[call].steps] == [s.status for s in full[call].steps]
        assert (replies[call].exemption is None) == (full[call].exemption is None)


@pytest.mark.parametrize("mode", ["replies", "none"])
def test_the_agent_is_read_alike_and_nothing_of_the_customer_is_silently_gone(mode: CustomerAudio):
    for call, transcript in transcripts(mode).items():
        agent = reports()[call].agent_side
        assert agent is not None
        texts = [" ".join(s.text for s in t.channels[agent].segments) for t in (transcript, transcripts()[call])]
        assert texts[0] == texts[1]
        assert transcript.channels[agent].unread == ()
        customer = transcript.channels[1 - agent]
        inside = [s for s in customer.segments for gone in customer.unread if gone.overlap(s.start, s.end) > 0.3]
        assert not inside


def test_nobody_passes_or_fails_when_the_customer_was_not_heard():
    none = reports("none")
    for call in CALLS:
        found = none[call].model_copy()
        assert found.verdict not in {"pass", "fail"} or found.violations, call
    stated = transcripts("none")["all-met-script"]  # its manifest says which side is the agent
    assert recordings()["all-met-script"].metadata.agent_channel == "left"
    assert stated.channels[1].segments == ()


def test_sides_that_the_beginning_does_not_tell_apart_cost_a_little_more_of_both_and_not_everything():
    short = SelectionSettings(opening_seconds=1.0)  # a greeting, which both sides have
    found = heard(stream("replies", short), ["hold"])["hold"]
    agent = reports()["hold"].agent_side
    assert agent is not None
    assert found.channels[agent].unread == ()
    unread = sum(span.seconds for span in found.channels[1 - agent].unread)
    speech = sum(span.seconds for span in found.channels[1 - agent].speech)
    assert 0.1 * speech < unread < speech
    assert report("hold", found).agent_side == agent


def said(start: float, text: str) -> Segment:
    return Segment(start=start, end=start + 3.0, text=text)


def seconds_read(agent: list[Segment], customer: list[Segment]) -> set[int]:
    """Which of ten minutes of the customer's speech, a span of a second every ten, are to be read."""
    unread = [Span(start=float(at), end=at + 1.0) for at in range(0, 600, 10)]
    wanted = SelectionPolicy(bank(), AgentChannelOption(), "replies").customer_spans(
        agent, customer, unread, np.zeros(600 * 16_000, np.float32)
    )
    return {round(one.start) for one in unread if any(one.overlap(span.start, span.end) > 0 for span in wanted)}


def test_an_alarm_that_the_agent_repeats_is_looked_for_before_it_and_not_everywhere():
    assert seconds_read([said(300.0, "Selamat pagi, ada yang bisa kami bantu?")], []) == set()
    around = seconds_read([said(300.0, "Baik Bapak, ada kabel putus ya?")], [])
    assert min(around) <= 250
    assert {280, 290, 300, 320} <= around
    assert max(around) < 340


def test_a_sure_exemption_needs_no_more_proof_and_a_weak_one_all_there_is():
    sure = seconds_read([], [said(300.0, "Ada kabel putus di jalan depan rumah saya")])
    assert 0 < len(sure) < 20
    assert len(seconds_read([], [said(300.0, "Ini gawat Mbak")])) == 60
