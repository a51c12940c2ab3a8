"""A small speller: numbers and addresses as an Indonesian would dictate them. Its words are the tests' own."""

from hypothesis import strategies as st

DIGITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_LETTERS = """a be ce de e ef ge ha i je ka el em en o pe ki er es te u ve we eks ye zet"""
_LETTER_WORDS = """apel botol cangkir durian ember foto gelas halte ikan jeruk kertas lemari meja nanas obor pisang
        quran
    roti sepatu topi udang vas wajan xilofon yoyo zebra"""
LETTERS = dict(zip(_ALPHABET, _LETTERS.split(), strict=True))
LETTER_WORDS = dict(zip(_ALPHABET, _LETTER_WORDS.split(), strict=True))
SIGNS = {".": ("titik", "dot"), "_": ("garis bawah", "underscore"), "-": ("strip", "tanda hubung")}
NAMES = ("parlindungan", "hermanto", "yuliana", "kasmirah", "wirawan", "ngatini", "julaeha", "prabandaru", "tarigan")

mobiles = st.builds(
    "08{}{}".format, st.sampled_from(("12", "21", "38", "52", "77", "95")), st.from_regex(r"\A[0-9]{7,9}\Z")
)


@st.composite
def spoken_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """(digits, how they were dictated): zeros as "kosong", repeats, teens and tens, figures, pauses."""
    digits = draw(mobiles)
    words = []
    at = 0
    while at < len(digits):
        way = draw(st.sampled_from(("word", "word", "word", "figures", "repeat", "tens")))
        pair = digits[at : at + 2]
        if way == "figures":
            words.append(pair)
            at += 2
        elif way == "repeat" and len(pair) > 1 and pair[0] == pair[1]:
            words.append(f"dobel {DIGITS[int(pair[0])]}")
            at += 2
        elif way == "tens" and len(pair) > 1 and at and "0" not in pair:
            words.append(_two(pair))
            at += 2
        else:
            words.append("kosong" if digits[at] == "0" and draw(st.booleans()) else DIGITS[int(digits[at])])
            at += 1
        if draw(st.integers(0, 4)) == 0:
            words[-1] += ","
    return digits, " ".join(words)


def _two(pair: str) -> str:
    if pair == "11":
        return "sebelas"
    if pair[0] == "1":
        return f"{DIGITS[int(pair[1])]} belas"
    return f"{DIGITS[int(pair[0])]} puluh {DIGITS[int(pair[1])]}"


def spelled(name: str, way: str) -> str:
    """A name letter by letter: "names" of the letters, "single" letters, or each "told" by a word."""
    if way == "single":
        return " ".join(name)
    if way == "told":
        return " ".join(f"{LETTERS[letter]} untuk {LETTER_WORDS[letter]}" for letter in name)
    return " ".join(LETTERS[letter] for letter in name)


@st.composite
def spoken_addresses(draw: st.DrawFn) -> tuple[str, list[str]]:
    """(address, the pieces in which it was dictated)."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    address, said = "", []
    for at, name in enumerate(names):
        sign = draw(st.sampled_from((".", "_", "-"))) if at else ""
        if sign:
            said.append(draw(st.sampled_from(SIGNS[sign])))
        way = draw(st.sampled_from(("said", "said", "names", "single", "told", "said and spelled")))
        if way == "said and spelled":
            said.append(f"{name} {spelled(name, 'names')}")
        else:
            said.append(name if way == "said" else spelled(name, way))
        address += sign + name
    digits = draw(st.from_regex(r"\A[0-9]{0,3}\Z"))
    if digits:
        said.append(" ".join(DIGITS[int(digit)] for digit in digits))
    domain, heard = draw(
        st.sampled_from(
            (
                ("gmail.com", "gmail titik com"),
                ("yahoo.com", "yahoo titik com"),
                ("yahoo.co.id", "yahoo titik co titik id"),
                ("outlook.com", "outlook dot com"),
                ("mekar.co.id", "mekar titik co titik id"),
            )
        )
    )
    said += [draw(st.sampled_from(("at", "et", "a keong"))), heard]
    return f"{address}{digits}@{domain}", said
