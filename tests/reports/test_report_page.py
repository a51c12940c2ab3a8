"""report.html as people use it: in a real Chromium, opened from a folder."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analyzer.models.report import Report
from analyzer.reports.html import Links, to_html
from analyzer.reports.summary import summarise
from tests.browser import OpenPage, WatchedPage
from tests.reports.samples import LABELS, failed_report, report, rich_report

Write = Callable[..., Path]


def batch(count: int = 250) -> list[Report]:
    """Two agents, three days; every fifth call fails, every tenth misses its e-mail request."""
    return [
        report(
            f"c{at:03}",
            "fail" if at % 5 == 0 else "pass",
            agent=("Ayu", "Budi")[at % 2],
            started_at=f"2026-03-0{1 + at % 3} 08:{at % 60:02}",
            statuses=("met", "missed" if at % 10 == 0 else "met", "met"),
            score=float(40 + at % 60),
            score_low=float(40 + at % 60),
            score_high=float(40 + at % 60),
        )
        for at in range(count)
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def page(reports: list[Report] | None = None, **options: Any) -> Path:
        path = tmp_path / "report.html"
        given: dict[str, Any] = {"title": "Laporan", "labels": LABELS, **options}
        every = batch() if reports is None else reports
        path.write_bytes(to_html(summarise(every), links=lambda one: Links(f"calls/{one.call_id}.html"), **given))
        return path

    return page


def opened(open_page: OpenPage, path: Path, **look: Any) -> WatchedPage:
    shown = open_page(**look)
    shown.page.goto(path.as_uri())
    return shown


def ids(page: Page) -> list[str]:
    return page.locator("#calls .id").all_inner_texts()


def test_worst_calls_come_first_and_more_on_demand(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    assert ids(page)[:3] == ["c000", "c060", "c120"]  # fails with the lowest score
    assert len(ids(page)) == 100
    expect(page.locator("#more")).to_have_text("Tampilkan 100 lagi (sisa 150)")
    page.locator("#more").click()
    page.locator("#more").click()
    assert len(ids(page)) == 250
    expect(page.locator("#more")).to_be_hidden()


def test_a_row_tells_why_and_leads_to_the_moment_on_the_call_s_page(write: Write, open_page: OpenPage):
    page = opened(open_page, write([rich_report()])).page
    row = page.locator("#calls > li")
    expect(row).to_contain_text("Meminta alamat e-mail: Terlewat")
    expect(row).to_contain_text("untuk alamat emailnya")
    assert row.locator("a.chip", has_text="Terlewat").get_attribute("href") == "calls/c2.html#step-2"
    assert row.locator("a.chip", has_text="Menolak").get_attribute("href") == "calls/c2.html#t=30.5"
    assert row.locator("a.id").get_attribute("href") == "calls/c2.html"
    expect(row).to_contain_text("dan 1 lagi")


def test_filters_search_and_order_work_together(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    page.locator("[name=verdict]").select_option(label="Tidak lulus")
    page.locator("[name=agent]").select_option(label="Budi")
    expect(page.locator("#shown")).to_have_text("25 dari 250 panggilan ditampilkan")
    page.locator("[name=day]").select_option(label="2026-03-01")
    expect(page.locator("#shown")).to_have_text("8 dari 250 panggilan ditampilkan")
    page.locator("[name=sort]").select_option("newest")
    page.locator("[name=text]").fill("C0 budi")
    expect(page.locator("#shown")).to_have_text("3 dari 250 panggilan ditampilkan")
    assert ids(page) == ["c045", "c015", "c075"]
    page.locator("[name=text]").fill("tidak ada yang begini")
    expect(page.locator("#none")).to_be_visible()
    page.get_by_role("button", name="Hapus saringan").click()
    expect(page.locator("#shown")).to_have_text("250 dari 250 panggilan ditampilkan")


def test_every_figure_leads_to_its_calls(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    page.locator("[data-step-go=email_request][data-status-go=missed]").click()
    expect(page.locator("#shown")).to_have_text("25 dari 250 panggilan ditampilkan")
    page.locator(".agents").get_by_role("button", name="Ayu").click()
    expect(page.locator("#shown")).to_have_text("125 dari 250 panggilan ditampilkan")
    page.locator("[data-go=fail]").click()
    expect(page.locator("#shown")).to_have_text("50 dari 250 panggilan ditampilkan")


def test_the_agents_table_sorts_by_any_column_from_the_keyboard(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    names = page.locator(".agents tbody th")
    page.locator(".agents thead").get_by_role("button", name="Nilai rata-rata").press("Enter")
    first = names.all_inner_texts()
    page.locator(".agents thead").get_by_role("button", name="Nilai rata-rata").press("Enter")
    assert names.all_inner_texts() == first[::-1]
    expect(page.locator(".agents th[aria-sort]")).to_have_attribute("aria-sort", "ascending")


def test_few_calls_are_said_to_be_few(write: Write, open_page: OpenPage):
    page = opened(open_page, write([*batch(25), report("x", agent="Citra")])).page
    expect(page.locator(".agents tr", has_text="Citra")).to_contain_text("terlalu sedikit panggilan (1)")
    expect(page.locator(".agents tr", has_text="Ayu")).to_contain_text("terlalu sedikit panggilan (13)")
    page = opened(open_page, write()).page
    expect(page.locator(".agents")).not_to_contain_text("terlalu sedikit")


def test_the_language_switches_everywhere_and_is_remembered(write: Write, open_page: OpenPage):
    page = opened(open_page, write([rich_report(), failed_report()])).page
    page.get_by_role("button", name="English").click()
    expect(page.locator("#h-steps")).to_have_text("SOP steps")
    expect(page.locator("#calls > li")).to_contain_text("Asks for the e-mail address: Missed")
    expect(page.locator("#calls > li .score")).to_contain_text("(33.3–66.7)")
    expect(page.locator("[name=step] option").nth(2)).to_have_text("Asks for the e-mail address")
    page.reload()
    expect(page.locator("#h-agents")).to_have_text("Agents")


@pytest.mark.parametrize("colour", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_bars_people_and_nothing_is_wider_than_the_screen(
    write: Write, open_page: OpenPage, colour: str, width: int
):
    reports = [*batch(60), rich_report(), failed_report(), report("n", agent=None, started_at=None)]
    shown = opened(open_page, write(reports), colour=colour, width=width)
    shown.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert shown.axe() == []
    assert shown.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_without_scripts_the_worst_calls_and_all_figures_can_be_read(write: Write, open_page: OpenPage):
    page = opened(open_page, write(), java_script_enabled=False).page
    expect(page.get_by_text("c060")).to_be_visible()
    expect(page.locator(".agents")).to_be_visible()


def test_on_paper_there_are_figures_and_calls_but_no_controls(write: Write, open_page: OpenPage):
    shown = opened(open_page, write())
    pdf = shown.page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 3 <= pages <= 12
    shown.page.emulate_media(media="print")
    for gone in (".filters", "#more", "nav", ".langs"):
        expect(shown.page.locator(gone)).to_be_hidden()
    wide = "() => [...document.querySelectorAll('table')].every((one) => one.scrollWidth <= 720)"
    shown.page.set_viewport_size({"width": 720, "height": 1000})  # A4 with the default margins
    assert shown.page.evaluate(wide)
