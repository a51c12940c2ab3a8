"""report.html: whole, self-contained, the same every time, and inert whatever the data holds."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.models.finding import Captured, Exemption, RecordCheckItem, Violation
from analyzer.models.report import Report
from analyzer.report.html import to_html
from tests.report.samples import LABELS, failed_report, finding, report, rich_report

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\"'`&amp;{{7*7}}\u202e\x00\u2028"


class Page(HTMLParser):
    """What a browser would make of the page: elements with attributes, text outside code, scripts apart."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.lines: list[str] = []
        self.code: dict[str, str] = {}
        self._inside = ""
        self.feed(data.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside = f"{tag} {dict(attrs).get('id') or ''}".strip()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.code[self._inside] = self.code.get(self._inside, "") + data
        elif data.strip():
            self.lines.append(" ".join(data.split()))

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.code["script data"])
        return data


def page(reports: list[Report], **options: Any) -> Page:
    return Page(to_html(reports, **{"title": "Laporan", "labels": LABELS, **options}))


def hostile(text: str) -> Report:
    return report(
        text, "fail",
        recording=text, agent=text, started_at=text, metadata={text: text}, flags=(text,),
        steps=(finding("email_request", "missed", heard=text, phrase=text, reason=text),),
        exemption=Exemption(kind="urgent", heard=text, start=1.0),
        captured=Captured(email=text, phone=text),
        record_check={text: RecordCheckItem(field=text, outcome="mismatch", recorded=text, said=text)},
        violations=(Violation(id=text, heard=text, start=1.0),),
    )  # fmt: skip


def test_a_batch_reads_from_top_to_bottom_without_scripts():
    reports = [report(), rich_report(), failed_report()]
    shown = page(reports, generated="2026-03-03 07:00").lines
    start, end = shown.index("Ringkasan"), shown.index("Panggilan, yang terburuk dahulu")
    assert shown[start:end] == [
        "Ringkasan", "3", "Panggilan", "75", "Nilai rata-rata", "dari 2 panggilan yang dinilai",
        "1", "Tidak lulus", "1", "Lulus", "1", "Tidak dapat dinilai",
        "Langkah SOP", "Langkah", "✓", "Terpenuhi", "⇅", "Tidak berurutan", "✗", "Terlewat",
        "?", "Belum pasti", "–", "Tidak berlaku",
        "Menanyakan pemilik atau penyewa", "2", "0", "0", "0", "0",
        "Meminta alamat e-mail", "1", "0", "1", "0", "0",
        "Terima kasih penutup", "1", "0", "0", "1", "0",
    ]  # fmt: skip
    assert shown[shown.index("2 dari 2 panggilan ditampilkan") :] == [
        "2 dari 2 panggilan ditampilkan",
        "Tidak lulus", "50", "(33,3–66,7)", "c2", "Rini", "2026-03-02 08:15",
        "⚠", "Menolak memproses tanpa e-mail", "⚠", "new rule", "(", "meragukan", ")",
        "✗", "Terlewat", "Meminta alamat e-mail", "?", "Belum pasti", "Terima kasih penutup",
        "Lulus", "100", "c1", "Rini", "2026-03-02 08:15",
        "Tidak ada panggilan yang cocok dengan saringan.",
        "Rekaman yang tidak dapat dinilai", "Rekaman", "Petugas", "Sebab",
        "damaged/empty.wav", "The file is empty (0 bytes).",
        "Dibuat dengan", ":", "SOP pln123 1 (abababababab) · demo",
        "Dibuat", ": 2026-03-03 07:00",
    ]  # fmt: skip


def test_the_page_speaks_english_when_asked():
    shown = page([rich_report()], lang="en")
    assert {"Summary", "Fail", "Asks for the e-mail address", "50", "(33.3–66.7)"} <= set(shown.lines)
    assert shown.tags("html") == [{"lang": "en"}]


def test_the_details_carry_everything_a_coach_may_ask():
    (call,) = page([rich_report()]).data["calls"]
    assert [step["status"] for step in call["steps"]] == ["met", "missed", "unsure"]
    assert call["steps"][0]["start"] == 12.35
    assert call["record_check"]["phone"]["outcome"] == "mismatch"
    assert call["audio"]["holes"] == [{"start": 20.0, "end": 22.5}]
    assert {"violations", "flags", "exemption", "captured", "caller_role", "metadata"} <= set(call)


def test_the_recording_is_linked_and_played_unless_browsers_cannot():
    reports = [report("wav"), rich_report()]
    calls = page(reports, audio_base=lambda one: f"../calls/{one.recording}").data["calls"]
    assert {one["call_id"]: (one["url"], one["play"]) for one in calls} == {
        "wav": ("../calls/wav.wav", "../calls/wav.wav"),
        "c2": ("../calls/c2.wav", None),  # GSM
    }
    calls = page(reports, audio_base=lambda one: one.recording, playable={"c2": "c2.mp3"}).data["calls"]
    assert [(one["url"], one["play"]) for one in calls] == [("c2.wav", "c2.mp3"), ("wav.wav", "wav.wav")]


def test_without_a_way_to_the_recording_nothing_is_linked():
    (call,) = page([report()]).data["calls"]
    assert (call["url"], call["play"]) == (None, None)
    (call,) = page([report()], audio_base=lambda _: "javascript:alert(1)").data["calls"]
    assert (call["url"], call["play"]) == (None, None)


def test_the_policy_allows_exactly_the_page_s_own_code_and_recordings():
    shown = page([rich_report()])
    (policy,) = [meta["content"] for meta in shown.tags("meta") if "http-equiv" in meta]
    directives = dict(part.strip().split(" ", 1) for part in (policy or "").split(";"))
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(shown.code[tag].encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    assert directives["media-src"] == "'self' file:"


def test_the_page_loads_nothing_from_elsewhere():
    text = to_html([rich_report(), failed_report()], title="x", labels=LABELS).decode()
    assert not re.search(r"https?:|src=|@import|url\(|innerHTML|eval\(", text)
    shown = Page(text.encode())
    for _tag, attributes in shown.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_the_same_reports_give_the_same_bytes_in_any_order():
    reports = [report(), rich_report(), failed_report()]
    assert to_html(reports, title="x") == to_html(reversed(reports), title="x")


@pytest.mark.parametrize("reports", [[], [failed_report()]])
def test_a_batch_without_scored_calls_says_so(reports: list[Report]):
    shown = page(reports)
    assert "Tidak ada panggilan yang dinilai." in shown.lines
    assert shown.tags("form") == []


def skeleton(shown: Page) -> list[str]:
    return [tag for tag, _attributes in shown.elements]


def test_hostile_values_add_no_element_and_change_no_attribute_name():
    tame = [hostile("tame"), report("u", "unscorable", recording="tame", agent="tame", error="tame")]
    evil = [hostile(EVIL), report("u", "unscorable", recording=EVIL, agent=EVIL, error=EVIL)]
    calm, shown = page(tame, title="tame", generated="tame"), page(evil, title=EVIL, generated=EVIL)
    assert skeleton(shown) == skeleton(calm)
    assert [sorted(a) for _, a in shown.elements] == [sorted(a) for _, a in calm.elements]
    assert shown.code["script"] == calm.code["script"]
    clean = EVIL.replace("\u202e", "").replace("\x00", "").replace("\u2028", " ")
    assert shown.data["calls"][0]["steps"][0]["heard"] == clean


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_no_text_breaks_out_of_its_place(text: str):
    assert skeleton(page([hostile(f"x{text}")])) == skeleton(page([hostile("tame")]))


def test_very_long_text_is_carried_whole_in_the_data():
    long = "kata " * 8000
    (call,) = page([hostile(long)]).data["calls"]
    assert call["steps"][0]["reason"] == long


def test_two_thousand_calls_stay_a_page_that_opens():
    data = to_html([rich_report().model_copy(update={"call_id": f"c{i}"}) for i in range(2000)], title="x")
    assert len(data) < 10_000_000
    assert len(Page(data).data["calls"]) == 2000
