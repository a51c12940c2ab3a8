"""What stands around every page: navigation, signing in, errors."""

WORDS: dict[str, tuple[str, str]] = {
    "app": ("Tinjauan panggilan", "Call review"),
    "skip_main": ("Langsung ke isi", "Skip to the content"),
    "nav": ("Halaman", "Pages"),
    "nav.queue": ("Antrean", "Queue"),
    "nav.agents": ("Petugas", "Agents"),
    "nav.calibration": ("Kalibrasi", "Calibration"),
    "nav.sampling": ("Sampel", "Sampling"),
    "nav.people": ("Orang", "People"),
    "nav.mine": ("Panggilan saya", "My calls"),
    "language_to": ("English", "Indonesia"),
    "language_to_code": ("en", "id"),
    "signed_in_as": ("Masuk sebagai {name}", "Signed in as {name}"),
    "sign_out": ("Keluar", "Sign out"),
    "save": ("Simpan", "Save"),
    "back": ("Kembali", "Back"),
    "yes": ("ya", "yes"),
    "no": ("tidak", "no"),
    # signing in
    "login": ("Masuk", "Sign in"),
    "login.name": ("Nama", "Name"),
    "login.password": ("Kata sandi", "Password"),
    "login.ended": (
        "Anda belum masuk, atau waktu Anda sudah habis. Keputusan Anda tetap tersimpan.",
        "You are not signed in, or your time is up. What you decided is kept.",
    ),
    "login.by_link": (
        ("Di komputer ini Anda masuk dengan tautan yang dicetak oleh `analyzer review`; tautan itu berlaku sekali. "
        "Untuk tautan baru, tekan Ctrl-C di sana dan jalankan lagi."),
        ("On this computer you sign in with the link that `analyzer review` prints; it works once. For a new link, "
        "press Ctrl-C there and start it again."),
    ),
    "login.link_or_password": (
        "Punya tautan sekali pakai dari ketua Anda? Bukalah; kata sandi tidak diperlukan.",
        "Got a one-time link from your lead? Open it; no password is needed.",
    ),
    "enter": ("Buka tinjauan", "Open the review"),
    "enter.text": (
        "Tautan ini berlaku sekali: setelah dibuka, peramban ini yang mengingat Anda.",
        "This link works once: after it is opened, this browser remembers you.",
    ),
    "enter.used": (
        "Tautan ini sudah dipakai atau sudah lewat waktunya.",
        "This link was used already, or its time is over.",
    ),
    # errors
    "error.400": ("Isian tidak dapat dibaca", "The form cannot be read"),
    "error.400.text": ("Kembali, periksa isian, dan kirim lagi.", "Go back, check the fields, and send it again."),
    "error.403": ("Tidak diizinkan", "Not allowed"),
    "error.403.text": (
        ("Permintaan ini tidak berasal dari halaman aplikasi ini, halamannya sudah lama, atau peran Anda tidak boleh "
        "melakukannya. Muat ulang halaman sebelumnya dan coba lagi."),
        ("This request did not come from a page of this app, the page is old, or your role may not do that. Load the "
        "page before this one again and retry."),
    ),
    "error.404": ("Tidak ada", "Not there"),
    "error.404.text": (
        "Halaman atau panggilan ini tidak ada, atau bukan untuk Anda.",
        "There is no such page or call, or it is not for you.",
    ),
    "error.405": ("Tidak bisa begitu", "Not that way"),
    "error.405.text": ("Pakai tombol di halaman.", "Use the buttons of the page."),
    "error.409": ("Sementara itu berubah", "Changed in the meantime"),
    "error.409.text": (
        "Orang lain lebih dulu. Muat ulang halaman dan putuskan lagi.",
        "Somebody else was faster. Load the page again and decide anew.",
    ),
    "error.413": ("Terlalu besar", "Too large"),
    "error.413.text": ("Tulislah lebih pendek.", "Write less."),
    "error.415": ("Bentuk yang salah", "Wrong form"),
    "error.415.text": ("Pakai formulir di halaman.", "Use the forms of the page."),
    "error.416": ("Di luar rekaman", "Outside the recording"),
    "error.416.text": ("Bagian itu tidak ada.", "There is no such part."),
    "error.421": ("Alamat yang salah", "Wrong address"),
    "error.421.text": (
        ("Aplikasi ini tidak menjawab dengan nama itu. Buka dengan alamat yang dicetaknya, atau jalankan dengan "
        "--allow-host NAMA."),
        "The app does not answer to that name. Open it by the address it printed, or start it with --allow-host NAME.",
    ),
    "error.429": ("Terlalu sering", "Too often"),
    "error.429.text": ("Tunggu beberapa menit.", "Wait some minutes."),
    "error.500": ("Kesalahan di aplikasi", "An error in the app"),
    "error.500.text": (
        "Keputusan yang sudah tersimpan tetap ada. Coba lagi; bila terulang, beri tahu pengelola apa yang Anda tekan.",
        "What was saved is kept. Try again; if it happens again, tell whoever runs this what you pressed.",
    ),
    "error.503": ("Penyimpanan tidak dapat dicapai", "The store cannot be reached"),
    "error.503.text": (
        "Keputusan terakhir belum tersimpan. Coba lagi sebentar lagi.",
        "The last decision is not saved yet. Try again in a moment.",
    ),
}
