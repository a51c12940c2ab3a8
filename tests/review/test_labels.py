"""Decisions as labels: what a person confirmed or changed, nothing else; read back by the program's own reader."""

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.analysis.evaluation import evaluate
from analyzer.analysis.labels import read_labels
from analyzer.models.review import Case, Event
from analyzer.review.labels import call_labels, labels_by_call_id, labels_csv, labels_jsonl
from tests.matching.support import BANK
from tests.review.cases import STEPS, event, scored_report

OWNER, EMAIL, THANKS, CALLBACK, NOTICE, CLOSING = STEPS


def case(call_id: str, letters: str, *events: Event, **more: Any) -> Case:
    return Case(call=call_id, report=scored_report(call_id, letters, **more), inputs="now", bank=BANK, events=events)


def decided_case(call_id: str = "a") -> Case:
    return case(
        call_id,
        "mmmxum",
        event(1, "agree", step=OWNER, status="met"),
        event(2, "override", "Budi", "analyst", step=CALLBACK, status="met", text="at 0:41"),
        event(3, "override", step=NOTICE, status="unsure", text="nobody can tell"),
    )


def test_only_decisions_are_labels_and_unsure_is_none(tmp_path: Path):
    calls = call_labels([decided_case(), case("untouched", "mmmmmm"), case("looked", "mmmmmm", event(1, "reviewed"))])
    assert {call.call_id: call.steps for call in calls} == {"a": {OWNER: "met", CALLBACK: "met"}}
    (line,) = labels_jsonl(calls).decode().splitlines()
    data = json.loads(line)
    assert data["steps"] == {OWNER: "met", CALLBACK: "met"}
    assert data["decided"][CALLBACK] == {
        "by": "Budi",
        "when": "1970-01-01T00:00:02+00:00",
        "kind": "override",
        "reason": "at 0:41",
    }
    assert data["decided"][OWNER]["kind"] == "agree"
    assert "exemption" not in data


def test_steps_of_reviewed_calls_count_as_confirmed_when_asked_for():
    cases = [
        case("a", "mmmxum", event(1, "override", step=CALLBACK, status="met", text="x"), event(2, "reviewed")),
        case("b", "mmmmmm"),
    ]
    (call,) = call_labels(cases, include_unreviewed=True)
    assert call.steps == {OWNER: "met", EMAIL: "met", THANKS: "met", CALLBACK: "met", CLOSING: "met"}  # not the unsure
    assert {step: source.kind for step, source in call.sources.items()}[OWNER] == "reviewed"


def test_an_accepted_dispute_is_a_label_of_the_leads():
    events = (
        event(1, "dispute", "Dewi", "agent", step=CALLBACK, text="I asked"),
        event(2, "accept", "Lea", "lead", target=1, status="met"),
    )
    (call,) = call_labels([case("a", "mmmxmm", *events)])
    assert (call.steps, call.sources[CALLBACK].by, call.sources[CALLBACK].kind) == ({CALLBACK: "met"}, "Lea", "accept")


def test_an_undone_decision_is_no_label():
    events = (event(1, "override", step=CALLBACK, status="met", text="x"), event(2, "undo", target=1))
    assert call_labels([case("a", "mmmxmm", *events)]) == ()


@pytest.mark.parametrize(("kind", "step", "exemption"), [("confirm", "angry", "angry"), ("dismiss", "exemption", None)])
def test_decisions_on_the_exemption_are_labels_too(kind: str, step: str, exemption: str | None):
    events = event(1, kind, step=step, text="so")  # type: ignore[arg-type]
    labels = labels_by_call_id(call_labels([case("a", "mmmmmm", events, exemption_doubtful=True)]))
    assert "exemption" in labels["a"].model_fields_set
    assert labels["a"].exemption == exemption


@pytest.mark.parametrize("call_id", ["a", "+628123-call", "=HYPERLINK(1)", "d'accord", 'panggilan 7, "uji"'])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_both_forms_are_read_back_equal(tmp_path: Path, form: str, call_id: str):
    calls = call_labels([decided_case(call_id), decided_case("other")])
    file = tmp_path / f"labels.{form}"
    file.write_bytes(labels_jsonl(calls) if form == "jsonl" else labels_csv(calls))
    read = read_labels(file)
    assert set(read) == {call_id, "other"}
    assert {key: label.steps for key, label in read.items()} == {call.call_id: call.steps for call in calls}
    result = evaluate([scored_report(call_id, "mmmxum")], read)
    assert (result.calls, [(d.step, d.label) for d in result.disagreements]) == (1, [(CALLBACK, "met")])


def test_of_two_calls_with_one_id_the_later_decided_counts():
    early = case("a", "mmmmmm", event(1, "override", step=EMAIL, status="missed", text="x"))
    late = case("a", "mmmmmm", event(9, "override", step=NOTICE, status="missed", text="x"))
    for cases in ([early, late], [late, early]):
        assert [call.steps for call in call_labels(cases)] == [{NOTICE: "missed"}]
