"""How right findings are: reports compared with labels; all figures are computed once, the tables only read them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import phonenumbers
from pydantic import Field
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.labels import SAID, CallLabels
from analyzer.analysis.statistics import Rate, cohen_kappa, f1, gwet_ac1, rate
from analyzer.analysis.tables import rate_text, seconds_text, step_table
from analyzer.models.base import Frozen, Status
from analyzer.models.finding import Finding
from analyzer.models.report import Report

FEW = 20  # labels of a kind, below which an interval is too wide to act on
_BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


class StepFigures(Frozen):
    """One step, or all of them; `unsure` findings count as neither right nor wrong for said and missed."""

    step: str
    labelled: int
    agreement: Rate = Field(description="same status, unsure counting as different")
    unsure: Rate
    said_precision: Rate
    said_recall: Rate
    said_f1: float | None
    missed_precision: Rate
    missed_recall: Rate
    missed_f1: float | None
    kappa: float | None
    ac1: float | None
    confusion: dict[str, int] = Field(description="'label->finding' -> count, disagreements only, most frequent first")


class ReliabilityBin(Frozen):
    """Findings of about the same confidence: `right` should be near `confidence`."""

    low: float
    high: float
    confidence: float = Field(description="mean")
    right: Rate


class LabelDisagreement(Frozen):
    """One finding that is not what the label says, with the evidence it rests on."""

    call_id: str
    recording: str
    step: str
    label: str
    finding: str
    start: float | None
    heard: str | None
    confidence: float
    reason: str


class Evaluation(Frozen):
    """Everything `analyzer evaluate` knows."""

    calls: int
    not_scored: tuple[str, ...] = Field(description="labelled calls without a usable report")
    not_labelled: int
    whole_calls: Rate = Field(description="calls with every status right")
    overall: StepFigures
    steps: tuple[StepFigures, ...]
    fields: dict[str, Rate] = Field(description="role, replies, exemption, captured values, verdict: share right")
    reliability: tuple[ReliabilityBin, ...]
    disagreements: tuple[LabelDisagreement, ...]
    warnings: tuple[str, ...]


def evaluate(reports: Iterable[Report], labels: Mapping[str, CallLabels]) -> Evaluation:
    """Compare reports with labels by call id; a labelled call without findings counts against no step."""
    by_id = {report.call_id: report for report in reports}
    compared = [(labels[key], by_id[key]) for key in sorted(labels) if key in by_id and by_id[key].steps]
    pairs = [pair for label, report in compared for pair in _labelled_findings(label, report)]
    order = list(dict.fromkeys(finding.id for _, report in compared for finding in report.steps))
    outcomes = [(finding.id, label, finding.status) for _, label, finding in pairs]
    steps = [_figures(step, [(label, got) for of, label, got in outcomes if of == step]) for step in order]
    overall = _figures("all", [(label, got) for _, label, got in outcomes])
    whole = sum(
        all(label == finding.status for _, label, finding in _labelled_findings(labels_of_call, report))
        for labels_of_call, report in compared
    )
    return Evaluation(
        calls=len(compared),
        not_scored=tuple(sorted(set(labels) - {label.call_id for label, _ in compared})),
        not_labelled=len(set(by_id) - set(labels)),
        whole_calls=rate(whole, len(compared)),
        overall=overall,
        steps=tuple(steps),
        fields=_fields(compared),
        reliability=_reliability(pairs),
        disagreements=tuple(_disagreement(*pair) for pair in pairs if pair[1] != pair[2].status),
        warnings=_warnings(steps, pairs),
    )


LabelledFinding = tuple[Report, Status, Finding]
"""report, label, finding"""


def _labelled_findings(label: CallLabels, report: Report) -> list[LabelledFinding]:
    return [(report, label.steps[finding.id], finding) for finding in report.steps if finding.id in label.steps]


def _figures(step: str, outcomes: Sequence[tuple[Status, Status]]) -> StepFigures:
    decided = [(label, status) for label, status in outcomes if status != "unsure"]
    said_right = sum(label in SAID and status in SAID for label, status in decided)
    said_wrong = sum(label == "missed" and status in SAID for label, status in decided)
    said_lost = sum(label in SAID and status == "missed" for label, status in decided)
    missed_right = sum(label == "missed" and status == "missed" for label, status in decided)
    missed_wrong = sum(label != "missed" and status == "missed" for label, status in decided)
    missed_lost = sum(label == "missed" and status != "missed" for label, status in decided)
    confusion = Counter(f"{label}->{status}" for label, status in outcomes if label != status)
    return StepFigures(
        step=step,
        labelled=len(outcomes),
        agreement=rate(sum(label == status for label, status in outcomes), len(outcomes)),
        unsure=rate(len(outcomes) - len(decided), len(outcomes)),
        said_precision=rate(said_right, said_right + said_wrong),
        said_recall=rate(said_right, said_right + said_lost),
        said_f1=f1(said_right, said_wrong, said_lost),
        missed_precision=rate(missed_right, missed_right + missed_wrong),
        missed_recall=rate(missed_right, missed_right + missed_lost),
        missed_f1=f1(missed_right, missed_wrong, missed_lost),
        kappa=cohen_kappa(outcomes),
        ac1=gwet_ac1(outcomes),
        confusion=dict(sorted(confusion.items(), key=lambda item: (-item[1], item[0]))),
    )


def _fields(compared: Sequence[tuple[CallLabels, Report]]) -> dict[str, Rate]:
    """Share right of everything but the steps, over the calls where it was labelled."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for label, report in compared:
        labelled = {name: getattr(label, name) for name in label.model_fields_set & _FIELD_OF.keys()}
        for name, want in labelled.items():
            total[name] += 1
            right[name] += want == _FIELD_OF[name](report)
        if label.captured is not None:
            total.update(("captured.email", "captured.phone"))
            right["captured.email"] += label.captured.email == report.captured.email
            right["captured.phone"] += _same_number(label.captured.phone, report.captured.phone)
    return {name: rate(right[name], total[name]) for name in sorted(total)}


def _same_number(first: str | None, second: str | None) -> bool:
    """True for one number in two notations: people label 0812..., findings hold +62812..."""
    if first is None or second is None or first == second:
        return first == second
    return bool(phonenumbers.is_number_match(first, second) >= phonenumbers.MatchType.NSN_MATCH)


_FIELD_OF: dict[str, Callable[[Report], str | None]] = {
    "verdict": lambda report: report.verdict,
    "caller_role": lambda report: report.caller_role,
    "email_reply": lambda report: report.email_reply,
    "callback_reply": lambda report: report.callback_reply,
    "exemption": lambda report: report.exemption.kind if report.exemption else None,
}


def _reliability(pairs: Sequence[LabelledFinding]) -> tuple[ReliabilityBin, ...]:
    """Decided findings by confidence, without unsure ones."""
    decided = [(item.confidence, label == item.status) for _, label, item in pairs if item.status != "unsure"]
    bins = []
    for low, high in pairwise(_BINS):
        inside = [(c, ok) for c, ok in decided if low <= c < high or (c == high == _BINS[-1])]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            right = rate(sum(ok for _, ok in inside), len(inside))
            bins.append(ReliabilityBin(low=low, high=high, confidence=round(mean, 4), right=right))
    return tuple(bins)


def _disagreement(report: Report, label: Status, finding: Finding) -> LabelDisagreement:
    return LabelDisagreement(
        call_id=report.call_id,
        recording=report.recording,
        step=finding.id,
        label=label,
        finding=finding.status,
        start=finding.start,
        heard=finding.heard,
        confidence=finding.confidence,
        reason=finding.reason,
    )


def _warnings(steps: Sequence[StepFigures], pairs: Sequence[LabelledFinding]) -> tuple[str, ...]:
    """Where the labels are too few to say anything."""
    missed = Counter(finding.id for _, label, finding in pairs if label == "missed")
    notes = []
    for step in steps:
        if step.labelled < FEW:
            notes.append(f"{step.step}: only {step.labelled} labels; at least {FEW} are needed for a figure.")
        elif missed[step.step] < FEW:
            notes.append(
                f"{step.step}: only {missed[step.step]} calls labelled 'missed'; its recall of missed is a guess."
            )
    return tuple(notes)


_SHOWN = 20


def evaluation_table(result: Evaluation) -> RenderableType:
    """Tables for the terminal: figures by step, reliability, disagreements with their evidence, warnings."""
    head = f"{result.calls} calls compared, every status right in {rate_text(result.whole_calls)}."
    if result.not_scored:
        head += f" {len(result.not_scored)} labelled calls have no findings: {', '.join(result.not_scored[:5])}."
    parts: list[RenderableType] = [Text(head), *(part(result) for part in _TABLES)]
    if result.disagreements:
        parts.append(_disagreements_table(result))
    parts.extend(Text(f"Warning: {note}", style="yellow") for note in result.warnings)
    return Group(*parts)


def _agreement_table(result: Evaluation) -> Table:
    table = step_table("Agreement (95 % interval)", "labels", "same status", "unsure", "kappa", "AC1")
    for row in _all_figures(result):
        cells = (str(row.labelled), rate_text(row.agreement), _percent(row.unsure.value), _number(row.kappa))
        table.add_row(row.step, *cells, _number(row.ac1), end_section=row is result.steps[-1])
    return table


def _said_table(result: Evaluation) -> Table:
    rows = [(row, row.said_precision, row.said_recall, row.said_f1) for row in _all_figures(result)]
    return _precision_table("Said: met or out of order", rows, result)


def _missed_table(result: Evaluation) -> Table:
    rows = [(row, row.missed_precision, row.missed_recall, row.missed_f1) for row in _all_figures(result)]
    return _precision_table("Missed", rows, result)


def _precision_table(title: str, rows: list[tuple[StepFigures, Rate, Rate, float | None]], result: Evaluation) -> Table:
    table = step_table(title, "precision", "recall", "F1")
    for row, precision, recall, f1_score in rows:
        cells = (rate_text(precision), rate_text(recall), _number(f1_score))
        table.add_row(row.step, *cells, end_section=row is result.steps[-1])
    return table


def _all_figures(result: Evaluation) -> tuple[StepFigures, ...]:
    return (*result.steps, result.overall)


def _fields_table(result: Evaluation) -> Table:
    table = Table("field", "right", title="Other decisions", title_justify="left")
    for name, value in result.fields.items():
        table.add_row(name, rate_text(value))
    return table


def _reliability_table(result: Evaluation) -> Table:
    table = Table("confidence", "mean", "right", "findings", title="Reliability", title_justify="left")
    for part in result.reliability:
        span = f"{part.low:.2f}-{part.high:.2f}"
        table.add_row(span, f"{part.confidence:.2f}", rate_text(part.right), str(part.right.of))
    return table


def _disagreements_table(result: Evaluation) -> Table:
    shown = result.disagreements[:_SHOWN]
    title = f"Disagreements ({len(shown)} of {len(result.disagreements)})"
    table = Table("call", "step", "label", "finding", "at", "heard / reason", title=title, title_justify="left")
    for item in shown:
        evidence = f"“{item.heard}” {item.reason}" if item.heard else item.reason
        table.add_row(Text(item.call_id), item.step, item.label, item.finding, seconds_text(item.start), Text(evidence))
    return table


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


_TABLES = (_agreement_table, _said_table, _missed_table, _fields_table, _reliability_table)
