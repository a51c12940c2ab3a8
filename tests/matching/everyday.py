"""Everyday Indonesian words that have nothing to do with the SOP, written down for these tests."""

_TEXT = """
kucing anjing burung ikan ayam kambing sapi kuda gajah harimau monyet kelinci bebek semut nyamuk lalat kupu cicak nasi
goreng sambal sayur bayam wortel kentang tomat cabai bawang merica garam gula kopi teh susu roti mentega telur mangga
pisang jeruk apel anggur semangka pepaya durian rambutan salak nanas kelapa jagung singkong ubi kacang tempe tahun
gunung lautan sungai danau pantai pulau hutan sawah ladang kebun taman langit bintang bulan matahari awan hijau kuning
merah biru ungu putih hitam cokelat kelabu jingga ayah paman bibi nenek kakek sepupu keponakan cucu bayi remaja pemuda
gadis meja kursi lemari kasur bantal selimut jendela lantai dinding atap dapur kamar tangga pagar garasi teras baju
celana sepatu sandal topi jaket kemeja rok sarung kerudung kaos dasi ikat gelang kalung cincin sekolah guru murid buku
pensil penggaris papan tulis pelajaran ujian nilai kelas perpustakaan kampus dosen dokter perawat obat batuk demam flu
gigi perut kepala tangan kaki mata telinga hidung mulut rambut kuku sepeda motor kereta kapal pesawat becak truk bus
roda rem setir bensin memasak berenang berlari bernyanyi menari menggambar membaca menulis tidur mandi makan minum
duduk berdiri berjalan melompat tertawa menangis tersenyum bermain belajar mengajar menjahit mencuci menyapu memancing
berkebun besar kecil tinggi rendah panjang pendek lebar sempit tebal tipis berat ringan panas dingin basah kering
manis asin pahit asam gurih pedas lezat hambar harum wangi senin selasa rabu kamis jumat sabtu januari maret april
juni agustus oktober desember tentara polisi petani nelayan pedagang tukang sopir penyanyi pelukis penulis wartawan
hakim jaksa lagu gitar piano suling gendang tarian film bioskop boneka layang kelereng catur kartu
"""
WORDS = _TEXT.split()
