"""Finding the bank's utterances: its own examples, wordings never put into it, noise, fillers, repeats."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.bank_check import check_bank
from tests.examples import examples
from tests.matching import wordings
from tests.matching.support import BANK, MATCHER, call, said

STEPS = {step.id for step in BANK.steps if not step.short}
SENTENCES = {
    "owner_tenant_question": "Apakah Bapak sebagai pemilik atau penyewa yang bertanggung jawab di alamat tersebut",
    "email_request": "Untuk alamat emailnya mohon disampaikan",
    "callback_question": "Apakah nomor telepon yang digunakan dapat kami hubungi kembali",
    "marketing_notice": "Jika kami memiliki informasi layanan atau produk layanan maka akan kami sampaikan "
    "melalui nomor telepon atau email tersebut",
}
TALK = "baik pak saya cek dulu ya datanya mohon ditunggu sebentar listrik di rumah bapak mati sejak kapan ya"
IDLE = TALK.split()


def test_every_example_of_the_bank_holds_against_the_whole_bank():
    assert [problem for problem in check_bank(BANK, MATCHER) if problem.level == "error"] == []


@pytest.mark.parametrize(("step", "text"), [(step, text) for step, texts in wordings.ASKED.items() for text in texts])
def test_wordings_not_in_the_bank_are_heard_as_their_step_and_no_other(step, text):
    found = said(text)
    assert step in found
    assert not (STEPS - {step}) & set(found)


@pytest.mark.parametrize("text", wordings.NEIGHBOURS)
def test_what_agents_also_say_is_no_step(text):
    assert not STEPS & set(said(text))


@pytest.mark.parametrize("step", sorted(SENTENCES))
def test_the_customer_never_meets_a_step(step):
    assert step not in said(SENTENCES[step], "c")


@pytest.mark.parametrize("step", sorted(SENTENCES))
@given(seed=st.integers(0, 10_000))
@examples(15)
def test_an_exact_sentence_is_found_anywhere_and_where_it_is(step, seed):
    chance = random.Random(seed)  # noqa: S311
    before = chance.choices(IDLE, k=chance.randint(0, 30))
    after = chance.choices(IDLE, k=chance.randint(0, 30))
    transcript = call(f"a: {' '.join([*before, SENTENCES[step], *after])}")
    words = len(SENTENCES[step].split())
    found = [c for c in MATCHER.find(transcript).candidates if c.target == step and c.similarity >= 90]
    assert any(c.first < len(before) + words and c.last > len(before) for c in found)


@given(st.lists(st.sampled_from(IDLE), max_size=120))
@examples(40)
def test_idle_talk_is_no_step(words):
    assert not STEPS & set(said(" ".join(words)))


@given(st.text(alphabet="abcdefghijklmnoprstuwy ", max_size=300))
@examples(40)
def test_noise_is_no_step(text):
    assert not STEPS & set(said(text or "x"))


@pytest.mark.parametrize("step", sorted(SENTENCES))
def test_six_fillers_do_not_hide_a_sentence(step):
    words = SENTENCES[step].split()
    chance = random.Random(7)  # noqa: S311
    for _ in range(6):
        words.insert(chance.randint(1, len(words) - 1), chance.choice(["eh", "ya", "pak", "nih", "em", "itu"]))
    assert said(" ".join(words))[step] >= 80


def test_all_occurrences_are_reported():
    transcript = call(
        "a: Untuk alamat emailnya mohon disampaikan",
        "c: Sebentar",
        "a: Mohon maaf terputus, alamat emailnya boleh disebutkan lagi",
    )
    assert len([c for c in MATCHER.find(transcript).candidates if c.target == "email_request"]) == 2


def test_segment_borders_do_not_matter():
    whole = call("a: Apakah nomor telepon yang digunakan dapat kami hubungi kembali")
    cut = call("a: Apakah nomor", "a: telepon yang digunakan", "a: dapat kami", "a: hubungi kembali", gap=0.05)
    for transcript in (whole, cut):
        assert max(c.similarity for c in MATCHER.find(transcript).candidates if c.target == "callback_question") >= 90


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Untuk alamat imail nya mohong desampaikan", "email_request"),
        ("Apaka bapag sebagai pemilikatau pensewa yang ber tanggung jawap", "owner_tenant_question"),
        ("Apagah nomor telefonyang digunakan dapat gami hupungi gembali", "callback_question"),
        ("jika gami memeliki informasiproduk leyanan akan kami zampaikan lewat telepun atau imel", "marketing_notice"),
    ],
)
def test_misheard_split_and_joined_words_are_understood(text, step):
    assert step in said(text)


def test_an_everyday_word_run_into_another_is_not_taken_for_an_insult_that_sounds_alike():
    assert "angry_words" not in said("Nanti saya kirim fotolokasi ya Mbak", "c")  # foto, bodoh
    assert "angry_words" in said("Bodoh kalian semua", "c")


def test_candidates_carry_time_words_and_proof():
    found = MATCHER.find(call("a: Halo halo", "a: Untuk alamat emailnya mohon disampaikan")).candidates
    best = max((c for c in found if c.target == "email_request"), key=lambda c: c.similarity)
    assert best.heard == "Untuk alamat emailnya mohon disampaikan"
    assert best.channel == "agent"
    assert best.start == pytest.approx(1.9, abs=0.05)
    assert best.probability == pytest.approx(0.9)
    assert best.speech_overlap is None


def test_the_agent_sounds_more_like_the_agent():
    agent = call("a: Selamat siang PLN 123 dengan Tono ada yang bisa dibantu", "a: Untuk emailnya mohon disampaikan")
    customer = call("a: Listrik di rumah saya mati Mbak", "a: Iya saya pemiliknya", "a: tono at gmail titik com")
    assert MATCHER.agent_likeness(agent.segments) > 3 * MATCHER.agent_likeness(customer.segments)
    assert MATCHER.agent_likeness(()) == 0
