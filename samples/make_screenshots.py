"""Pictures of the report, the queue and a call for the README, taken of the sample calls in a real browser.

    .venv/bin/pip install '.[test]' && .venv/bin/python samples/make_screenshots.py

It scores the sample calls in a temporary folder (or takes a folder that was scored: `--results`), overrules a step as
a reviewer would, opens the pages in Debian's Chromium and writes samples/screenshots/*.png.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

SAMPLES = Path(__file__).resolve().parent
CHROMIUM = Path("/usr/bin/chromium")
LEAD = "Dewi Lestari"
LARGEST = 200_000  # bytes; a README with heavier pictures loads slowly
WIDTH, HEIGHT = 1200, 760


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, help="results of the sample calls; left as they are")
    parser.add_argument("--out", type=Path, default=SAMPLES / "screenshots", help="folder for the pictures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        if given.results:
            shutil.copytree(given.results, results)
        else:
            analyzer("score", SAMPLES / "calls", "--model", SAMPLES / "model", "--out", results)
        with reviewing(results) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
            for name, show in (("report", report), ("call", call), ("queue", queue)):
                show(page, results, link)
                keep(page, given.out / f"{name}.png")
            browser.close()


def report(page: Page, results: Path, _: str) -> None:
    page.goto((results / "report.html").as_uri())
    page.locator("button[data-lang=en]").click()


def call(page: Page, _: Path, link: str) -> None:
    """A call of which a step was overruled."""
    page.goto(link)
    page.wait_for_url(re.compile(r":\d+/$"))
    page.goto(page.url + "?list=all&q=customer-says-it")
    page.get_by_role("link", name="customer-says-it").click()
    step = page.locator(".step", has=page.get_by_role("heading", name="e-mail address"))
    step.get_by_text("Overrule").click()
    step.get_by_text("Met", exact=True).last.click()
    step.get_by_role("textbox").fill("Asked at 0:25, while the customer was talking.")
    step.get_by_role("button", name="Save").click()
    page.locator("#now-score").wait_for()
    page.wait_for_timeout(500)  # the waveform is drawn
    page.evaluate("document.querySelector('main').scrollIntoView()")


def queue(page: Page, _: Path, __: str) -> None:
    """The browser is signed in by then."""
    page.goto(re.sub(r"/call/.*", "/", page.url))


def keep(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    if size > LARGEST:
        sys.exit(f"{path}: more than {LARGEST / 1000:.0f} kB. Show less, or make the window smaller.")


@contextmanager
def reviewing(results: Path) -> Iterator[str]:
    """`analyzer review` on a free port, as long as it is needed; its link."""
    command = [sys.executable, "-m", "analyzer", "review", results, "--no-browser", "--port", "0", "--as", LEAD]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def analyzer(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "analyzer", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
