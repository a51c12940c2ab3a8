"""Spoken telephone numbers: what was said -> E.164, or None where a wrong number would be as likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.entities.phone import dictated_phone, e164, plausibility
from analyzer.entities.spoken_digits import digit_tokens
from tests.entities.speller import DIGITS, spoken_numbers
from tests.examples import examples

KNOWN = frozenset(
    {
        "ke",
        "nomor",
        "saya",
        "saja",
        "itu",
        "hubungi",
        "jangan",
        "pakai",
        "yang",
        "kami",
        "dengan",
        "dari",
        "lama",
        "rumah",
    }
) | {"istri", "atau", "bisa"}
SPOKEN, NUMBER = "nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"
SHORT = "nol delapan lima tujuh tiga enam enam dua satu sembilan"


def read(*turns: str, clear: bool = True, code: str = "id", region: str = "ID") -> str | None:
    """The number read from turns: "c: ..." dictates (so does a line without speaker), "a: ..." reads back."""
    own = [digit_tokens(turn.removeprefix("c: "), code, KNOWN) for turn in turns if not turn.startswith("a: ")]
    echo = [digit_tokens(turn.removeprefix("a: "), code, KNOWN) for turn in turns if turn.startswith("a: ")]
    return dictated_phone(own, echo, region, clear=clear)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("nol delapan satu tiga dua dua tujuh enam lima empat satu", "+6281322765 41"),
        ("kosong lapan lima tujuh kosong tiga enam enam dua satu sembilan", "+6285703662 19"),
        ("0857 0366 219", "+62857 0366219"),
        ("0857-0366-219", "+628570366219"),
        ("plus enam dua delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("+62 813 2276 541", "+628132276541"),
        ("enam dua nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("nol delapan satu tiga dobel dua tujuh enam lima empat satu", "+628132276541"),
        ("nol delapan satu tiga double dua tujuh enam lima empat satu", "+628132276541"),
        ("nol delapan satu tripel tiga tujuh enam lima empat satu", "+628133376541"),
        ("nol delapan dua puluh satu tiga puluh empat lima enam tujuh sembilan", "+628213456 79"),
        ("nol delapan satu enam belas dua tujuh sebelas empat lima tujuh", "+62811627114 57"),
        ("nol delapan satu tiga seratus dua puluh lima tujuh enam dua satu", "+6281312576 21"),
        ("nol delapan satu tiga dua ratus lima tujuh enam dua satu", "+6281320576 21"),
        ("nol delapan, satu tiga, eh, dua dua ya tujuh enam, lima empat satu ya Mbak", "+628132276541"),
        # pieces, joined and misheard words
        ("nul dela pan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("noldelapan satutiga duadua tujuhenam limaempat satu", "+628132276541"),
        ("ke nomor kenol delapan satu tiga dua dua tujuh enam lima empat satu saja", "+628132276541"),
        ("nol delapan setu tige dua dua tujuh enam lima empat satu", "+628132276541"),
        ("ngol dilapan satu tiga dua due tujuh enam lima empat satu zaja", "+628132276541"),
        ("nol delapan satu tiga dua dua tojuh enem lima embat satu", "+628132276541"),
        ("nol delapan satu tiga dua dua tujuh enam lama empat satu", "+628132276541"),
        # corrections
        ("nol delapan satu tiga dua dua tujuh enam lima tiga eh salah empat satu", "+628132276541"),
        ("nol delapan satu lima ralat nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("nol delapan satu tiga dua dua enam, salah, dua dua tujuh enam lima empat satu", "+628132276541"),
        ("nol delapan satu dua saya ulangi nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        # other numbers around it
        ("pakai nomor satunya ya nol delapan satu tiga dua dua tujuh enam lima empat satu", "+628132276541"),
        ("rumah saya nomor 12, hubungi ke 0813 2276 541", "+628132276541"),
        # other lengths, and lines that only surely heard calls give
        ("nol delapan sembilan lima tiga dua dua tujuh enam lima empat satu delapan", "+62895322765418"),
        ("nol delapan satu satu tujuh dua lima enam empat satu", "+62811725641"),
        ("nol dua dua tujuh lima nol satu dua tiga empat", "+62227501234"),
    ],
)
def test_a_dictated_number_becomes_e164(said, number):
    assert read(said) == number.replace(" ", "")


@pytest.mark.parametrize(
    "said",
    [
        "nol delapan satu tiga dua dua",
        "nomor ini saja",
        "",
        "lima menit lagi",
        "nol delapan satu tiga kami dua tujuh enam lima empat satu",  # a word where a digit stood
        "nol delapan satu tiga dua yang tujuh enam lima empat satu dua",
        "nol delapan satu tiga dua tima tujuh enam lima empat satu",  # "lima" or "tiga"
        "nol delapan setu tige due dui tojuh enem lima empat satu",  # too many misheard
        "nol delapan satu tiga dua dua tujuh enam lima empat satu dua tujuh tujuh",  # too long
        "nol delapan satu tiga belas puluh dua",
        "nol delapan dobel satu eh salah tiga dua dua tujuh enam lima empat satu",  # one of the two, or both
        f"{SPOKEN} atau nol delapan lima dua tiga enam enam enam dua satu",
    ],
)
def test_what_is_no_sure_number_gives_none(said):
    assert read(said) is None


@pytest.mark.parametrize(
    "said", ["nol delapan lima tujuh tiga enam enam dua satu", "nol dua dua tujuh lima nol satu dua"]
)
def test_a_short_number_counts_only_where_no_words_were_lost(said):
    assert read(f"{said} sembilan", clear=False) is None
    assert read(f"{said} sembilan") is not None


@pytest.mark.parametrize(
    ("turns", "number"),
    [
        ("nol delapan satu tiga / a: nol delapan satu tiga / dua dua tujuh enam / a: ya / lima empat satu", NUMBER),
        ("nol delapan satu tiga dua dua / a: dua dua / iya / tujuh enam lima empat satu saja", NUMBER),
        # the read-back fills a hole, mends a misheard digit, gives a lost one
        (f"nol delapan satu tiga kami dua tujuh enam lima empat satu / a: {SPOKEN}", NUMBER),
        (f"nol delapan satu tiga dua dua tujuh enam tima empat satu / a: {SPOKEN}", NUMBER),
        (f"nol delapan satu tiga dua tujuh enam lima empat satu / a: {SPOKEN}", NUMBER),
        (f"{SHORT} / a: {SHORT}", "+62857366219"),
        # the whole number twice
        (f"{SPOKEN} / a: bisa diulang / {SPOKEN}", NUMBER),
        (f"nol delapan satu tiga dua dua tujuh enam lima empat / a: ya / {SPOKEN}", NUMBER),
        # two readings that compete
        (f"{SPOKEN} / a: nol delapan satu tiga dua dua tujuh enam lima empat dua", None),
        (f"{SPOKEN} / a: ya / nol delapan satu tiga dua dua tujuh enam lima empat tujuh", None),
        # other numbers of the agent are no read-back
        (f"{SPOKEN} / a: nomor laporannya dua tiga satu delapan delapan", NUMBER),
        (f"{SPOKEN} / a: dengan PLN 123", NUMBER),
        # a digit amid talk may be the end of the number or not
        (f"{SPOKEN} / a: ya / lima itu nomor rumah", None),
    ],
)
def test_numbers_over_several_turns(turns, number):
    assert read(*turns.split(" / "), clear=False) == number


@examples(150)
@given(spoken_numbers())
def test_any_number_that_is_spoken_comes_back(spoken):
    digits, said = spoken
    assert read(f"hubungi ke {said} ya Mbak") == e164(digits, "ID")


@examples(80)
@given(spoken_numbers(), st.data())
def test_any_number_comes_back_over_turns_with_its_echo(spoken, data):
    digits, said = spoken
    words = said.replace(",", "").split()
    cuts = [at for at in range(4, len(words) - 3) if {words[at], words[at - 1]}.isdisjoint({"belas", "puluh", "dobel"})]
    cut = data.draw(st.sampled_from(cuts)) if cuts else len(words)
    first, rest = " ".join(words[:cut]), " ".join(words[cut:])
    assert read(f"ke {first}", f"a: {first}", rest, f"a: {rest}") == e164(digits, "ID")


@examples(80)
@given(spoken_numbers(), st.data())
def test_a_word_in_place_of_a_digit_never_gives_another_number(spoken, data):
    digits, _ = spoken
    words = [DIGITS[int(digit)] for digit in digits]
    words[data.draw(st.integers(2, len(words) - 2))] = data.draw(st.sampled_from(("kami", "dengan", "dari", "yang")))
    assert read(" ".join(words)) is None


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("six five oh two five three double zero nine one", "+16502530091"),
        ("six five oh two five three sorry four zero zero nine one", "+16502540091"),
        ("six fifty", None),
    ],
)
def test_another_language_and_country(said, number):
    assert read(said, code="en", region="US") == number


@pytest.mark.parametrize(
    ("digits", "fits"),
    [
        ("081322765411", "full"),
        ("6281322765411", "full"),
        ("0811725641", "full"),
        ("0857366219", "short"),
        ("0227501234", "short"),
        ("7501234", None),
        ("08132", None),
        ("123", None),
    ],
)
def test_what_can_be_a_number_of_the_country(digits, fits):
    assert plausibility(digits, "ID") == fits


@examples(80)
@given(st.from_regex(r"\A08(?:21|38|52|77|95)[0-9]{7}\Z"), st.integers(4, 9))
def test_a_lost_digit_in_a_badly_heard_call_never_gives_another_number(digits, lost):
    # the first four digits name the block; the oldest blocks do have numbers of ten digits
    words = [DIGITS[int(digit)] for at, digit in enumerate(digits) if at != lost]
    assert read(" ".join(words), clear=False) is None
