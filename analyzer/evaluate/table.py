"""An evaluation as people read it on a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.evaluate.figures import Evaluation, StepFigures
from analyzer.evaluate.statistics import Rate

_SHOWN = 20
_COLUMNS = (
    *("step", "labels", "agreement", "unsure", "said P", "said R", "said F1"),
    *("missed P", "missed R", "kappa", "AC1"),
)


def evaluation_table(result: Evaluation) -> RenderableType:
    """Figures a step, reliability, disagreements with their evidence, warnings."""
    head = f"{result.calls} calls compared, every status right in {_show(result.whole_calls)}."
    if result.not_scored:
        head += f" {len(result.not_scored)} labelled calls have no findings: {', '.join(result.not_scored[:5])}."
    parts: list[RenderableType] = [Text(head), _steps(result), _fields(result), _reliability(result)]
    if result.disagreements:
        parts.append(_disagreements(result))
    parts.extend(Text(f"Warning: {note}", style="yellow") for note in result.warnings)
    return Group(*parts)


def _steps(result: Evaluation) -> Table:
    table = Table(title="Steps (95 % interval)", title_justify="left")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "step" else "right")
    for figures in (*result.steps, result.overall):
        table.add_row(*_row(figures), end_section=figures is result.steps[-1] if result.steps else False)
    return table


def _row(figures: StepFigures) -> list[str]:
    return [
        figures.step,
        str(figures.labelled),
        _show(figures.agreement),
        _percent(figures.unsure.value),
        _show(figures.said_precision),
        _show(figures.said_recall),
        _number(figures.said_f1),
        _show(figures.missed_precision),
        _show(figures.missed_recall),
        _number(figures.kappa),
        _number(figures.ac1),
    ]


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
