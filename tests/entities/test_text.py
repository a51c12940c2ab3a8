"""Normalisation: which spellings are the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.entities.email.address import written_email
from analyzer.entities.email.dictation import DictationTurn, KnownWords, dictated_email
from analyzer.entities.phone import dictated_phone, e164
from analyzer.entities.spoken_digits import digit_tokens
from analyzer.language.normalise import fold, normal_words

AROUND = KnownWords(frozenset({"gmail", "yahoo", "hotmail"}), stop=frozenset({"boleh", "email", "saya", "ya"}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("E-mail", "imel"),
        ("e mail nya", "emailnya"),
        ("makasih", "terima kasih"),
        ("Nggak", "tidak"),
        ("123", "satu dua tiga"),
        ("apakah", "apa"),
        ("no. telp", "nomor telepon"),
        ("bertanggungjawab", "bertanggung jawab"),
    ],
)
def test_spellings_of_one_word_are_equal(one, other):
    assert normal_words(one, "id") == normal_words(other, "id")


@pytest.mark.parametrize(
    ("one", "other"),
    [("telepon", "delefon"), ("kembali", "gempali"), ("Surabaya", "Soerabaja"), ("hubungi", "ubungi"), ("ibu", "ebo")],
)
def test_words_that_sound_alike_fold_to_one_sound(one, other):
    assert fold(one.lower(), "id").replace("y", "c") == fold(other.lower(), "id").replace("y", "c")


@pytest.mark.parametrize(("one", "other"), [("alamat", "email"), ("rumah", "ramah"), ("pemilik", "penyewa")])
def test_different_words_keep_different_sounds(one, other):
    assert fold(one, "id") != fold(other, "id")


@given(st.text(max_size=40))
def test_any_text_normalises_and_stays_normal(text):
    words = normal_words(text, "id")
    assert all(word == word.lower() and " " not in word for word in words)


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
