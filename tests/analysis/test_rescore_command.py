"""`analyzer rescore` as a user runs it: kept transcripts, another bank, no audio."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.analysis.calibration.small import save_call, small_bank, spoken
from tests.conftest import MadeOnce, Ran, analyzer

pytestmark = pytest.mark.slow  # runs whole commands

STEP = "postcode_request"


@pytest.fixture
def scored(made_once: MadeOnce, tmp_path: Path) -> Path:
    """Two calls; in one the postcode is asked for below the bank's bar. Their files are gone once they were scored."""
    made_once.copy("rescored", _score, tmp_path)
    return tmp_path / "o"


def _score(folder: Path) -> None:
    save_call(folder / "calls", "near", spoken("a: tell me your postcode for delivery", "c: all right"))
    save_call(folder / "calls", "whole", spoken("a: kindly tell me your postcode for delivery", "c: all right"))
    small_bank(folder)
    out = folder / "o"
    ran = analyzer("score", folder / "calls", "--bank", folder / "shop", "--out", out, out=out)
    assert ran.status == 0, ran.stderr
    shutil.rmtree(folder / "calls")


def lowered(scored: Path) -> Path:
    """The same bank with the step's bar lowered."""
    other = scored.parent / "other"
    shutil.copytree(scored.parent / "shop", other, dirs_exist_ok=True)
    file = other / "steps.yaml"
    text = file.read_text("utf-8")
    assert "accept: 90" in text
    file.write_text(text.replace("accept: 90", "accept: 60"), "utf-8")
    return other


def rescore(scored: Path, *options: object) -> Ran:
    return analyzer("rescore", scored, *options, out=scored)


def test_the_same_bank_changes_nothing(scored: Path):
    data = json.loads(rescore(scored, "--bank", scored.parent / "shop", "--json").stdout)
    assert (data["calls"], data["changed"], data["steps"], data["verdicts"]) == (2, 0, [], [])


def test_a_check_against_results_tells_what_changes_and_writes_nothing(scored: Path):
    before = {path: path.read_bytes() for path in scored.rglob("*") if path.is_file()}
    ran = analyzer("bank", "check", "--bank", lowered(scored), "--against", scored, out=scored)
    assert ran.status == 0, ran.stderr
    assert "2 calls" in ran.stdout
    assert "1 change, 1 stay as they were." in ran.stdout
    assert "near" in ran.stdout
    assert {path: path.read_bytes() for path in scored.rglob("*") if path.is_file()} == before
    ran = analyzer("bank", "check", "--bank", lowered(scored), "--against", scored, "--json", out=scored)
    data = json.loads(ran.stdout)["against"]
    assert [(flip["call_id"], flip["step"]) for flip in data["steps"]] == [("near", STEP)]
    ran = analyzer("bank", "check", "--against", scored.parent, out=scored)
    assert ran.status == 2
    assert "no kept transcripts there" in ran.stderr


def test_another_bank_s_flips_are_told_with_their_reason(scored: Path):
    ran = rescore(scored, "--bank", lowered(scored), "--json")
    assert ran.status == 0, ran.stderr
    data = json.loads(ran.stdout)
    (flip,) = data["steps"]
    assert (flip["call_id"], flip["step"]) == ("near", STEP)
    assert (flip["before"]["status"], flip["after"]["status"]) == ("unsure", "met")
    assert "against a bar of 60" in flip["why"]
    assert data["summary"] == [{"step": STEP, "before": "unsure", "after": "met", "calls": 1}]
    shown = rescore(scored, "--bank", lowered_again(scored)).stdout
    assert "2 calls" in shown
    assert "near" in shown
    assert "1 change, 1 stay" in shown.replace("\n", " ")


def lowered_again(scored: Path) -> Path:
    return scored.parent / "other"


def test_new_results_equal_those_of_scoring_again(scored: Path, tmp_path: Path):
    other = lowered(scored)
    fresh = tmp_path / "fresh"
    assert rescore(scored, "--bank", other, "--out", fresh).status == 0
    save_call(tmp_path / "calls", "near", spoken("a: tell me your postcode for delivery", "c: all right"))
    save_call(tmp_path / "calls", "whole", spoken("a: kindly tell me your postcode for delivery", "c: all right"))
    again = tmp_path / "again"
    assert analyzer("score", tmp_path / "calls", "--bank", other, "--out", again, out=again).status == 0
    assert (fresh / "results.jsonl").read_bytes() == (again / "results.jsonl").read_bytes()
    assert (fresh / "report.html").is_file()


def test_a_step_of_the_new_bank_only_is_shown_as_new(scored: Path):
    other = lowered(scored)
    file = other / "steps.yaml"
    file.write_text(file.read_text("utf-8").replace("- id: hours_notice", "- id: opening_notice"), "utf-8")
    data = json.loads(rescore(scored, "--bank", other, "--json").stdout)
    steps = {(flip["step"], flip["before"] is None, flip["after"] is None) for flip in data["steps"]}
    assert {("opening_notice", True, False), ("hours_notice", False, True)} <= steps


def test_a_transcript_that_is_gone_is_a_row_and_status_3(scored: Path):
    with contextlib.closing(sqlite3.connect(scored / "analyzer.db")) as connection, connection:
        connection.execute("DELETE FROM transcripts WHERE key IN (SELECT key FROM transcripts LIMIT 1)")
    ran = rescore(scored, "--bank", scored.parent / "shop", "--json")
    assert ran.status == 3
    assert json.loads(ran.stdout)["verdicts"][0]["after"] == "unscorable"


def test_a_folder_without_kept_calls_is_refused_with_the_cure(tmp_path: Path):
    ran = analyzer("rescore", tmp_path, out=tmp_path / "o")
    assert ran.status == 2
    assert "Give a folder that `analyzer score --out` has written" in ran.stderr


def test_a_damaged_store_is_refused_with_the_cure(scored: Path):
    file = scored / "analyzer.db"
    file.write_bytes(b"no database" * 1000)
    ran = rescore(scored)
    assert ran.status == 2
    assert "analyzer.db: file is not a database" in ran.stderr
    assert "move it away" in ran.stderr
