"""calls.csv and steps.csv: stable columns, and cells that stay text whatever they hold."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.finding import Captured
from analyzer.reports.csv import MAX_CELL, calls_csv, safe_cell, steps_csv
from tests.reports.samples import failed_report, finding, report, rich_report

SHA = "ab" * 32
CALLS = f"""\
call_id,recording,agent,started_at,verdict,score,score_low,score_high,\
step:owner_tenant_question,step:email_request,step:closing_thanks,\
caller_role,email_reply,callback_reply,exemption,exemption_heard,exemption_start,\
captured_email,captured_phone,record_email,record_phone,violations,flags,error,\
duration,header_seconds,decoded_seconds,speech_seconds,bad_packets,channels,audio_notes,\
sop_id,sop_version,sop_sha256,model,meta:loket,meta:shift
c1,c1.wav,Rini,2026-03-02 08:15,pass,100.0,100.0,100.0,\
met,met,met,\
,,,,,,\
,,,,,,,\
60.0,60.0,60.0,41.24,0,2,,\
pln123,1,{SHA},demo,,
c2,c2.wav,Rini,2026-03-02 08:15,fail,50.0,33.3,66.7,\
met,missed,unsure,\
tenant,given,other_number,angry,saya kecewa,3.0,\
budi@example.com,'+628123456789,match,mismatch,refused_to_process | new_rule (doubtful),\
role_inferred | partial_audio,,\
60.0,90.0,60.0,41.0,3,1,The file ends early.,\
pln123,1,{SHA},demo,Bekasi,pagi
c3,damaged/empty.wav,,,unscorable,,,,\
,,,\
,,,,,,\
,,,,,,The file is empty (0 bytes).,\
,,,,,,,\
pln123,1,{SHA},demo,,
"""
STEPS = """\
call_id,step,status,start,end,channel,heard,phrase,similarity,confidence,reason,recording,agent
c1,email_request,met,12.35,14.0,agent,untuk alamat emailnya,Untuk alamat emailnya mohon disampaikan,\
93.3,0.99,Heard in the agent's words.,c1.wav,Rini
c1,closing_thanks,not_applicable,,,,,,,0.9,The caller is a neighbour.,c1.wav,Rini
"""


def text_of(data: bytes) -> str:
    assert data.startswith(b"\xef\xbb\xbf")
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def rows_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_calls_have_one_row_each_in_stable_columns():
    assert text_of(calls_csv([report(), rich_report(), failed_report()])) == CALLS


def test_steps_have_one_row_a_finding():
    one = report(steps=(finding("email_request"), finding("closing_thanks", "not_applicable")))
    assert text_of(steps_csv([one, failed_report()])) == STEPS


def test_step_columns_are_there_when_every_call_failed():
    header = rows_of(calls_csv([failed_report()], steps=["email_request"]))[0]
    assert "step:email_request" in header


def test_no_reports_give_headers_only():
    assert len(rows_of(calls_csv([]))) == len(rows_of(steps_csv([]))) == 1


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("+628123", "'+628123"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("   =1", "'   =1"),
        ("\u00a0\ufeff=1", "'\u00a0\ufeff=1"),
        ("\t=1", "' =1"),
        ("\r\nx", "' x"),
        ("\x00=1", "'=1"),
        ("\x1b=1", "'=1"),
        ("\u202e=1", "'=1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ('a;" =1', "a;\" '=1"),
        ("a=b; c-d", "a=b; c-d"),
        ("two\nlines\x07", "two lines"),
        ("a\udce9", "a\ufffd"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_a_cell_is_never_a_formula(text: str, cell: str):
    assert safe_cell(text) == cell


def test_a_long_cell_is_cut_where_a_spreadsheet_would_and_says_so():
    cell = safe_cell("😀" * 40_000)
    assert cell.endswith(" [...cut, 40000 characters in all]")
    assert len(cell.encode("utf-16-le")) // 2 < 32_767
    assert safe_cell("x" * MAX_CELL) == "x" * MAX_CELL


@given(st.text())
def test_no_text_makes_a_formula_a_second_row_or_a_shifted_column(text: str):
    hostile = report(
        call_id=text, agent=text, recording=text, started_at=text, metadata={text: text}, flags=(text,),
        captured=Captured(email=text, phone=text), error=text,
        steps=(finding("email_request", heard=text, reason=text),),
    )  # fmt: skip
    for data in (calls_csv([hostile]), steps_csv([hostile])):
        rows = rows_of(data)
        assert len(rows) == 2
        assert len(rows[0]) == len(rows[1])
        for cell in [*rows[0], *rows[1]]:
            assert cell.lstrip()[:1] not in set("=+-@\t\r\n\0")
        # Where Excel splits on semicolons, the pieces are cells too.
        for cell in [piece for row in rows_of(data, ";") for piece in row]:
            assert cell.lstrip(' "')[:1] not in set("=+-@")
