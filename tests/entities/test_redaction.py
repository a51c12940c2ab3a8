"""Personal data are found however they are said, and everyday words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.entities.redaction import MASK, PersonalDataFinder
from analyzer.models.finding import Captured
from analyzer.reports.evidence_pack import finder_of
from tests.examples import examples
from tests.reports.samples import report

BANK = load_bank(shipped_bank())
DIGITS = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]


@pytest.fixture(scope="module")
def finder() -> PersonalDataFinder:
    return finder_of(BANK, report())


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("nomornya nol delapan satu dua tiga empat ya", f"nomornya {MASK} ya"),
        ("nol delapan eh satu dua lalu tiga empat", MASK),
        ("nol delapan dobel tiga enam belas", MASK),
        ("boleh 0812-3456-7890 saja", f"boleh {MASK} saja"),
        ("+62 812 3456 7890", MASK),
        ("NIK saya 3201234567890001", f"NIK saya {MASK}"),
        ("ID pelanggan lima tiga satu dua kosong kosong delapan empat", f"ID pelanggan {MASK}"),
        ("emailnya budi titik santoso et gmail titik com, ya", f"emailnya {MASK} ya"),
        ("budi.w@gmail.com, terima kasih", f"{MASK} terima kasih"),
        ("Ada, yausuf titik hidaya tetap gmail titik com. Terima kasih", f"Ada, {MASK} Terima kasih"),
        ("hari titik malaman at gmail titik com", MASK),
        ("Emailnya dewi garis bawah sembilan ek yahoo titik co titik id, betul", f"Emailnya {MASK} betul"),
        ("at perusahaan titik co titik id ya", f"{MASK} ya"),
        ("be u de i", MASK),
    ],
)
def test_a_value_is_found_with_everything_that_belongs_to_it(finder: PersonalDataFinder, said: str, masked: str):
    assert finder.masked(said) == masked


@pytest.mark.parametrize(
    "said",
    [
        "Selamat siang, PLN satu dua tiga, ada yang bisa dibantu?",
        "PLN seratus dua puluh tiga dengan Dewi",
        "Boleh disebutkan alamat emailnya, Pak?",
        "Apakah nomor telepon ini dapat kami hubungi kembali?",
        "informasi akan kami sampaikan melalui email atau nomor telepon tersebut",
        "tambah daya ke seribu tiga ratus",
        "iya dua hari lagi, at least",
        "",
    ],
)
def test_everyday_talk_stays(finder: PersonalDataFinder, said: str):
    assert finder.masked(said) == said


def test_what_is_cut_off_is_masked_too_when_asked(finder: PersonalDataFinder):
    assert finder.masked("lima enam, betul", strict=True) == f"{MASK} betul"
    assert finder.masked("dewi titik handayani", strict=True) == MASK
    assert finder.masked("boleh minta alamat emailnya", strict=True) == "boleh minta alamat emailnya"


def test_a_value_of_the_call_that_is_known_is_masked_wherever_it_is_heard():
    finder = finder_of(BANK, report(captured=Captured(email="bambang.santoso@gmail.com")))
    assert finder.masked("nama saya Bambang Santoso, Pak") == f"nama saya {MASK} Pak"


@examples(200)
@given(
    before=st.lists(st.sampled_from(["iya", "jadi", "nomornya", "catat", "ya Pak"]), max_size=4),
    digits=st.lists(st.sampled_from(DIGITS), min_size=5, max_size=16),
    filler=st.sampled_from(["", "eh", "ya", "terus"]),
    at=st.integers(1, 4),
)
def test_no_digit_of_a_dictated_number_is_left(before: list[str], digits: list[str], filler: str, at: int):
    finder = finder_of(BANK, report())
    words = [*before, *digits[:at], filler, *digits[at:], "saja"]
    left = finder.masked(" ".join(filter(None, words))).split()
    assert not set(left) & set(DIGITS)


@examples(200)
@given(st.lists(st.text(max_size=12), max_size=30))
def test_any_text_can_be_looked_through(words: list[str]):
    places = finder_of(BANK, report()).positions(words, strict=True)
    assert all(0 <= at < len(words) for at in places)
