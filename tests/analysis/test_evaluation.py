import json
from pathlib import Path

import pytest

from analyzer.analysis.evaluation import evaluate
from analyzer.analysis.labels import CallLabels, read_labels
from analyzer.errors import UsageError
from analyzer.models.finding import Captured, Finding
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import EngineInfo

SOP = SopRef(id="x", version="1", sha256="0")


def report(call_id: str, confidence: float = 0.9, captured: Captured | None = None, **statuses: str) -> Report:
    steps = [Finding(id=k, status=v, confidence=confidence, reason="r", heard="h") for k, v in statuses.items()]
    return Report(
        call_id=call_id, recording=call_id, sop=SOP, engine=EngineInfo(model="m"), verdict="pass", steps=tuple(steps),
        captured=captured or Captured(),
    )


def label(call_id: str, **statuses: str) -> CallLabels:
    return CallLabels(call_id=call_id, steps=statuses)


def test_said_and_missed_are_counted_as_the_issue_s_own_measure_counts_them():
    reports = [
        report("1", a="met", b="missed"),
        report("2", a="missed", b="missed"),
        report("3", a="met", b="unsure"),
        report("4", a="out_of_order", b="not_applicable"),
    ]
    labels = [
        label("1", a="met", b="missed"),
        label("2", a="met", b="met"),
        label("3", a="missed", b="missed"),
        label("4", a="met", b="missed"),
    ]
    result = evaluate(reports, {item.call_id: item for item in labels})
    total = result.overall
    assert (total.said_precision.hits, total.said_precision.of) == (2, 3)
    assert (total.said_recall.hits, total.said_recall.of) == (2, 4)
    assert (total.missed_precision.hits, total.missed_precision.of) == (1, 3)
    assert (total.missed_recall.hits, total.missed_recall.of) == (1, 3)
    assert (total.agreement.hits, total.unsure.hits, result.whole_calls.hits) == (2, 1, 1)
    assert total.confusion == {
        "met->missed": 2, "met->out_of_order": 1, "missed->met": 1, "missed->not_applicable": 1, "missed->unsure": 1,
    }
    assert [step.step for step in result.steps] == ["a", "b"]


def test_reliability_compares_confidence_with_being_right_and_leaves_unsure_out():
    reports = [report("1", 0.92, a="met"), report("2", 0.92, a="met"), report("3", 0.55, a="unsure")]
    labels = {key: label(key, a=status) for key, status in (("1", "met"), ("2", "missed"), ("3", "met"))}
    (only,) = evaluate(reports, labels).reliability
    assert (only.low, only.high, only.confidence, only.right.hits, only.right.of) == (0.9, 0.95, 0.92, 1, 2)


def test_only_labelled_fields_are_compared():
    labels = {
        "1": CallLabels.model_validate({"call_id": "1", "steps": {}, "verdict": "fail", "exemption": None}),
        "2": CallLabels.model_validate({"call_id": "2", "steps": {}, "captured": {"email": "a@b.id"}}),
    }
    got = evaluate([report("1", a="met"), report("2", captured=Captured(email="a@b.id"), a="met")], labels).fields
    assert {name: (value.hits, value.of) for name, value in got.items()} == {
        "captured.email": (1, 1), "captured.phone": (1, 1), "exemption": (1, 1), "verdict": (0, 1),
    }


@pytest.mark.parametrize(
    ("label_phone", "same"), [("081234567890", True), ("+6281234567890", True), ("081234567891", False), (None, False)]
)
def test_a_number_may_be_labelled_in_national_form(label_phone: str | None, same: bool):
    labels = {"1": CallLabels(call_id="1", steps={}, captured=Captured(phone=label_phone))}
    reports = [report("1", captured=Captured(phone="+6281234567890"), a="met")]
    assert evaluate(reports, labels).fields["captured.phone"].hits == int(same)


def test_labelled_calls_without_findings_are_named_and_few_labels_are_warned_about():
    labels = {key: label(key, a="met") for key in ("1", "2")}
    result = evaluate([report("1", a="met"), report("9", a="met")], labels)
    assert (result.not_scored, result.not_labelled) == (("2",), 1)
    assert result.warnings == ("a: only 1 labels; at least 20 are needed for a figure.",)


def test_csv_and_jsonl_hold_the_same_labels(tmp_path: Path):
    (tmp_path / "l.csv").write_text("call_id;email_request;note;caller_role;email\nc1;missed;hm;owner;a@b.id\n")
    data = {"call_id": "c1", "steps": {"email_request": "missed"}, "caller_role": "owner", "email": "a@b.id"}
    (tmp_path / "l.jsonl").write_text(json.dumps(data) + "\n\n")
    assert read_labels(tmp_path / "l.csv") == read_labels(tmp_path / "l.jsonl")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.jsonl", '{"call_id": "1", "steps": {"a": "done"}}', r"l\.jsonl:1: steps\.a"),
        ("l.jsonl", "{", "l.jsonl:1: not JSON"),
        ("l.jsonl", "\n", "holds no labels"),
        ("l.csv", "id,a\n1,met\n", "no column 'call_id'"),
        ("l.csv", "call_id,a\n1,met\n1,met\n", r"l\.csv:3: call '1' is labelled twice"),
    ],
)
def test_mistakes_in_labels_name_file_and_line(tmp_path: Path, name: str, text: str, message: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        read_labels(tmp_path / name)
