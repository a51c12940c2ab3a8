"""The machine's report with people's decisions applied; the machine's own report stays unchanged beside it.

The score is that of `analyzer.scoring.score` on the changed findings: there is no second formula.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Status
from analyzer.models.finding import Exemption, Finding, Judgement, Violation
from analyzer.models.report import Report
from analyzer.models.review import EXEMPTION, Event
from analyzer.review.events import EXEMPTION_KINDS, CallState
from analyzer.scoring.score import REVIEW_FLAGS, score

_POSSIBLY_SAID = frozenset({"met", "out_of_order", "unsure"})


@dataclass(frozen=True)
class ReviewedStep:
    """One step: the machine's finding, and the status that holds now."""

    machine: Finding
    status: Status
    decision: Event | None = None
    """the decision on this step; None: its status is the machine's, or follows from another decision"""
    older: bool = False
    """decided on an earlier report of the machine"""

    @property
    def changed(self) -> bool:
        """True when the status is not the machine's."""
        return self.status != self.machine.status

    @property
    def implied(self) -> bool:
        """True when a decision on something else changed the status: it made the step due, or not due."""
        return self.changed and self.decision is None


@dataclass(frozen=True)
class ReviewedReport:
    """Both reports of a call; `report` has the statuses, score and verdict that hold now."""

    machine: Report
    report: Report
    steps: tuple[ReviewedStep, ...]

    @property
    def decided(self) -> dict[str, Status]:
        """Statuses that people confirmed or changed, by step."""
        return {step.machine.id: step.status for step in self.steps if step.decision or step.changed}


def reviewed_report(report: Report, state: CallState, bank: PhraseBank, *, inputs: str | None = None) -> ReviewedReport:
    """`report` with the decisions of `state` applied. `inputs`: hash of the report's inputs, to mark older decisions.

    Unsure steps that people decided count as decided. A step that a decision makes due (an e-mail request that was
    made after all asks for its thanks) is `unsure` until somebody decides on it; a step that is no longer due is
    `not_applicable`. A violation counts as ruled. Flags stay, but no longer ask for review once the call is reviewed.
    Without any decision the result equals the machine's.
    """
    if report.error or not report.steps:
        return ReviewedReport(report, report, ())
    older = state.older(inputs) if inputs is not None else frozenset()
    exemption, doubtful = _exemption(report, state)
    steps: dict[str, ReviewedStep] = {}
    for finding in report.steps:
        status = _status(finding, report, state, bank, steps)
        steps[finding.id] = ReviewedStep(finding, status, state.decisions.get(finding.id), finding.id in older)
    flags = tuple(flag for flag in report.flags if doubtful or flag != "exemption_doubtful")
    judgement = Judgement(
        findings=tuple(_finding(step) for step in steps.values()),
        exemption=exemption,
        exemption_doubtful=doubtful,
        violations=tuple(_violations(report, state)),
        flags=tuple(flag for flag in flags if not state.reviewed or flag not in REVIEW_FLAGS),
    )
    changed = {
        "steps": judgement.findings,
        "exemption": judgement.exemption,
        "violations": judgement.violations,
        "flags": flags,
        **score(judgement, bank).model_dump(),
    }
    return ReviewedReport(report, report.model_copy(update=changed), tuple(steps.values()))


def _exemption(report: Report, state: CallState) -> tuple[Exemption | None, bool]:
    """The exemption that holds, and whether one is in doubt."""
    decision = state.violation_decisions.get(EXEMPTION)
    if decision is None:
        return report.exemption, "exemption_doubtful" in report.flags
    if decision.kind == "dismiss":
        return None, False
    if report.exemption is not None and report.exemption.kind == decision.step:
        return report.exemption, False
    kind = next(kind for kind in EXEMPTION_KINDS if kind == decision.step)
    return Exemption(kind=kind, heard=decision.text or "", start=decision.at or 0.0), False


def _status(
    finding: Finding, report: Report, state: CallState, bank: PhraseBank, before: dict[str, ReviewedStep]
) -> Status:
    decision = state.decisions.get(finding.id)
    if decision is not None and decision.status is not None:
        return decision.status
    step = next((step for step in bank.steps if step.id == finding.id), None)
    decision = state.violation_decisions.get(EXEMPTION)
    if step is None:
        return finding.status
    if decision is not None and decision.kind == "confirm" and step.due.unless_exempt:
        return "not_applicable"
    exempt = report.exemption is not None and step.due.unless_exempt
    if exempt and decision is None:
        return finding.status
    status = _due(finding, step, report) if exempt else finding.status
    other = before.get(step.due.after_said or "")
    if other is None or not other.changed:
        return status
    return _due(finding, step, report) if other.status in _POSSIBLY_SAID else "not_applicable"


def _due(finding: Finding, step: Step, report: Report) -> Status:
    """`unsure` for a step that is due after all but that the machine did not judge, because it was not due then."""
    due = finding.status == "not_applicable" and report.caller_role not in step.due.unless_roles
    return "unsure" if due else finding.status


def _finding(step: ReviewedStep) -> Finding:
    if not step.changed and step.decision is None:
        return step.machine
    decision = step.decision
    if decision is None:
        reason = "Follows from what was decided about another part of the call."
        return step.machine.model_copy(update={"status": step.status, "reason": reason})
    reason = f"Decided by {decision.who}: {decision.text}" if decision.text else f"Confirmed by {decision.who}."
    return step.machine.model_copy(update={"status": step.status, "confidence": 1.0, "reason": reason})


def _violations(report: Report, state: CallState) -> Iterator[Violation]:
    """The machine's violations that nobody dismissed, then those that people added."""
    for violation in report.violations:
        decision = state.violation_decisions.get(violation.id)
        if decision is None:
            yield violation
        elif decision.kind == "confirm":
            yield violation.model_copy(update={"certain": True})
    by_machine = {violation.id for violation in report.violations}
    for name, decision in state.violation_decisions.items():
        if decision.kind == "confirm" and name != EXEMPTION and name not in by_machine:
            yield Violation(id=name, heard=decision.text or "", start=decision.at or 0.0)
