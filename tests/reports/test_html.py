"""report.html: whole, self-contained, the same every time, and inert whatever the data holds."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.finding import Captured, Exemption, RecordCheckItem, Violation
from analyzer.models.report import Report
from analyzer.reports.html import MAX_QUOTE, Links, to_html
from analyzer.reports.summary import summarise
from tests.examples import examples
from tests.reports.samples import LABELS, failed_report, finding, report, rich_report

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
    return Page(to_html(summarise(reports), **{"title": "Laporan", "labels": LABELS, **options}))


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


def between(lines: list[str], first: str, last: str) -> list[str]:
    return lines[lines.index(first) + 1 : lines.index(last)]


def test_the_figures_read_from_top_to_bottom_without_scripts():
    reports = [report(), rich_report(), failed_report()]
    shown = page(reports, generated="2026-03-03 07:00").lines
    start = len(shown) - shown[::-1].index("Ringkasan") - 1  # the one that is no link
    assert between(shown[start:], "Ringkasan", "Sebaran nilai") == [
        "3", "Panggilan", "75", "Nilai rata-rata", "dari 2 panggilan yang dinilai",
        "1", "Tidak lulus", "1", "Lulus", "1", "Tidak dapat dinilai",
    ]  # fmt: skip
    steps = between(shown, "Dipatuhi", "Dipatuhi = terpenuhi, dari panggilan yang langkahnya berlaku dan dapat "
                    "diputuskan; di bawahnya selang 95 %.")  # fmt: skip
    assert steps == [
        "✓", "Terpenuhi", "⇅", "Tidak berurutan", "✗", "Terlewat", "?", "Belum pasti", "–", "Tidak berlaku",
        "Menanyakan pemilik atau penyewa", "100 %", "34 %–100 %", "2", "0", "0", "0", "0",
        "Meminta alamat e-mail", "50 %", "9 %–91 %", "1", "0", "1", "0", "0",
        "Terima kasih penutup", "100 %", "21 %–100 %", "1", "0", "0", "1", "0",
    ]  # fmt: skip
    assert shown[shown.index("(petugas tidak diketahui)") + 1] == "terlalu sedikit panggilan (0)"
    calls = shown[shown.index("Saringan dan daftar lengkap memerlukan JavaScript; inilah 2 panggilan pertama.") :]
    assert calls[6:14] == ["c2", "Tidak lulus", "50", "Rini", "2026-03-02 08:15", "c1", "Lulus", "100"]
    assert shown[shown.index("Rekaman yang tidak dapat dinilai") + 1 :] == [
        "Rekaman", "Petugas", "Sebab", "damaged/empty.wav", "The file is empty (0 bytes).",
        "Dibuat dengan", ":", "SOP pln123 1 (abababababab) · demo", "Dibuat", ": 2026-03-03 07:00",
    ]  # fmt: skip


def test_the_page_speaks_english_when_asked():
    shown = page([rich_report()], lang="en")
    assert {"Summary", "Fail", "Asks for the e-mail address", "too few calls to say (1)"} <= set(shown.lines)
    assert shown.tags("html") == [{"lang": "en"}]


def test_causes_are_told_in_both_languages():
    error = "a.wav: its codec is not supported. Export it as WAV, MP3 or Opus."
    shown = page([failed_report().model_copy(update={"error": error})])
    assert "a.wav: kodeknya tidak didukung. Ekspor sebagai WAV, MP3, atau Opus." in shown.lines
    assert any(span.get("data-w-en") == error for span in shown.tags("span"))


def test_a_call_is_a_row_with_what_asks_for_a_look():
    data = page([rich_report(), report()], links=lambda one: Links(page=f"calls/{one.call_id}.html")).data
    assert data["calls"][0] == [
        "c2", 0, 50.0, 33.3, 66.7, 0, "2026-03-02T08:15", 0, "calls/c2.html", "mxu",
        [
            ["refused_to_process", "!", 30.5, "tidak bisa tanpa email"],
            ["new_rule", "?", 31.0, "entah"],
            [1, "x", 12.3, "untuk alamat emailnya"],
            [2, "u", 12.3, "untuk alamat emailnya"],
        ],
        [1, 0], "c2.wav Bekasi pagi",
    ]  # fmt: skip
    assert data["calls"][1][9:11] == ["mmm", []]
    assert (data["agents"], data["days"]) == (["Rini"], ["2026-03-02"])
    assert data["flags"] == ["partial_audio", "role_inferred"]


def test_personal_data_are_on_the_call_s_page_only():
    text = to_html(summarise([rich_report()]), title="x", labels=LABELS).decode()
    assert "budi@example.com" not in text
    assert "628123456789" not in text


def test_without_a_page_the_recording_is_linked_and_what_could_run_never():
    rows = page([report("a"), report("b")], links=lambda one: Links(None, f"../{one.recording}")).data["calls"]
    assert [row[8] for row in rows] == ["../a.wav", "../b.wav"]
    (row,) = page([report()], links=lambda _: Links("javascript:alert(1)", "data:text/html,x")).data["calls"]
    assert row[8] == ""


def test_the_policy_allows_exactly_the_page_s_own_code():
    shown = page([rich_report()])
    (policy,) = [meta["content"] for meta in shown.tags("meta") if "http-equiv" in meta]
    directives = dict(part.strip().split(" ", 1) for part in (policy or "").split(";"))
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(shown.code[tag].encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"


def test_the_page_loads_nothing_from_elsewhere():
    text = to_html(summarise([rich_report(), failed_report()]), title="x", labels=LABELS).decode()
    assert not re.search(r"https?:|src=|@import|url\(|innerHTML|eval\(", text)
    shown = Page(text.encode())
    for _tag, attributes in shown.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_the_same_reports_give_the_same_bytes_in_any_order():
    reports = [report(), rich_report(), failed_report()]
    assert to_html(summarise(reports), title="x") == to_html(summarise(reversed(reports)), title="x")


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
    assert shown.data["calls"][0][0] == clean


@examples(30)
@given(st.text())
def test_no_text_breaks_out_of_its_place(text: str):
    assert skeleton(page([hostile(f"x{text}")])) == skeleton(page([hostile("tame")]))


def test_long_text_is_shortened_in_a_row():
    (row,) = page([hostile("kata " * 8000)]).data["calls"]
    assert [len(proof[3]) for proof in row[10]] == [MAX_QUOTE, MAX_QUOTE]


def test_two_thousand_calls_are_a_small_page():
    reports = [rich_report().model_copy(update={"call_id": f"c{i}"}) for i in range(2000)]
    data = to_html(summarise(reports), title="x")
    assert len(data) < 1_000_000
    assert len(Page(data).data["calls"]) == 2000
