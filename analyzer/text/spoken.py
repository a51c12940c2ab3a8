"""How people dictate: letter names, spoken signs of several words, corrections. Presets are named by ISO code.

Number words and one-word signs stand in `language`, where matching needs them too; what stands here is read only
inside something dictated. Several words of one entry are parted by a blank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.text.language import LANGUAGES


@dataclass(frozen=True)
class Spoken:
    """What reading a dictated number or address needs to know of one language."""

    code: str
    letters: Mapping[str, str] = field(default_factory=dict)
    """name of a letter -> the letter"""
    as_in: frozenset[str] = frozenset()
    """words between a letter and the word that tells which ("b untuk bandung")"""
    signs: Mapping[str, str] = field(default_factory=dict)
    """spoken sign of several words -> character"""
    providers: Mapping[str, str] = field(default_factory=dict)
    """how mail providers' names are misheard or written apart -> the name"""
    tails: Mapping[str, str] = field(default_factory=dict)
    """how the ends of domains are spoken -> as written"""
    fixes: frozenset[str] = frozenset()
    """what is said before a correction of the last piece"""
    restarts: frozenset[str] = frozenset()
    """what is said before saying the whole again"""
    noise: frozenset[str] = frozenset()
    """remarks about the dictation that are no part of it ("huruf kecil semua")"""
    fillers: frozenset[str] = frozenset()
    """hesitation, politeness and small words that stand between what is dictated"""
    enders: frozenset[str] = frozenset()
    """words that only end a number ("... lima saja")"""
    talk: frozenset[str] = frozenset()
    """everyday words said around a dictated address, never parts of one; a name is read back to the last of them"""
    titles: frozenset[str] = frozenset()
    """words before the name of the person spoken to"""
    talk_endings: tuple[str, ...] = ()
    """endings of words of talk that names do not have ("nya", but not "lah": Abdullah)"""
    hundreds: frozenset[str] = frozenset()
    """words that make hundreds of the digit before them ("dua ratus")"""
    thousands: frozenset[str] = frozenset()
    wholes: Mapping[str, str] = field(default_factory=dict)
    """number words of more than one digit, beside those in `language`"""
    yes: frozenset[str] = frozenset()
    """words that confirm what was read back"""
    denials: frozenset[str] = frozenset()
    """words that deny what was read back"""


# fmt: off  (tables: one entry a line would hide them)
_INDONESIAN = Spoken(
    code="id",
    letters={
        "be": "b", "ce": "c", "che": "c", "de": "d", "ef": "f", "eff": "f", "ge": "g", "ha": "h", "je": "j", "ka": "k",
        "el": "l", "em": "m", "en": "n", "pe": "p", "ki": "q", "kiu": "q", "qi": "q", "er": "r", "es": "s", "te": "t",
        "ve": "v", "fe": "v", "we": "w", "eks": "x", "ex": "x", "ye": "y", "zet": "z", "zed": "z",
    },
    as_in=frozenset({"untuk", "seperti", "kayak", "kaya", "macam", "misal", "misalnya", "contohnya"}),
    signs={
        "garis bawah": "_", "garis di bawah": "_", "under score": "_", "under skor": "_", "garis datar": "-",
        "garis tengah": "-", "tanda hubung": "-", "tanda strip": "-", "tanda min": "-", "tanda titik": ".",
        "a keong": "@", "a ke ong": "@", "akeong": "@", "keong": "@", "a bundar": "@", "a bulat": "@", "a melingkar": "@",
        "tanda at": "@", "tanda et": "@", "at sign": "@", "plus": "+", "tanda plus": "+",
    },
    providers={
        "jimel": "gmail", "jimail": "gmail", "jimeil": "gmail", "gemail": "gmail", "gimail": "gmail", "gimel": "gmail",
        "g mail": "gmail", "ji mail": "gmail", "ji mel": "gmail", "ge mail": "gmail", "gi mail": "gmail",
        "je mail": "gmail", "ji meil": "gmail", "yahu": "yahoo", "yaho": "yahoo", "ya hu": "yahoo", "ya hoo": "yahoo",
        "yahoe": "yahoo", "ye mail": "ymail", "way mail": "ymail", "y mail": "ymail", "hot mail": "hotmail",
        "hot mel": "hotmail", "hotmel": "hotmail", "hat mail": "hotmail", "out look": "outlook", "aut luk": "outlook",
        "autluk": "outlook", "ai cloud": "icloud", "i cloud": "icloud", "ai klaud": "icloud", "ai klot": "icloud",
        "aiklaud": "icloud", "rocket mail": "rocketmail", "roket mail": "rocketmail", "proton mail": "protonmail",
    },
    tails={
        "kom": "com", "come": "com", "cum": "com", "kum": "com", "ko": "co", "aidi": "id", "aide": "id", "idi": "id",
    },
    fixes=frozenset({
        "eh salah", "salah", "eh bukan", "bukan", "ralat", "koreksi", "keliru", "eh keliru", "eh maaf", "maaf",
        "maaf salah", "maksudnya", "maksud saya", "eh ralat", "salah maaf", "salah deng", "salah ding", "eh maksudnya",
        "eh maksud saya", "salah maksudnya", "salah maksud saya", "ganti",
    }),
    restarts=frozenset({
        "ulang", "ulangi", "diulang", "diulangi", "saya ulang", "saya ulangi", "ulang ya", "ulang dari awal",
        "dari awal", "salah saya ulang", "salah saya ulangi", "salah ulang", "salah diulang", "eh saya ulang",
        "eh salah saya ulang", "eh salah saya ulangi", "eh salah ulang",
    }),
    noise=frozenset({
        "huruf kecil", "huruf besar", "huruf kecil semua", "huruf kecil semuanya", "kecil semua", "huruf", "tanpa spasi",
        "tidak pakai spasi", "nggak pakai spasi", "gak pakai spasi", "pakai angka", "angka", "angkanya", "disambung",
        "sambung", "nyambung", "digabung", "gabung", "dirangkai", "jadi satu", "semuanya", "spasi", "lanjut", "terus",
        "lalu", "kemudian", "habis itu", "setelah itu", "abis itu", "depannya", "belakangnya", "kalau tidak salah",
        "satu persatu", "satu per satu", "per huruf", "huruf per huruf",
        "kalau nggak salah", "kalau gak salah", "kalo nggak salah", "kalo gak salah", "kalo tidak salah",
    }),
    fillers=frozenset({
        "eh", "em", "hm", "emm", "hmm", "anu", "ya", "iya", "yah", "nya", "pak", "bu", "bapak", "ibu", "mas", "mbak", "kak",
        "kakak", "itu", "ini", "sih", "deh", "dong", "nih", "lho", "kan", "oh", "nah", "oke", "ok", "baik", "ehm", "yak",
        "aduh", "bentar", "sebentar", "ee", "eee", "eh", "mm", "mmm", "uh", "hmmm", "he", "heeh", "hehe", "yaa", "okeh",
        "mah", "teh", "atuh", "toh", "yo", "lo", "lah", "dah", "iku", "iki", "niki", "niku", "kuwi", "hai", "hei", "okay",
        "iye", "iyo", "nggeh", "kang", "cak", "dik", "dek", "koh", "nak",
    }),
    enders=frozenset({"saja", "aja", "doang", "gitu", "begitu", "sudah", "udah"}),
    talk=frozenset({
        # agreeing and asking to write
        "boleh", "bisa", "silakan", "silahkan", "siap", "monggo", "mangga", "nggih", "inggih", "injih", "tentu", "sip",
        "betul", "benar", "ada", "punya", "catat", "dicatat", "catet", "dicatet", "tulis", "ditulis", "tuliskan", "simpan",
        "disimpan", "masukkan", "masukin", "dimasukkan", "isi", "diisi", "isikan", "ketik", "diketik", "ketikkan", "kirim",
        "dikirim", "kirimkan", "kirimin", "tolong", "coba", "minta", "mohon", "dengar", "dengarkan", "dengerin", "eja",
        "dieja", "ejakan", "ejaan", "sebut", "sebutkan", "disebutkan", "bacakan", "dibaca", "bacanya", "ulangi",
        "dikte", "diktekan", "kasihkan", "berikan", "daftarkan", "didaftarkan", "terdaftar",
        # whose and what
        "saya", "aku", "gue", "gua", "kami", "kita", "dia", "istri", "suami", "milik", "punyaku", "email", "imel", "imail",
        "emel", "surel", "mail", "alamat", "akun", "nama", "namanya", "pribadi", "nomor", "data",
        # joining words
        "yang", "adalah", "ialah", "yaitu", "yakni", "jadi", "maka", "kalau", "kalo", "untuk", "buat", "dengan", "pakai",
        "pake", "memakai", "menggunakan", "gunakan", "dipakai", "di", "ke", "dari", "dan", "atau", "juga", "saja", "aja",
        "cuma", "hanya", "tuh", "loh", "kok", "begini", "begitu", "gini", "gitu", "seperti", "lewat", "melalui", "tapi",
        # thinking aloud
        "tunggu", "dulu", "lihat", "liat", "cek", "ingat", "inget", "lupa", "kayaknya", "sepertinya", "mungkin", "aktif",
        "lama", "biasa", "biasanya", "sekarang", "masih", "sudah", "udah", "belum", "nanti", "tadi", "pertama", "mulai",
        "mulainya", "awalnya", "huruf", "kecil", "besar", "semua", "gampang", "mudah", "panjang", "agak", "susah", "dalam",
        "situ", "sini", "sana", "segitu", "per", "spell", "spel", "dispell", "dispel", "spelling", "pelan", "perlahan",
        "lengkap", "komplit", "cari", "nyari", "cariin", "ambil", "buka", "tanya", "tanyain", "panggil", "kertas", "buku",
        "catatan", "hp", "handphone", "ah", "wah", "lha", "halo", "hehe", "tidak", "nggak", "enggak", "gak", "bukan", "tahu", "tau", "mau", "sampai",
        "sampaikan", "saya eja", "bang", "om", "tante", "terima", "makasih", "permisi", "yuk", "ayo", "pokoknya", "apa",
    }),
    titles=frozenset({"mas", "mbak", "mba", "pak", "bu", "bapak", "ibu", "kak", "kakak", "bang"}),
    talk_endings=("nya",),
    hundreds=frozenset({"ratus"}),
    thousands=frozenset({"ribu"}),
    wholes={"seratus": "100", "seribu": "1000"},
    yes=frozenset({"ya", "iya", "betul", "benar", "oke", "ok", "inggih", "nggih", "yoi", "yap", "yup", "leres", "sip"}),
    denials=frozenset({"bukan", "salah", "keliru", "tidak", "nggak", "enggak", "gak", "ralat"}),
)

_ENGLISH = Spoken(
    code="en",
    letters={
        "bee": "b", "cee": "c", "dee": "d", "ef": "f", "eff": "f", "gee": "g", "aitch": "h", "jay": "j", "kay": "k",
        "el": "l", "em": "m", "en": "n", "pee": "p", "cue": "q", "ar": "r", "ess": "s", "tee": "t", "vee": "v",
        "ex": "x", "wye": "y", "zee": "z", "zed": "z",
    },
    as_in=frozenset({"for", "as in", "like"}),
    signs={"under score": "_", "at sign": "@", "plus": "+", "full stop": "."},
    providers={"g mail": "gmail", "gee mail": "gmail", "hot mail": "hotmail", "out look": "outlook", "i cloud": "icloud"},
    tails={"come": "com", "calm": "com"},
    fixes=frozenset({"sorry", "no", "no wait", "no sorry", "sorry no", "i mean", "correction", "wrong", "oops"}),
    restarts=frozenset({"start again", "let me start again", "again", "let me repeat", "from the start"}),
    noise=frozenset({"all lower case", "lower case", "all lowercase", "lowercase", "no spaces", "all one word", "then",
                     "one word", "letter", "the number", "capital"}),
    fillers=frozenset({"uh", "um", "er", "erm", "well", "okay", "yes", "so", "and", "then", "please", "sir", "madam"}),
    titles=frozenset({"mister", "miss", "missus", "mr", "ms", "mrs"}),
    talk=frozenset({"my", "is", "it's", "its", "it", "the", "email", "mail", "address", "sure", "write", "down", "this", "that",
                    "would", "be", "we", "i", "use", "have", "you", "can", "of", "course", "send", "to", "with", "spelled"}),
    yes=frozenset({"yes", "yeah", "right", "correct", "sure"}),
    denials=frozenset({"no", "wrong", "not"}),
)

# fmt: on
SPOKEN: Mapping[str, Spoken] = {"id": _INDONESIAN, "en": _ENGLISH}


def spoken(code: str) -> Spoken:
    """The preset of a language; an empty one where nobody wrote one yet.

    >>> spoken("id").letters["ha"], spoken("xx").letters
    ('h', {})
    """
    return SPOKEN.get(code) or Spoken(code=LANGUAGES[code].code if code in LANGUAGES else code)
