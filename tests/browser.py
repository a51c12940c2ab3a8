"""A real headless Chromium for tests, Debian's, driven by Playwright; pages are watched for problems.

    def test_a_page(open_page):
        shown = open_page(colour="dark", width=400)
        shown.page.goto(path.as_uri())
        ...
        assert shown.axe() == []

At the end of a test each page that it opened must have made no external request, broken no content security policy and
logged no error.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
_LOCAL = ("file:", "data:", "blob:")
_PATIENCE = 15_000  # milliseconds
_REPORT_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


@dataclass
class WatchedPage:
    """One page and the problems on it."""

    page: Page
    context: BrowserContext
    origin: str | None
    errors: list[str] = field(default_factory=list)
    """console errors, uncaught exceptions and violations of content security policies"""
    external: list[str] = field(default_factory=list)
    """addresses of requests to elsewhere than files and `origin`"""
    expected: list[str] = field(default_factory=list)
    """texts of the problems that the test causes on purpose"""

    def axe(self, *, within: str | None = None) -> list[str]:
        """What axe-core finds serious or critical, one line each; `within` is a CSS selector."""
        self.settle()
        before = len(self.errors), len(self.external)
        self.page.evaluate(_AXE.read_text("utf-8"))
        scope = json.dumps(within) if within else "document"
        run = f"async () => await axe.run({scope}, {{resultTypes: ['violations'], preload: false}})"
        found: dict[str, Any] = self.page.evaluate(run)
        self.settle()
        del self.errors[before[0] :], self.external[before[1] :]  # caused by the checker itself
        return [
            f"{violation['impact']} {violation['id']}: {node['html'][:160]} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    def settle(self) -> None:
        """Wait until events that the page has already caused have arrived here."""
        if not self.page.is_closed():
            self.page.wait_for_timeout(50)  # milliseconds, by a clock outside the page: its scripts may be off

    def await_problem(self, *texts: str) -> None:
        """Wait for a problem with each of `texts`; problems with these texts do not fail the test."""
        self.expected += texts
        until = monotonic() + _PATIENCE / 1000
        while missed := [text for text in texts if not any(text in line for line in self.problems)]:
            assert monotonic() < until, f"{missed} not among {self.problems}"
            self.settle()

    @property
    def problems(self) -> list[str]:
        return self.errors + self.external

    def check(self) -> None:
        """Fail on any problem that is not expected."""
        unexpected = [line for line in self.problems if not any(text in line for text in self.expected)]
        assert not unexpected, unexpected

    def requested(self, request: Request) -> None:
        """Note a request."""
        if not request.url.startswith((*_LOCAL, *([self.origin] if self.origin else []))):
            self.external.append(request.url)


OpenPage = Callable[..., WatchedPage]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from tests.conftest import missing

    if not CHROMIUM.is_file():
        missing("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages, each with separate storage and cookies; they are checked and closed at the end."""
    opened: list[WatchedPage] = []

    def start(
        *,
        origin: str | None = None,
        width: int = 1280,
        height: int = 900,
        colour: Literal["light", "dark"] = "light",
        motion: Literal["no-preference", "reduce"] = "reduce",
        **options: Any,
    ) -> WatchedPage:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=colour, reduced_motion=motion, **options
        )
        context.set_default_timeout(_PATIENCE)
        context.add_init_script(_REPORT_VIOLATIONS)
        shown = WatchedPage(context.new_page(), context, origin)
        context.on("request", shown.requested)
        context.on("console", lambda said: shown.errors.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: shown.errors.append(str(error.error)))
        opened.append(shown)
        return shown

    yield start
    for shown in opened:
        shown.settle()
        shown.context.close()
    for shown in opened:
        shown.check()
