"""The SOP's rules on whole calls, one change at a time."""


import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.base import Channel, Span
from analyzer.models.finding import Captured
from analyzer.models.recording import CallMetadata
from analyzer.scoring.confidence import confidence_of
from analyzer.scoring.judge import judge
from analyzer.scoring.replies import record_check
from analyzer.scoring.score import score
from tests.examples import examples
from tests.matching import wordings
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

ALL_MET = dict.fromkeys((step.id for step in BANK.steps), "met")
PARTS = {
    "owner_tenant_question": OWNER,
    "callback_question": CALLBACK,
    "marketing_notice": NOTICE,
    "closing_thanks": CLOSING,
    "thanks_for_email": THANKS,
}


def test_everything_met():
    judgement = judged(*WHOLE)
    assert statuses(judgement) == ALL_MET
    assert (judgement.caller_role, judgement.email_reply, judgement.callback_reply) == ("owner", "given", "yes")
    assert judgement.captured == Captured(email="wati.lestari@gmail.com")
    assert (judgement.exemption, judgement.exemption_doubtful, judgement.violations) == (None, False, ())
    assert score(judgement, BANK).verdict == "pass"


@pytest.mark.parametrize("step", sorted(PARTS))
def test_a_step_left_out_is_missed_and_nothing_else_changes(step):
    assert statuses(judged(*(part for part in WHOLE if part is not PARTS[step]))) == {**ALL_MET, step: "missed"}


def test_no_email_request_leaves_nothing_to_thank_for():
    got = statuses(judged(OPENING, OWNER, CALLBACK, OFFER, NOTICE, CLOSING))
    assert got == {**ALL_MET, "email_request": "missed", "thanks_for_email": "not_applicable"}


def test_email_before_the_owner_question_is_out_of_order():
    got = statuses(judged(OPENING, EMAIL, THANKS, OWNER, CALLBACK, OFFER, NOTICE, CLOSING))
    assert got == {**ALL_MET, "email_request": "out_of_order"}


@pytest.mark.parametrize(
    "parts",
    [
        (OPENING, OWNER, EMAIL, THANKS, NOTICE, CALLBACK, OFFER, CLOSING),
        (OPENING, OWNER, EMAIL, THANKS, CALLBACK, NOTICE, OFFER, CLOSING),
    ],
)
def test_a_notice_too_early_is_out_of_order(parts):
    judgement = judged(*parts)
    assert statuses(judgement) == {**ALL_MET, "marketing_notice": "out_of_order"}
    assert "must come first" in findings(judgement)["marketing_notice"].reason


def test_a_repeated_step_takes_the_occurrence_that_serves_the_agent_best():
    judgement = judged(OPENING, EMAIL, THANKS, OWNER, EMAIL, THANKS, CALLBACK, NOTICE, OFFER, NOTICE, CLOSING)
    assert statuses(judgement) == ALL_MET


@given(st.lists(st.integers(0, 6), min_size=3, max_size=3))
@examples(12)
def test_order_is_the_same_however_much_talk_lies_between(sizes):
    pads = [tuple(["a: Baik, mohon ditunggu sebentar saya cek datanya dulu.", "c: Iya."] * size) for size in sizes]
    got = statuses(judged(OPENING, pads[0], EMAIL, THANKS, pads[1], OWNER, CALLBACK, OFFER, pads[2], NOTICE, CLOSING))
    assert got == {**ALL_MET, "email_request": "out_of_order"}


# --- thanks


@pytest.mark.parametrize(
    "instead",
    [
        (),
        ("a: Terima kasih sudah menunggu Bu.",),
        ("a: Terima kasih atas kesabarannya Ibu.",),
        ("c: Terima kasih Mas.",),
        ("a: Baik, kami catat.",),
    ],
)
def test_what_is_no_thanks_for_the_email(instead):
    assert statuses(judged(OPENING, OWNER, EMAIL, instead, CALLBACK, OFFER, NOTICE, CLOSING)) == {
        **ALL_MET,
        "thanks_for_email": "missed",
    }


@pytest.mark.parametrize("thanks", wordings.THANKS)
def test_thanks_in_other_words(thanks):
    judgement = judged(OPENING, OWNER, EMAIL, (f"a: {thanks}",), CALLBACK, OFFER, NOTICE, CLOSING)
    assert statuses(judgement) == ALL_MET


@pytest.mark.parametrize("closing", wordings.CLOSINGS)
def test_closings_in_other_words(closing):
    assert statuses(judged(*WHOLE[:-1], (f"a: {closing}",))) == ALL_MET


def test_thanks_after_the_next_step_do_not_count():
    got = statuses(judged(OPENING, OWNER, EMAIL, CALLBACK, THANKS, OFFER, NOTICE, CLOSING))
    assert got["thanks_for_email"] == "missed"


@pytest.mark.parametrize(("wait", "status"), [(30.0, "met"), (60.0, "missed")])
def test_thanks_count_for_45_seconds_after_the_answer(wait, status):
    before = call(*lines(OPENING, OWNER, EMAIL))
    after = call(*lines(THANKS, CALLBACK, OFFER, NOTICE, CLOSING))
    shift = before.duration + wait
    moved = [
        segment.model_copy(
            update={
                "start": segment.start + shift,
                "end": segment.end + shift,
                "words": tuple(
                    word.model_copy(update={"start": word.start + shift, "end": word.end + shift})
                    for word in segment.words or ()
                ),
            }
        )
        for segment in after.segments
    ]
    transcript = before.model_copy(update={"segments": (*before.segments, *moved), "duration": shift + after.duration})
    got = statuses(judge(transcript, MATCHER.find(transcript), BANK))
    assert got == {**ALL_MET, "thanks_for_email": status}


def test_thanks_before_the_answer_do_not_count():
    asked = ("a: Untuk alamat emailnya mohon disampaikan, terima kasih.", "c: wati at gmail titik com.")
    assert statuses(judged(OPENING, OWNER, asked, CALLBACK, OFFER, NOTICE, CLOSING))["thanks_for_email"] == "missed"


def test_thanks_are_due_when_there_is_no_email():
    none = ("a: Untuk alamat emailnya mohon disampaikan.", "c: Saya tidak punya email.")
    judgement = judged(OPENING, OWNER, none, CALLBACK, OFFER, NOTICE, CLOSING)
    assert statuses(judgement) == {**ALL_MET, "thanks_for_email": "missed"}
    assert judgement.email_reply == "none"


def test_the_greeting_and_thanks_for_waiting_are_no_closing():
    got = statuses(judged(OPENING, ("a: Terima kasih sudah menunggu Bu.",)))
    assert got["closing_thanks"] == "missed"


def test_an_agent_who_thanks_all_the_time_is_judged_by_the_right_thanks():
    thanks = ("a: Baik Ibu terima kasih.", "c: Iya.")
    busy = (
        OPENING,
        *[thanks] * 8,
        OWNER,
        *[thanks] * 4,
        EMAIL,
        THANKS,
        CALLBACK,
        *[thanks] * 4,
        OFFER,
        NOTICE,
        CLOSING,
    )
    judgement = judged(*busy)
    assert statuses(judgement) == ALL_MET
    assert findings(judgement)["closing_thanks"].heard == "Terima kasih"


def test_a_call_of_endless_repeats_is_still_placed():
    parts = (OPENING, *[(*NOTICE, *CALLBACK, *EMAIL, *OWNER)] * 12, CLOSING)  # a search of all places would not end
    assert statuses(judged(*parts))["owner_tenant_question"] == "met"


# --- who and when due


def test_another_caller_owes_no_data():
    other = (OWNER[0], "c: Bukan, saya hanya tetangganya.")
    judgement = judged(OPENING, other, OFFER, CLOSING)
    assert judgement.caller_role == "other"
    assert statuses(judgement) == {
        "owner_tenant_question": "met",
        "email_request": "not_applicable",
        "thanks_for_email": "not_applicable",
        "callback_question": "not_applicable",
        "marketing_notice": "not_applicable",
        "closing_thanks": "met",
    }
    assert "tetangganya" in findings(judgement)["email_request"].reason


def test_a_role_not_asked_for_leaves_the_steps_due_but_a_person_looks():
    neighbour = (*OPENING[:1], "c: Saya cuma tetangganya Mas, mau lapor lampu padam.")
    judgement = judged(neighbour, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert judgement.caller_role is None
    assert statuses(judgement) == {**ALL_MET, "owner_tenant_question": "missed"}
    assert "other_role_volunteered" in judgement.flags


def test_a_role_volunteered_before_the_question_counts_when_the_answer_is_unclear():
    early = (OPENING[0], "c: Saya yang menyewa rumah ini, listriknya padam.")
    judgement = judged(early, (OWNER[0], "c: Hmm bagaimana ya."), EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert judgement.caller_role == "tenant"


@pytest.mark.parametrize(("answer", "role"), wordings.ROLES)
def test_caller_roles(answer, role):
    assert judged(OPENING, (OWNER[0], f"c: {answer}"), OFFER, CLOSING).caller_role == role


def test_a_bare_yes_to_one_role_is_that_role():
    asked = ("a: Apakah Ibu pemilik rumah tersebut?", "c: Iya betul.")
    assert judged(OPENING, asked, OFFER, CLOSING).caller_role == "owner"


@pytest.mark.parametrize(("words", "kind"), wordings.EXEMPT)
def test_exemptions(words, kind):
    judgement = judged((OPENING[0], f"c: {words}"), CLOSING)
    assert (judgement.exemption.kind if judgement.exemption else None) == kind
    got = statuses(judgement)
    assert got["closing_thanks"] == "met"
    others = {status for step, status in got.items() if step != "closing_thanks"}
    if judgement.exemption:
        assert others == {"not_applicable"}
        assert judgement.exemption.heard == words
        assert score(judgement, BANK).verdict == "exempt"
    else:
        assert others == {"missed", "not_applicable"}
        assert score(judgement, BANK).verdict == "fail"


def test_the_agent_cannot_exempt_a_call():
    judgement = judged(OPENING, ("a: Mohon maaf kalau Ibu marah, apakah ada kabel putus atau kebakaran?", "c: Tidak."))
    assert judgement.exemption is None


def test_weak_proof_of_anger_goes_to_review():
    weak = (OPENING[0], "c: Kok lama sekali sih ini Mas.")
    judgement = judged(weak, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert judgement.exemption is None
    assert judgement.exemption_doubtful
    assert score(judgement, BANK).verdict == "review"


# --- answers and values


@pytest.mark.parametrize(("answer", "reply", "address"), wordings.EMAIL_REPLIES)
def test_email_replies(answer, reply, address):
    judgement = judged(OPENING, OWNER, (EMAIL[0], f"c: {answer}"), THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert (judgement.email_reply, judgement.captured.email) == (reply, address)
    assert statuses(judgement) == ALL_MET


@pytest.mark.parametrize(("answer", "reply", "number"), wordings.CALLBACK_REPLIES)
def test_callback_replies(answer, reply, number):
    judgement = judged(OPENING, OWNER, EMAIL, THANKS, (CALLBACK[0], f"c: {answer}"), OFFER, NOTICE, CLOSING)
    assert (judgement.callback_reply, judgement.captured.phone) == (reply, number)


@pytest.mark.parametrize("words", wordings.REFUSALS)
def test_refusing_to_go_on_without_email_is_a_violation(words):
    refusal = (EMAIL[0], "c: Saya tidak punya email.", f"a: {words}")
    judgement = judged(OPENING, OWNER, refusal, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert [violation.id for violation in judgement.violations] == ["refused_to_process"]
    assert statuses(judgement) == ALL_MET
    assert score(judgement, BANK).verdict == "fail"


@pytest.mark.parametrize("words", wordings.GOING_ON)
def test_going_on_without_email_is_no_violation(words):
    kind = (EMAIL[0], "c: Saya tidak punya email.", f"a: {words}")
    assert judged(OPENING, OWNER, kind, THANKS, CALLBACK, OFFER, NOTICE, CLOSING).violations == ()


@pytest.mark.parametrize(
    ("system", "recorded", "said", "field", "outcome"),
    [
        ("CRM", "0812-3456-7890", "+6281234567890", "HP", "match"),
        ("APKT", "081234567891", "+6281234567890", "HP Pelapor", "mismatch"),
        ("AP2T", None, "+6281234567890", "HP", "not_recorded"),
        ("APKT", "0812345", None, "HP Pelapor", "not_said"),
    ],
)
def test_record_check(system, recorded, said, field, outcome):
    metadata = CallMetadata(system=system, phone=recorded, email="A@B.co")
    checks = record_check(Captured(phone=said, email="a@b.co"), metadata, BANK)
    item = checks["phone"]
    assert (item.field, item.outcome, item.recorded, item.said) == (field, outcome, recorded, said)
    assert checks["email"].outcome == "match"


def test_no_system_no_record_check():
    assert record_check(Captured(email="a@b.co"), CallMetadata(email="a@b.co"), BANK) == {}


# --- proof and doubt


def _spoken(*parts, but: tuple[float, float] | None = None):
    """Detected speech wherever words are, except in [but)."""
    spans: dict[Channel, list[Span]] = {"agent": [], "customer": []}
    for segment in call(*lines(*parts)).segments:
        if but is None or not (but[0] <= segment.start < but[1]):
            spans[segment.speaker].append(Span(start=segment.start, end=segment.end))
    return {channel: tuple(found) for channel, found in spans.items()}


def test_thanks_over_silence_are_not_met():
    last = call(*lines(*WHOLE)).segments[-1]
    judgement = judged(*WHOLE, speech=_spoken(*WHOLE, but=(last.start, last.end)))
    assert statuses(judgement) == {**ALL_MET, "closing_thanks": "missed"}
    assert "no speech" in findings(judgement)["closing_thanks"].reason


def test_thanks_with_speech_are_met():
    assert statuses(judged(*WHOLE, speech=_spoken(*WHOLE))) == ALL_MET


def test_thanks_for_watching_are_an_invention():
    hallucinated = ("a: Terima kasih telah menonton.",)
    assert statuses(judged(*WHOLE[:-1], hallucinated))["closing_thanks"] == "missed"


def test_lost_audio_where_a_step_may_have_been_is_unsure():
    parts = tuple(part for part in WHOLE if part is not CALLBACK)
    judgement = judged(*parts, holes=(Span(start=60, end=65),))
    assert statuses(judgement)["callback_question"] == "unsure"
    assert "60.0 to 65.0" in findings(judgement)["callback_question"].reason


def test_a_hole_before_the_closing_leaves_the_closing_missed():
    judgement = judged(*WHOLE[:-1], holes=(Span(start=3, end=5),))
    assert statuses(judgement)["closing_thanks"] == "missed"


def test_speech_without_words_is_a_hole_too():
    parts = tuple(part for part in WHOLE if part is not CALLBACK)
    speech = _spoken(*parts)
    end = call(*lines(*parts)).duration
    speech["agent"] = (*speech["agent"], Span(start=end + 2, end=end + 6))
    assert statuses(judged(*parts, speech=speech))["callback_question"] == "unsure"


@pytest.mark.parametrize("figures", [{"avg_logprob": -1.3}, {"compression_ratio": 2.9}])
def test_words_of_a_failed_window_prove_nothing(figures: dict[str, float]):
    parts = tuple(part for part in WHOLE if part is not CALLBACK)
    transcript = call(*lines(*parts), speech=_spoken(*parts))
    garbled = max((s for s in transcript.segments if s.speaker == "agent"), key=lambda s: s.end - s.start)
    segments = tuple(s.model_copy(update=figures) if s is garbled else s for s in transcript.segments)
    heard = transcript.model_copy(update={"segments": segments})
    judgement = judge(heard, MATCHER.find(heard), BANK)
    assert statuses(judgement)["callback_question"] == "unsure"
    assert "no words to rely on" in findings(judgement)["callback_question"].reason


def test_text_alone_is_never_unsure_for_want_of_audio():
    assert "unsure" not in statuses(judged(OPENING, OWNER, CLOSING)).values()


# --- mono


def test_a_mono_call_is_judged_by_who_seems_to_speak():
    judgement = judged(*WHOLE, mono=True)
    assert statuses(judgement) == ALL_MET
    assert judgement.caller_role == "owner"
    assert judgement.captured.email == "wati.lestari@gmail.com"


def test_doubt_about_the_speaker_lowers_confidence():
    parts = [part for part in WHOLE if part is not CALLBACK]
    stereo, mono = findings(judged(*parts)), findings(judged(*parts, mono=True))
    assert all(mono[step].confidence <= stereo[step].confidence for step in ALL_MET)
    for finding in mono.values():
        if finding.grounds and finding.grounds.kind in {"said", "missed", "not_due"}:
            assert finding.grounds.speaker < 1
            sure, unsure = (
                confidence_of(finding.grounds.model_copy(update={"fit": 0.0, "speaker": speaker}), BANK.confidence)
                for speaker in (1.0, 0.5)
            )
            assert unsure < sure


def test_every_finding_says_why_in_one_sentence():
    for parts in (WHOLE, (OPENING,), (OPENING, EMAIL, CLOSING)):
        for finding in judged(*parts).findings:
            assert finding.reason.endswith(".")
            assert 0 <= finding.confidence <= 1
            assert (finding.status in {"met", "out_of_order"}) <= (finding.heard is not None)
