"""The event sourcing of a review: what people may add to a call's history, and the resulting state. Pure.

`complete_event` checks a new event, `replay` derives the present state from all of them: the same events give the
same state, and of two decisions on one thing the later one holds. An event counts unless a later undo that counts
itself is about it; so an undo can be undone. An undo by anybody but the event's author or a lead does not count, nor
does an answer to a dispute by anybody but a lead, or by the author of the dispute.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.review import ACCESS_KINDS, EXEMPTION, Case, Event, NewEvent, Person
from analyzer.review.permissions import require, scope

EXEMPTION_KINDS = ("urgent", "angry")
DisputeState = Literal["open", "accepted", "rejected"]

_STEP_KINDS = ("agree", "override", "dispute")
_VIOLATION_KINDS = ("confirm", "dismiss")


@dataclass(frozen=True)
class Dispute:
    """An agent's objection to a step, and a lead's answer."""

    event: Event
    answer: Event | None = None

    @property
    def state(self) -> DisputeState:
        """`open` until a lead has answered."""
        if self.answer is None:
            return "open"
        return "accepted" if self.answer.kind == "accept" else "rejected"


@dataclass(frozen=True)
class CallState:
    """The events of a call that count now, by what they are about."""

    decisions: Mapping[str, Event] = field(default_factory=dict)
    """by step: the agree, override or accept that counts"""
    violation_decisions: Mapping[str, Event] = field(default_factory=dict)
    """by violation, or `exemption`: the confirm or dismiss that counts"""
    comments: tuple[Event, ...] = ()
    coaching: tuple[Event, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    reviewed: Event | None = None
    acknowledged: Event | None = None
    undone: frozenset[int] = frozenset()
    """numbers of the events that no longer count"""

    @property
    def open_disputes(self) -> tuple[Dispute, ...]:
        """Disputes that nobody has answered."""
        return tuple(dispute for dispute in self.disputes if dispute.state == "open")

    def older(self, inputs: str) -> frozenset[str]:
        """Steps, violations and `reviewed` that were decided on another report than the one made from `inputs`."""
        decided = {**self.decisions, **self.violation_decisions}
        if self.reviewed:
            decided["reviewed"] = self.reviewed
        return frozenset(name for name, event in decided.items() if event.inputs not in (None, inputs))


def replay(events: Iterable[Event]) -> CallState:
    """The state of one call from its history; the order of `events` does not matter."""
    ordered = sorted((event for event in events if event.kind not in ACCESS_KINDS), key=lambda event: event.number)
    undone = _undone(ordered)
    counting = [event for event in ordered if event.number not in undone and event.kind != "undo"]
    disputes = _disputes(counting)
    return CallState(
        decisions=_decisions(counting, disputes),
        violation_decisions={violation_key(event): event for event in counting if event.kind in _VIOLATION_KINDS},
        comments=tuple(event for event in counting if event.kind == "comment"),
        coaching=tuple(event for event in counting if event.kind == "coaching"),
        disputes=disputes,
        reviewed=_last(counting, "reviewed"),
        acknowledged=_last(counting, "acknowledge"),
        undone=undone,
    )


def violation_key(event: Event) -> str:
    """What a confirm or dismiss is about: a violation's id, or `exemption` whatever its kind."""
    return EXEMPTION if event.step in EXEMPTION_KINDS else event.step or ""


def may_undo(undo: Event, target: Event) -> bool:
    """Whether an undo counts: its author also wrote the earlier event `target`, or is a lead."""
    return target.number < undo.number and (undo.who == target.who or undo.role == "lead")


def may_answer(answer: Event, dispute: Event) -> bool:
    """Whether an answer counts: it is a lead's, later than the dispute and not to a dispute of their own."""
    return dispute.number < answer.number and answer.role == "lead" and answer.who != dispute.who


def complete_event(person: Person, new: NewEvent, case: Case) -> NewEvent:
    """`new` with the hash of the report's inputs and, for agree, the machine's status.

    Raises RefusedError when this person may not add it, or it does not fit the call as it is now.
    """
    require(person, new.kind, agent=case.report.agent)
    if new.inputs is not None and new.inputs != case.inputs:
        raise RefusedError("report_changed", "The call was scored anew meanwhile: look again before you decide.")
    if new.kind in ACCESS_KINDS:
        raise RefusedError("not_allowed", f"{new.kind} is logged automatically.")
    state = replay(case.events)
    if new.kind in _STEP_KINDS:
        _check_step(new, case)
        _check_dispute(new, state)
    elif new.kind in _VIOLATION_KINDS:
        _check_violation_decision(new, case)
    elif new.kind in ("accept", "reject"):
        _check_answer(person, new, state)
    elif new.kind == "undo":
        _check_undo(person, new, case, state)
    status = _machine_status(new, case) if new.kind == "agree" else new.status
    return new.model_copy(update={"inputs": case.inputs, "status": status})


def _undone(ordered: Sequence[Event]) -> frozenset[int]:
    """Numbers of undone events. Goes from the last event back, so an undo's own fate is known before its target's."""
    by_number = {event.number: event for event in ordered}
    undone: set[int] = set()
    for event in reversed(ordered):
        target = by_number.get(event.target or 0)
        if event.kind == "undo" and event.number not in undone and target is not None and may_undo(event, target):
            undone.add(target.number)
    return frozenset(undone)


def _disputes(counting: Sequence[Event]) -> tuple[Dispute, ...]:
    disputes = {event.number: Dispute(event) for event in counting if event.kind == "dispute"}
    for event in counting:
        dispute = disputes.get(event.target or 0)
        if event.kind in ("accept", "reject") and dispute is not None and may_answer(event, dispute.event):
            disputes[dispute.event.number] = Dispute(dispute.event, event)
    return tuple(disputes.values())


def _decisions(counting: Sequence[Event], disputes: Sequence[Dispute]) -> dict[str, Event]:
    accepted = {d.answer.number: d.event for d in disputes if d.answer is not None and d.state == "accepted"}
    decisions: dict[str, Event] = {}
    for event in counting:
        if event.kind in ("agree", "override"):
            decisions[event.step or ""] = event
        elif event.number in accepted:
            decisions[accepted[event.number].step or ""] = event
    return decisions


def _last(counting: Sequence[Event], kind: str) -> Event | None:
    return next((event for event in reversed(counting) if event.kind == kind), None)


def _machine_status(new: NewEvent, case: Case) -> Status:
    return next(finding.status for finding in case.report.steps if finding.id == new.step)


def _check_step(new: NewEvent, case: Case) -> None:
    if all(finding.id != new.step for finding in case.report.steps):
        raise RefusedError("no_step", f"The call has no step '{new.step}'.")


def _check_dispute(new: NewEvent, state: CallState) -> None:
    if new.kind == "dispute" and any(dispute.event.step == new.step for dispute in state.open_disputes):
        raise RefusedError("disputed_already", "There is an open dispute about this step already.")


def _check_violation_decision(new: NewEvent, case: Case) -> None:
    """Refuse what is no violation of the bank and no exemption: `confirm` names its kind, `dismiss` any of them."""
    exemption = EXEMPTION_KINDS if new.kind == "confirm" else (EXEMPTION,)
    violations = {rule.id for rule in case.bank.violations} | {violation.id for violation in case.report.violations}
    if new.step not in exemption and new.step not in violations:
        raise RefusedError("no_step", f"'{new.step}' is no violation and no exemption of this SOP.")


def _check_answer(person: Person, new: NewEvent, state: CallState) -> None:
    dispute = next((d for d in state.disputes if d.event.number == new.target), None)
    if dispute is None:
        raise RefusedError("no_event", f"There is no dispute {new.target} about this call.")
    if dispute.event.who == person.name:
        raise RefusedError("own_dispute", "Nobody decides on a dispute of their own.")
    if dispute.state != "open":
        raise RefusedError("answered", "This dispute was answered already; undo that answer first.")


def _check_undo(person: Person, new: NewEvent, case: Case, state: CallState) -> None:
    target = next((event for event in case.events if event.number == new.target), None)
    if target is None:
        raise RefusedError("no_event", f"There is nothing to undo: this call has no event {new.target}.")
    if target.number in state.undone:
        raise RefusedError("undone", "That is already undone.")
    everything = scope(person, "undo") == "all"
    if not everything and target.who != person.name:
        raise RefusedError("not_own", "Only the author or a lead can undo that.")
    if not everything and any(d.event.number == target.number and d.state != "open" for d in state.disputes):
        raise RefusedError("answered", "This dispute was answered; only a lead can undo it now.")
