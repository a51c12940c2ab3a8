"""Who speaks on a mono recording, learned anew in each call from how the sides address each other."""

from tests.matching.support import MATCHER, call

LINES = (
    "Selamat siang, PLN 123 dengan Sari, ada yang bisa dibantu?",
    "Listrik saya mati Bu.",
    "Baik Kak, boleh disebutkan alamat lengkapnya?",
    "Di Jalan Anggrek nomor 5 Bu.",
    "Kakak sebagai pemilik atau penyewa di alamat tersebut?",
    "Saya penyewa Bu.",
    "Untuk alamat emailnya mohon disampaikan Kak.",
    "Tidak punya Bu.",
    "Tidak apa-apa Kak.",
    "Iya Bu.",
    "Sebentar ya Kak.",
    "Ya Bu.",
)


def sides(lines: tuple[str, ...]) -> list[str]:
    evidence = MATCHER.find(call(*(f"u: {line}" for line in lines)))
    said = {turn.text: turn.channel for turn in evidence.turns}
    return [next((side for text, side in said.items() if line in text), "?") for line in lines]


def test_a_caller_addressed_as_kak_who_says_bu_is_told_from_the_agent():
    mbak = tuple(line.replace(" Bu", " Mbak") for line in LINES)
    assert sides(mbak) == ["agent", "customer"] * 6  # "Kak" says nothing by itself


def test_who_says_pak_to_whom_is_no_matter_of_the_bank():
    other = tuple(line.replace("Kakak", "Bapak").replace("Kak", "Pak").replace(" Bu", " Mbak") for line in LINES)
    assert sides(other) == ["agent", "customer"] * 6


def test_turns_say_how_sure_it_is_and_candidates_are_as_sure_as_their_turn():
    evidence = MATCHER.find(call(*(f"u: {line}" for line in LINES)))
    assert all(0.5 <= turn.certainty <= 1 for turn in evidence.turns)
    for candidate in evidence.candidates:
        turn = next(t for t in evidence.turns if t.channel == candidate.channel and t.start <= candidate.start <= t.end)
        assert candidate.certainty >= turn.certainty - 1e-9
