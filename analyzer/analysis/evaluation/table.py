"""An evaluation as people read it on a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.evaluation.figures import Evaluation, StepFigures
from analyzer.analysis.statistics import Rate

_SHOWN = 20


def evaluation_table(result: Evaluation) -> RenderableType:
    """Figures a step, reliability, disagreements with their evidence, warnings."""
    head = f"{result.calls} calls compared, every status right in {_show(result.whole_calls)}."
    if result.not_scored:
        head += f" {len(result.not_scored)} labelled calls have no findings: {', '.join(result.not_scored[:5])}."
    parts: list[RenderableType] = [Text(head), *(part(result) for part in _TABLES)]
    if result.disagreements:
        parts.append(_disagreements(result))
    parts.extend(Text(f"Warning: {note}", style="yellow") for note in result.warnings)
    return Group(*parts)


def _agreement(result: Evaluation) -> Table:
    table = _table("Agreement (95 % interval)", "labels", "same status", "unsure", "kappa", "AC1")
    for row in _rows(result):
        cells = (str(row.labelled), _show(row.agreement), _percent(row.unsure.value), _number(row.kappa))
        table.add_row(row.step, *cells, _number(row.ac1), end_section=row is result.steps[-1])
    return table


def _said(result: Evaluation) -> Table:
    rows = [(row, row.said_precision, row.said_recall, row.said_f1) for row in _rows(result)]
    return _found("Said: met or out of order", rows, result)


def _missed(result: Evaluation) -> Table:
    rows = [(row, row.missed_precision, row.missed_recall, row.missed_f1) for row in _rows(result)]
    return _found("Missed", rows, result)


def _found(title: str, rows: list[tuple[StepFigures, Rate, Rate, float | None]], result: Evaluation) -> Table:
    table = _table(title, "precision", "recall", "F1")
    for row, precision, recall, f1 in rows:
        cells = (_show(precision), _show(recall), _number(f1))
        table.add_row(row.step, *cells, end_section=row is result.steps[-1])
    return table


def _rows(result: Evaluation) -> tuple[StepFigures, ...]:
    return (*result.steps, result.overall)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("step", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _fields(result: Evaluation) -> Table:
    table = Table("field", "right", title="Other decisions", title_justify="left")
    for name, value in result.fields.items():
        table.add_row(name, _show(value))
    return table


def _reliability(result: Evaluation) -> Table:
    table = Table("confidence", "mean", "right", "findings", title="Reliability", title_justify="left")
    for part in result.reliability:
        span = f"{part.low:.2f}-{part.high:.2f}"
        table.add_row(span, f"{part.confidence:.2f}", _show(part.right), str(part.right.of))
    return table


def _disagreements(result: Evaluation) -> Table:
    shown = result.disagreements[:_SHOWN]
    title = f"Disagreements ({len(shown)} of {len(result.disagreements)})"
    table = Table("call", "step", "label", "finding", "at", "heard / reason", title=title, title_justify="left")
    for item in shown:
        at = "" if item.start is None else f"{item.start:.1f} s"
        evidence = f"“{item.heard}” {item.reason}" if item.heard else item.reason
        table.add_row(Text(item.call_id), item.step, item.label, item.finding, at, Text(evidence))
    return table


def _show(value: Rate) -> str:
    if value.value is None or value.low is None or value.high is None:
        return "-"
    return f"{value.value:.1%} ({value.low:.0%}-{value.high:.0%})"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


_TABLES = (_agreement, _said, _missed, _fields, _reliability)
