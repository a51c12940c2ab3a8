"""Reviewers' decisions as labels, in the form that `evaluate`, `calibrate` and `bank suggest` read.

Only what a person has confirmed or changed is a label: a step that nobody looked at says nothing about the machine.
A step whose status a person leaves `unsure` is no label either.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from analyzer.analysis.labels import CallLabels
from analyzer.models.base import Frozen, Status
from analyzer.models.report import Report
from analyzer.models.review import EXEMPTION, Case, Event
from analyzer.reports.csv import safe_cell
from analyzer.review.events import CallState, replay
from analyzer.review.reviewed_report import reviewed_report

Source = Literal["agree", "override", "accept", "reviewed"]


class LabelSource(Frozen):
    """The decision that a label comes from; exported with it."""

    by: str
    when: str = Field(description="UTC, ISO 8601")
    kind: Source = Field(description="`reviewed`: nobody decided on the step, but somebody has reviewed the whole call")
    reason: str | None = None


class CallLabel(Frozen):
    """The labels of one call, with their sources."""

    call_id: str
    recording: str
    steps: dict[str, Status] = Field(description="in the order of the SOP")
    exemption: str | None = None
    exemption_known: bool = Field(False, description="somebody ruled on it; then None means not exempt")
    sources: dict[str, LabelSource] = Field(description="by step, and `exemption`")

    @property
    def newest(self) -> str:
        """Time of the last decision."""
        return max(source.when for source in self.sources.values())


def call_labels(cases: Iterable[Case], *, include_unreviewed: bool = False) -> tuple[CallLabel, ...]:
    """Labels of the calls with any decision.

    `include_unreviewed`: in reviewed calls, every step that nobody decided on counts as confirmed. Of two calls with
    one id, the one with the last decision counts.
    """
    labels: dict[str, CallLabel] = {}
    for case in cases:
        label = _label(case, include_unreviewed=include_unreviewed)
        if label.sources:
            other = labels.get(label.call_id)
            labels[label.call_id] = max(other or label, label, key=lambda call: call.newest)
    return tuple(labels.values())


def labels_by_call_id(calls: Iterable[CallLabel]) -> dict[str, CallLabels]:
    """Labels as `evaluate` and the others take them, by call id."""
    return {call.call_id: CallLabels.model_validate(_label_json(call)) for call in calls}


def labels_jsonl(calls: Iterable[CallLabel]) -> bytes:
    """One JSON object a call: its label, and who decided what, when and why."""
    lines = (json.dumps({**_label_json(call), **_sources_json(call)}, ensure_ascii=False) for call in calls)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def labels_csv(calls: Sequence[CallLabel]) -> bytes:
    """One row a call, a column a step; UTF-8 with BOM. Reasons are in the JSONL form only."""
    steps = list(dict.fromkeys(step for call in calls for step in call.steps))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["call_id", "recording", *steps, "exemption", "decided_by", "decided_at"])
    for call in calls:
        by = ", ".join(sorted({source.by for source in call.sources.values()}))
        statuses = (call.steps.get(step, "") for step in steps)
        cells = [call.call_id, call.recording, *statuses, call.exemption or "", by, call.newest]
        writer.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _label(case: Case, *, include_unreviewed: bool) -> CallLabel:
    state = replay(case.events)
    reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
    steps: dict[str, Status] = {}
    sources: dict[str, LabelSource] = {}
    for step in reviewed.steps:
        decision = step.decision or (state.reviewed if include_unreviewed else None)
        if decision is not None and step.status != "unsure":
            steps[step.machine.id] = step.status
            sources[step.machine.id] = _source(decision)
    return _with_exemption(case.report, state, steps, sources)


def _with_exemption(
    report: Report, state: CallState, steps: dict[str, Status], sources: dict[str, LabelSource]
) -> CallLabel:
    decision = state.violation_decisions.get(EXEMPTION)
    kind = decision.step if decision is not None and decision.kind == "confirm" else None
    if decision is not None:
        sources[EXEMPTION] = _source(decision)
    return CallLabel(
        call_id=report.call_id,
        recording=report.recording,
        steps=steps,
        exemption=kind,
        exemption_known=decision is not None,
        sources=sources,
    )


def _source(event: Event) -> LabelSource:
    kinds: Mapping[str, Source] = {
        "override": "override", "dismiss": "override", "accept": "accept", "reviewed": "reviewed",
    }  # fmt: skip
    when = datetime.fromtimestamp(event.when, UTC).isoformat(timespec="seconds")
    return LabelSource(by=event.who, when=when, kind=kinds.get(event.kind, "agree"), reason=event.text)


def _label_json(call: CallLabel) -> dict[str, object]:
    known = {"exemption": call.exemption} if call.exemption_known else {}
    return {"call_id": call.call_id, "steps": dict(call.steps), **known}


def _sources_json(call: CallLabel) -> dict[str, object]:
    return {
        "recording": call.recording,
        "decided": {name: source.model_dump(exclude_none=True) for name, source in call.sources.items()},
    }
