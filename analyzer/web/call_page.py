"""View model of the page of one call: everything that its template shows."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from analyzer.locale.catalogue import (
    Labels,
    Localized,
    has_message,
    humanize,
    in_every_language,
    localized,
    localized_label,
)
from analyzer.models.base import Status
from analyzer.models.finding import Exemption, Violation
from analyzer.models.report import Report
from analyzer.models.review import ACCESS_KINDS, EXEMPTION, Event, Person
from analyzer.reports.sentence_translation import localize_reason
from analyzer.review.events import EXEMPTION_KINDS, Dispute, replay
from analyzer.review.permissions import may
from analyzer.review.reviewed_report import ReviewedStep, reviewed_report
from analyzer.review.service import CallDetails

STATUSES: tuple[Status, ...] = get_args(Status)
_NOT_UNDOABLE = frozenset({"undo"}) | ACCESS_KINDS


@dataclass(frozen=True)
class StepCard:
    """One step as people see it."""

    number: int
    """place in the SOP's order"""
    step: ReviewedStep
    label: Localized
    clause: str
    reason: Localized
    dispute: Dispute | None
    """the last dispute about this step"""

    @property
    def id(self) -> str:
        """Key of the step."""
        return self.step.machine.id

    @property
    def choices(self) -> tuple[Status, ...]:
        """The statuses that it can be changed to."""
        return tuple(status for status in STATUSES if status != self.step.status)


@dataclass(frozen=True)
class ViolationDecision:
    """A violation or exemption, found by the machine or added by a person, and the decision on it."""

    name: str
    """the id that `dismiss` takes"""
    kind: str
    """the id that `confirm` takes"""
    finding: Violation | Exemption | None
    """the machine's; None: a person added it"""
    doubtful: bool
    decision: Event | None


@dataclass(frozen=True)
class HistoryLine:
    """One event as the history shows it."""

    event: Event
    undone: bool
    about: Localized
    """name of the step, violation or exemption; empty for none"""
    target: Event | None
    """the event that an undo or an answer is about"""


class CallPage:
    """One call as one person may see it."""

    def __init__(self, call: CallDetails, person: Person) -> None:
        self.call = call
        self.person = person
        self.machine = call.reviewed.machine
        self.report = call.reviewed.report
        self.state = call.state
        self.bank = call.case.bank
        self.labels: Labels = {step.id: localized_label(step.label) for step in self.bank.steps}
        self._rules = {rule.id: localized_label(rule.label) for rule in self.bank.violations}

    @property
    def names(self) -> Labels:
        """Names of the steps and the violations."""
        return {**self.labels, **self._rules}

    @property
    def key(self) -> str:
        """Key of the call."""
        return self.call.case.call

    @property
    def inputs(self) -> str:
        """Hash of what the machine's report was made from."""
        return self.call.case.inputs

    @property
    def last(self) -> int:
        """Number of the newest event that this page shows."""
        return max((event.number for event in self.call.case.events), default=0)

    @property
    def token(self) -> str:
        """A new token for each form: sent twice, the form counts once."""
        return secrets.token_hex(16)

    @property
    def decided(self) -> bool:
        """Whether any decision is part of the result."""
        return bool(self.state.decisions or self.state.violation_decisions)

    @property
    def steps(self) -> Sequence[StepCard]:
        """All steps, in the order of the SOP."""
        disputes = {dispute.event.step: dispute for dispute in self.state.disputes}
        clauses = {step.id: step.clause for step in self.bank.steps}
        return [
            StepCard(
                number=number,
                step=step,
                label=self.label(step.machine.id),
                clause=clauses.get(step.machine.id, ""),
                reason=localize_reason(step.machine.reason, self.labels).text,
                dispute=disputes.get(step.machine.id),
            )
            for number, step in enumerate(self.call.reviewed.steps, start=1)
        ]

    @property
    def violation_decisions(self) -> Sequence[ViolationDecision]:
        """Violations and the exemption, the machine's and people's."""
        return list(self._violation_decisions())

    @property
    def addable(self) -> Sequence[str]:
        """Violations and exemptions that people can add, by the id that `confirm` takes."""
        there = {decision.name for decision in self.violation_decisions}
        kinds = () if EXEMPTION in there else EXEMPTION_KINDS
        return [*(name for name in self._rules if name not in there), *kinds]

    @property
    def history(self) -> Sequence[HistoryLine]:
        """The events that this person may see, newest first."""
        by_number = {event.number: event for event in self.call.events}
        lines = []
        for event in reversed(self.call.events):
            target = by_number.get(event.target or 0)
            step = event.step or (target.step if target else None)
            about = self.label(step) if step else in_every_language("")
            lines.append(HistoryLine(event, event.number in self.state.undone, about, target))
        return lines

    @property
    def remarks(self) -> Sequence[Event]:
        """Comments and coaching notes that count and that this person may see."""
        kinds = ("comment", "coaching")
        return [e for e in self.call.events if e.kind in kinds and e.number not in self.state.undone]

    @property
    def last_own_event(self) -> Event | None:
        """This person's last event that counts: the one that a single key undoes."""
        events = (e for e in reversed(self.call.case.events) if e.who == self.person.name)
        return next((e for e in events if e.kind not in _NOT_UNDOABLE and e.number not in self.state.undone), None)

    def before(self, event: Event) -> Report:
        """The result as it was before an event."""
        case = self.call.case
        earlier = replay(e for e in case.events if e.number < event.number)
        return reviewed_report(case.report, earlier, case.bank, inputs=case.inputs).report

    def may(self, kind: str) -> bool:
        """Whether this person may add events of this kind to this call."""
        return may(self.person, kind, agent=self.machine.agent)  # type: ignore[arg-type]

    def may_undo(self, event: Event) -> bool:
        """Whether this person may undo an event."""
        undoable = event.number not in self.state.undone and event.kind not in _NOT_UNDOABLE
        return undoable and (event.who == self.person.name or self.person.role == "lead")

    def label(self, name: str) -> Localized:
        """Name of a step, a violation or an exemption."""
        if name in self.names:
            return self.names[name]
        key = f"exempt.{name}"
        return localized(key) if has_message(key) else in_every_language(humanize(name))

    def event(self, number: int) -> Event | None:
        """The event with this number, where it is one of this call that this person may see."""
        return next((event for event in self.call.events if event.number == number), None)

    def _violation_decisions(self) -> Iterator[ViolationDecision]:
        decisions: Mapping[str, Event] = self.state.violation_decisions
        for violation in self.machine.violations:
            decision = decisions.get(violation.id)
            yield ViolationDecision(violation.id, violation.id, violation, not violation.certain, decision)
        by_machine = {violation.id for violation in self.machine.violations}
        for name, event in decisions.items():
            if name not in by_machine and name != EXEMPTION:
                yield ViolationDecision(name, name, None, False, event)
        decision = decisions.get(EXEMPTION)
        doubtful = "exemption_doubtful" in self.machine.flags
        if self.machine.exemption or doubtful or decision:
            finding = self.machine.exemption
            kind: str | None = finding.kind if finding else None
            if decision and decision.kind == "confirm":
                kind = decision.step
            yield ViolationDecision(EXEMPTION, kind or EXEMPTION_KINDS[0], finding, doubtful, decision)
