"""The page's words for people, Indonesian and English side by side; machine keys stay English.

`{...}` marks what the page fills in. Whatever has no entry here is shown as its key with blanks for underscores,
so that a new flag or status is readable before anybody has worded it.
"""

from collections.abc import Mapping
from typing import Literal

Lang = Literal["id", "en"]
Both = tuple[str, str]
"""the same in Indonesian and in English"""
Labels = Mapping[str, Both]
"""Step id -> (Indonesian name, English name); the bank knows them, the caller passes them."""

LANGS: tuple[Lang, ...] = ("id", "en")

WORDS: dict[str, Both] = {
    "status.met": ("Terpenuhi", "Met"),
    "status.out_of_order": ("Tidak berurutan", "Out of order"),
    "status.missed": ("Terlewat", "Missed"),
    "status.not_applicable": ("Tidak berlaku", "Not applicable"),
    "status.unsure": ("Belum pasti", "Unsure"),
    "verdict.fail": ("Tidak lulus", "Fail"),
    "verdict.review": ("Perlu ditinjau", "Needs review"),
    "verdict.pass": ("Lulus", "Pass"),
    "verdict.exempt": ("Dikecualikan", "Exempt"),
    "verdict.unscorable": ("Tidak dapat dinilai", "Cannot be scored"),
    "channel.agent": ("petugas", "agent"),
    "channel.customer": ("pelanggan", "customer"),
    "channel.unknown": ("pembicara tidak pasti", "speaker not certain"),
    "role.owner": ("pemilik", "owner"),
    "role.tenant": ("penyewa", "tenant"),
    "role.responsible": ("penanggung jawab", "person responsible"),
    "role.other": ("bukan pemilik atau penyewa", "someone else (neighbour, passer-by)"),
    "email_reply.given": ("diberikan", "given"),
    "email_reply.none": ("tidak punya", "has none"),
    "email_reply.refused": ("tidak bersedia", "refused"),
    "callback_reply.yes": ("ya, boleh", "yes"),
    "callback_reply.other_number": ("nomor lain", "another number"),
    "callback_reply.no": ("tidak", "no"),
    "callback_reply.unclear": ("tidak jelas", "unclear"),
    "exemption.urgent": ("laporan mendesak", "urgent report"),
    "exemption.angry": ("pelanggan kecewa atau marah", "disappointed or angry customer"),
    "check.match": ("cocok", "match"),
    "check.mismatch": ("berbeda", "differs"),
    "check.not_recorded": ("tidak tercatat", "not recorded"),
    "check.not_said": ("tidak disebutkan", "not said"),
    "flag.audio_partial": ("rekaman tidak lengkap", "recording is incomplete"),
    "flag.mono": ("satu kanal, pembicara diperkirakan", "one channel, speakers are inferred"),
    "flag.agent_side_unknown": ("kanal petugas tidak diketahui", "the agent's channel is not known"),
    "flag.customer_unheard": ("suara pelanggan tidak ditranskripsi", "the customer was not transcribed"),
    "flag.agent_side_contradicted": (
        "kanal petugas tampaknya tertukar",
        "the agent's channel seems to be the other one",
    ),
    "flag.speakers_uncertain": ("pembicara tidak pasti", "who speaks is not certain"),
    "flag.other_role_volunteered": (
        "penelepon menyebut bukan pemilik atau penyewa, tanpa ditanya",
        "the caller said unasked that he is neither owner nor tenant",
    ),
    "flag.exemption_doubtful": ("mungkin mendesak atau pelanggan marah", "perhaps urgent, or the customer angry"),
    "anchor.greeting": ("salam pembuka", "greeting"),
    "anchor.offer_of_help": ("penawaran bantuan lain", "offer of further help"),
    "anchor.hold_thanks": ("terima kasih telah menunggu", "thanks for waiting"),
    "anchor.closing": ("penutup", "closing"),
    "leg.agent's": ("petugas", "agent's"),
    "leg.customer's": ("pelanggan", "customer's"),
    "side.left": ("kiri", "left"),
    "side.right": ("kanan", "right"),
    "violation.refused_to_process": (
        "Menolak memproses tanpa e-mail",
        "Refused to go on without an e-mail address",
    ),
    "skip": ("Langsung ke daftar panggilan", "Skip to the calls"),
    "summary": ("Ringkasan", "Summary"),
    "total": ("Panggilan", "Calls"),
    "mean": ("Nilai rata-rata", "Mean score"),
    "mean_of": ("dari {n} panggilan yang dinilai", "of {n} scored calls"),
    "steps": ("Langkah SOP", "SOP steps"),
    "step": ("Langkah", "Step"),
    "calls": ("Panggilan, yang terburuk dahulu", "Calls, worst first"),
    "failed": ("Rekaman yang tidak dapat dinilai", "Recordings that could not be scored"),
    "no_calls": ("Tidak ada panggilan yang dinilai.", "No calls were scored."),
    "no_match": ("Tidak ada panggilan yang cocok dengan saringan.", "No call matches the filters."),
    "shown": ("{n} dari {total} panggilan ditampilkan", "{n} of {total} calls shown"),
    "filter": ("Saring panggilan", "Filter calls"),
    "filter.verdict": ("Hasil", "Verdict"),
    "filter.agent": ("Petugas", "Agent"),
    "filter.status": ("Status", "Status"),
    "filter.text": ("Cari", "Search"),
    "filter.hint": ("panggilan, petugas, kata yang terdengar…", "call, agent, words heard…"),
    "filter.clear": ("Hapus saringan", "Clear filters"),
    "any": ("semua", "all"),
    "language": ("Bahasa", "Language"),
    "score": ("Nilai", "Score"),
    "score_none": ("tanpa nilai", "no score"),
    "agent": ("Petugas", "Agent"),
    "agent_none": ("(petugas tidak diketahui)", "(agent unknown)"),
    "started": ("Mulai", "Started"),
    "recording": ("Rekaman", "Recording"),
    "cause": ("Sebab", "Cause"),
    "cause_none": ("Sebab tidak tercatat.", "No cause was recorded."),
    "heard": ("Terdengar", "Heard"),
    "nearest": ("Yang paling mirip", "Nearest heard"),
    "phrase": ("Kalimat SOP", "SOP phrase"),
    "similarity": ("Kemiripan", "Similarity"),
    "confidence": ("Keyakinan", "Confidence"),
    "reason": ("Alasan", "Reason"),
    "expected": ("Tempatnya", "Where it belongs"),
    "second": ("Pembacaan kedua", "Second reading"),
    "second.said": ("terdengar jelas di", "clearly heard at"),
    "second.unclear": ("terdengar mirip di", "something like it at"),
    "second.nothing": ("juga tidak ada di", "not there either, in"),
    "second.first": ("pembacaan pertama:", "first reading:"),
    "words_sure": ("keyakinan kata", "words sure"),
    "speech_there": ("ada ucapan", "speech there"),
    "play": ("Putar mulai {time}: {what}", "Play from {time}: {what}"),
    "player": ("Pemutar rekaman", "Recording player"),
    "open_file": ("Buka rekaman", "Open the recording"),
    "no_audio": (
        "Rekaman tidak tersedia dari halaman ini; carilah {file} pada waktu yang tertera.",
        "The recording cannot be reached from this page; look in {file} at the times given.",
    ),
    "cannot_play": (
        "Peramban ini tidak dapat memutar {file} ({codec}). Buka di pemutar lain pada waktu yang tertera.",
        "This browser cannot play {file} ({codec}). Open it in another player at the times given.",
    ),
    "unknown_format": ("format tidak dikenal atau berkas tidak ada", "unknown format, or the file is not there"),
    "exemption": ("Pengecualian", "Exemption"),
    "role": ("Penelepon", "Caller"),
    "email_reply": ("Jawaban e-mail", "E-mail reply"),
    "callback_reply": ("Boleh dihubungi kembali", "May be called back"),
    "captured_email": ("E-mail yang disebut", "E-mail said"),
    "captured_phone": ("Nomor yang disebut", "Number said"),
    "check": ("Pencocokan data", "Record check"),
    "recorded": ("tercatat", "recorded"),
    "said": ("disebut", "said"),
    "violations": ("Pelanggaran", "Violations"),
    "doubtful": ("meragukan", "doubtful"),
    "flags": ("Perlu diperhatikan", "To look at"),
    "metadata": ("Data lain", "Other data"),
    "audio": ("Rekaman", "Recording"),
    "audio.length": ("panjang {time}", "{time} long"),
    "audio.speech": ("ada ucapan {time}", "{time} of speech"),
    "audio.mono": ("satu kanal (mono)", "one channel (mono)"),
    "audio.channels": ("{n} kanal terpisah", "{n} separate channels"),
    "audio.header": ("menurut kepala berkas {time}", "{time} according to its header"),
    "audio.bad": ("{n} paket rusak", "{n} damaged packets"),
    "audio.partial": ("tidak lengkap", "incomplete"),
    "audio.hole": ("bagian hilang {start}–{end}", "lost from {start} to {end}"),
    "audio.none": ("dinilai dari transkrip, tanpa audio", "scored from a transcript, without audio"),
    "no_steps": ("Tidak ada langkah yang dinilai.", "No step was judged."),
    "made_with": ("Dibuat dengan", "Made with"),
    "generated": ("Dibuat", "Generated"),
    "noscript": (
        "Rincian panggilan memerlukan JavaScript; daftar di bawah tetap dapat dibaca.",
        "The details of a call need JavaScript; the list below can be read without.",
    ),
}


def plain(key: str) -> str:
    """A machine key nobody has worded yet, as readable as it gets.

    >>> plain("low_speech")
    'low speech'
    """
    return key.replace("_", " ")
