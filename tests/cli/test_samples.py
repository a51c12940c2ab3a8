"""The README's first command and what it promises, on real audio with the real recogniser."""

import csv
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from analyzer.analysis.evaluation import evaluate
from analyzer.analysis.labels import read_labels
from analyzer.reports.jsonl import read_jsonl
from tests.conftest import SAMPLES, MadeOnce, Ran, analyzer, kept_transcripts, score

pytestmark = pytest.mark.audio
LABELS = SAMPLES / "calls" / "labels.jsonl"


@pytest.fixture(scope="module")
def scored(scored_three_calls: Ran, made_once: MadeOnce) -> Ran:
    """Results of three calls that these tests may score again: where links to recordings are the same."""
    folder = made_once.folder("scored-three-again", lambda new: shutil.copytree(scored_three_calls.out, new / "out"))
    return dataclasses.replace(scored_three_calls, out=folder / "out")


@pytest.fixture(scope="module")
def scored_again(scored_damaged: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Results of the damaged recordings that these tests may score again."""
    out = tmp_path_factory.mktemp("damaged") / "out"
    return dataclasses.replace(scored_damaged, out=Path(shutil.copytree(scored_damaged.out, out)))


def labels() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]


def test_the_sample_calls_are_scored_as_labelled(scored_calls: Ran):
    assert scored_calls.status == 0, scored_calls.stderr
    result = evaluate(read_jsonl(scored_calls.out / "results.jsonl"), read_labels(LABELS))
    assert result.not_scored == ()
    assert result.overall.agreement.value is not None
    assert result.overall.agreement.value >= 0.95, result.disagreements


def test_the_verdicts_that_must_be_right(scored_calls: Ran):
    results = scored_calls.results()
    wanted = [
        item
        for item in labels()
        if set(item["steps"].values()) == {"met"} or item["exemption"] or item["caller_role"] == "other"
    ]
    assert len(wanted) >= 4
    assert {item["call_id"]: results[item["call_id"]]["verdict"] for item in wanted} == {
        item["call_id"]: item["verdict"] for item in wanted
    }


def test_every_finding_carries_its_evidence(scored_calls: Ran):
    for call in scored_calls.results().values():
        for step in call["steps"]:
            assert step["reason"]
            if step["status"] in ("met", "out_of_order"):
                assert step["heard"]
                assert 0 <= step["start"] < step["end"] <= call["audio"]["decoded_seconds"] + 0.1


def exports(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in out.iterdir() if p.is_file() and not p.name.startswith("analyzer.db")}


def test_a_second_run_transcribes_nothing_and_writes_the_same_bytes(scored: Ran, three_calls: Path):
    kept = kept_transcripts(scored.out)
    before = exports(scored.out)
    again = score(three_calls, out=scored.out)
    assert again.status == 0
    assert "Transcribing" not in again.stderr
    assert kept_transcripts(scored.out) == kept
    assert exports(scored.out) == before


def test_transcribing_anew_gives_the_same_bytes(scored_calls: Ran, scored_three_calls: Ran):
    """Same input, same bytes out: another folder, fewer calls beside it in the model's batches."""
    some = scored_three_calls.results()
    every = scored_calls.results()
    assert len(some) == 3
    assert some == {call_id: every[call_id] for call_id in some}


def test_the_tables_hold_every_call_and_step(scored_calls: Ran):
    calls = list(csv.DictReader((scored_calls.out / "calls.csv").read_text("utf-8-sig").splitlines()))
    steps = list(csv.DictReader((scored_calls.out / "steps.csv").read_text("utf-8-sig").splitlines()))
    results = scored_calls.results()
    assert [row["call_id"] for row in calls] == list(results)
    assert len(steps) == sum(len(call["steps"]) for call in results.values())
    assert "<html" in (scored_calls.out / "report.html").read_text("utf-8")


def test_json_goes_to_stdout_and_everything_else_to_stderr(scored: Ran, three_calls: Path):
    again = score(three_calls, "--json", "--fail-under", 1, out=scored.out)
    assert again.status == 0
    assert again.stdout.encode() == (scored.out / "results.jsonl").read_bytes()
    assert again.stderr


def test_fail_under_is_for_scripts(scored: Ran, three_calls: Path):
    assert score(three_calls, "--fail-under", 100, out=scored.out).status == 4


def test_another_agent_side_needs_no_new_transcript_and_is_flagged(scored: Ran, three_calls: Path):
    again = score(three_calls, "--agent-channel", "left", out=scored.out)
    assert "Transcribing" not in again.stderr
    flagged = [call_id for call_id, call in again.results().items() if "agent_side_contradicted" in call["flags"]]
    assert "customer-says-it" in flagged  # whose agent is on the right, and no manifest says so
    score(three_calls, out=scored.out)  # leave the results as the other tests expect them


def test_every_damaged_file_has_a_row_with_a_cause(scored_damaged: Ran):
    assert scored_damaged.status == 3
    results = {call["recording"]: call for call in scored_damaged.results().values()}
    assert set(results) == {path.name for path in (SAMPLES / "damaged").iterdir() if path.suffix in (".wav", ".mp3")}
    for name in ("empty.wav", "text.wav", "silence.wav"):
        assert results[name]["verdict"] == "unscorable"
        assert results[name]["score"] is None
        assert name in results[name]["error"]
    for name in ("size0.wav", "cut.mp3", "corrupt.mp3"):
        assert results[name]["error"] is None
        assert any(step["status"] == "met" for step in results[name]["steps"])
    assert results["corrupt.mp3"]["audio"]["bad_packets"] > 0


def test_failed_recordings_are_tried_again_only_when_asked(scored_again: Ran):
    assert "Transcribing" not in score(SAMPLES / "damaged", out=scored_again.out).stderr
    again = score(SAMPLES / "damaged", "--retry-failed", out=scored_again.out)
    assert "Transcribing" in again.stderr
    assert again.status == 3


def test_evaluate_prints_the_figures(scored_calls: Ran):
    table = analyzer("evaluate", scored_calls.out, "--labels", LABELS, out=scored_calls.out)
    assert table.status == 0
    assert "email_request" in table.stdout
    printed = analyzer("evaluate", scored_calls.out, "--labels", LABELS, "--json", out=scored_calls.out)
    assert json.loads(printed.stdout)["overall"]["agreement"]["value"] >= 0.95


def test_every_missed_step_was_looked_for_a_second_time_in_the_audio(scored_calls: Ran):
    looked = 0
    for call in scored_calls.results().values():
        for step in call["steps"]:
            if step["status"] == "missed":
                assert step["second"]["outcome"] == "nothing"
                assert step["second"]["model"] == call["second_engine"]["model"] == "model"
                assert step["expected"]["start"] <= step["second"]["looked"]["start"] < step["second"]["looked"]["end"]
                looked += 1
    assert looked >= 8


def test_the_second_look_can_be_left_out_or_given_a_model_of_its_own(tmp_path: Path):
    folder = tmp_path / "some"
    folder.mkdir()
    shutil.copy2(SAMPLES / "calls" / "rekaman-0009.wav", folder)  # the closing is missing
    out = tmp_path / "out"
    without = score(folder, "--no-second-look", out=out)
    assert without.status == 0, without.stderr
    assert "Looking again" not in without.stderr
    (call,) = without.results().values()
    assert call["second_engine"] is None
    assert {step["second"] for step in call["steps"]} == {None}
    shutil.copytree(SAMPLES / "model", tmp_path / "larger")
    other = score(folder, "--second-model", tmp_path / "larger", out=out)
    assert other.status == 0, other.stderr
    assert "Looking again at 1 recording," in other.stderr
    assert "Transcribing" not in other.stderr
    (call,) = other.results().values()
    assert call["second_engine"]["model"] == "larger"
    assert call["second_engine"]["options"]["beam_size"] > call["engine"]["options"]["beam_size"]
    gone = score(folder, "--second-model", tmp_path / "none", out=out)
    assert gone.status == 2
    assert "--model" in gone.stderr


def test_rescoring_the_sample_calls_with_the_same_bank_changes_nothing(scored_calls: Ran):
    ran = analyzer("rescore", scored_calls.out, "--json", out=scored_calls.out)
    assert ran.status == 0, ran.stderr
    data = json.loads(ran.stdout)
    assert (data["calls"], data["changed"]) == (21, 0)


def test_calibrate_takes_the_results_folder_of_recordings(scored_calls: Ran):
    ran = analyzer("calibrate", scored_calls.out, "--labels", LABELS, "--json", out=scored_calls.out)
    assert ran.status == 0, ran.stderr
    assert json.loads(ran.stdout)["labelled"] == 21
