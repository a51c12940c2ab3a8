"""What a second pass may change, and what it may not."""

import pytest

from analyzer.models.base import Span
from analyzer.models.finding import Finding
from analyzer.models.transcript import ChannelSpan, SecondPassSpan, SecondPassTranscript, Segment, Transcript
from analyzer.scoring.judge import judge
from analyzer.scoring.second_pass import Reconciled, reconcile, spans_for_second_pass
from tests.fakes import ENGINE
from tests.matching.support import BANK, MATCHER, call
from tests.scoring.calls import CALLBACK, CLOSING, EMAIL, NOTICE, OFFER, OPENING, OWNER, THANKS, lines

GARBLED = ("a: Hmm abah lensa kolak tibu randu.", "c: Boleh Mas.")
CLEAR = -0.2


def first_reading(*parts: tuple[str, ...]) -> Transcript:
    """A call in which speech was detected wherever the agent has words."""
    transcript = call(*lines(*parts))
    spans = tuple(Span(start=s.start, end=s.end) for s in transcript.segments if s.speaker == "agent")
    return transcript.model_copy(update={"speech": {"agent": spans}})


def place_of_line(transcript: Transcript, words: str) -> Segment:
    return next(segment for segment in transcript.segments if segment.text.startswith(words))


def second_reading(
    transcript: Transcript, instead_of: str, text: str, *, logprob: float = CLEAR
) -> SecondPassTranscript:
    """One span around a line of the first reading, read as `text`."""
    place = place_of_line(transcript, instead_of)
    segment = call(f"a: {text}", pace=(place.end - place.start) / len(text.split())).segments[0]
    shift = place.start - segment.start
    words = tuple(
        word.model_copy(update={"start": round(word.start + shift, 2), "end": round(word.end + shift, 2)})
        for word in segment.words or ()
    )
    read = segment.model_copy(update={"start": place.start, "end": place.end, "words": words, "avg_logprob": logprob})
    span = SecondPassSpan(channel=0, start=max(0.0, place.start - 1), end=place.end + 1, segments=(read,))
    return SecondPassTranscript(audio_sha256="0", engine=ENGINE, readings=(span,))


def weighed(transcript: Transcript, readings: SecondPassTranscript | None) -> Reconciled:
    evidence = MATCHER.find(transcript)
    first = Reconciled(transcript, evidence, judge(transcript, evidence, BANK))
    return reconcile(first, {0: "agent"}, readings, BANK, MATCHER)


def finding(result: Reconciled, step: str) -> Finding:
    return next(found for found in result.judgement.findings if found.id == step)


WITHOUT_CALLBACK = (OPENING, OWNER, EMAIL, THANKS, GARBLED, OFFER, NOTICE, CLOSING)
ASKED = CALLBACK[0].removeprefix("a: ")


def test_a_step_the_first_reading_missed_is_met_when_the_second_has_it_clearly():
    first = first_reading(*WITHOUT_CALLBACK)
    assert finding(weighed(first, None), "callback_question").status == "missed"
    result = weighed(first, second_reading(first, "Hmm abah", ASKED))
    found = finding(result, "callback_question")
    assert (found.status, found.heard) == ("met", ASKED)
    assert "second reading" in found.reason
    assert found.second is not None
    assert (found.second.outcome, found.second.first) == ("said", "Hmm abah lensa kolak tibu randu.")
    assert result.judgement.callback_reply == "yes"  # the customer's answer now has its question


@pytest.mark.parametrize("doubt", ["logprob", "no speech", "words"])
def test_without_proof_by_the_audio_it_is_unsure(doubt: str):
    first = first_reading(*WITHOUT_CALLBACK)
    text = "Apakah nomor telepon yang digunakan dapat kami hubungi kembali" if doubt == "words" else ASKED
    readings = second_reading(first, "Hmm abah", text, logprob=-0.9 if doubt == "logprob" else CLEAR)
    if doubt == "no speech":
        first = first.model_copy(update={"speech": {"agent": (Span(start=0, end=1),)}})
    if doubt == "words":
        settings = BANK.second_look
        assert settings is not None
        reading = readings.readings[0]
        low = tuple(
            segment.model_copy(
                update={"words": tuple(w.model_copy(update={"probability": 0.4}) for w in segment.words or ())}
            )
            for segment in reading.segments
        )
        readings = readings.model_copy(update={"readings": (reading.model_copy(update={"segments": low}),)})
    found = finding(weighed(first, readings), "callback_question")
    assert found.status == "unsure"
    assert found.second is not None
    assert found.second.outcome == "unclear"


def test_a_second_reading_that_has_it_neither_leaves_the_step_missed_and_says_where_it_looked():
    first = first_reading(*WITHOUT_CALLBACK)
    readings = second_reading(first, "Hmm abah", "Hari ini cuacanya panas sekali ya")
    found = finding(weighed(first, readings), "callback_question")
    assert found.status == "missed"
    assert found.second is not None
    assert found.second.outcome == "nothing"
    place = place_of_line(first, "Hmm abah")
    assert found.second.looked.start <= place.start < place.end <= found.second.looked.end


def test_other_steps_keep_what_the_first_reading_gave_them():
    first = first_reading(*WITHOUT_CALLBACK)
    before = weighed(first, None).judgement
    readings = second_reading(first, "Hmm abah", ASKED)
    swallowing = SecondPassSpan(channel=0, start=0.0, end=first.duration, segments=readings.readings[0].segments)
    after = weighed(first, readings.model_copy(update={"readings": (swallowing,)})).judgement
    for old, new in zip(before.findings, after.findings, strict=True):
        if old.id != "callback_question":
            assert (old.status, old.heard) == (new.status, new.heard)


def test_a_request_found_again_makes_its_thanks_due():
    garbled_request = ("a: Tu amat rembun kolak.", "c: Wah saya tidak punya Mas.")
    first = first_reading(OPENING, OWNER, garbled_request, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert finding(weighed(first, None), "email_request").status == "missed"
    assert finding(weighed(first, None), "thanks_for_email").status == "not_applicable"
    result = weighed(first, second_reading(first, "Tu amat", EMAIL[0].removeprefix("a: ")))
    assert [finding(result, step).status for step in ("email_request", "thanks_for_email")] == ["met", "met"]
    assert result.judgement.email_reply == "none"


def test_readings_elsewhere_change_nothing():
    first = first_reading(*WITHOUT_CALLBACK)
    readings = second_reading(first, "Selamat siang", ASKED)
    assert weighed(first, readings).judgement == weighed(first, None).judgement


def test_only_undecided_steps_are_looked_for_and_only_where_they_belong():
    whole = weighed(first_reading(OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING), None)
    assert spans_for_second_pass(whole.judgement.findings, BANK, (0,), 100.0) == ()
    first = first_reading(*WITHOUT_CALLBACK)
    (span,) = spans_for_second_pass(weighed(first, None).judgement.findings, BANK, (1,), first.duration)
    place, notice = place_of_line(first, "Hmm abah"), place_of_line(first, "Jika kami")
    assert span.channel == 1
    assert place_of_line(first, "Untuk alamat").start < span.start <= place.start
    assert place.end <= span.end <= notice.start + 2.0


def test_a_long_stretch_is_looked_through_at_its_end_and_never_behind_the_recording():
    settings = BANK.second_look
    assert settings is not None
    missed = Finding(id="closing_thanks", status="missed", confidence=0.9, reason="-", expected=Span(start=0, end=500))
    (span,) = spans_for_second_pass((missed,), BANK, (0,), 300.0)
    assert (span.start, span.end) == (300.0 - settings.most_seconds, 300.0)


def test_what_is_read_already_is_not_wanted_again():
    kept = SecondPassTranscript(
        audio_sha256="0",
        engine=ENGINE,
        readings=tuple(SecondPassSpan(channel=0, start=at, end=at + 5, segments=()) for at in (10.0, 15.0, 25.0)),
    )
    inside, gap, other = (
        ChannelSpan(channel=0, start=11, end=20),
        ChannelSpan(channel=0, start=18, end=26),
        ChannelSpan(channel=1, start=11, end=20),
    )
    assert kept.missing((inside, gap, other)) == (gap, other)
    assert kept.model_copy(update={"error": "broken"}).missing((gap,)) == ()
