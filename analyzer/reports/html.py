"""report.html: one self-contained file of a batch that people open from a folder, offline.

Jinja2 writes the figures, charts and tables (escaped, readable without scripts). The calls are compact rows of data in
an inert JSON block; `assets/report.js` shows as many as are looked at, so that 20,000 calls open at once. A call's own
page holds its details. The file loads nothing, held to that by its content security policy.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from analyzer.locale.catalogue import DEFAULT_LANGUAGE, Labels, page_messages
from analyzer.models.base import Lang, Status
from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.reports.call_view import step_name
from analyzer.reports.page_files import safe_url
from analyzer.reports.safe_text import one_line
from analyzer.reports.sentence_translation import localize_reason
from analyzer.reports.summary import BINS, STATUSES, VERDICTS, DayFigures, Summary, causes
from analyzer.reports.templating import asset, environment
from analyzer.sources.call_time import day_of, read_time

NOSCRIPT_ROWS = 100
MAX_QUOTE = 90
"""characters of the words heard that a row shows; all of them are on the call's page"""
_LETTERS: dict[Status, str] = {"met": "m", "out_of_order": "o", "missed": "x", "unsure": "u", "not_applicable": "n"}
_OPEN_STATUSES = ("missed", "out_of_order", "unsure")  # a row shows findings of these, in this order
PLOT_HEIGHT = 150  # pixels of the plot
_BAR_GAP = 0.15  # of a bar's room that stays empty
_MAX_DAY_LABELS = 8  # dates under a trend; more would overlap
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Links:
    """Where a call's page and its recording are, as seen from report.html; None where there is none."""

    page: str | None = None
    recording: str | None = None


def to_html(
    summary: Summary,
    *,
    title: str,
    links: Callable[[Report], Links] = lambda _: Links(),
    labels: Labels | None = None,
    lang: Lang = DEFAULT_LANGUAGE,
    generated: str | None = None,
) -> bytes:
    """The page as UTF-8; the same arguments give the same bytes.

    `labels` names the steps, `lang` is the language it starts in, `generated` is shown as given.
    """
    names = {count.id: step_name(count.id, labels or {}) for count in summary.steps}
    page = (
        environment(lang)
        .get_template("report.html.j2")
        .render(
            title=one_line(title),
            summary=summary,
            labels=names,
            verdicts=VERDICTS,
            statuses=STATUSES,
            distribution=score_histogram(summary.scores),
            trend=trend(summary.days),
            plot=PLOT_HEIGHT,
            first=[_plain_row(report, links) for report in summary.calls[:NOSCRIPT_ROWS]],
            failed=[_failed_row(report, links, labels or {}) for report in summary.failed],
            made_with=_made_with([*summary.calls, *summary.failed]),
            generated=one_line(generated) if generated else None,
            data=_data(summary, links, names),
            **_code(),
        )
    )
    return page.encode("utf-8", "replace")


def _data(summary: Summary, links: Callable[[Report], Links], names: Labels) -> dict[str, Any]:
    """What the script shows, already free of control characters."""
    pages = [links(report) for report in summary.calls]
    addresses = [safe_url(link.page) or safe_url(link.recording) or "" for link in pages]
    steps = [[step, *names[step]] for step in names]
    return {"messages": page_messages(), "steps": steps, **call_rows(summary, addresses)}


def _plain_row(report: Report, links: Callable[[Report], Links]) -> dict[str, Any]:
    link = links(report)
    return {"report": report, "url": safe_url(link.page) or safe_url(link.recording)}


def _failed_row(report: Report, links: Callable[[Report], Links], labels: Labels) -> dict[str, Any]:
    return {
        "call_id": one_line(report.call_id),
        "recording": one_line(report.recording),
        "agent": one_line(report.agent or ""),
        "causes": [localize_reason(cause, labels).text for cause in causes(report)],
        "flags": report.flags,
        "url": safe_url(links(report).recording),
    }


def _made_with(reports: list[Report]) -> list[str]:
    """Each SOP version and model that took part, named once."""
    sops = {f"SOP {r.sop.id} {r.sop.version} ({r.sop.sha256[:12]})" for r in reports}
    return [one_line(name) for name in [*sorted(sops), *sorted({r.engine.model for r in reports})]]


def _code() -> dict[str, Markup]:
    """Style and script for inlining, and the policy that allows exactly these two."""
    style = asset("base.css") + asset("report.css")
    script = asset("i18n.js") + asset("report.js")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    # Ours, not data: they must go in unescaped. The policy holds only quotes that an attribute may carry.
    return {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}  # noqa: S704


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"sha256-{digest}"


# --- the calls as rows of data, short because there may be 20,000 of them ---


def call_rows(summary: Summary, addresses: Sequence[str]) -> dict[str, Any]:
    """`calls`: one list for each call, with its parts in this order; what repeats is a number into another list.

    [id, verdict, score, low, high, agent, start, day, address, statuses, evidence, flags, other searchable text]
    """
    agents = [group.agent for group in summary.agents if group.agent is not None]
    days = [group.day.isoformat() for group in summary.days]
    flags = sorted({flag for report in summary.calls for flag in report.flags})
    steps = [count.id for count in summary.steps]
    numbers = {
        name: {value: number for number, value in enumerate(values)}
        for name, values in (("agents", agents), ("days", days), ("flags", flags), ("steps", steps))
    }
    calls = [_row(report, address, numbers) for report, address in zip(summary.calls, addresses, strict=True)]
    return {
        "verdicts": VERDICTS,
        "letters": {letter: status for status, letter in _LETTERS.items()},
        "agents": [one_line(name) for name in agents],
        "days": days,
        "flags": [one_line(flag) for flag in flags],
        "calls": calls,
    }


def _row(report: Report, address: str, numbers: dict[str, dict[str, int]]) -> list[Any]:
    start, day = read_time(report.started_at), day_of(report.started_at)
    agent = numbers["agents"].get(report.agent, -1) if report.agent is not None else -1
    other = [report.recording, *(one_line(value) for value in report.metadata.values())]
    return [
        one_line(report.call_id),
        VERDICTS.index(report.verdict),
        *(None if score is None else round(score, 1) for score in (report.score, report.score_low, report.score_high)),
        agent,
        start.isoformat(timespec="minutes") if start else one_line(report.started_at or ""),
        numbers["days"][day.isoformat()] if day else -1,
        address,
        _statuses(report, numbers["steps"]),
        list(_evidence(report, numbers["steps"])),
        [numbers["flags"][flag] for flag in report.flags],
        one_line(" ".join(other)),
    ]


def _statuses(report: Report, steps: dict[str, int]) -> str:
    """One letter for each step of the batch; a blank where the call has no finding on it."""
    letters = [" "] * len(steps)
    for finding in report.steps:
        letters[steps[finding.id]] = _LETTERS[finding.status]
    return "".join(letters)


def _evidence(report: Report, steps: dict[str, int]) -> Iterator[list[Any]]:
    """Violations and open findings, the worst first: [step or violation, letter, second, words heard]."""
    for violation in report.violations:
        letter = "!" if violation.certain else "?"
        yield [one_line(violation.id), letter, round(violation.start, 1), _short(violation.heard)]
    for status in _OPEN_STATUSES:
        for finding in report.steps:
            if finding.status == status:
                yield [steps[finding.id], _LETTERS[status], _start(finding), _short(finding.heard or "")]


def _start(finding: Finding) -> float | None:
    """When the words were heard, else where they belong."""
    start = finding.start
    if start is None and finding.expected is not None:
        start = finding.expected.start
    return None if start is None else round(start, 1)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1] + "…"


# --- charts, in per cent and pixels: SVG that grows with the page while its letters stay readable ---


@dataclass(frozen=True)
class Bar:
    """One bar: `x` and `width` in per cent of the plot's width, `y` and `height` in pixels."""

    x: str
    middle: str
    width: str
    y: float
    height: float
    count: int
    low: int
    """what it stands for: the first score of its range, or the number of its day"""


@dataclass(frozen=True)
class Point:
    """A day's mean score; `x` in per cent, `y` in pixels."""

    x: str
    y: float
    day: int


@dataclass(frozen=True)
class DailyTrend:
    """Calls and mean scores by day."""

    bars: tuple[Bar, ...]
    points: tuple[Point, ...]
    lines: tuple[str, ...]
    """runs of days with scores, as points of a polyline in a square of 100"""
    labels: tuple[tuple[str, date], ...]
    most: int


def score_histogram(scores: Sequence[int]) -> tuple[Bar, ...]:
    """A bar for each tenth of the score's range."""
    return _bars(scores, step=100 // BINS)


def trend(days: Sequence[DayFigures]) -> DailyTrend:
    """How many calls each day had, and their mean score on a scale from 0 to 100."""
    means = [day.figures.mean_score for day in days]
    middles = [100 * (index + 0.5) / max(1, len(days)) for index in range(len(days))]
    means_at = list(zip(middles, means, strict=True))
    points = [
        Point(f"{x:.2f}%", round(PLOT_HEIGHT * (1 - mean / 100), 1), index)
        for index, (x, mean) in enumerate(means_at)
        if mean is not None
    ]
    every = max(1, -(-len(days) // _MAX_DAY_LABELS))
    return DailyTrend(
        bars=_bars([day.figures.calls for day in days], step=1),
        points=tuple(points),
        lines=_lines(means_at),
        labels=tuple((f"{middles[index]:.2f}%", days[index].day) for index in range(0, len(days), every)),
        most=max((day.figures.calls for day in days), default=0),
    )


def _bars(counts: Sequence[int], *, step: int) -> tuple[Bar, ...]:
    most = max(counts, default=0) or 1
    room = 100 / max(1, len(counts))
    return tuple(
        Bar(
            x=f"{room * (index + _BAR_GAP / 2):.2f}%",
            middle=f"{room * (index + 0.5):.2f}%",
            width=f"{room * (1 - _BAR_GAP):.2f}%",
            y=round(PLOT_HEIGHT * (1 - count / most), 1),
            height=round(PLOT_HEIGHT * count / most, 1),
            count=count,
            low=index * step,
        )
        for index, count in enumerate(counts)
    )


def _lines(points: Sequence[tuple[float, float | None]]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for x, mean in points:
        if mean is None:
            runs.append([])
        else:
            runs[-1].append(f"{x:.2f},{100 - mean:.2f}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)
