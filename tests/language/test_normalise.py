"""Normalisation: which spellings are the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.language.normalise import fold, normal_words


@pytest.mark.parametrize(
    ("first", "second"),
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
def test_spellings_of_one_word_are_equal(first, second):
    assert normal_words(first, "id") == normal_words(second, "id")


@pytest.mark.parametrize(
    ("first", "second"),
    [("telepon", "delefon"), ("kembali", "gempali"), ("Surabaya", "Soerabaja"), ("hubungi", "ubungi"), ("ibu", "ebo")],
)
def test_words_that_sound_alike_fold_to_one_sound(first, second):
    assert fold(first.lower(), "id").replace("y", "c") == fold(second.lower(), "id").replace("y", "c")


@pytest.mark.parametrize(("first", "second"), [("alamat", "email"), ("rumah", "ramah"), ("pemilik", "penyewa")])
def test_different_words_keep_different_sounds(first, second):
    assert fold(first, "id") != fold(second, "id")


@given(st.text(max_size=40))
def test_any_text_normalises_and_stays_normal(text):
    words = normal_words(text, "id")
    assert all(word == word.lower() and " " not in word for word in words)
