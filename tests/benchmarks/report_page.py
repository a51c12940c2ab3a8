"""report.html of 20,000 calls: how large, how long it takes to make, to open in Chromium, to filter and to search.

    python tests/benchmarks/report_page.py [--calls 20000]
"""

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from analyzer.reports.html import Links, to_html
from analyzer.reports.summary import summarise
from tests.benchmarks.many_reports import bank, reports
from tests.browser import CHROMIUM, FLAGS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    sop = bank()
    every = list(reports(calls, sop))
    began = time.perf_counter()
    labels = {step.id: (step.label.id, step.label.en) for step in sop.steps}
    summary = summarise(every)
    page = to_html(summary, title=sop.title, labels=labels, links=lambda one: Links(page=f"calls/{one.recording}.html"))
    print(f"{calls} calls: {len(page) / 2**20:.1f} MiB, made in {time.perf_counter() - began:.1f} s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_bytes(page)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for number in range(3):
            print(f"  opened {number + 1}: {opened(browser.new_page(), path):.2f} s until its rows are on the screen")
        shown = browser.new_page()
        shown.goto(path.as_uri())
        filtered, searched = _took(shown, "verdict", "0"), _took(shown, "text", "alamat 0123")
        print(f"  filter by verdict {filtered:.0f} ms, first search {searched:.0f} ms")
        browser.close()


def opened(page: Page, path: Path) -> float:
    """Seconds from asking for the page until its first rows were painted."""
    began = time.perf_counter()
    page.goto(path.as_uri())
    page.locator("#calls > li").first.wait_for()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    took = time.perf_counter() - began
    page.close()
    return took


def _took(page: Page, field: str, value: str) -> float:
    """Milliseconds until the list answers to a changed filter, without the pause that waits for more keys."""
    change = f"""() => {{
      const form = document.getElementById("filters"), began = performance.now();
      form.elements.{field}.value = {value!r};
      form.dispatchEvent(new Event("input"));
      return new Promise((done) => setTimeout(() => requestAnimationFrame(() =>
        setTimeout(() => done(performance.now() - began - 120))), 120));
    }}"""
    return float(page.evaluate(change))


if __name__ == "__main__":
    main()
