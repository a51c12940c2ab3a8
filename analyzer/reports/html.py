"""report.html: one self-contained file of a batch that people open from a folder, offline.

Jinja2 writes the figures, charts and tables (escaped, readable without scripts). The calls are compact rows of data in
an inert JSON block; `assets/report.js` shows as many as are looked at, so that 20,000 calls open at once. A call's own
page holds its details. The file loads nothing, held to that by its content security policy.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from analyzer.locale.catalogue import Labels, page_messages
from analyzer.models.output_options import Lang
from analyzer.models.report import Report
from analyzer.reports import charts
from analyzer.reports.audio_links import safe_url
from analyzer.reports.call_view import step_name
from analyzer.reports.html_rows import call_rows
from analyzer.reports.reasons import localize_reason
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary.batch import Summary, causes
from analyzer.reports.summary.figures import STATUSES, VERDICTS
from analyzer.reports.templating import asset, environment

NOSCRIPT_ROWS = 100
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
    lang: Lang = "id",
    generated: str | None = None,
) -> bytes:
    """The page as UTF-8; the same arguments give the same bytes.

    `labels` words the steps, `lang` is the language it starts in, `generated` is shown as given.
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
            distribution=charts.distribution(summary.scores),
            trend=charts.trend(summary.days),
            plot=charts.HEIGHT,
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
    return {"messages": page_messages(), "steps": [[step, *names[step]] for step in names], **call_rows(summary, addresses)}


def _plain_row(report: Report, links: Callable[[Report], Links]) -> dict[str, Any]:
    link = links(report)
    return {"report": report, "url": safe_url(link.page) or safe_url(link.recording)}


def _failed_row(report: Report, links: Callable[[Report], Links], labels: Labels) -> dict[str, Any]:
    return {
        "call_id": one_line(report.call_id),
        "recording": one_line(report.recording),
        "agent": one_line(report.agent or ""),
        "causes": [localize_reason(one, labels).text for one in causes(report)],
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

