"""Languages as data: number words, spoken signs, spelling and sound folds. Presets are named by ISO code.

Only what belongs to the language stands here; what belongs to one SOP stands in its phrase bank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.errors import UsageError


@dataclass(frozen=True)
class Language:
    """What normalisation needs to know of one language."""

    code: str
    digits: Mapping[str, str]
    """number word -> digit"""
    signs: Mapping[str, str]
    """spoken sign -> character, inside e-mail addresses"""
    spellings: Mapping[str, str]
    """other spelling -> the one used; several words are joined by a blank"""
    suffixes: tuple[str, ...] = ()
    """endings that carry no meaning of their own, cut from words longer than `suffix_keeps` + their length"""
    suffix_keeps: int = 3
    folds: tuple[tuple[str, str], ...] = ()
    """letters that recognisers confuse -> one of them, in order"""
    double: frozenset[str] = frozenset()
    """words that repeat the next digit ("dobel tiga")"""
    triple: frozenset[str] = frozenset()
    teens: frozenset[str] = frozenset()
    """words that make a teen of the digit before them ("enam belas")"""
    tens: frozenset[str] = frozenset()
    """words that make tens of the digit before them ("dua puluh")"""
    wholes: Mapping[str, str] = field(default_factory=dict)
    """number words of more than one digit ("sepuluh")"""


# fmt: off  (tables: one entry a line would hide them)
INDONESIAN = Language(
    code="id",
    digits={
        "nol": "0",
        "kosong": "0",
        "satu": "1",
        "dua": "2",
        "tiga": "3",
        "empat": "4",
        "lima": "5",
        "enam": "6",
        "tujuh": "7",
        "delapan": "8",
        "lapan": "8",
        "sembilan": "9",
    },
    signs={
        "at": "@",
        "et": "@",
        "ad": "@",
        "add": "@",
        "titik": ".",
        "dot": ".",
        "strip": "-",
        "setrip": "-",
        "min": "-",
        "minus": "-",
        "underscore": "_",
        "underskor": "_",
        "garisbawah": "_",
        "andersekor": "_",
    },
    spellings={
        "promoter baru": "promo terbaru",  # the same sounds, cut elsewhere
        "e mail": "email",
        "i mail": "email",
        "imel": "email",
        "imail": "email",
        "emel": "email",
        "g mail": "gmail",
        "ji mail": "gmail",
        "jimel": "gmail",
        "yahu": "yahoo",
        "ya hu": "yahoo",
        "ya hoo": "yahoo",
        "makasih": "terima kasih",
        "makasi": "terima kasih",
        "trims": "terima kasih",
        "terimakasih": "terima kasih",
        "trima": "terima",
        "tq": "terima kasih",
        "maka sih": "terima kasih",
        "mak asih": "terima kasih",
        "ma kasih": "terima kasih",
        "thank you": "terima kasih",
        "gak": "tidak",
        "ga": "tidak",
        "nggak": "tidak",
        "enggak": "tidak",
        "engga": "tidak",
        "ngga": "tidak",
        "ndak": "tidak",
        "kagak": "tidak",
        "tak": "tidak",
        "tdk": "tidak",
        "gimana": "bagaimana",
        "nmr": "nomor",
        "nomer": "nomor",
        "no": "nomor",
        "telpon": "telepon",
        "telp": "telepon",
        "tlp": "telepon",
        "telfon": "telepon",
        "silahkan": "silakan",
        "mba": "mbak",
        "cepet": "cepat",
        "kalo": "kalau",
        "hape": "hp",
        "ha pe": "hp",
        "hpnya": "hp",
        "wanya": "wa",
        "idnya": "id",
        "henpon": "handphone",
        "hand phone": "handphone",
        "garis bawah": "garisbawah",
        "under score": "underscore",
        "double": "dobel",
        "dabel": "dobel",
        "kom": "com",
        "yg": "yang",
        "udah": "sudah",
        "udh": "sudah",
        "apa bila": "apabila",
        "info": "informasi",
        "pesen": "pesan",
        "tanggungjawab": "tanggung jawab",
        "bertanggungjawab": "bertanggung jawab",
        "kesetrom": "kesetrum",
        "nyetrum": "kesetrum",
        "konslet": "korslet",
        "korsleting": "korslet",
        "konsleting": "korslet",
        # words of grammar from Javanese, Sundanese and Betawi that callers mix in; none that is also a name
        "ora": "tidak",
        "mboten": "tidak",
        "boten": "tidak",
        "teu": "tidak",
        "henteu": "tidak",
        "kaga": "tidak",
        "nda": "tidak",
        "endak": "tidak",
        "ngak": "tidak",
        "sanes": "bukan",
        "dudu": "bukan",
        "ono": "ada",
        "wonten": "ada",
        "duwe": "punya",
        "nduwe": "punya",
        "gadhah": "punya",
        "gadah": "punya",
        "kagungan": "punya",
        "boga": "punya",
        "iso": "bisa",
        "saget": "bisa",
        "tiasa": "bisa",
        "bise": "bisa",
        "dewe": "sendiri",
        "dewek": "sendiri",
        "piyambak": "sendiri",
        "kiyambak": "sendiri",
        "nyalira": "sendiri",
        "omah": "rumah",
        "griya": "rumah",
        "griyo": "rumah",
        "imah": "rumah",
        "kulo": "saya",
        "kula": "saya",
        "aye": "saya",
        "gue": "saya",
        "gua": "saya",
        "aku": "saya",
        "nggih": "ya",
        "inggih": "ya",
        "njih": "ya",
        "enggih": "ya",
        "muhun": "ya",
        "mawon": "saja",
        "wae": "saja",
        "bae": "saja",
        "aje": "saja",
        "aja": "saja",
        "monggo": "silakan",
        "sampun": "sudah",
        "wis": "sudah",
        "dereng": "belum",
        "durung": "belum",
        "malih": "lagi",
        "maneh": "lagi",
        "deui": "lagi",
        "niki": "ini",
        "iki": "ini",
        "ieu": "ini",
        "niku": "itu",
        "males": "malas",
        "kesel": "kesal",
        "ngasih": "memberi",
        "dikasih": "diberi",
    },
    suffixes=("nya", "kah", "lah"),
    suffix_keeps=3,
    # telephone speech blurs voicing (b/p, d/t, g/k, j/c, z/s), r/l and close vowels (e/i, o/u), field notes 3 and 7
    folds=(
        ("oe", "u"),
        ("dj", "c"),
        ("tj", "c"),
        ("sy", "s"),
        ("kh", "k"),
        ("ngg", "n"),
        ("ng", "n"),
        ("ny", "n"),
        ("h", ""),
        ("ai", "i"),
        ("ei", "i"),
        ("ae", "i"),
        ("v", "p"),
        ("f", "p"),
        ("b", "p"),
        ("d", "t"),
        ("g", "k"),
        ("q", "k"),
        ("x", "ks"),
        ("z", "s"),
        ("j", "c"),
        ("e", "i"),
        ("o", "u"),
        ("r", "l"),
    ),
    double=frozenset({"dobel"}),
    triple=frozenset({"tripel", "triple"}),
    teens=frozenset({"belas"}),
    tens=frozenset({"puluh"}),
    wholes={"sepuluh": "10", "sebelas": "11"},
)

ENGLISH = Language(
    code="en",
    digits={
        "zero": "0",
        "oh": "0",
        "one": "1",
        "two": "2",
        "three": "3",
        "four": "4",
        "five": "5",
        "six": "6",
        "seven": "7",
        "eight": "8",
        "nine": "9",
    },
    signs={"at": "@", "dot": ".", "period": ".", "dash": "-", "hyphen": "-", "underscore": "_"},
    spellings={
        "e mail": "email",
        "g mail": "gmail",
        "thanks": "thank you",
        "can't": "can not",
        "cannot": "can not",
        "don't": "do not",
        "i'm": "i am",
        "you're": "you are",
        "we'll": "we will",
        "i'll": "i will",
        "it's": "it is",
        "isn't": "is not",
        "won't": "will not",
    },
    folds=(("ph", "f"), ("ck", "k"), ("wh", "w"), ("z", "s"), ("y", "i")),
    double=frozenset({"double"}),
    triple=frozenset({"triple"}),
    wholes={
        "ten": "10",
        "eleven": "11",
        "twelve": "12",
        "thirteen": "13",
        "fourteen": "14",
        "fifteen": "15",
        "sixteen": "16",
        "seventeen": "17",
        "eighteen": "18",
        "nineteen": "19",
    },
)

# fmt: on
LANGUAGES: Mapping[str, Language] = {"id": INDONESIAN, "en": ENGLISH}


def language(code: str) -> Language:
    """The preset named by an ISO code. Raises UsageError when there is none."""
    try:
        return LANGUAGES[code]
    except KeyError:
        known = ", ".join(sorted(LANGUAGES))
        raise UsageError(f"No text rules for language '{code}'; known: {known}.") from None
