"""Words for what the logic of review says by machine key, Indonesian and English; `{...}` is filled in.

The app's own words are its own; these are shared by whoever shows reasons, refusals and histories.
"""

from analyzer.models.output_options import Lang
from analyzer.reports.words import LANGS, WORDS, Labels
from analyzer.review.triage import Reason

REVIEW_WORDS: dict[str, tuple[str, str]] = {
    "why.dispute": ("Petugas menyanggah: {steps}", "The agent disputes: {steps}"),
    "why.violation": ("Pelanggaran: {steps}", "Violation: {steps}"),
    "why.unsure_decides": (
        "Belum pasti dan menentukan hasil ({points} poin): {steps}",
        "Unsure, and it decides the verdict ({points} points): {steps}",
    ),
    "why.fail_near": (
        "Kurang {points} poin; lulus bila satu ini ternyata salah: {steps}",
        "{points} points short; it would pass if one of these is wrong: {steps}",
    ),
    "why.exemption_doubtful": ("Mungkin dikecualikan: {steps}", "Perhaps exempt: {steps}"),
    "why.fail": ("Tidak lulus: {steps}", "Failed: {steps}"),
    "why.flagged": ("Perlu ditinjau: {steps}", "Needs a look: {steps}"),
    "why.audit": ("Sampel acak untuk audit", "Random sample for audit"),
    "why.nothing": ("tidak ada langkah yang dapat dinilai", "no step could be scored"),
    "person.analyst": ("analis QA", "QA analyst"),
    "person.coach": ("pelatih", "coach"),
    "person.lead": ("kepala tim", "lead"),
    "person.agent": ("petugas", "agent"),
    "kind.agree": ("setuju dengan mesin", "agrees with the machine"),
    "kind.override": ("mengubah penilaian", "overrides"),
    "kind.confirm": ("membenarkan", "confirms"),
    "kind.dismiss": ("menyatakan tidak terjadi", "dismisses"),
    "kind.comment": ("berkomentar", "comments"),
    "kind.coaching": ("memberi catatan pembinaan", "leaves a coaching note"),
    "kind.reviewed": ("selesai meninjau", "is done reviewing"),
    "kind.undo": ("membatalkan", "undoes"),
    "kind.acknowledge": ("sudah membaca hasil", "has read the result"),
    "kind.dispute": ("menyanggah", "disputes"),
    "kind.accept": ("menerima sanggahan", "accepts the dispute"),
    "kind.reject": ("menolak sanggahan", "rejects the dispute"),
    "kind.view": ("membuka panggilan", "opened the call"),
    "kind.play": ("memutar rekaman", "played the recording"),
    "kind.export": ("mengekspor", "exported"),
    "refused.not_allowed": ("Anda tidak berhak melakukan itu.", "You may not do that."),
    "refused.no_call": ("Panggilan itu tidak ada.", "There is no such call."),
    "refused.no_step": ("Langkah itu tidak ada pada panggilan ini.", "This call has no such step."),
    "refused.no_event": ("Riwayat panggilan ini tidak memuatnya.", "It is not in this call's history."),
    "refused.own_dispute": (
        "Sanggahan sendiri tidak boleh diputuskan sendiri.",
        "Nobody decides on a dispute of their own.",
    ),
    "refused.answered": ("Sanggahan ini sudah dijawab.", "This dispute has been answered already."),
    "refused.undone": ("Itu sudah dibatalkan.", "That was undone already."),
    "refused.not_own": (
        "Hanya yang menulisnya atau kepala tim yang dapat membatalkannya.",
        "Only its author or a lead can undo that.",
    ),
    "refused.disputed_already": (
        "Langkah ini sudah disanggah dan menunggu jawaban.",
        "This step is disputed already and waits for an answer.",
    ),
    "refused.report_changed": (
        "Panggilan ini baru saja dinilai ulang; periksa lagi sebelum memutuskan.",
        "This call was scored anew meanwhile; look again before you decide.",
    ),
    "refused.wrong_password": ("Nama atau kata sandi salah.", "Name or password is wrong."),
    "refused.wait": (
        "Terlalu banyak kata sandi salah; tunggu sebentar lalu coba lagi.",
        "Too many wrong passwords; wait a moment, then try again.",
    ),
    "refused.session_closed": ("Sesi kalibrasi ini sudah ditutup.", "This calibration session is closed."),
    "refused.session_open": (
        "Hasil baru dapat dilihat setelah sesi ditutup.",
        "Results can be seen once the session is closed.",
    ),
    "refused.not_invited": ("Anda tidak ikut dalam sesi ini.", "You do not take part in this session."),
    "refused.no_person": (
        "Pilih sedikitnya dua peninjau yang terdaftar dan aktif.",
        "Choose at least two reviewers who are registered and active.",
    ),
    "refused.blind": (
        "Panggilan ini sedang Anda nilai dalam sesi kalibrasi; hasilnya terlihat setelah sesi ditutup.",
        "You are scoring this call in a calibration session; its results can be seen once that is closed.",
    ),
    "few": ("terlalu sedikit untuk disimpulkan", "too few to say"),
}


def say(key: str, lang: Lang, **filled: object) -> str:
    """The words of a key; of one that has none, the key itself with blanks for underscores."""
    words = REVIEW_WORDS.get(key) or WORDS.get(key)
    text = words[LANGS.index(lang)] if words else key.rpartition(".")[2].replace("_", " ")
    return text.format(**filled)


def say_why(reason: Reason, lang: Lang, labels: Labels) -> str:
    """Why somebody should look, in one line. `labels`: names of steps and violations by id."""
    names = [_name(one, lang, labels) for one in reason.steps] or [say("why.nothing", lang)]
    points = "" if reason.points is None else f"{reason.points:.0f}"
    return say(f"why.{reason.key}", lang, steps=", ".join(names), points=points)


def _name(one: str, lang: Lang, labels: Labels) -> str:
    """A step or violation has the SOP's own name, a flag the report's."""
    if one in labels:
        return labels[one][LANGS.index(lang)]
    return say(f"violation.{one}" if f"violation.{one}" in WORDS else f"flag.{one}", lang)
