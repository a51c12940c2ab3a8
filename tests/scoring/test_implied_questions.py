"""Questions that were heard badly or not at all, but answered; words that say another step better; late closings."""

from tests.scoring.calls import (
    CALLBACK,
    CLOSING,
    EMAIL,
    NOTICE,
    OFFER,
    OPENING,
    OWNER,
    THANKS,
    findings,
    judged,
    statuses,
)

GARBLED = "a: Hmm cuaca panas sekali hari ini."


def test_an_address_dictated_at_once_proves_that_it_was_asked_for():
    judgement = judged(OPENING, OWNER, (GARBLED, EMAIL[1]), THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    found = findings(judgement)["email_request"]
    assert (found.status, found.phrase) == ("met", "(known by its answer)")
    assert found.heard == GARBLED[3:]
    assert "customer's answer" in found.reason
    assert (judgement.email_reply, judgement.captured.email) == ("given", "wati.lestari@gmail.com")
    assert statuses(judgement)["thanks_for_email"] == "met"


def test_a_role_told_at_once_makes_the_unheard_question_unsure_never_met():
    judgement = judged(OPENING, (GARBLED, "c: Saya penyewanya Mas."), EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    found = findings(judgement)["owner_tenant_question"]
    assert found.status == "unsure"
    assert "Saya penyewanya Mas." in found.reason


def test_a_trace_of_the_question_is_enough_when_it_was_answered():
    trace = "a: Hmm statusnya Ibu cuaca?"
    judgement = judged(OPENING, (trace, "c: Saya penyewanya Mas."), EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert statuses(judgement)["owner_tenant_question"] == "met"
    assert judgement.caller_role == "tenant"
    alone = judged(OPENING, (trace, "c: Ya Mas."), EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert statuses(alone)["owner_tenant_question"] == "missed"


def test_what_the_caller_tells_to_the_greeting_is_no_answer():
    opening = (OPENING[0], "c: Saya pemilik rumah di Jalan Anggrek, listrik saya mati.")
    judgement = judged(opening, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
    assert statuses(judgement)["owner_tenant_question"] == "missed"


def test_a_notice_that_names_the_number_is_no_callback_question():
    notice = ("a: Kalau ada promo nanti dikabarin lewat nomor yang ini ya Bu.", "c: Iya.")
    judgement = judged(OPENING, OWNER, EMAIL, THANKS, OFFER, notice, CLOSING)
    assert statuses(judgement)["callback_question"] in {"missed", "unsure"}
    assert statuses(judgement)["marketing_notice"] == "met"


def test_closing_thanks_before_the_notice_are_out_of_order():
    closing = ("a: Baik Bu, terima kasih atas laporannya.",)
    judgement = judged(OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, closing, NOTICE)
    assert statuses(judgement)["closing_thanks"] == "out_of_order"
    assert statuses(judgement)["marketing_notice"] == "met"


def test_a_danger_that_is_denied_exempts_nothing():
    calm = (*OPENING[:1], "c: Mati lampu Mas, aman kok, tidak ada kabel putus atau percikan.", *OPENING[2:])
    assert judged(calm, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING).exemption is None
    urgent = (*OPENING[:1], "c: Mas tolong, kabelnya putus, ada percikan api.", *OPENING[2:])
    exemption = judged(urgent, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING).exemption
    assert exemption is not None
    assert exemption.kind == "urgent"


def test_everyday_words_are_no_misheard_others():
    friendly = (*OPENING[:3], "c: Makasih lho Mas, ramah banget pelayanannya.", *OPENING[3:])
    assert judged(friendly, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING).exemption is None
