from pathlib import Path

import pytest

from analyzer.analysis.labels import CallLabels
from analyzer.analysis.suggestions.near_misses import near_misses, sentence_at
from analyzer.analysis.suggestions.proposals import Suggestions, suggest
from analyzer.analysis.suggestions.table import yaml_lines
from analyzer.bank.load import load_bank
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import Transcript
from analyzer.pipeline.score import Scorer
from tests.analysis.calibration.small import save_call, small_bank, spoken
from tests.matching.support import BANK, call

STEP = "postcode_request"


@pytest.fixture
def bank(tmp_path: Path) -> PhraseBank:
    return load_bank(small_bank(tmp_path))


def scored(bank: PhraseBank, folder: Path, calls: dict[str, Transcript]) -> list[Report]:
    scorer = Scorer(bank)
    for call_id, transcript in calls.items():
        save_call(folder, call_id, transcript)
    return [
        scorer.score_transcript(Recording(call_id=name, path=folder / f"{name}.json", name=f"{name}.json"))
        for name in calls
    ]


def labelled(**statuses: str) -> dict[str, CallLabels]:
    return {
        name: CallLabels.model_validate({"call_id": name, "steps": {STEP: status}}) for name, status in statuses.items()
    }


def suggested(
    bank: PhraseBank, folder: Path, calls: dict[str, Transcript], labels: dict[str, CallLabels] | None = None,
    *, stored: bool = True, limit: int = 20,
) -> Suggestions:
    reports = scored(bank, folder / "calls", calls)
    transcripts = calls if stored else {}
    near = near_misses(reports, bank, labels or {}, transcripts)
    return suggest(near, bank, reports=len(reports), labels=labels or {}, transcripts=transcripts, limit=limit)


ASKED = "a: tell me your postcode then sir"
CALLS = {
    "one": spoken(ASKED, "c: it is nine"),
    "two": spoken("a: tell me your postcode then madam", "c: no"),
    "three": spoken("a: good morning", "c: hello"),
}


def test_near_misses_of_one_wording_become_one_proposal_with_counts_quotes_and_flips(bank: PhraseBank, tmp_path: Path):
    result = suggested(bank, tmp_path, CALLS, labelled(one="met", two="met", three="missed"))
    (proposal,) = result.proposals
    assert (proposal.step, proposal.text) == (STEP, "tell me your postcode then")
    assert (proposal.times, proposal.calls, proposal.labelled_said, proposal.labelled_missed) == (2, 2, 2, 0)
    assert [(quote.call_id, quote.start, quote.heard) for quote in proposal.quotes] == [
        ("one", 0.5, "tell me your postcode then sir"), ("two", 0.5, "tell me your postcode then madam"),
    ]
    assert (proposal.similarity, proposal.would_reach, proposal.accept) == (58.6, 100.0, 90)
    assert proposal.flips is not None
    assert [(flip.call_id, flip.before, flip.after, flip.judged) for flip in proposal.flips] == [
        ("one", "unsure", "met", "right"), ("two", "unsure", "met", "right"),
    ]
    assert (proposal.problems, proposal.advice) == ((), "add")


def test_words_that_people_label_missed_are_no_proposal(bank: PhraseBank, tmp_path: Path):
    result = suggested(bank, tmp_path, CALLS, labelled(one="missed", two="missed"))
    assert (result.proposals, result.contradicted) == ((), 2)


def test_a_wording_labelled_both_ways_says_so_and_is_not_to_be_added(bank: PhraseBank, tmp_path: Path):
    (proposal,) = suggested(bank, tmp_path, CALLS, labelled(one="met", two="missed")).proposals
    assert proposal.labelled_missed == 1
    assert "the same words are labelled missed 1 times" in proposal.problems
    assert proposal.advice == "leave"  # as many findings would turn wrong as right


def test_without_labels_a_person_has_to_weigh(bank: PhraseBank, tmp_path: Path):
    (proposal,) = suggested(bank, tmp_path, CALLS, stored=False).proposals
    assert (proposal.advice, proposal.flips) == ("weigh", None)


def test_a_wording_that_breaks_an_example_of_the_bank_is_to_be_left(bank: PhraseBank, tmp_path: Path):
    steps = tmp_path / "shop" / "steps.yaml"
    known = "- your postcode was mailed to us"
    text = steps.read_text("utf-8").replace(known, f"{known}\n        - tell me your postcode then again")
    steps.write_text(text, "utf-8")
    (proposal,) = suggested(load_bank(tmp_path / "shop"), tmp_path, CALLS, labelled(one="met", two="met")).proposals
    assert proposal.advice == "leave"
    assert any("must not match but reaches" in problem for problem in proposal.problems)


def test_a_wording_that_is_another_step_as_well_says_so(bank: PhraseBank, tmp_path: Path):
    both = {"one": spoken("a: your postcode tell we are open until nine in the evening")}
    (proposal,) = suggested(bank, tmp_path, both, labelled(one="met")).proposals
    assert any(problem.startswith("also sounds like hours_notice") for problem in proposal.problems)
    assert proposal.advice != "add"


def test_what_is_said_by_the_labels_but_hardly_resembles_is_looked_up_in_the_transcript(
    bank: PhraseBank, tmp_path: Path
):
    calls = {"one": spoken("a: good morning", "a: which postcode for this delivery"), "two": spoken("a: good morning")}
    result = suggested(bank, tmp_path, calls, labelled(one="met", two="met"))
    assert [(item.text, item.similarity < 40) for item in result.proposals] == [
        ("which postcode for this delivery", True)
    ]
    assert [(item.call_id, item.step) for item in result.unheard] == [("two", STEP)]


def test_steps_heard_well_in_the_wrong_place_are_no_near_misses(tmp_path: Path):
    greeting = call("a: terima kasih telah menghubungi PLN 123", "c: halo", "a: emailnya apa Pak", "c: tidak ada")
    result = suggested(BANK, tmp_path, {"g": greeting})
    assert not [item for item in result.proposals if item.step == "thanks_for_email"]
    assert result.by_place >= 1


def test_a_wording_that_another_proposal_carries_is_counted_with_it(bank: PhraseBank, tmp_path: Path):
    calls = {**CALLS, "four": spoken("a: tell me of your postcode then")}
    result = suggested(bank, tmp_path, calls, labelled(one="met", two="met", four="met"))
    assert [(item.text, item.times) for item in result.proposals] == [("tell me your postcode then", 3)]


def test_the_limit_cuts_the_least_heard_and_says_how_many(bank: PhraseBank, tmp_path: Path):
    calls = {**CALLS, "four": spoken("a: kindly give me your postcode quickly today")}
    result = suggested(bank, tmp_path, calls, limit=1)
    assert [item.text for item in result.proposals] == ["tell me your postcode then"]
    assert result.left_off == 1


def test_the_best_heard_spelling_stands_for_the_others(bank: PhraseBank, tmp_path: Path):
    calls = {"one": spoken("a: your postcode then dilivery"), "two": spoken("a: your postcode then delivery")}
    (proposal,) = suggested(bank, tmp_path, calls, labelled(one="met", two="met")).proposals
    assert (proposal.text, proposal.times) == ("your postcode then delivery", 2)


def test_a_step_of_word_groups_alone_takes_no_phrase(tmp_path: Path):
    folder = small_bank(tmp_path)
    steps = folder / "steps.yaml"
    steps.write_text(steps.read_text("utf-8").replace("within: 1}]", "within: 1, score: 70}]"), "utf-8")
    (proposal,) = suggested(load_bank(folder), tmp_path, {"one": spoken("a: goodbye then madam")}).proposals
    assert (proposal.step, proposal.would_reach, proposal.advice) == ("goodbye", None, "leave")
    assert "word groups alone" in proposal.problems[0]


def test_the_yaml_can_be_pasted_and_then_matches(bank: PhraseBank, tmp_path: Path):
    result = suggested(bank, tmp_path, CALLS, labelled(one="met", two="met"))
    assert yaml_lines(result) == (
        "# postcode_request: add under `wording:`\n"
        "      phrases:\n"
        '        - "tell me your postcode then"  # 2 calls, 59 before, 100 with it\n'
        "      must_match:\n"
        "        - tell me your postcode then\n"
    )
    steps = tmp_path / "shop" / "steps.yaml"
    line = '        - "kindly tell me your postcode for delivery"\n'
    pasted = steps.read_text("utf-8").replace(line, line + yaml_lines(result).splitlines()[2] + "\n", 1)
    steps.write_text(pasted, "utf-8")
    changed = load_bank(tmp_path / "shop")
    found = Matcher(changed).find(CALLS["one"]).candidates
    assert max(item.similarity for item in found if item.target == STEP) == 100


def test_a_sentence_ends_at_its_mark_and_belongs_to_the_agent():
    transcript = spoken("a: Good morning. May I have it? Thank you.", "c: yes")
    assert sentence_at(transcript, 1.4) == "May I have it?"
    assert sentence_at(transcript, 99.0) is None
