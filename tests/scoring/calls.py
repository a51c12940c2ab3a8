"""A whole call that meets every step, and ways to change it."""

from collections.abc import Mapping

from analyzer.models.finding import Finding, Judgement
from analyzer.scoring.judge import judge
from tests.matching.support import BANK, MATCHER, call

OPENING = (
    "a: Selamat siang, terima kasih telah menghubungi PLN 123, dengan Tono, ada yang bisa saya bantu?",
    "c: Listrik di rumah saya mati dari tadi pagi Mas.",
    "a: Boleh disebutkan nama dan alamat lengkapnya?",
    "c: Nama saya Wati, alamat di Jalan Anggrek nomor 5.",
)
OWNER = ("a: Apakah Ibu sebagai pemilik atau penyewa yang bertanggung jawab di alamat tersebut?", "c: Saya pemiliknya.")
EMAIL = ("a: Untuk alamat emailnya mohon disampaikan.", "c: wati titik lestari at gmail titik com.")
THANKS = ("a: Baik Ibu, terima kasih.",)
CALLBACK = ("a: Apakah nomor telepon yang digunakan dapat kami hubungi kembali?", "c: Boleh Mas.")
OFFER = ("a: Ada lagi yang bisa kami bantu Bu?", "c: Tidak ada, itu saja.")
NOTICE = (
    "a: Jika kami memiliki informasi layanan atau produk layanan akan kami sampaikan melalui telepon atau email ya.",
    "c: Iya.",
)
CLOSING = ("a: Terima kasih telah menghubungi PLN 123, selamat siang.",)
WHOLE = (OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)


def lines(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for part in parts for line in part)


def judged(*parts: tuple[str, ...], mono: bool = False, **more) -> Judgement:
    """The judgement on a call made of parts."""
    said = lines(*parts)
    if mono:
        said = tuple("u" + line[1:] for line in said)
    transcript = call(*said, **more)
    return judge(transcript, MATCHER.find(transcript), BANK)


def statuses(judgement: Judgement) -> dict[str, str]:
    return {finding.id: finding.status for finding in judgement.findings}


def findings(judgement: Judgement) -> Mapping[str, Finding]:
    return {finding.id: finding for finding in judgement.findings}
