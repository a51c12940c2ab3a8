"""The summary printed after a run: totals, the calls to look at first, the recordings that failed."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.models.base import Verdict
from analyzer.models.report import Report
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary import Summary, cause, needs_attention

MAX_WORST = 10
MAX_FAILED = 20
_STYLES: dict[Verdict, str] = {"fail": "red", "review": "yellow", "pass": "green"}
_OPEN_STATUSES = (("missed", "missed"), ("out_of_order", "out of order"), ("unsure", "unsure"))


def summary_table(summary: Summary) -> RenderableType:
    """Totals by verdict, the worst calls with score range and reasons, and the cause of each failure.

    Nothing from outside is taken for markup or terminal control. What does not fit is counted, not hidden.
    """
    parts: list[RenderableType] = [_totals(summary)]
    worst = [report for report in summary.calls if needs_attention(report)]
    if worst:
        parts.append(_worst(worst[:MAX_WORST]))
        parts.extend(_rest(worst, MAX_WORST, "need a look; see report.html"))
    elif summary.calls:
        parts.append(Text("No call needs a look."))
    if summary.failed:
        parts.append(_failures(summary.failed[:MAX_FAILED]))
        parts.extend(_rest(summary.failed, MAX_FAILED, "could not be scored; see results.jsonl"))
    return Group(*parts)


def _rest(reports: Sequence[Report], shown: int, what: str) -> list[Text]:
    return [Text(f"... and {len(reports) - shown} more {what}")] if len(reports) > shown else []


def _totals(summary: Summary) -> Table:
    table = _table(f"{summary.total} call{'' if summary.total == 1 else 's'}")
    table.add_column("verdict")
    table.add_column("calls", justify="right")
    for verdict, count in summary.verdicts.items():
        table.add_row(Text(verdict, style=_STYLES.get(verdict, "")), str(count))
    if summary.mean_score is not None:
        table.add_section()
        table.add_row("mean score", _figure(summary.mean_score))
    return table


def _worst(reports: Sequence[Report]) -> Table:
    table = _table("Worst calls")
    # Only the last column can take the squeeze of a narrow terminal; wrapping at the blank spares the score.
    table.add_column("call", overflow="fold", ratio=3)
    table.add_column("verdict, score", min_width=10)
    table.add_column("why", overflow="fold", ratio=5)
    for report in reports:
        verdict = Text(report.verdict, style=_STYLES.get(report.verdict, ""))
        table.add_row(_name(report), verdict.append(f" {_range(report)}"), Text(_why(report)))
    return table


def _failures(reports: Sequence[Report]) -> Table:
    table = _table("Could not be scored")
    table.add_column("recording", overflow="fold", ratio=3)
    table.add_column("cause", overflow="fold", ratio=5)
    for report in reports:
        table.add_row(Text(_short(report.recording)), Text(_short(cause(report) or _flags(report) or "not recorded")))
    return table


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _name(report: Report) -> Text:
    agent = f" ({_short(report.agent)})" if report.agent else ""
    return Text(_short(report.call_id) + agent)


def _range(report: Report) -> str:
    if report.score_low is None or report.score_high is None:
        return "-" if report.score is None else _figure(report.score)
    low, high = _figure(report.score_low), _figure(report.score_high)
    return low if low == high else f"{low}-{high}"


def _figure(score: float) -> str:
    # One decimal: without it 79.6 would read as a pass mark of 80 that was reached.
    return f"{score:.1f}".removesuffix(".0")


def _why(report: Report) -> str:
    """E.g. `refused_to_process; missed: email_request, callback_question; unsure: marketing_notice`."""
    said = [v.id if v.certain else f"{v.id} (doubtful)" for v in report.violations]
    parts = [f"violation: {', '.join(said)}"] if said else []
    for status, word in _OPEN_STATUSES:
        steps = [finding.id for finding in report.steps if finding.status == status]
        if steps:
            parts.append(f"{word}: {', '.join(steps)}")
    return _short("; ".join(parts) or _flags(report) or "score below the pass mark", limit=300)


def _flags(report: Report) -> str:
    return ", ".join(report.flags)


def _short(text: str, limit: int = 160) -> str:
    line = one_line(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"
