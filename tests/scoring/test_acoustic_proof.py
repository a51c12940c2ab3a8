"""A finding rests on sound, and what it rests on is in the report."""

import pytest

from analyzer.models.base import Span
from analyzer.models.finding import Finding, Judgement
from analyzer.models.transcript import Segment, Transcript
from analyzer.scoring.judge import judge
from tests.matching.support import BANK, MATCHER, call
from tests.scoring.calls import (
    CALLBACK,
    CLOSING,
    EMAIL,
    NOTICE,
    OFFER,
    OPENING,
    OWNER,
    THANKS,
    WHOLE,
    findings,
    judged,
    lines,
    statuses,
)

STEPS = [step.id for step in BANK.steps]


def heard(transcript: Transcript) -> Judgement:
    return judge(transcript, MATCHER.find(transcript), BANK)


def with_figures(transcript: Transcript, words: str, **figures: float) -> Transcript:
    """The segment that begins with `words` gets the recogniser's figures."""
    segments = tuple(
        segment.model_copy(update=figures) if segment.text.startswith(words) else segment
        for segment in transcript.segments
    )
    return transcript.model_copy(update={"segments": segments})


def spoken(transcript: Transcript, but: str = "-") -> Transcript:
    """Speech was detected in every segment except the one that begins with `but`."""

    def spans(speaker: str) -> tuple[Span, ...]:
        return tuple(
            Span(start=s.start, end=s.end)
            for s in transcript.segments
            if s.speaker == speaker and not s.text.startswith(but)
        )

    return transcript.model_copy(update={"speech": {"agent": spans("agent"), "customer": spans("customer")}})


def test_with_proof_everything_stays_met():
    assert set(statuses(heard(spoken(call(*lines(*WHOLE))))).values()) == {"met"}


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ({"avg_logprob": -1.4}, "could hardly make out"),
        ({"avg_logprob": -0.3, "compression_ratio": 3.1}, "could hardly make out"),
    ],
)
def test_words_of_a_window_that_failed_prove_nothing(figures: dict[str, float], why: str):
    transcript = with_figures(spoken(call(*lines(*WHOLE))), CALLBACK[0][3:20], **figures)
    found = findings(heard(transcript))["callback_question"]
    assert found.status == "unsure"
    assert why in found.reason
    assert found.sound is not None
    assert found.sound.avg_logprob == figures["avg_logprob"]


def test_words_over_no_speech_prove_nothing():
    found = findings(heard(spoken(call(*lines(*WHOLE)), but="Apakah nomor")))["callback_question"]
    assert found.status == "unsure"
    assert "hardly any speech" in found.reason
    assert found.sound is not None
    assert found.sound.speech_overlap == 0


def test_thanks_over_silence_is_not_met_but_real_thanks_always_is():
    silent = heard(spoken(call(*lines(*WHOLE)), but="Terima kasih telah menghubungi PLN 123, selamat siang"))
    found = findings(silent)["closing_thanks"]
    assert found.status == "missed"
    assert "no speech was detected" in found.reason
    assert statuses(heard(spoken(call(*lines(*WHOLE)))))["closing_thanks"] == "met"


def test_a_window_the_recogniser_calls_no_speech_and_guessed_is_unsure():
    closing = "Terima kasih telah menghubungi PLN 123"
    transcript = with_figures(spoken(call(*lines(*WHOLE))), closing, no_speech_prob=0.9)
    guessed = tuple(
        s.model_copy(update={"words": tuple(w.model_copy(update={"probability": 0.3}) for w in s.words or ())})
        if s.no_speech_prob
        else s
        for s in transcript.segments
    )
    found = findings(heard(transcript.model_copy(update={"segments": guessed})))["closing_thanks"]
    assert found.status == "unsure"
    assert "doubts that anybody speaks" in found.reason
    assert statuses(heard(transcript))["closing_thanks"] == "met"  # words it was sure of


def test_a_loop_of_thanks_is_the_recogniser_s_not_the_agent_s():
    looped = "a: Terima kasih. Terima kasih. Terima kasih. Terima kasih. Terima kasih."
    found = findings(judged(OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, (looped,)))["closing_thanks"]
    assert found.status == "unsure"
    assert "again and again" in found.reason
    twice = ("a: Terima kasih Ibu. Terima kasih.",)
    assert statuses(judged(OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, twice))["closing_thanks"] == "met"


def test_a_missed_step_says_where_it_belongs():
    transcript = call(*lines(OPENING, OWNER, EMAIL, THANKS, OFFER, NOTICE, CLOSING))
    expected = findings(heard(transcript))["callback_question"].expected
    assert expected is not None
    by_text = {segment.text: segment for segment in transcript.segments}
    thanks, notice = by_text[THANKS[0][3:]], by_text[NOTICE[0][3:]]
    assert thanks.start < expected.start <= thanks.end < expected.end <= notice.end


def test_every_finding_says_what_its_confidence_rests_on():
    judgement = judged(OPENING, OWNER, EMAIL, THANKS, OFFER, NOTICE, CLOSING)
    kinds = {found.id: found.grounds.kind for found in judgement.findings if found.grounds}
    assert kinds == {**dict.fromkeys(STEPS, "said"), "callback_question": "missed"}


def confidence(transcript: Transcript, step: str) -> float:
    return findings(heard(transcript))[step].confidence


def test_a_badly_heard_call_makes_a_missed_step_less_sure():
    clear = call(*lines(OPENING, OWNER, EMAIL, THANKS, OFFER, NOTICE, CLOSING))
    badly = tuple(_whispered(segment) for segment in clear.segments)
    low = confidence(clear.model_copy(update={"segments": badly}), "callback_question")
    assert low < confidence(clear, "callback_question") - 0.1


def _whispered(segment: Segment) -> Segment:
    words = tuple(word.model_copy(update={"probability": 0.6}) for word in segment.words or ())
    return segment.model_copy(update={"words": words})


def test_a_step_that_follows_is_as_sure_as_the_one_it_depends_on():
    got = findings(judged(OPENING, OWNER, CALLBACK, OFFER, NOTICE, CLOSING))
    thanks: Finding = got["thanks_for_email"]
    assert thanks.status == "not_applicable"
    assert thanks.confidence == got["email_request"].confidence
