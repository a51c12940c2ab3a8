"""A threshold calibration for a terminal of 80 columns."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.calibration.confidence import KINDS, ConfidenceCalibration
from analyzer.analysis.calibration.rejudge import Flip, VerdictFlip
from analyzer.analysis.calibration.thresholds import Calibration, StepCalibration
from analyzer.analysis.tables import rate_text, seconds_text, step_table

_SHOWN = 30
_GOALS = {
    "fewest_errors": "the fewest errors, misses and false alarms counting alike",
    "miss_rate": "at most {rate:.1%} of said steps missed, then the fewest false alarms",
    "false_alarm_rate": "at most {rate:.1%} of steps not said called met, then the fewest misses",
}


def calibration_table(result: Calibration) -> RenderableType:
    """Thresholds, their error rates, notes, and everything that would change."""
    goal = result.settings.goal
    head = f"{result.labelled} of {result.calls} transcripts are labelled. Wanted: "
    head += _GOALS[goal.kind].format(rate=goal.rate) + "."
    parts: list[RenderableType] = [Text(head), _thresholds(result), _error_rates(result)]
    parts.append(
        Text("A miss is a said step that was called missed or left unsure. Held out: each call judged at a bar "
             "chosen without it. In brackets the 95 % interval.", style="dim")
    )
    parts += [Text(line) for line in _notes(result)]
    parts += [Text(f"Warning: {note}", style="yellow") for note in result.warnings]
    if result.without_transcript:
        some = ", ".join(result.without_transcript[:5])
        parts.append(Text(f"{len(result.without_transcript)} labelled calls have no transcript here: {some}."))
    return Group(*parts, *_changes(result))


def _notes(result: Calibration) -> list[str]:
    """Each note once, with the steps it holds for."""
    steps: dict[str, list[str]] = {}
    for step in result.steps:
        if step.note:
            steps.setdefault(step.note, []).append(step.step)
    return [f"{', '.join(names)}: {note}." for note, names in steps.items()]


def _thresholds(result: Calibration) -> Table:
    table = step_table("Bars (`accept`)", "said", "not said", "doubt", "now", "proposed", "on folds")
    for step in result.steps:
        changed = step.proposed != step.current
        proposed = Text(f"{step.proposed:g}" if changed else "keep", style="bold" if changed else "dim")
        numbers = (f"{step.said}", f"{step.not_said}", f"{step.doubt:g}", f"{step.current:g}")
        table.add_row(step.step, *numbers, proposed, _span(step))
    return table


def _span(step: StepCalibration) -> str:
    if not step.fold_bars:
        return "-"
    low, high = min(step.fold_bars), max(step.fold_bars)
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _error_rates(result: Calibration) -> Table:
    table = step_table("Error rates", "kind", "now", "proposed, held out", left=("kind",))
    for step in result.steps:
        now, then = step.now, step.held_out
        kept = step.proposed == step.current
        table.add_row(step.step, "miss", rate_text(now.misses), "" if kept else rate_text(then.misses))
        after = "" if kept else rate_text(then.false_alarms)
        table.add_row("", "false alarm", rate_text(now.false_alarms), after, end_section=True)
    return table


def _changes(result: Calibration) -> list[RenderableType]:
    if not result.changes():
        return [Text("Nothing would change.")]
    if not result.flips:
        return [Text("No finding of these transcripts would change.")]
    parts: list[RenderableType] = [flips_table("What would change", result.flips)]
    parts.append(Text(flips_summary(result.flips)))
    parts.append(Text(verdicts_summary(result.verdict_flips)))
    return parts


def flips_table(title: str, flips: tuple[Flip, ...]) -> Table:
    """Findings that would change, with their words."""
    shown = flips[:_SHOWN]
    table = Table(title=f"{title} ({len(shown)} of {len(flips)})", title_justify="left")
    for name in ("call", "step", "from", "to", "label", "at", "heard"):
        table.add_column(name, no_wrap=name in {"step", "at"}, overflow="fold")
    for flip in shown:
        label = flip.label or "-"
        heard = Text(f"“{flip.heard}”" if flip.heard else "")
        table.add_row(Text(flip.call_id), flip.step, flip.before, flip.after, label, seconds_text(flip.start), heard)
    return table


def flips_summary(flips: tuple[Flip, ...]) -> str:
    """How many changes are right by the labels."""
    kinds = [flip.judged for flip in flips]
    calls = len({flip.call_id for flip in flips})
    order = ("right", "wrong", "still not right", "not labelled")
    counts = [f"{kinds.count(kind)} {kind}" for kind in order if kind in kinds]
    return f"{_count(len(flips), 'finding')} in {_count(calls, 'call')} would change: {', '.join(counts)}."


def verdicts_summary(flips: tuple[VerdictFlip, ...]) -> str:
    """Verdicts that would change, counted by kind."""
    if not flips:
        return "No verdict would change."
    kinds = [f"{flip.before} to {flip.after}" for flip in flips]
    counts = ", ".join(f"{kinds.count(kind)} from {kind}" for kind in sorted(set(kinds)))
    return f"{_count(len(flips), 'verdict')} would change: {counts}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def confidence_table(result: ConfidenceCalibration) -> RenderableType:
    """Reliability of the bank's own weights and, held out, of the proposed ones."""
    parts: list[RenderableType] = []
    for title, rows, error in (
        ("Now", result.before, result.error_before),
        ("Proposed, held out", result.after, result.error_after),
    ):
        table = Table(title=f"{title}: calibration error {error:.3f}", title_justify="left")
        for name in ("confidence", "mean", "right", "findings"):
            table.add_column(name, justify="right")
        for row in rows:
            span = f"{row.low:.2f}-{row.high:.2f}"
            table.add_row(span, f"{row.confidence:.2f}", f"{row.right:.2f}", str(row.findings))
        parts.append(table)
    if result.kept:
        parts.append(Text(f"Too few labels, weights kept: {', '.join(result.kept)}.", style="yellow"))
    return Group(*parts)


def confidence_lines(result: ConfidenceCalibration) -> str:
    """The proposed weights as YAML for the bank."""
    model = result.model
    lines = ["confidence:", f"  typical_hearing: {model.typical_hearing:g}"]
    for kind in KINDS:
        weights = getattr(model, kind)
        values = ", ".join(f"{name}: {value:g}" for name, value in weights.model_dump().items())
        lines.append(f"  {kind}: {{{values}}}")
    return "\n".join(lines)
