"""Reviewers' decisions through the real commands: exported, compared with, calibrated by, and feeding the bank."""

import json
from pathlib import Path

import pytest

from analyzer.models.base import Status
from analyzer.models.review import CallFilter, Person
from analyzer.review.service import ReviewService
from analyzer.store.store import Store
from tests.analysis.calibration.small import save_call, small_bank, spoken
from tests.conftest import MadeOnce, Ran, analyzer
from tests.review.cases import new_event

pytestmark = pytest.mark.slow  # runs whole commands

STEP = "postcode_request"
RINI = Person(name="Rini", role="coach")


@pytest.fixture
def scored(made_once: MadeOnce, tmp_path: Path) -> Path:
    """Three scored calls; in two of them the postcode is asked for in words that the bank lacks."""
    made_once.copy("labelled", _score, tmp_path)
    return tmp_path / "o"


def _score(folder: Path) -> None:
    lines = {"one": "tell me your postcode then sir", "two": "tell me your postcode then madam", "three": "hello"}
    for name, line in lines.items():
        save_call(folder / "calls", name, spoken(f"a: {line}", "c: it is nine"))
    small_bank(folder)
    out = folder / "o"
    ran = analyzer("score", folder / "calls", "--bank", folder / "shop", "--out", out, out=out)
    assert ran.status == 0, ran.stderr


def review(out: Path, decisions: dict[str, Status], *, reviewed: bool = False) -> None:
    """What a coach says in the app, by call id."""
    store = Store(out)
    service = ReviewService(store, run=store.run_number(out))
    for row in service.queue(RINI, CallFilter()).rows:
        status = decisions.get(row.listed.call_id)
        if status:
            event = new_event(row.listed.call, "override", step=STEP, status=status, text="listened to it")
            service.add_event(RINI, event)
        if reviewed:
            service.add_event(RINI, new_event(row.listed.call, "reviewed"))
    store.close()


def run(out: Path, *arguments: object) -> Ran:
    return analyzer(*arguments, out=out)


def test_decisions_are_exported_with_who_when_and_why(scored: Path):
    review(scored, {"one": "met", "two": "met"})
    ran = run(scored, "labels", scored)
    assert ran.status == 0, ran.stderr
    rows = {row["call_id"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert {key: row["steps"] for key, row in rows.items()} == {"one": {STEP: "met"}, "two": {STEP: "met"}}
    assert rows["one"]["decided"][STEP]["by"] == "Rini"
    assert rows["one"]["decided"][STEP]["reason"] == "listened to it"
    assert rows["one"]["decided"][STEP]["when"].startswith("20")


def test_whole_calls_can_be_exported_to_a_file_and_the_file_is_what_evaluate_reads(scored: Path):
    review(scored, {"one": "met"}, reviewed=True)
    file = scored.parent / "labels.csv"
    ran = run(scored, "labels", scored, "--include-unreviewed", "--out", file)
    assert (ran.status, ran.stdout) == (0, "")
    assert "3 calls with decisions" in ran.stderr
    figures = json.loads(run(scored, "evaluate", scored, "--labels", file, "--json").stdout)
    assert figures["calls"] == 3
    assert [(d["call_id"], d["step"], d["label"]) for d in figures["disagreements"]] == [("one", STEP, "met")]


def test_evaluate_and_calibrate_take_the_folder_itself_as_labels(scored: Path):
    review(scored, {"one": "met", "two": "met", "three": "missed"})
    figures = json.loads(run(scored, "evaluate", scored, "--labels", scored, "--json").stdout)
    (step,) = (step for step in figures["steps"] if step["step"] == STEP)
    assert (step["labelled"], step["agreement"]["hits"]) == (3, 1)
    options = ("--bank", scored.parent / "shop", "--min-labels", 1, "--folds", 2)
    ran = run(scored, "calibrate", scored, "--labels", scored, *options)
    assert ran.status == 0, ran.stderr
    assert "3 of 3 transcripts are labelled" in ran.stdout


def test_the_bank_learns_from_decisions_unasked(scored: Path):
    bank = scored.parent / "shop"
    (before,) = json.loads(run(scored, "bank", "suggest", scored, "--bank", bank, "--json").stdout)["proposals"]
    assert (before["labelled_said"], before["labelled_missed"]) == (0, 0)
    review(scored, {"one": "met", "two": "met"})
    ran = run(scored, "bank", "suggest", scored, "--bank", bank, "--json")
    assert "what reviewers decided on 2 calls" in ran.stderr
    (proposal,) = json.loads(ran.stdout)["proposals"]
    assert (proposal["labelled_said"], proposal["labelled_missed"]) == (2, 0)
    assert {quote["call_id"] for quote in proposal["quotes"]} == {"one", "two"}


def test_decisions_stay_when_the_calls_are_scored_anew_in_place(scored: Path):
    review(scored, {"one": "met"})
    bank = scored.parent / "shop"
    steps = bank / "steps.yaml"
    steps.write_text(steps.read_text("utf-8").replace("accept: 90", "accept: 50"), "utf-8")
    ran = run(scored, "rescore", scored, "--bank", bank, "--out", scored)
    assert ran.status == 0, ran.stderr
    store = Store(scored)
    service = ReviewService(store, run=store.run_number(scored))
    rows = {row.listed.call_id: row.listed for row in service.queue(RINI, CallFilter()).rows}
    assert {name for name, listed in rows.items() if listed.older} == {"one"}
    opened = service.call(RINI, rows["one"].call)
    assert opened.case.report.steps[0].status == "met"  # the machine has come round, by the bank now kept
    assert opened.case.bank.steps[0].wording.accept == 50
    store.close()
    assert [json.loads(line)["call_id"] for line in run(scored, "labels", scored).stdout.splitlines()] == ["one"]


def test_elsewhere_rescored_results_leave_the_store_alone(scored: Path):
    review(scored, {"one": "met"})
    bank = scored.parent / "shop"
    steps = bank / "steps.yaml"
    steps.write_text(steps.read_text("utf-8").replace("accept: 90", "accept: 50"), "utf-8")
    assert run(scored, "rescore", scored, "--bank", bank, "--out", scored.parent / "other").status == 0
    store = Store(scored)
    rows = ReviewService(store).queue(RINI, CallFilter()).rows
    assert not any(row.listed.older for row in rows)
    store.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("labels", "{out}", "--out", "labels.txt"), "labels are .jsonl or .csv"),
        (("labels", "{out}/nowhere"), "holds no store"),
        (("evaluate", "{out}", "--labels", "{out}"), "nobody has decided anything there yet"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_cure(scored: Path, arguments: tuple[str, ...], told: str):
    ran = run(scored, *(argument.format(out=scored) for argument in arguments))
    assert ran.status == 2
    assert told in ran.stderr
