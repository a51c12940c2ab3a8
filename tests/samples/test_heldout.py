"""The honest figure needs sentences that the training grammar cannot say."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from grammar import DATA, Grammar, read_sections  # type: ignore[import-not-found]
from synthesis.script import read_scripts  # type: ignore[import-not-found]

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHORTEST = 4  # words; a shorter run such as "terima kasih" belongs to the language


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text.lower()))


def free_sentences() -> Iterator[str]:
    for script in read_scripts(SAMPLES / "call_scripts" / "heldout"):
        for turn in script.turns:
            for sentence in re.split(r"[.?!]", turn.text):
                if plain(sentence):
                    yield plain(sentence)


@cache
def sampled() -> frozenset[str]:
    """20,000 whole lines and 20,000 training sentences."""
    grammar = Grammar(4_711)
    lines = [plain(grammar.any_line()) for _ in range(20_000)]
    return frozenset(lines + [plain(grammar.sentence()) for _ in range(20_000)])


def patterns() -> list[re.Pattern[str]]:
    """Each template as a pattern of letters alone: all that the grammar can say, to the last number."""
    slots = read_sections(DATA / "slots.txt")
    numbers = (
        "nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|se|puluh|belas|ratus|ribu|juta|dobel|rupiah"
        "|lewat|kurang|setengah|seperempat|pagi|sore|malam"
    )

    def letters(text: str, depth: int = 0) -> str:
        text = re.sub(r"[^a-z{}_()|]", "", text.lower())
        return re.sub(r"\{(\w+)\}", lambda found: slot(found.group(1), depth), text)

    def slot(name: str, depth: int) -> str:
        if name in slots:
            return "(?:" + "|".join(letters(value, depth + 1) for value in slots[name]) + ")" if depth < 4 else ""
        free = {"eja": "[a-z]{3,6}", "email": "[a-z]{2,40}at(?:gmail|yahoo|outlook|hotmail|kantor)titik[a-z]{2,9}"}
        return free.get(name, f"(?:{numbers})+")

    sections = [read_sections(DATA / f"{name}.txt") for name in ("agent", "customer")]
    return [re.compile(letters(line)) for lines in sections for rows in lines.values() for line in rows]


def test_no_free_sentence_is_among_40000_of_the_grammar():
    assert not set(free_sentences()) & sampled()


def test_no_template_can_say_a_free_sentence():
    long = {sentence for sentence in free_sentences() if len(sentence.split()) >= SHORTEST}
    said = [
        (sentence, p.pattern[:80]) for p in patterns() for sentence in long if p.fullmatch(sentence.replace(" ", ""))
    ]
    assert not said


def test_the_patterns_do_know_what_the_grammar_says():
    grammar, known = Grammar(12), patterns()
    for _ in range(50):
        line = re.sub(r"[^a-z]", "", grammar.any_line().lower())
        assert any(pattern.fullmatch(line) for pattern in known)


def test_the_free_calls_use_words_that_the_grammar_does_not_know():
    known = {word for line in sampled() for word in line.split()}
    words = {word for sentence in free_sentences() for word in sentence.split()}
    assert len(words - known) > 0.3 * len(words)
