"""Sentences in both languages: complete for everything the code can say, and right in what they quote."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.reports.sentence_translation import has_pattern, localize_reason, sentence_patterns
from tests.conftest import ROOT
from tests.reports.samples import LABELS

PACKAGE = ROOT / "analyzer"
CONSOLE = {"decode_helpers", "recognition", "scoring_run", "watch", "worker_configuration"}
"""modules of jobs whose sentences go to the console only"""
SPEAKING = (  # modules whose sentences reach a report
    *sorted((PACKAGE / "scoring").rglob("*.py")),
    *sorted((PACKAGE / "audio").glob("*.py")),
    *sorted((PACKAGE / "pipeline").glob("*.py")),
    PACKAGE / "asr" / "transcript_files.py",
    *(path for path in sorted((PACKAGE / "jobs").rglob("*.py")) if path.stem not in CONSOLE),
    *sorted((PACKAGE / "sources" / "remote").glob("*.py")),
    PACKAGE / "store" / "job_queue.py",
)
NOT_FOR_REPORTS = ("StoreError", "SourceError", "UsageError", "ValueError", "AnalyzerError", "Field", "typer", "tell")


SHOWN_AS_THEY_ARE = {
    "model name",  # a line of /proc/cpuinfo
    "top level",  # the place in a transcript's JSON
    "this stream is closed",  # a mistake of the calling code
    # what a cluster's nodes lack is told on the console
    "No node of the Ray cluster has had room for a worker for a minute; waiting for one.",
    "Node %s of the Ray cluster is left out: %s",
    "On node 7: 7",
    "on node 7: 7",
    "7 is not there: every machine needs recordings and model at the same paths",
    "it has another version of this package: install the same everywhere",
    r"Worker exit type: (\w+)",
}
SLOT = re.compile(r"\{\w+\}")
WRAPPERS = {SLOT.sub("7", english) for english, _, _ in sentence_patterns()}


def spoken(path: Path) -> Iterator[str]:
    """Every string of two words or more that a module can put together, slots filled with a stand-in."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = dict(_constants(tree))
    passed = {id(part) for node in ast.walk(tree) for whole in _passed_over(node) for part in ast.walk(whole)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        text = _text(node, constants).strip()
        if " " in text and len(re.findall(r"[A-Za-z']{2,}", text)) > 1:
            yield text


def _text(node: ast.AST, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return constants.get(getattr(node.value, "id", ""), "7")
    return ""


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield getattr(node.targets[0], "id", ""), node.value.value


def _passed_over(node: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, annotations, parts of longer strings, and what is told elsewhere than in reports."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) in NOT_FOR_REPORTS:
        yield node
    if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "print":
        yield node  # to a console
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.col_offset == 0:
        yield node  # a constant is seen where it is used
    yield from (part for name in ("annotation", "returns") if (part := getattr(node, name, None)) is not None)


EVERY = sorted({(path.relative_to(ROOT).as_posix(), text) for path in SPEAKING for text in spoken(path)})


def test_the_collection_finds_sentences():
    assert len(EVERY) > 60


@pytest.mark.parametrize(("module", "sentence"), EVERY)
def test_every_sentence_the_code_can_say_has_its_indonesian(module: str, sentence: str):
    continued = f"Said by the agent in its place. {sentence}"  # one that is only ever added to another
    assert has_pattern(sentence) or sentence in WRAPPERS | SHOWN_AS_THEY_ARE or has_pattern(continued), module


@pytest.mark.parametrize(("english", "indonesian"), [pattern[:2] for pattern in sentence_patterns()])
def test_both_languages_have_the_same_slots_and_differ_in_words(english: str, indonesian: str):
    assert sorted(SLOT.findall(english)) == sorted(SLOT.findall(indonesian))
    assert english != indonesian or SLOT.sub("", english).strip(": .") == ""


@pytest.mark.parametrize(
    ("sentence", "indonesian", "english"),
    [
        (
            "Said, but before email_request, which must come first.",
            "Diucapkan, tetapi sebelum “Meminta alamat e-mail”, yang seharusnya lebih dulu.",
            "Said, but before “Asks for the e-mail address”, which must come first.",
        ),
        (
            "Not met by the nearest words: it is part of the hold thanks.",
            "Kata-kata yang paling mirip tidak memenuhinya: itu bagian dari terima kasih telah menunggu.",
            "Not met by the nearest words: it is part of the thanks for waiting.",
        ),
        (
            "Not found, but audio was lost from 20.0 to 22.5 s, where it may have been said.",
            "Tidak ditemukan, tetapi suara hilang dari detik 20,0 sampai 22,5, mungkin diucapkan di sana.",
            "Not found, but audio was lost from 20.0 to 22.5 s, where it may have been said.",
        ),
        (
            "The agent's leg: The customer's leg is silent.",
            "Sisi petugas: Berkas sisi pelanggan tanpa suara.",
            "The agent's leg: The customer's leg is silent.",
        ),
        (
            "b.wav: a zip archive: unpack it first.",
            "b.wav: arsip zip: buka dulu arsipnya.",
            "b.wav: a zip archive: unpack it first.",
        ),
        ("OSError: [Errno 5]", "OSError: [Errno 5]", "OSError: [Errno 5]"),
    ],
)
def test_a_sentence_is_shown_in_every_language(sentence: str, indonesian: str, english: str):
    assert localize_reason(sentence, LABELS).text == (indonesian, english)


def test_the_words_that_a_sentence_quotes_are_known_apart():
    urgent = localize_reason('Not due: the call is an urgent report ("kabel "putus" Pak").', LABELS)
    assert urgent.quote == 'kabel "putus" Pak'
    assert localize_reason("Said by the agent in its place.", LABELS).quote is None


def test_long_text_from_outside_takes_no_time():
    assert localize_reason(": " * 2_000_000, {}).text[0] == ": " * 2_000_000
    assert localize_reason("x: " * 1600, {}).quote is None
