"""Values captured in whole calls: which turns are read, what the replies become, when nothing is captured."""

import pytest

from analyzer.models.finding import Judgement
from tests.scoring.calls import CALLBACK, CLOSING, EMAIL, NOTICE, OFFER, OPENING, OWNER, THANKS, findings, judged

ASK_EMAIL, ASK_BACK = EMAIL[0], CALLBACK[0]
SPOKEN, NUMBER = "nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"
OTHER = "Jangan nomor ini Mas, ke nomor kakak saya"


def mail(*answer: str, **more) -> Judgement:
    return judged(OPENING, OWNER, (ASK_EMAIL, *answer), THANKS, CALLBACK, OFFER, NOTICE, CLOSING, **more)


def back(*answer: str, **more) -> Judgement:
    return judged(OPENING, OWNER, EMAIL, THANKS, (ASK_BACK, *answer), OFFER, NOTICE, CLOSING, **more)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ("c: Ada Mas, sebentar. / a: Baik. / c: parlin titik tarigan at gmail titik com.", "parlin.tarigan@gmail.com"),
        ("c: parlin titik. / a: parlin titik. / c: tarigan. / a: ya. / c: at gmail.", "parlin.tarigan@gmail.com"),
        ("c: Saya eja ya, pe a er el i en. / a: Ya. / c: at yahu titik com.", "parlin@yahoo.com"),
        ("c: parlin delapan puluh at / a: terus? / c: gmail titik com ya.", "parlin80@gmail.com"),
        ("c: parlin at titik com. / a: parlin at gmail titik com ya Bu? / c: Iya betul.", "parlin@gmail.com"),
        ("c: parlin at gmail titik com. / a: parlan at gmail titik com? / c: Iya.", None),
        ("c: Emailnya at gmail titik com.", None),
    ],
)
def test_an_address_is_read_over_the_turns_of_its_dictation(answer, address):
    judgement = mail(*answer.split(" / "))
    assert (judgement.email_reply, judgement.captured.email) == ("given", address)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (
            "nol delapan satu tiga. / a: satu tiga. / c: dua dua tujuh enam. / a: ya. / c: lima empat satu.",
            NUMBER,
        ),
        (f"tolong. / a: Berapa nomornya Bu? / c: {SPOKEN}.", NUMBER),
        (f"nol delapan satu tiga dari dua tujuh enam lima empat satu. / a: {SPOKEN} ya? / c: Betul.", NUMBER),
        ("nol delapan satu tiga dari dua tujuh enam lima empat satu.", None),
        ("nol delapan satu tiga dua dua.", None),
        (f"{SPOKEN} saja Mas.", NUMBER),
    ],
)
def test_a_number_is_read_over_the_turns_of_its_dictation(answer, number):
    judgement = back(*f"c: {OTHER}, {answer}".split(" / "))
    assert (judgement.callback_reply, judgement.captured.phone) == ("other_number", number)


def test_bare_digits_are_another_number():
    judgement = back(f"c: {SPOKEN} saja Mas.")
    assert (judgement.callback_reply, judgement.captured.phone) == ("other_number", NUMBER)


@pytest.mark.parametrize(
    "answer", ["Boleh Mas, nomor ini saja.", "Iya bisa, jam lima sore ya.", "Tidak usah Mas.", "Jangan dihubungi ya."]
)
def test_answers_without_a_number_capture_none(answer):
    judgement = back(f"c: {answer}")
    assert judgement.captured.phone is None
    assert judgement.callback_reply in {"yes", "no"}


def test_a_number_of_ten_digits_counts_only_in_a_clearly_heard_call():
    said = f"c: {OTHER}, nol delapan lima tujuh tiga enam enam dua satu sembilan."
    assert back(said).captured.phone == "+62857366219"
    badly = ("c: Bitul, zaya zudah beri dahu, delepon bisa tihubungi zekarang.",)
    heard = judged(OPENING, badly, OWNER, EMAIL, THANKS, (ASK_BACK, said), OFFER, NOTICE, CLOSING)
    assert (heard.callback_reply, heard.captured.phone) == ("other_number", None)


def test_the_agents_own_numbers_and_addresses_are_not_the_customers():
    own = (
        "a: Bisa juga kirim ke layanan at mekar titik co titik id atau telepon nol dua satu tujuh lima nol satu dua.",
    )
    judgement = judged(
        OPENING, OWNER, (ASK_EMAIL, "c: Tidak punya Mas."), own, THANKS, CALLBACK, OFFER, NOTICE, CLOSING
    )
    assert judgement.email_reply == "none"
    assert (judgement.captured.email, judgement.captured.phone) == (None, None)


def test_digits_said_before_the_question_are_not_the_callback_number():
    customer = ("c: ID pelanggannya lima tiga dua satu kosong kosong delapan sembilan delapan enam dua.",)
    judgement = judged(OPENING, customer, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert (judgement.callback_reply, judgement.captured.phone) == ("yes", None)


def test_a_mono_call_gives_the_same_values():
    answer = ("c: parlin titik tarigan at gmail titik com.",)
    assert mail(*answer, mono=True).captured == mail(*answer).captured


def test_dictating_and_reading_back_hurts_no_step():
    judgement = judged(
        OPENING,
        OWNER,
        (ASK_EMAIL, "c: parlin titik.", "a: parlin titik.", "c: tarigan at gmail titik com."),
        ("a: Baik, parlin titik tarigan at gmail titik com, terima kasih Ibu.",),
        CALLBACK,
        OFFER,
        NOTICE,
        CLOSING,
    )
    assert judgement.captured.email == "parlin.tarigan@gmail.com"
    assert {step.status for step in findings(judgement).values()} == {"met"}
