"""A comparison as people read it on a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.rescore.comparison import Comparison
from analyzer.models.finding import Finding


def comparison_table(result: Comparison, shown: int) -> RenderableType:
    """What changes in all, then the first `shown` verdicts and steps with their words and reasons."""
    parts: list[RenderableType] = [Text(_head(result))]
    if result.summary:
        parts.append(_summary(result))
    if result.replies:
        parts.append(Text("Replies that differ: " + ", ".join(f"{k} {n}" for k, n in result.replies.items())))
    if result.verdicts:
        parts.append(_verdicts(result, shown))
    if result.steps:
        parts.append(_steps(result, shown))
    if result.not_compared:
        parts.append(Text(f"{len(result.not_compared)} calls have no earlier result.", style="yellow"))
    return Group(*parts)


def _head(result: Comparison) -> str:
    old = ", ".join(f"{sop.id} {sop.version} ({sop.sha256[:8]})" for sop in result.sop_before) or "nothing"
    new = f"{result.sop_after.id} {result.sop_after.version} ({result.sop_after.sha256[:8]})"
    same = result.calls - result.changed
    return f"{result.calls} calls, {old} -> {new}: {result.changed} change, {same} stay as they were."


def _summary(result: Comparison) -> Table:
    table = Table("step", "before", "after", title="Steps that change", title_justify="left")
    table.add_column("calls", justify="right")
    for row in result.summary:
        table.add_row(row.step, row.before or "-", row.after or "-", str(row.calls))
    return table


def _verdicts(result: Comparison, shown: int) -> Table:
    title = f"Verdicts that change ({min(shown, len(result.verdicts))} of {len(result.verdicts)})"
    table = Table("call", "before", "after", title=title, title_justify="left")
    for flip in result.verdicts[:shown]:
        before, after = _scored(flip.before, flip.score_before), _scored(flip.after, flip.score_after)
        table.add_row(Text(flip.call_id), before, after)
    return table


def _steps(result: Comparison, shown: int) -> Table:
    title = f"Steps and why ({min(shown, len(result.steps))} of {len(result.steps)})"
    table = Table("call", "step", "before", "after", "at", "why", title=title, title_justify="left")
    for flip in result.steps[:shown]:
        deciding = flip.after if flip.after and flip.after.heard else flip.before
        table.add_row(
            Text(flip.call_id), flip.step, _status(flip.before), _status(flip.after), _at(deciding), Text(flip.why)
        )
    return table


def _scored(verdict: str, score: float | None) -> str:
    return verdict if score is None else f"{verdict} {score:.0f}"


def _status(finding: Finding | None) -> str:
    return finding.status if finding else "-"


def _at(finding: Finding | None) -> str:
    return "" if finding is None or finding.start is None else f"{finding.start:.1f} s"
