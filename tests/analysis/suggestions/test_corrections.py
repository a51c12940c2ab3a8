"""What people corrected becomes a word that tells the wrong from the right, tried on the whole bank."""

from pathlib import Path

import pytest

from analyzer.analysis.labels import CallLabels
from analyzer.analysis.suggestions.corrections import Correction, mistakes, with_blocking_word
from analyzer.analysis.suggestions.near_misses import near_misses
from analyzer.analysis.suggestions.proposals import suggest
from analyzer.analysis.suggestions.table import yaml_lines
from analyzer.bank.load import load_bank
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.transcript import Transcript
from tests.analysis.calibration.small import small_bank, spoken
from tests.analysis.suggestions.test_suggest import labelled, scored
from tests.matching.support import BANK, call

STEP = "postcode_request"
ASKED = "a: kindly tell me your postcode for delivery"
CALLS = {
    "right": spoken(ASKED, "c: it is nine"),
    "one": spoken(f"{ASKED} never", "c: all right"),
    "two": spoken("a: Never kindly tell me your postcode for delivery Mister Hopkins", "c: no"),
}


@pytest.fixture
def bank(tmp_path: Path) -> PhraseBank:
    return load_bank(small_bank(tmp_path))


def corrected(
    bank: PhraseBank, folder: Path, calls: dict[str, Transcript], labels: dict[str, CallLabels], *, stored: bool = True
) -> tuple[Correction, ...]:
    reports = scored(bank, folder / "calls", calls)
    transcripts = calls if stored else {}
    near = near_misses(reports, bank, labels, transcripts)
    found = mistakes(reports, bank, labels, transcripts)
    result = suggest(near, bank, reports=3, labels=labels, transcripts=transcripts, limit=20, mistaken=found)
    assert result.corrections or not found
    return result.corrections


def test_a_word_that_only_false_mets_have_is_proposed_with_evidence_and_trial(bank: PhraseBank, tmp_path: Path):
    (item,) = corrected(bank, tmp_path, CALLS, labelled(right="met", one="missed", two="missed"))
    assert (item.kind, item.target, item.word) == ("false met", STEP, "never")
    assert (item.times, item.calls, item.advice, item.problems) == (2, 2, "add", ())
    assert [(quote.call_id, quote.start) for quote in item.quotes] == [("one", 0.5), ("two", 0.8)]
    assert item.flips is not None
    assert [(flip.call_id, flip.before, flip.after, flip.judged) for flip in item.flips] == [
        ("one", "met", "missed", "right"),
        ("two", "met", "missed", "right"),
    ]
    assert item.must_not_match == (
        "kindly tell me your postcode for delivery never",
        "never kindly tell me your postcode for delivery",
    )


def test_nothing_that_people_confirmed_or_left_is_a_mistake(bank: PhraseBank, tmp_path: Path):
    assert corrected(bank, tmp_path, CALLS, labelled(right="met", one="met")) == ()


def test_a_word_from_one_call_has_to_be_weighed(bank: PhraseBank, tmp_path: Path):
    (item,) = corrected(bank, tmp_path, CALLS, labelled(right="met", one="missed"))
    assert (item.word, item.advice) == ("never", "weigh")


def test_a_word_that_a_right_call_has_as_well_is_to_be_left(bank: PhraseBank, tmp_path: Path):
    (item,) = corrected(bank, tmp_path, CALLS, labelled(one="missed", two="met"))
    assert (item.word, item.advice) == ("never", "leave")


def test_a_sentence_with_no_other_words_says_that_the_wording_is_too_loose(bank: PhraseBank, tmp_path: Path):
    (item,) = corrected(bank, tmp_path, CALLS, labelled(right="missed"))
    assert (item.word, item.advice) == (None, "leave")
    assert "raise `accept`" in item.problems[0]


def test_a_name_is_no_proposal(bank: PhraseBank, tmp_path: Path):
    calls = {"one": spoken(f"{ASKED} Hopkins", "c: all right")}
    (item,) = corrected(bank, tmp_path, calls, labelled(one="missed"))
    assert (item.word, item.must_not_match) == (None, ("kindly tell me your postcode for delivery",))


def test_the_yaml_can_be_pasted_and_then_the_sentence_does_not_count(bank: PhraseBank, tmp_path: Path):
    labels = labelled(right="met", one="missed", two="missed")
    reports = scored(bank, tmp_path / "calls", CALLS)
    found = mistakes(reports, bank, labels, CALLS)
    near = near_misses(reports, bank, labels, CALLS)
    result = suggest(near, bank, reports=3, labels=labels, transcripts=CALLS, limit=20, mistaken=found)
    assert yaml_lines(result) == (
        "# postcode_request: add under `groups:`, and name the group in `must_not` and `absent_in_sentence`\n"
        "  no_postcode_request:\n"
        "    - never  # add: 2 calls\n"
        "# postcode_request: add under `wording:`\n"
        "      must_not_match:\n"
        "        - kindly tell me your postcode for delivery never\n"
        "        - never kindly tell me your postcode for delivery\n"
    )
    changed = Matcher(with_blocking_word(bank, STEP, "never"))
    assert [item.target for item in changed.find(CALLS["one"]).candidates if item.target == STEP] == []


def test_a_dismissed_exemption_is_told_apart_by_its_words(tmp_path: Path):
    calls = {
        name: call("a: selamat pagi", f"c: ada kebakaran {where}", "a: baik Pak")
        for name, where in (("one", "cinta di hati"), ("two", "cinta di dada"), ("right", "di rumah saya"))
    }
    none: dict[str, object] = {"steps": {}, "exemption": None}
    labels = {
        "one": CallLabels.model_validate({"call_id": "one", **none}),
        "two": CallLabels.model_validate({"call_id": "two", **none}),
        "right": CallLabels.model_validate({"call_id": "right", "steps": {}, "exemption": "urgent"}),
    }
    (item,) = corrected(BANK, tmp_path, calls, labels)
    assert (item.kind, item.target, item.word) == ("false exemption", "urgent_danger", "cinta")
    assert (item.times, item.advice, item.problems) == (2, "add", ())
    assert item.flips
    assert {flip.call_id for flip in item.flips} == {"one", "two"}
    assert {flip.before for flip in item.flips} == {"not_applicable"}
    unlabelled = {"one": CallLabels.model_validate({"call_id": "one", "steps": {}})}
    assert corrected(BANK, tmp_path, calls, unlabelled) == ()


def test_without_transcripts_only_the_words_that_matched_are_known(bank: PhraseBank, tmp_path: Path):
    (item,) = corrected(bank, tmp_path, CALLS, labelled(one="missed"), stored=False)
    assert (item.word, item.flips, item.advice) == (None, None, "leave")
