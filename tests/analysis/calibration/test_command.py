import json
import shutil
from pathlib import Path

import pytest

from analyzer.bank.load import load_bank
from tests.analysis.calibration.small import STEPS, save_call, save_labels, small_bank, spoken
from tests.conftest import ROOT, Ran, analyzer

pytestmark = pytest.mark.slow  # runs whole commands

STEP = "postcode_request"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """12 calls, eight in which the postcode was asked for, all of them below the threshold of the bank."""
    labels = {}
    for at in range(12):
        asked = at % 3 != 0
        line = "a: tell me your postcode for delivery" if asked else "a: kindly give me your postcode"
        save_call(tmp_path / "calls", f"call-{at:02}", spoken(line, "c: all right"))
        labels[f"call-{at:02}"] = {STEP: "met" if asked else "missed"}
    save_labels(tmp_path / "calls" / "labels.jsonl", labels)
    small_bank(tmp_path)
    return tmp_path / "calls"


def run(calls: Path, *options: object, bank: Path | None = None) -> Ran:
    bank = bank or calls.parent / "shop"
    labels = calls / "labels.jsonl"
    return analyzer("calibrate", calls, "--labels", labels, "--bank", bank, *options, out=calls.parent / "o")


def test_the_proposal_and_its_changes_are_shown_and_nothing_is_written(calls: Path):
    ran = run(calls, "--min-labels", 4)
    assert ran.status == 0, ran.stderr
    assert "12 of 12 transcripts are labelled" in ran.stdout
    assert "8 findings in 8 calls would change: 8 right." in ran.stdout
    assert "100.0% (68%-100%)" in ran.stdout  # missed now
    assert "0.0% (0%-32%)" in ran.stdout  # held out
    assert "--write puts the proposed thresholds into the bank" in ran.stderr
    assert (calls.parent / "shop" / "steps.yaml").read_text("utf-8") == STEPS


def test_json_holds_all_figures(calls: Path):
    ran = run(calls, "--min-labels", 4, "--json", "--false-alarm-rate", 0.1, "--folds", 3)
    data = json.loads(ran.stdout)
    assert data["settings"]["goal"] == {"kind": "false_alarm_rate", "rate": 0.1}
    assert (data["steps"][0]["current"], data["steps"][0]["proposed"]) == (90.0, 69.0)
    assert [(flip["before"], flip["after"]) for flip in data["flips"]] == [("unsure", "met")] * 8


def test_write_puts_the_bar_into_the_bank(calls: Path):
    ran = run(calls, "--min-labels", 4, "--write")
    assert ran.status == 0
    assert "Written:" in ran.stderr
    assert load_bank(calls.parent / "shop").step(STEP).wording.accept == 69
    again = run(calls, "--min-labels", 4, "--write")
    assert "Nothing would change." in again.stdout
    assert "Written" not in again.stderr


def test_few_labels_keep_every_bar(calls: Path):
    ran = run(calls, "--write")
    assert f"{STEP}: kept: 8 calls labelled said and 4 missed; 20 of each are needed." in ran.stdout
    assert (calls.parent / "shop" / "steps.yaml").read_text("utf-8") == STEPS


def test_the_bank_of_an_installed_program_is_never_written(calls: Path, tmp_path: Path):
    installed = tmp_path / "site-packages" / "analyzer" / "_phrase_bank" / "shop"
    shutil.copytree(calls.parent / "shop", installed)
    ran = run(calls, "--min-labels", 4, "--write", bank=installed)
    assert ran.status == 2
    assert "Copy that folder" in ran.stderr
    assert (installed / "steps.yaml").read_text("utf-8") == STEPS


def test_a_broken_transcript_is_named_and_the_rest_is_used(calls: Path):
    (calls / "broken.json").write_text('{"segments": [', "utf-8")
    ran = run(calls, "--min-labels", 4)
    assert ran.status == 3
    assert "left out: broken.json: not valid JSON" in ran.stderr
    assert "12 of 12 transcripts" in ran.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--miss-rate", 0.1, "--false-alarm-rate", 0.1), "one threshold cannot promise both"),
        (("--labels", "nowhere.jsonl"), "nowhere.jsonl: cannot be read"),
        (("--miss-rate", 5), "--miss-rate"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_the_cure(calls: Path, options: tuple[object, ...], message: str):
    ran = run(calls, *options)
    assert ran.status == 2
    assert message in ran.stderr


def test_labels_of_other_calls_are_refused(calls: Path):
    save_labels(calls / "labels.jsonl", {"other": {STEP: "met"}})
    ran = run(calls)
    assert ran.status == 2
    assert "none of its 1 calls is among the transcripts" in ran.stderr


def test_a_results_folder_serves_as_well_as_its_transcripts(calls: Path):
    out = calls.parent / "scored"
    assert analyzer("score", calls, "--bank", calls.parent / "shop", "--out", out, out=out).status == 0
    options = ("--labels", calls / "labels.jsonl", "--bank", calls.parent / "shop", "--json")
    kept = analyzer("calibrate", out, *options, out=out)
    assert kept.status == 0, kept.stderr
    assert kept.stdout == run(calls, "--json").stdout


def test_the_commands_are_listed():
    assert "calibrate" in analyzer("--help", out=ROOT / "o").stdout
    assert "suggest" in analyzer("bank", "--help", out=ROOT / "o").stdout
