"""Talk that no SOP step is made of: everyday words, sentences of a power company's day, and random letters."""

from hypothesis import strategies as st

from tests.matching.support import BANK
from tests.properties.calls import Line

_EVERYDAY = """
nasi goreng ayam ikan sayur tempe sambal kopi teh gula garam roti mie bakso sate soto buah mangga jeruk
semangka pepaya kelapa susu telur daging bawang cabai tepung kecap dapur kamar kursi meja lemari jendela
pintu lantai atap tembok kasur bantal selimut sapu piring gelas sendok garpu panci kulkas kipas
televisi radio lampu hujan angin matahari bintang langit awan gunung laut pantai sungai kebun rumput
daun pasir tanah kayu kucing anjing burung kambing sapi kuda kerbau bebek kelinci semut nyamuk lalat ular
mobil motor sepeda kereta pesawat bus taksi stasiun bandara terminal halte jembatan pasar toko warung sekolah
masjid taman kampung desa kecamatan provinsi hotel kepala mata hidung mulut gigi tangan kaki
rambut merah kuning hijau biru hitam putih cokelat ungu makan minum tidur bangun mandi duduk berdiri berjalan
berlari membaca menulis menggambar bernyanyi memasak mencuci menyapu membeli menjual bermain belajar mengajar
mendengar tertawa menangis pulang pergi berangkat tiba besar kecil panjang pendek tinggi rendah panas dingin hangat
basah bersih kotor cepat mahal murah manis asin pahit asam pedas bagus cantik rajin selasa rabu kamis
jumat sabtu besok lusa nanti listrik meteran token padam mati menyala laporan alamat nama jalan cek data sebentar
gangguan yang di dari dan dengan ini itu saya kami akan sudah karena jadi seperti masih kemarin tadi pagi siang
sore malam jam menit hari minggu dulu sejak sampai sebelah depan belakang samping kanan atas bawah
dalam luar dekat jauh rumah kompleks blok gang perumahan apartemen ruko gedung kabupaten kode pos
baju celana sepatu topi tas jaket payung kacamata dompet kunci uang kertas pensil buku majalah koran
lagu suara bola raket kolam lomba juara pesta kado anak cucu nenek paman bibi sepupu guru murid
dokter perawat petani nelayan sopir pedagang tentara hakim obat vitamin demam batuk pilek pusing
keadaan musim kemarau banjir lumpur kabut pelangi sinar warna bentuk ukuran angka huruf kalimat
"""
WORDS = tuple(_EVERYDAY.split())
"""everyday words; `test_unrelated` holds that none of them is looked for by the bank"""

_QUIET = """
sayur mie bakso buah susu selimut sendok televisi kucing anjing kelinci pesawat stasiun warung kecamatan mulut gigi
cokelat ungu mahal manis pahit bagus rajin besok jauh apartemen ruko kabupaten topi tas jaket kacamata dompet kunci
uang cucu murid vitamin banjir
"""
QUIET = tuple(_QUIET.split())
"""words near none of the bank's: any number of them leaves not even a doubt"""

AGENT_SAYS = (
    "Baik, mohon ditunggu sebentar, saya cek datanya dulu.",
    "Untuk alamat lengkapnya di jalan apa, patokannya apa?",
    "Padamnya sejak jam berapa, dan rumah di sebelahnya juga padam?",
    "Petugas sedang menuju lokasi dan tiba kurang lebih satu jam.",
    "Boleh disebutkan nama pelanggannya?",
    "Kode laporannya satu dua tiga empat lima enam, mohon dicatat.",
    "Mohon maaf atas gangguan listriknya.",
    "Tagihan bulan ini dua ratus ribu rupiah.",
    "Laporannya sudah saya teruskan ke unit terdekat.",
    "Mohon tidak memberikan tip kepada petugas di lapangan.",
)
"""what agents also say; no step and no place in the call"""

CUSTOMER_SAYS = (
    "Dari tadi pagi lampunya padam, kulkas juga mati.",
    "Di Jalan Melati, dekat masjid besar.",
    "Sebentar saya ambil buku dulu.",
    "Sudah saya catat kodenya.",
    "Rumah depan masih menyala kok.",
    "Token yang kemarin saya beli belum masuk.",
    "Oh begitu, jadi nanti sore baru menyala.",
    "Atas nama Sulastri, meterannya yang lama.",
)
"""what customers also say; answers nothing"""

FILLERS = BANK.groups[BANK.match.fillers]

# not `st.text`: it also tries words that stand in the code, such as spellings of "email"
letters = st.lists(st.sampled_from("abcdefghijklmnoprstuwyz"), min_size=5, max_size=12).map("".join)
fillers = st.sampled_from(FILLERS)


def turns(words: tuple[str, ...], most: int) -> st.SearchStrategy[Line]:
    """A turn of either side: sentences, or up to `most` words, after a wait between nothing and half a minute."""
    waits = st.integers(0, 300).map(lambda tenths: tenths / 10)
    agent = st.builds(Line, st.just("a"), _said(words, AGENT_SAYS, most), waits)
    return agent | st.builds(Line, st.just("c"), _said(words, CUSTOMER_SAYS, most), waits)


def _said(words: tuple[str, ...], sentences: tuple[str, ...], most: int) -> st.SearchStrategy[str]:
    loose = st.lists(st.sampled_from(words), min_size=1, max_size=most).map(" ".join)
    whole = st.lists(st.sampled_from(sentences), min_size=1, max_size=4).map(" ".join)
    return loose | whole


def everyday(turn_count: int, words: int) -> st.SearchStrategy[list[Line]]:
    """A whole call of everyday talk."""
    return st.lists(turns(WORDS, words), min_size=1, max_size=turn_count)


padding: st.SearchStrategy[list[Line]] = st.lists(turns(QUIET, 40), min_size=1, max_size=4)
"""turns to put between others"""
