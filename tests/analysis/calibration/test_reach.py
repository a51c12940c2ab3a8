import pytest

from analyzer.analysis.calibration.rejudge import (
    ALWAYS,
    LabelledStep,
    MatchedCall,
    MaxAcceptThresholds,
    judge_call,
    match_call,
    status_of,
    with_thresholds,
)
from analyzer.analysis.labels import SAID
from analyzer.errors import RecordingError
from analyzer.models.transcript import Transcript
from tests.matching.support import BANK, MATCHER, call

CALLS = {
    "thanks_twice": call(
        "a: terima kasih telah menghubungi PLN 123 dengan Sari ada yang bisa dibantu",
        "c: rumah saya padam Mbak",
        "a: boleh disebutkan alamat surelnya Pak",
        "c: wati at gmail titik com",
        "a: baik terima",
        "a: nomor yang ini bisa kami telepon lagi",
        "c: bisa",
        "a: kami cek dulu ya",
    ),
    "asked_badly": call(
        "a: PLN 123 selamat pagi ada yang bisa dibantu",
        "c: listrik saya mati",
        "a: eh emailnya",
        "c: joko at yahoo titik com",
        "a: makasih Pak",
        "a: terima kasih selamat pagi",
    ),
}


def heard(name: str) -> MatchedCall:
    return match_call(name, CALLS[name], MATCHER)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("step", [step.id for step in BANK.steps])
def test_a_reach_says_what_the_rules_say_at_every_bar(name: str, step: str):
    sample = LabelledStep(name, said=True, max_accept_threshold=MaxAcceptThresholds(BANK).of(heard(name), step))
    for bar in (BANK.step(step).wording.doubt, 70, 75, 80, 90, 98, 100):
        if bar >= BANK.step(step).wording.doubt:
            found = status_of(judge_call(heard(name), with_thresholds(BANK, {step: bar})), step)
            assert (found in SAID) == sample.is_said_at(bar), (step, bar, found)


def test_thanks_in_the_greeting_reach_nothing_however_alike_they_are():
    lines = ("a: terima kasih telah menghubungi PLN 123", "c: halo", "a: kami cek dulu")
    greeting = match_call("g", call(*lines), MATCHER)
    assert any(c.target == "thanks_for_email" and c.similarity == 100 for c in greeting.evidence.candidates)
    assert MaxAcceptThresholds(BANK).of(greeting, "thanks_for_email") is None


def test_a_question_that_its_answer_proves_is_said_at_any_bar():
    assert MaxAcceptThresholds(BANK).of(heard("asked_badly"), "email_request") == ALWAYS


def test_a_bank_with_other_bars_forgets_none_and_changes_no_other_step():
    BANK.targets()  # kept inside the bank from now on
    other = with_thresholds(BANK, {"email_request": 91.5})
    assert other.targets()["email_request"].accept == other.step("email_request").wording.accept == 91.5
    assert other.step("closing_thanks") == BANK.step("closing_thanks")
    assert other.sha256 == BANK.sha256


def test_a_transcript_without_words_is_refused_by_name():
    with pytest.raises(RecordingError, match="c7: the transcript holds no words"):
        match_call("c7", Transcript(duration=3, segments=()), MATCHER)
