"""results.jsonl: fixed key names, fixed bytes, and a way back."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import analyzer.reports
from analyzer.errors import AnalyzerError
from analyzer.models.finding import Captured
from analyzer.models.report import SCHEMA, Report
from analyzer.models.transcript import EngineInfo
from analyzer.reports.jsonl import read_jsonl, to_dict, to_jsonl
from tests.reports.samples import failed_report, finding, report, rich_report

ONE_STEP = (
    '{"schema": "analyzer.report/1", "call_id": "c1", "recording": "c1.wav", "agent": "Siti Nurhalizá", '
    '"started_at": "2026-03-02 08:15", "metadata": {"shift": "pagi", "loket": "Bekasi"}, '
    '"sop": {"id": "pln123", "version": "1", "sha256": "' + "ab" * 32 + '"}, '
    '"engine": {"model": "demo", "model_sha256": null, "versions": {"a": "1", "b": "2"}, '
    '"options": {"beam": 5, "vad": true}}, '
    '"verdict": "pass", "score": 100.0, "score_low": 66.7, "score_high": 100.0, '
    '"steps": [{"id": "email_request", "status": "met", "start": 12.35, "end": 14.0, "channel": "agent", '
    '"heard": "untuk alamat emailnya", "phrase": "Untuk alamat emailnya mohon disampaikan", '
    '"similarity": 93.3, "confidence": 0.99, "reason": "Heard in the agent\'s words.", '
    '"grounds": null, "sound": null, "expected": null, "second": null}], '
    '"exemption": null, "caller_role": null, "email_reply": null, "callback_reply": null, '
    '"captured": {"email": null, "phone": null}, "record_check": {}, "violations": [], "flags": [], '
    '"audio": {"header_seconds": 60.0, "decoded_seconds": 60.0, "speech_seconds": 41.24, "bad_packets": 0, '
    '"channels": 2, "codec": null, "sample_rate": null, "holes": [], "partial": false, "notes": []}, '
    '"duration": 60.0, "audio_sha256": null, "agent_side": null, "second_engine": null, "error": null}\n'
)


def test_a_line_holds_the_contract_names_in_order_with_rounded_figures():
    one = report(
        agent="Siti Nurhalizá",
        metadata={"shift": "pagi", "loket": "Bekasi"},
        score_low=66.6667,
        steps=(finding("email_request"),),
    )
    assert to_jsonl([one]).decode() == ONE_STEP


def test_lines_keep_the_order_given_and_read_back_to_the_same_bytes(tmp_path: Path):
    reports = [rich_report(), failed_report(), report()]
    path = tmp_path / "results.jsonl"
    path.write_bytes(to_jsonl(reports))
    back = read_jsonl(path)
    assert [one.call_id for one in back] == ["c2", "c3", "c1"]
    assert back[1] == failed_report()
    assert to_jsonl(back) == to_jsonl(reports)


def test_the_order_in_which_versions_and_options_were_noted_does_not_show():
    other = EngineInfo(model="demo", versions={"a": "1", "b": "2"}, options={"beam": 5, "vad": True})
    assert to_jsonl([report()]) == to_jsonl([report(engine=other)])


def test_numbers_that_json_does_not_know_become_null():
    odd = report(score=math.nan, engine=EngineInfo(model="demo", options={"limit": math.inf}))
    data = to_dict(odd)
    assert data["score"] is None
    assert data["engine"]["options"] == {"limit": None}
    assert b"NaN" not in to_jsonl([odd])


def test_a_file_name_that_is_no_text_is_still_written():
    line = to_jsonl([report(recording="caf\udce9.wav")])
    assert json.loads(line)["recording"] == "caf\ufffd.wav"


def test_figures_inside_manifest_columns_and_options_are_not_rounded():
    odd = report(metadata={"score": "1.23456"}, engine=EngineInfo(model="demo", options={"score": 0.123456}))
    data = to_dict(odd)
    assert data["metadata"] == {"score": "1.23456"}
    assert data["engine"]["options"] == {"score": 0.123456}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_stays_on_its_line_and_comes_back(text: str):
    line = to_jsonl([report(agent=text, metadata={text: text}, captured=Captured(email=text))])
    assert len(line.decode().splitlines()) == 1
    back = Report.model_validate_json(line)
    assert (back.agent, back.metadata, back.captured.email) == (text, {text: text}, text)


def test_blank_lines_and_a_byte_order_mark_are_read_over(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\n" + to_jsonl([report()]) + b"\r\n")
    assert [one.call_id for one in read_jsonl(path)] == ["c1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", ":1: is not a JSON object"),
        (b"[]", ":1: is not a JSON object"),
        (b"\xff", "is not UTF-8 text"),
        (b'\n{"schema": "analyzer.report/9"}', ":2: is 'analyzer.report/9', this version reads"),
        (b'{"schema": "analyzer.report/1"}', ":1: call_id: Field required; score the recordings again"),
        (to_jsonl([report()]).replace(b'"met"', b'"fine"'), ":1: steps.0.status: Input should be"),
    ],
)
def test_what_is_no_report_is_refused_by_file_line_and_key(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(AnalyzerError) as caught:
        read_jsonl(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(AnalyzerError, match=r"none\.jsonl: cannot be read \(No such file"):
        read_jsonl(tmp_path / "none.jsonl")


def schema_text() -> str:
    """What `report.schema.json` must hold: the JSON schema of one line, for other programs."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    schema["properties"]["schema"]["const"] = SCHEMA
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def test_the_packaged_schema_is_that_of_the_model():
    path = Path(analyzer.reports.__file__).with_name("report.schema.json")
    # If this fails after a change of the models: write schema_text() to the file, and say so to users.
    assert path.read_text(encoding="utf-8") == schema_text()
