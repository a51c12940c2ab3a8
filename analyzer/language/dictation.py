"""How people dictate: letter names, spoken signs of several words, corrections. Presets are named by ISO code.

Number words and one-word signs stand in `language`, where matching needs them too; what stands here is read only
inside something dictated. Several words of one entry are parted by a blank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.language.registry import LANGUAGES


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


def _words(text: str) -> frozenset[str]:
    """Entries parted by commas."""
    return frozenset(" ".join(entry.split()) for entry in text.split(",") if entry.strip())


def _table(text: str) -> dict[str, str]:
    """ "heard: meant" pairs parted by commas."""
    pairs = (entry.rsplit(":", 1) for entry in text.split(",") if entry.strip())
    return {" ".join(heard.split()): meant.strip() for heard, meant in pairs}


_INDONESIAN = Spoken(
    code="id",
    letters=_table(
        """
        be: b, ce: c, che: c, de: d, ef: f, eff: f, ge: g, ha: h, je: j, ka: k, el: l, em: m, en: n, pe: p, ki:
        q, kiu: q, qi: q, er: r, es: s, te: t, ve: v, fe: v, we: w, eks: x, ex: x, ye: y, zet: z, zed: z
        """
    ),
    as_in=_words("buat, contohnya, kaya, kayak, macam, misal, misalnya, seperti, untuk"),
    signs=_table(
        """
        garis bawah: _, garis di bawah: _, under score: _, under skor: _, garis datar: -, garis tengah: -, tanda
        hubung: -, tanda strip: -, tanda min: -, tanda titik: ., a keong: @, a ke ong: @, akeong: @, keong: @, a
        bundar: @, a bulat: @, a melingkar: @, tanda at: @, tanda et: @, at sign: @, plus: +, tanda plus: +
        """
    ),
    providers=_table(
        """
        jimel: gmail, jimail: gmail, jimeil: gmail, gemail: gmail, gimail: gmail, gimel: gmail, g mail: gmail,
        ji mail: gmail, ji mel: gmail, ge mail: gmail, gi mail: gmail, je mail: gmail, ji meil: gmail, yahu:
        yahoo, yaho: yahoo, ya hu: yahoo, ya hoo: yahoo, yahoe: yahoo, ye mail: ymail, way mail: ymail, y mail:
        ymail, hot mail: hotmail, hot mel: hotmail, hotmel: hotmail, hat mail: hotmail, out look: outlook, aut
        luk: outlook, autluk: outlook, ai cloud: icloud, i cloud: icloud, ai klaud: icloud, ai klot: icloud,
        aiklaud: icloud, rocket mail: rocketmail, roket mail: rocketmail, proton mail: protonmail
        """
    ),
    tails=_table("kom: com, come: com, cum: com, kum: com, ko: co, aidi: id, aide: id, idi: id"),
    fixes=_words(
        """
        bukan, eh bukan, eh keliru, eh maaf, eh maksud saya, eh maksudnya, eh ralat, eh salah, ganti, keliru,
        koreksi, maaf, maaf salah, maksud saya, maksudnya, ralat, salah, salah deng, salah ding, salah maaf,
        salah maksud saya, salah maksudnya
        """
    ),
    restarts=_words(
        """
        dari awal, diulang, diulangi, eh salah saya ulang, eh salah saya ulangi, eh salah ulang, eh saya ulang,
        salah diulang, salah saya ulang, salah saya ulangi, salah ulang, saya ulang, saya ulangi, ulang, ulang
        dari awal, ulang ya, ulangi
        """
    ),
    noise=_words(
        """
        abis itu, angka, angkanya, belakangnya, depannya, digabung, dirangkai, disambung, gabung, gak pakai
        spasi, habis itu, huruf, huruf besar, huruf kecil, huruf kecil semua, huruf kecil semuanya, huruf per
        huruf, jadi satu, kalau gak salah, kalau nggak salah, kalau tidak salah, kalo gak salah, kalo nggak
        salah, kalo tidak salah, kecil semua, kemudian, lalu, lanjut, nggak pakai spasi, nyambung, pakai angka,
        per huruf, sambung, satu per satu, satu persatu, semuanya, setelah itu, spasi, tanpa spasi, terus, tidak
        pakai spasi
        """
    ),
    fillers=_words(
        """
        aduh, anu, atuh, baik, bapak, bentar, bu, cak, dah, deh, dek, dik, dong, ee, eee, eh, ehm, em, emm, hai,
        he, heeh, hehe, hei, hm, hmm, hmmm, ibu, iki, iku, ini, itu, iya, iye, iyo, kak, kakak, kan, kang, koh,
        kuwi, lah, lho, lo, mah, mas, mbak, mm, mmm, nah, nak, nggeh, nih, niki, niku, nya, oh, ok, okay, oke,
        okeh, pak, sebentar, sih, teh, toh, uh, ya, yaa, yah, yak, yo
        """
    ),
    enders=_words("aja, begitu, doang, gitu, saja, sudah, udah"),
    talk=_words(
        """
        ada, adalah, agak, ah, aja, aktif, aku, akun, alamat, ambil, apa, atau, awalnya, ayo, bacakan, bacanya,
        balik, bang, begini, begitu, belum, benar, berikan, besar, betul, biasa, biasanya, bisa, boleh, buat, buka,
        bukan, buku, cari, cariin, catat, catatan, catet, cek, coba, cocok, cuma, daftarkan, dalam, dan, dari, data,
        dengan, dengar, dengarkan, dengerin, di, dia, dibaca, dicatat, dicatet, didaftarkan, dieja, diisi,
        diketik, dikirim, dikte, diktekan, dimasukkan, dipakai, disebutkan, disimpan, dispel, dispell, ditulis,
        dulu, eja, ejaan, ejakan, email, emel, enggak, gak, gampang, gini, gitu, gua, gue, gunakan, halo,
        handphone, hanya, hehe, hp, huruf, ialah, imail, imel, ingat, inget, inggih, injih, isi, isikan, istri,
        jadi, juga, kalau, kalo, kami, kasihkan, kayaknya, ke, kecil, kertas, ketik, ketikkan, kirim, kirimin,
        kirimkan, kita, kok, komplit, lama, lengkap, lewat, lha, liat, lihat, loh, lupa, mail, maka, makasih,
        mangga, masih, masukin, masukkan, mau, melalui, memakai, menggunakan, milik, minta, mohon, monggo,
        mudah, mulai, mulainya, mungkin, nama, namanya, nanti, nggak, nggih, nomor, nyari, om, pakai, pake,
        panggil, panjang, pelan, per, perlahan, permisi, pertama, pokoknya, pribadi, punya, punyaku, saja,
        sampai, sampaikan, sana, saya, saya eja, sebut, sebutkan, segitu, sekarang, semua, seperti, sepertinya,
        siap, silahkan, silakan, simpan, sini, sip, situ, spel, spell, spelling, suami, sudah, surel, susah,
        tadi, tahu, tante, tanya, tanyain, tapi, tau, tentu, terdaftar, terima, tidak, tolong, tuh, tulis,
        tuliskan, tunggu, input, konfirmasi, tercatat, tertulis, udah, ulangi, untuk, wah, yaitu, yakni, yang, yuk
        """
    ),
    titles=_words("bang, bapak, bu, ibu, kak, kakak, mas, mba, mbak, pak"),
    talk_endings=("nya",),
    hundreds=_words("ratus"),
    thousands=_words("ribu"),
    wholes=_table("seratus: 100, seribu: 1000"),
    yes=_words("benar, betul, inggih, iya, leres, nggih, ok, oke, sip, ya, yap, yoi, yup"),
    denials=_words("bukan, enggak, gak, keliru, nggak, ralat, salah, tidak"),
)

_ENGLISH = Spoken(
    code="en",
    letters=_table(
        """
        bee: b, cee: c, dee: d, ef: f, eff: f, gee: g, aitch: h, oh: o, jay: j, kay: k, el: l, em: m, en: n, pee: p,
        cue: q, ar: r, ess: s, tee: t, vee: v, ex: x, wye: y, zee: z, zed: z
        """
    ),
    as_in=_words("as in, for, like"),
    signs=_table("under score: _, at sign: @, plus: +, full stop: ."),
    providers=_table("g mail: gmail, gee mail: gmail, hot mail: hotmail, out look: outlook, i cloud: icloud"),
    tails=_table("come: com, calm: com"),
    fixes=_words("correction, i mean, no, no sorry, no wait, oops, sorry, sorry no, wrong"),
    restarts=_words("again, from the start, let me repeat, let me start again, start again"),
    noise=_words(
        """
        all lower case, all lowercase, all one word, capital, letter, lower case, lowercase, no spaces, one
        word, the number, then
        """
    ),
    fillers=_words("and, er, erm, madam, okay, please, sir, so, then, uh, um, well, yes"),
    talk=_words(
        """
        address, be, can, course, down, email, have, i, is, it, it's, its, mail, my, of, send, spelled, sure,
        that, the, this, to, use, we, with, would, write, you
        """
    ),
    titles=_words("miss, missus, mister, mr, mrs, ms"),
    yes=_words("correct, right, sure, yeah, yes"),
    denials=_words("no, not, wrong"),
)

SPOKEN: Mapping[str, Spoken] = {"id": _INDONESIAN, "en": _ENGLISH}


def spoken(code: str) -> Spoken:
    """The preset of a language; an empty one where nobody wrote one yet.

    >>> spoken("id").letters["ha"], spoken("xx").letters
    ('h', {})
    """
    return SPOKEN.get(code) or Spoken(code=LANGUAGES[code].code if code in LANGUAGES else code)
