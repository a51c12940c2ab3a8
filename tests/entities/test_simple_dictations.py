"""Simple dictations, whole and surely heard."""

import pytest

from analyzer.entities.email.address import written_email
from analyzer.entities.email.dictation import DictationTurn, KnownWords, dictated_email
from analyzer.entities.phone import dictated_phone, e164
from analyzer.entities.spoken_digits import digit_tokens

AROUND = KnownWords(frozenset({"gmail", "yahoo", "hotmail"}), stop=frozenset({"boleh", "email", "saya", "ya"}))


@pytest.mark.parametrize(
    ("spoken", "number"),
    [
        ("nol delapan satu dua tiga empat lima enam tujuh delapan", "+62812345678"),
        ("0812 3456 789", "+628123456789"),
        ("kosong lapan satu dobel tiga empat lima enam tujuh delapan", "+62813345678"),
        ("nol delapan eh lima tujuh enam belas dua tiga empat lima", "+62857162345"),
    ],
)
def test_spoken_numbers_become_e164(spoken, number):
    assert dictated_phone([digit_tokens(spoken, "id")], [], "ID", clear=True) == number


def test_a_number_too_short_is_none():
    assert e164("0812", "ID") is None


@pytest.mark.parametrize(
    ("spoken", "address"),
    [
        ("boleh budi titik santoso at gmail titik com", "budi.santoso@gmail.com"),
        ("email saya s a r i 9 2 et yahoo titik co titik id", "sari92@yahoo.co.id"),
        ("ani garisbawah w strip 7 at pln titik co titik id ya", "ani_w-7@pln.co.id"),
        ("joko gmail titik com", "joko@gmail.com"),
        ("joko at gmail", "joko@gmail.com"),
    ],
)
def test_spoken_addresses(spoken, address):
    assert dictated_email([DictationTurn(spoken, dictating=True)], "id", AROUND) == address


@pytest.mark.parametrize("spoken", ["saya di rumah", "boleh at gmail titik com", "saya tidak punya email", ""])
def test_no_address_where_none_was_spoken(spoken):
    assert dictated_email([DictationTurn(spoken, dictating=True)], "id", AROUND) is None


def test_a_written_address_is_read_as_it_is():
    assert written_email("kirim ke Tono.W@Gmail.com, ya") == "tono.w@gmail.com"
    assert written_email("tidak ada @ di sini") is None
