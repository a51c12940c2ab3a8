import pytest

from analyzer.analysis.suggestions.depersonalise import BankVocabulary, plain_wording
from tests.matching.support import BANK, MATCHER

WORDS = BankVocabulary.of(BANK)


def plain(heard: str) -> str | None:
    wording = plain_wording(heard, WORDS, MATCHER)
    return wording.text if wording else None


@pytest.mark.parametrize(
    ("heard", "wording"),
    [
        ("Baik Pak Suryono, boleh tahu emailnya?", "boleh tahu emailnya"),
        ("perkenalkan nama saya eh Wulandari boleh minta emailnya", "perkenalkan nama saya boleh minta emailnya"),
        ("tagihan atas nama joko widodo emailnya apa", "tagihan atas nama emailnya apa"),
        ("emailnya untuk nomor nol delapan 12 tiga apa", "emailnya untuk nomor apa"),
        ("emailnya dieja w u l a n ya", "emailnya dieja"),
        ("emailnya yang di Purwokerto apa", "emailnya yang di apa"),
    ],
)
def test_personal_data_forms_of_address_and_fillers_are_left_out(heard: str, wording: str):
    assert plain(heard) == wording


@pytest.mark.parametrize(
    "heard", ["emailnya wulan at gmail titik com ya", "emailnya wulan@contoh.id", "ya Pak", "081 234"]
)
def test_nothing_is_proposed_of_an_address_or_of_no_words_at_all(heard: str):
    assert plain(heard) is None


def test_what_follows_a_name_mark_is_kept_when_the_bank_knows_it():
    assert plain("nama saya catat") == "nama saya catat"


def test_two_ways_to_mishear_a_wording_have_one_key():
    first = plain_wording("Boleh tahu emailnya Pak?", WORDS, MATCHER)
    second = plain_wording("poleh tahu imelnja ya", WORDS, MATCHER)
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_a_transcript_in_capitals_keeps_its_words():
    assert plain("BOLEH TAHU EMAILNYA") == "boleh tahu emailnya"
