"""Spoken e-mail addresses: what was said -> address, or None where a wrong one would be as likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.entities.email.address import addresses
from analyzer.entities.email.dictation import DictationTurn, KnownWords, dictated_email
from analyzer.entities.email.tokens import email_tokens, email_vocabulary
from tests.entities.speller import SIGNS, spoken_addresses
from tests.examples import examples

AROUND = KnownWords(
    domains=frozenset({"gmail", "yahoo", "hotmail", "outlook", "icloud"}),
    stop=frozenset({"boleh", "email", "alamat", "catat"}),
    light=frozenset({"kami", "dari", "yang", "untuk", "dengan", "pada", "saya", "di"}),
)
SPOKEN, LONG = "hermanto at gmail titik com", "hermanto.wirawan@gmail.com"


def read(*turns: str, misspelled: float = 0.0) -> str | None:
    """The address read from turns: "a: ..." is the agent's, every other the customer's."""
    said = [DictationTurn(turn.removeprefix("a: "), dictating=not turn.startswith("a: ")) for turn in turns]
    return dictated_email(said, "id", AROUND, misspelled=misspelled)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("Boleh, hermanto titik wirawan at gmail titik com", "hermanto.wirawan@gmail.com"),
        ("emailnya hermanto wirawan at gmail titik com ya Mbak", "hermantowirawan@gmail.com"),
        ("Iya Mas, catat ya, hermanto garis bawah wirawan et yahoo dot com", "hermanto_wirawan@yahoo.com"),
        ("hermanto under score wirawan a keong yahoo titik co titik id", "hermanto_wirawan@yahoo.co.id"),
        ("hermanto strip wirawan tanda at outlook titik com", "hermanto-wirawan@outlook.com"),
        ("hermanto tanda hubung wirawan ad icloud titik com", "hermanto-wirawan@icloud.com"),
        ("hermanto.wirawan@gmail.com", "hermanto.wirawan@gmail.com"),
        ("hermanto.wirawan at gmail.com", "hermanto.wirawan@gmail.com"),
        ("Hermanto.Wirawan@ Gmail.com ya", "hermanto.wirawan@gmail.com"),
        # digits
        ("hermanto delapan sembilan at gmail titik com", "hermanto89@gmail.com"),
        ("hermanto 8 9 at gmail titik com", "hermanto89@gmail.com"),
        ("hermanto delapan puluh sembilan at gmail titik com", "hermanto89@gmail.com"),
        ("hermanto angka enam belas at gmail titik com", "hermanto16@gmail.com"),
        ("hermanto dobel nol tujuh at gmail titik com", "hermanto007@gmail.com"),
        ("hermanto dua ribu lima at gmail titik com", "hermanto2005@gmail.com"),
        ("hermanto seribu sembilan ratus sembilan puluh at gmail titik com", "hermanto1990@gmail.com"),
        # letters
        ("ha e er em a en at gmail titik com", "herman@gmail.com"),
        ("h e r m a n at gmail titik com", "herman@gmail.com"),
        ("H-E-R-M-A-N at gmail titik com", "herman@gmail.com"),
        ("wirawan titik ha at gmail titik com", "wirawan.h@gmail.com"),
        ("wirawan we i er a we a en at gmail titik com", "wirawan@gmail.com"),
        ("wirawan, we i er a we a en titik te at gmail titik com", "wirawan.t@gmail.com"),
        ("yuliana ye u el i a en en a at gmail titik com", "yulianna@gmail.com"),
        ("a en dobel a at gmail titik com", "anaa@gmail.com"),
        ("h untuk hujan, e untuk emas, r untuk roti, u untuk udang at gmail titik com", "heru@gmail.com"),
        ("ha seperti hujan e seperti emas er seperti roti i seperti ibu at gmail titik com", "heri@gmail.com"),
        ("h hujan e emas r roti u udang at gmail titik com", "heru@gmail.com"),
        # the domain: misheard, joined, spelled, a company's
        ("hermanto at jimel titik kom", "hermanto@gmail.com"),
        ("hermanto at ji mail titik com", "hermanto@gmail.com"),
        ("hermanto at gmeil titik com", "hermanto@gmail.com"),
        ("hermanto at yahu titik com", "hermanto@yahoo.com"),
        ("hermanto at yaoo titik com", "hermanto@yahoo.com"),
        ("hermanto at hotmeil titik com", "hermanto@hotmail.com"),
        ("hermanto at aut luk titik com", "hermanto@outlook.com"),
        ("hermanto atgmail titikcom", "hermanto@gmail.com"),
        ("hermanto at gmailtitik com", "hermanto@gmail.com"),
        ("hermanto diat gmail titik com", "hermanto@gmail.com"),
        ("hermanto at gmail detik com", "hermanto@gmail.com"),
        ("hermanto at gmail titik ce o em", "hermanto@gmail.com"),
        ("hermanto at gmail", "hermanto@gmail.com"),
        ("hermanto di gmail titik com", "hermanto@gmail.com"),
        ("hermanto at gmail titik", "hermanto@gmail.com"),
        ("hermanto at yahoo titik cu titik id", "hermanto@yahoo.co.id"),
        ("hermanto at maju jaya titik co titik id", "hermanto@majujaya.co.id"),
        ("hermanto at u g m titik ac titik id", "hermanto@ugm.ac.id"),
        # talk around it
        ("Poleh, hermanto at gmail titik com", "hermanto@gmail.com"),
        ("emailngya hermanto at gmail titik com", "hermanto@gmail.com"),
        ("Emailnyahermanto at gmail titik com", "hermanto@gmail.com"),
        ("kami hermanto at gmail titik com", "hermanto@gmail.com"),
        ("Iya Mbak Tuti, hermanto at gmail titik com", "hermanto@gmail.com"),
        ("hermanto ya at gmail titik com", "hermanto@gmail.com"),
        ("hermanto huruf kecil semua at gmail titik com", "hermanto@gmail.com"),
        ("hermanto, titik, wirawan, at, gmail, titik, com", "hermanto.wirawan@gmail.com"),
        ("kalau tidak salah hermanto at gmail titik com", "hermanto@gmail.com"),
        # corrections
        ("hermanta eh salah hermanto at gmail titik com", "hermanto@gmail.com"),
        ("hermanto titik tarigan ralat wirawan at gmail titik com", "hermanto.wirawan@gmail.com"),
        ("hermanto tujuh eh salah delapan at gmail titik com", "hermanto8@gmail.com"),
        ("hermanto at yahoo eh salah at gmail titik com", "hermanto@gmail.com"),
        ("hermanto at yahoo titik com eh salah gmail titik com", "hermanto@gmail.com"),
        ("hermanto at gmail titik co eh salah titik com", "hermanto@gmail.com"),
        ("tarigan at gmail titik com, salah, hermanto at gmail titik com", "hermanto@gmail.com"),
        # names that resemble other words
        ("didik abdullah at gmail titik com", "didikabdullah@gmail.com"),
        ("tika titik sari at gmail titik com", "tika.sari@gmail.com"),
        ("nur nina tono at gmail titik com", "nurninatono@gmail.com"),
        ("untung desi bunga at gmail titik com", "untungdesibunga@gmail.com"),
    ],
)
def test_a_spoken_address(said, address):
    assert read(said) == address


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Saya tidak punya email",
        "Emailnya at gmail titik com",
        "hermanto at titik com",  # the provider was lost
        "hermanto at email titik com",  # misheard, and no provider
        "hermanto at kami titik com",
        "hermanto at maju jaya titik co",
        "hermanto at yahoo titik co",  # "com" or "co.id"
        "dari at gmail titik com",  # a word of grammar where the name stood
        "Boleh, satu at gmail titik com",
        "at gmail at gmail",
        "titik wirawan at gmail titik com",  # its beginning was lost
        "hermanto titik kami wirawan at gmail titik com",  # a word swapped inside
        "hermanto kami wirawan at gmail titik com",
        "ha e dari em a en at gmail titik com",
        "ha e bla em a en at gmail titik com",
        "b untuk hujan e untuk emas r untuk roti at gmail titik com",  # letter and word disagree
        "wirahmat gmail titik com",  # the sign may be the end of the name
        "hermanto at gmail titik com, hermanti at gmail titik com",
        "hermanto.wirawan.tarigan",
    ],
)
def test_what_is_no_sure_address_gives_none(said):
    assert read(said) is None


@pytest.mark.parametrize(
    ("turns", "address"),
    [
        ("hermanto titik / a: ya / wirawan at gmail titik com", LONG),
        ("Boleh, hermanto / a: hermanto / iya / a: lanjut / titik wirawan at / a: ya / gmail titik com", LONG),
        ("ha e er em a en / a: terus / tujuh tujuh / a: baik / at gmail titik com", "herman77@gmail.com"),
        ("hermanto titik, itu dulu ya / a: sudah / wirawan at gmail titik com", LONG),
        ("Sebentar, saya lihat dulu / a: baik / hermanto at gmail titik com", "hermanto@gmail.com"),
        ("hermanto wirawan / a: bagaimana / hermanto wirawan at gmail titik com", "hermantowirawan@gmail.com"),
        ("hermanto titik tarigan / a: hermanto titik tarigan / eh salah wirawan at gmail titik com", LONG),
        # a read-back that agrees, fills what was lost, competes
        (f"{SPOKEN} / a: {SPOKEN} / betul", "hermanto@gmail.com"),
        (f"hermanto at titik com / a: {SPOKEN} ya / iya", "hermanto@gmail.com"),
        (f"at gmail titik com / a: {SPOKEN} ya / iya betul", "hermanto@gmail.com"),
        ("wirawan at gmail titik com / a: hermanto titik wirawan at gmail titik com / iya", LONG),
        (f"{SPOKEN} / a: manto at gmail titik com / iya", "hermanto@gmail.com"),
        (f"{SPOKEN} / a: hermanta at gmail titik com / iya", None),
        (f"{SPOKEN} / a: layanan at mekar titik co titik id / iya", "hermanto@gmail.com"),
        ("hermanto ha e er em a en te o at gmail titik com / a: hermanta at gmail titik com", "hermanto@gmail.com"),
        (f"at gmail titik com / a: {SPOKEN} ya / bukan Mas", None),
        (f"hermanta at gmail titik com / a: hermanta at gmail titik com / bukan, {SPOKEN}", "hermanto@gmail.com"),
        ("hermanta at gmail titik com / a: hermanta at gmail titik com / salah Mbak, pakai o belakangnya", None),
        ("Saya tidak punya / a: kirim saja ke layanan at mekar titik co titik id / iya", None),
        (f"{SPOKEN} / a: ulangi / {SPOKEN}", "hermanto@gmail.com"),
    ],
)
def test_addresses_over_several_turns(turns, address):
    assert read(*turns.split(" / ")) == address


@pytest.mark.parametrize(("misspelled", "address"), [(0.0, "hermanto99@gmail.com"), (0.15, None)])
def test_in_a_badly_heard_call_a_name_of_many_pieces_gives_none(misspelled, address):
    assert read("ha e er em a en te o 9 9 at gmail titik com", misspelled=misspelled) == address
    assert read("hermanto at gmail titik com", misspelled=misspelled) == "hermanto@gmail.com"


@examples(150)
@given(spoken_addresses(), st.sampled_from(("Boleh, ", "Emailnya ", "Ya catat ya Mbak, ", "")))
def test_any_address_that_is_spoken_comes_back(spoken, opening):
    address, said = spoken
    assert read(f"{opening}{' '.join(said)} ya Mas") == address


@examples(80)
@given(spoken_addresses(), st.data())
def test_any_address_comes_back_over_turns(spoken, data):
    address, said = spoken
    cut = data.draw(st.integers(1, len(said) - 1))
    first, rest = " ".join(said[:cut]), " ".join(said[cut:])
    echo = data.draw(st.sampled_from((f"a: {first}", "a: Baik, lanjut.")))
    assert read(f"Boleh, {first}", echo, rest) == address


@examples(80)
@given(spoken_addresses(), st.data())
def test_a_lost_provider_is_never_invented(spoken, data):
    _, said = spoken
    tail = data.draw(st.sampled_from(("titik com", "titik co titik id", "")))
    assert read(f"{' '.join(said[:-1])} {tail}") is None


@given(st.lists(st.sampled_from(["budi", "at", "gmail", "titik", "com", "eh salah", "satu", "be", ",", "ya", "untuk"])))
def test_any_words_are_read_without_fault(words):
    found = read(" ".join(words))
    assert found is None or found.count("@") == 1


def test_the_order_in_which_words_were_collected_changes_nothing():
    stop = tuple(f"kata{at}" for at in range(20))
    units = [
        email_tokens(
            "poleh kata7 rina at gmail titik com", email_vocabulary("id", frozenset({"gmail"}), frozenset(words))
        )
        for words in (stop, reversed(stop))
    ]
    assert units[0] == units[1]


@pytest.mark.parametrize("sign", [name for names in SIGNS.values() for name in names])
def test_every_sign_has_its_names(sign):
    vocabulary = email_vocabulary("id", AROUND.domains, AROUND.stop)
    [address] = addresses(email_tokens(f"rina {sign} wati at gmail titik com", vocabulary), vocabulary)
    assert address.local == f"rina{next(char for char, names in SIGNS.items() if sign in names)}wati"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("sure it's john dot smith at gmail dot com", "john.smith@gmail.com"),
        ("jay oh aitch en underscore nine nine at outlook dot com", "john_99@outlook.com"),
        ("b for bravo o for oscar b for bravo at acme dot co dot uk", "bob@acme.co.uk"),
    ],
)
def test_another_language(said, address):
    around = KnownWords(frozenset({"gmail", "outlook"}))
    assert dictated_email([DictationTurn(said, dictating=True)], "en", around) == address
