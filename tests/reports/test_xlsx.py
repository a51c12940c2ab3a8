"""report.xlsx: typed cells under stable keys, text that stays text, and what LibreOffice reads is what was written."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from analyzer.locale.catalogue import localized
from analyzer.models.report import Report
from analyzer.reports.html import Links
from analyzer.reports.summary import summarise
from analyzer.reports.xlsx import SHEETS, book_made_of, cells, to_xlsx
from tests.conftest import missing
from tests.reports.samples import LABELS, failed_report, finding, report, rich_report

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")  # openpyxl knows no data bars
HEAD, KEYS, FIRST = 1, 3, 4  # rows on a sheet: people's words, keys, the first of data


def book(reports: Iterable[Report], **options: Any) -> Any:
    data = to_xlsx(summarise(reports), **{"title": "Judul", "labels": LABELS, **options})
    return openpyxl.load_workbook(io.BytesIO(data))


def keys(sheet: Worksheet) -> list[str]:
    return [unescape(str(cell.value)) for cell in sheet[KEYS]]


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    names = keys(sheet)
    found = sheet.iter_rows(min_row=FIRST, values_only=True)
    return [
        dict(zip(names, map(unescaped, values), strict=True))
        for values in found
        if any(value is not None for value in values)
    ]


def unescaped(value: Any) -> Any:
    """openpyxl leaves the escape of "_x000D_" in text that stands in the cell itself."""
    return unescape(value) if isinstance(value, str) else value


CALLS = [
    "call_id", "recording", "agent", "started_at", "verdict", "score", "score_low", "score_high",
    "step:owner_tenant_question", "step:email_request", "step:closing_thanks",
    "violations", "flags", "caller_role", "email_reply", "callback_reply", "exemption", "exemption_heard",
    "captured_email", "captured_phone", "record_email", "record_phone", "duration", "speech_seconds", "bad_packets",
    "channels", "audio_notes", "sop_version", "model", "meta:loket", "meta:shift",
]  # fmt: skip
STEPS = [
    "call_id", "agent", "started_at", "step", "step_name", "status", "start", "end", "channel", "heard", "phrase",
    "similarity", "confidence", "reason", "expected_start", "expected_end", "recording",
]  # fmt: skip
AGENTS = [
    "agent", "calls", "scored", "mean_score", "fail", "review", "pass", "exempt", "unscorable", "passed", "passed_low",
    "passed_high", "note",
    *(f"step:{step}{part}" for step in LABELS for part in ("", ":low", ":high", ":of")),
]  # fmt: skip
FAILED = ["call_id", "recording", "agent", "started_at", "cause", "flags"]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_sheets_keys_and_their_order_never_change(lang: str):
    """People's pivots and formulas refer to these: add at the end of a group, rename nothing."""
    shown = book([report(), rich_report(), failed_report()], lang=lang)
    language = ["id", "en"].index(lang)
    assert shown.sheetnames == [localized(f"sheet.{sheet}")[language] for sheet in SHEETS]
    sheets = dict(zip(SHEETS, shown.worksheets, strict=True))
    assert keys(sheets["calls"]) == CALLS
    assert keys(sheets["steps"]) == STEPS
    assert keys(sheets["agents"]) == AGENTS
    assert keys(sheets["failed"]) == FAILED
    assert set(shown.defined_names) == {"calls", "steps", "agents", "failed"}


def test_formulas_find_the_tables_by_name_and_keys_without_the_words_above():
    shown = book([report(), rich_report()])
    assert shown.defined_names["calls"].attr_text.replace("'", "") == "Panggilan!$A$3:$AE$5"
    sheet = shown["Panggilan"]
    assert [cell.value for cell in sheet[2]] == [None] * len(CALLS)  # keeps the words out of the table
    assert sheet["A1"].value == "Panggilan"


def test_cells_have_types():
    (bad, good) = rows(book([report(), rich_report()])["Panggilan"])
    assert (bad["call_id"], bad["verdict"], bad["step:email_request"]) == ("c2", "Tidak lulus", "Terlewat")
    assert bad["started_at"] == datetime(2026, 3, 2, 8, 15)  # noqa: DTZ001 - sheets know no zones
    assert (bad["score"], bad["score_low"]) == (50.0, 33.333)
    assert (bad["bad_packets"], bad["channels"], bad["duration"]) == (3, 1, 60.004)
    assert (bad["captured_phone"], bad["captured_email"]) == ("+628123456789", "budi@example.com")
    assert bad["violations"] == "Menolak memproses tanpa e-mail; new rule (meragukan)"
    assert (good["violations"], good["exemption"], good["meta:loket"]) == (None, None, None)
    first, _, third = rows(book([rich_report()])["Langkah"])
    assert (first["status"], first["start"], first["confidence"]) == ("Terpenuhi", 12.3456, 0.9876)
    assert third["step_name"] == "Terima kasih penutup"


def test_numbers_are_formatted_as_what_they_are():
    shown = book([rich_report()])
    sheet, steps = shown["Panggilan"], shown["Langkah"]
    at = {key: index for index, key in enumerate(CALLS)}
    assert sheet.cell(FIRST, at["started_at"] + 1).number_format == "yyyy-mm-dd hh:mm"
    assert sheet.cell(FIRST, at["score"] + 1).number_format == "0.0"
    assert sheet.cell(FIRST, at["captured_phone"] + 1).number_format == "@"
    assert steps.cell(FIRST, STEPS.index("confidence") + 1).number_format == "0 %"


def test_headers_are_frozen_filtered_and_statuses_coloured():
    shown = book([report(), rich_report()])
    for name in ("Panggilan", "Langkah", "Agen", "Gagal"):
        assert shown[name].freeze_panes == "B4"
        assert shown[name].auto_filter.ref.startswith("A3:")
    rules = shown["Panggilan"].conditional_formatting
    formulas = {formula for one in rules for rule in one.rules for formula in rule.formula}
    assert {'"Terlewat"', '"Tidak lulus"'} <= formulas


def test_agents_have_intervals_and_few_calls_are_said_to_be_few():
    reports = [report(f"c{at}", "pass" if at else "fail", agent="Ayu") for at in range(20)]
    ayu, rini = rows(book([*reports, rich_report()])["Agen"])
    assert (ayu["agent"], ayu["calls"], ayu["pass"], ayu["passed"]) == ("Ayu", 20, 19, 0.95)
    assert ayu["passed_low"] < 0.95 < ayu["passed_high"]
    assert ayu["note"] is None
    assert rini["note"] == "terlalu sedikit panggilan (1)"
    assert (rini["step:email_request"], rini["step:email_request:of"]) == (0, 1)
    assert rini["step:closing_thanks"] is None  # unsure: nothing was decided


def test_failures_tell_their_cause_in_the_sheet_s_language():
    error = "a.wav: its codec is not supported. Export it as WAV, MP3 or Opus."
    failed = [failed_report().model_copy(update={"error": error})]
    assert rows(book(failed)["Gagal"])[0]["cause"].startswith("a.wav: kodeknya tidak didukung")
    assert rows(book(failed, lang="en")["Failed"])[0]["cause"] == error


def test_rows_lead_to_the_evidence():
    shown = book([rich_report()], links=lambda _: Links("calls/k1.html"))
    assert shown["Panggilan"]["A4"].hyperlink.target == "calls/k1.html"
    step = shown["Langkah"]["A5"].hyperlink
    assert f"{step.target}#{step.location}" == "calls/k1.html#step-2"
    assert book([rich_report()])["Panggilan"]["A4"].hyperlink is None


def test_links_and_rows_beyond_what_excel_keeps_are_cut_and_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cells, "MAX_LINKS", 2)
    monkeypatch.setattr(cells, "MAX_ROWS", 7)
    shown = book([report("a"), report("b")], links=lambda _: Links("calls/k1.html"))
    notes = [row[0] for row in shown["Ringkasan"].iter_rows(min_row=2, max_row=3, values_only=True)]
    assert str(notes[0]).endswith("2 baris tidak ada. Lengkapnya di results.jsonl.")
    assert str(notes[1]).endswith("2 baris tanpa tautan.")
    assert len(rows(shown["Langkah"])) == 4
    assert shown["Langkah"]["A5"].hyperlink
    assert shown["Langkah"]["A6"].hyperlink is None


def test_the_first_sheet_has_totals_and_charts():
    reports = [report(), rich_report(), report("d", started_at="2026-03-03")]
    data = to_xlsx(summarise(reports), title="Judul", labels=LABELS)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Ringkasan"]
    figures = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[0] is not None}
    assert figures["Judul"] is None
    assert (figures["Tidak lulus"], figures["Semua panggilan"], figures["90–100"]) == (1, 3, 2)
    assert figures["Meminta alamat e-mail"] == pytest.approx(2 / 3, abs=1e-3)
    charts = [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if re.match(r"xl/charts/chart\d", name)]
    assert len(charts) == 3


HOSTILE = [
    "=cmd|' /C calc'!A0", "+62812345678", "-1+1", "@SUM(A1)", "http://example.com/x", "mailto:a@b.c", "\x0b=1",
    "a\x00b", "internal:Sheet1!A1", "external:c:\\x.exe", "{=1}", '=HYPERLINK("http://x")', "  =1", "123456",
    "\u202egpj.exe", "_x000D_",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_text_whatever_it_looks_like(text: str):
    shown = book([hostile(text)], title=text)
    clean = re.sub("[\x00\x0b\u202e]", lambda found: " " if found[0] == "\x0b" else "", text)
    row = rows(shown["Panggilan"])[0]
    for key in ("call_id", "recording", "agent", "started_at", "exemption_heard", "captured_phone", f"meta:{clean}"):
        assert row[key] == clean
    assert rows(shown["Langkah"])[0]["heard"] == clean
    assert not any(cell.data_type == "f" for sheet in shown.worksheets for line in sheet.iter_rows() for cell in line)
    assert not any(cell.hyperlink for sheet in shown.worksheets for line in sheet.iter_rows() for cell in line)


def hostile(text: str) -> Report:
    changes = rich_report().model_dump(include={"exemption", "captured"})
    values: dict[str, Any] = {
        "recording": text, "agent": text, "started_at": text, "metadata": {text: text},
        "steps": (finding("email_request", "missed", heard=text, phrase=text, reason=text),),
        "exemption": {**changes["exemption"], "heard": text}, "captured": {"email": text, "phone": text},
    }  # fmt: skip
    return report(text, "fail", **values)


def test_text_longer_than_a_cell_keeps_is_cut_and_said():
    row = rows(book([hostile("😀" * 40_000)])["Panggilan"])[0]
    assert row["agent"].endswith("[...cut, 40000 characters in all]")
    assert len(row["agent"].encode("utf-16-le")) / 2 <= 32_767


def test_the_same_reports_give_the_same_bytes_and_the_book_tells_what_it_was_made_of(tmp_path: Path):
    reports = [report(), rich_report(), failed_report()]
    first = to_xlsx(summarise(reports), title="x", made_of="abc1")
    assert to_xlsx(summarise(reversed(reports)), title="x", made_of="abc1") == first
    (tmp_path / "a.xlsx").write_bytes(first)
    assert book_made_of(tmp_path / "a.xlsx") == "abc1"
    assert book_made_of(tmp_path / "none.xlsx") is None
    (tmp_path / "b.xlsx").write_bytes(first[: len(first) // 2])
    assert book_made_of(tmp_path / "b.xlsx") is None


def test_nothing_is_left_beside_the_results(tmp_path: Path):
    to_xlsx(summarise([rich_report()]), title="x", scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_without_any_scored_call_is_a_book_too():
    shown = book([failed_report()])
    assert rows(shown["Panggilan"]) == []
    assert len(rows(shown["Gagal"])) == 1
    assert rows(book([])["Gagal"]) == []


@pytest.mark.slow
def test_libreoffice_reads_what_was_written(tmp_path: Path):
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed (Debian: apt-get install libreoffice-calc)")
    reports = [report(), rich_report(), failed_report(), *(hostile(text) for text in HOSTILE[:-1])]
    data = to_xlsx(summarise(reports), title="Judul", labels=LABELS, links=lambda _: Links("calls/k1.html"))
    (tmp_path / "report.xlsx").write_bytes(data)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "again", tmp_path / "report.xlsx"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    ours = openpyxl.load_workbook(tmp_path / "report.xlsx")
    again = openpyxl.load_workbook(tmp_path / "again" / "report.xlsx")
    assert again.sheetnames == ours.sheetnames
    for name in ours.sheetnames:
        assert values(again[name]) == values(ours[name])
    link = again["Langkah"]["A5"].hyperlink
    assert f"{link.target}#{link.location or ''}".replace("##", "#").rstrip("#").endswith("calls/k1.html#step-2")


def values(sheet: Worksheet) -> dict[str, Any]:
    """Every cell with its type; LibreOffice keeps numbers to 15 digits."""
    return {
        cell.coordinate: round(cell.value, 9) if isinstance(cell.value, float) else unescaped(cell.value)
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    }
