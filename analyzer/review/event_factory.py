"""Whether somebody may say this of this call now, and the event that it makes."""

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.review import EXEMPTION, SEEN, Case, Event, NewEvent, Person
from analyzer.review.event_replay import KINDS_OF_EXEMPTION, State, fold
from analyzer.review.permissions import demand, reach

_OF_STEPS = ("agree", "override", "dispute")
_OF_RULES = ("confirm", "dismiss")


def whole_event(person: Person, new: NewEvent, case: Case) -> NewEvent:
    """`new` with what it was said of: the report's inputs, and the status agreed with. Raises RefusedError."""
    demand(person, new.kind, agent=case.report.agent)
    if new.inputs is not None and new.inputs != case.inputs:
        raise RefusedError("report_changed", "The call was scored anew meanwhile: look again before you decide.")
    if new.kind in SEEN:
        raise RefusedError("not_allowed", f"{new.kind} is noted, not decided.")
    state = fold(case.events)
    if new.kind in _OF_STEPS:
        _known_step(new, case)
    elif new.kind in _OF_RULES:
        _known_rule(new, case)
    elif new.kind in ("accept", "reject"):
        _open_dispute(person, new, state)
    elif new.kind == "undo":
        _undoable(person, new, case, state)
    if new.kind == "dispute" and any(d.event.step == new.step for d in state.open_disputes):
        raise RefusedError("disputed_already", "There is an open dispute about this step already.")
    agreed = _machine_status(new, case) if new.kind == "agree" else new.status
    return new.model_copy(update={"inputs": case.inputs, "status": agreed})


def _machine_status(new: NewEvent, case: Case) -> Status:
    return next(finding.status for finding in case.report.steps if finding.id == new.step)


def _known_step(new: NewEvent, case: Case) -> None:
    if all(finding.id != new.step for finding in case.report.steps):
        raise RefusedError("no_step", f"The call has no step '{new.step}'.")


def _known_rule(new: NewEvent, case: Case) -> None:
    """A violation of the bank, or the exemption: `confirm` says which kind, `dismiss` takes any away."""
    exemption = KINDS_OF_EXEMPTION if new.kind == "confirm" else (EXEMPTION,)
    known = {rule.id for rule in case.bank.violations} | {found.id for found in case.report.violations}
    if new.step not in exemption and new.step not in known:
        raise RefusedError("no_step", f"'{new.step}' is no violation and no exemption of this SOP.")


def _open_dispute(person: Person, new: NewEvent, state: State) -> None:
    dispute = next((d for d in state.disputes if d.event.number == new.target), None)
    if dispute is None:
        raise RefusedError("no_event", f"There is no dispute {new.target} about this call.")
    if dispute.event.who == person.name:
        raise RefusedError("own_dispute", "Nobody decides on a dispute of their own.")
    if dispute.state != "open":
        raise RefusedError("answered", "This dispute was answered already; undo that answer first.")


def _undoable(person: Person, new: NewEvent, case: Case, state: State) -> None:
    target = next((event for event in case.events if event.number == new.target), None)
    if target is None:
        raise RefusedError("no_event", f"There is nothing to undo: this call has no event {new.target}.")
    if target.number in state.undone:
        raise RefusedError("undone", "That counts no more already.")
    everything = reach(person, "undo") == "all"
    if not everything and target.who != person.name:
        raise RefusedError("not_own", "Only the author or a lead can undo that.")
    if not everything and _answered(target, state):
        raise RefusedError("answered", "This dispute was answered; only a lead can undo it now.")


def _answered(target: Event, state: State) -> bool:
    return any(d.event.number == target.number and d.state != "open" for d in state.disputes)
