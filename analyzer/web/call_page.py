"""What the page of one call shows, found together in one place; the template only lays it out."""

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
from analyzer.models.review import EXEMPTION, Event, Person
from analyzer.reports.reasons import localize_reason
from analyzer.review.events import EXEMPTION_KINDS, Dispute, replay
from analyzer.review.permissions import may
from analyzer.review.reviewed_report import ReviewedStep, reviewed_report
from analyzer.review.service import CallDetails

STATUSES: tuple[Status, ...] = get_args(Status)


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
    """the last one about this step"""

    @property
    def id(self) -> str:
        """Key of the step."""
        return self.step.machine.id

    @property
    def choices(self) -> tuple[Status, ...]:
        """What the status can be changed to."""
        return tuple(status for status in STATUSES if status != self.step.status)


@dataclass(frozen=True)
class Ruling:
    """A violation or exemption that somebody found, and what was said about it."""

    name: str
    """what `dismiss` names"""
    kind: str
    """what `confirm` names"""
    found: Violation | Exemption | None
    """None: the machine did not find it"""
    doubtful: bool
    decision: Event | None


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history."""

    event: Event
    undone: bool
    about: Localized
    """the step, violation or exemption that is meant; empty for none"""
    target: Event | None
    """what an undo or an answer is about"""


class CallPage:
    """One call for one person."""

    def __init__(self, opened: CallDetails, person: Person) -> None:
        self.opened = opened
        self.person = person
        self.machine = opened.reviewed.machine
        self.report = opened.reviewed.report
        self.state = opened.state
        self.bank = opened.case.bank
        self.labels: Labels = {step.id: localized_label(step.label) for step in self.bank.steps}
        self._rules = {rule.id: localized_label(rule.label) for rule in self.bank.violations}

    @property
    def names(self) -> Labels:
        """What people call the steps and the violations."""
        return {**self.labels, **self._rules}

    @property
    def key(self) -> str:
        """Of the call."""
        return self.opened.case.call

    @property
    def inputs(self) -> str:
        """What the machine's report was made from."""
        return self.opened.case.inputs

    @property
    def last(self) -> int:
        """Number of the newest event that this page shows."""
        return max((event.number for event in self.opened.case.events), default=0)

    @property
    def token(self) -> str:
        """A new one for each form: sent twice, it counts once."""
        return secrets.token_hex(16)

    @property
    def touched(self) -> bool:
        """True when people's decisions are part of the result."""
        return bool(self.state.decisions or self.state.rulings)

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
            for number, step in enumerate(self.opened.reviewed.steps, start=1)
        ]

    @property
    def rulings(self) -> Sequence[Ruling]:
        """What the machine or people found beside the steps."""
        return list(self._rulings())

    @property
    def addable(self) -> Sequence[str]:
        """What people can add, by the name that `confirm` takes."""
        there = {one.name for one in self.rulings}
        kinds = () if EXEMPTION in there else EXEMPTION_KINDS
        return [*(name for name in self._rules if name not in there), *kinds]

    @property
    def lines(self) -> Sequence[HistoryLine]:
        """The history as this person may see it, newest first."""
        by_number = {event.number: event for event in self.opened.events}
        lines = []
        for event in reversed(self.opened.events):
            target = by_number.get(event.target or 0)
            step = event.step or (target.step if target else None)
            about = self.label(step) if step else in_every_language("")
            lines.append(HistoryLine(event, event.number in self.state.undone, about, target))
        return lines

    @property
    def remarks(self) -> Sequence[Event]:
        """Comments and notes that count and that this person may see."""
        kinds = ("comment", "coaching")
        return [e for e in self.opened.events if e.kind in kinds and e.number not in self.state.undone]

    @property
    def mine(self) -> Event | None:
        """This person's last word that counts still: what one key undoes."""
        undoable = ("undo", "view", "play", "export")
        own = (e for e in reversed(self.opened.case.events) if e.who == self.person.name and e.kind not in undoable)
        return next((event for event in own if event.number not in self.state.undone), None)

    def before(self, event: Event) -> Report:
        """The result as it was before something was said."""
        case = self.opened.case
        earlier = replay(one for one in case.events if one.number < event.number)
        return reviewed_report(case.report, earlier, case.bank, inputs=case.inputs).report

    def may(self, kind: str) -> bool:
        """Whether this person may do something of this kind to this call."""
        return may(self.person, kind, agent=self.machine.agent)  # type: ignore[arg-type]

    def may_undo(self, event: Event) -> bool:
        """Whether this person may take back an event that counts still."""
        taken = event.number in self.state.undone or event.kind in ("undo", "view", "play", "export")
        return not taken and (event.who == self.person.name or self.person.role == "lead")

    def label(self, name: str) -> Localized:
        """What people call a step, a violation or an exemption."""
        if name in self.names:
            return self.names[name]
        key = f"exempt.{name}"
        return localized(key) if has_message(key) else in_every_language(humanize(name))

    def event(self, number: int) -> Event | None:
        """The event with this number, if it is one of this call that this person may see."""
        return next((event for event in self.opened.events if event.number == number), None)

    def _rulings(self) -> Iterator[Ruling]:
        said: Mapping[str, Event] = self.state.rulings
        for violation in self.machine.violations:
            yield Ruling(violation.id, violation.id, violation, not violation.certain, said.get(violation.id))
        found = {violation.id for violation in self.machine.violations}
        for name, event in said.items():
            if name not in found and name != EXEMPTION:
                yield Ruling(name, name, None, False, event)
        ruled = said.get(EXEMPTION)
        doubtful = "exemption_doubtful" in self.machine.flags
        if self.machine.exemption or doubtful or ruled:
            exempt = self.machine.exemption
            kind = ruled.step if ruled and ruled.kind == "confirm" else exempt.kind if exempt else EXEMPTION_KINDS[0]
            yield Ruling(EXEMPTION, kind or EXEMPTION_KINDS[0], exempt, doubtful, ruled)
