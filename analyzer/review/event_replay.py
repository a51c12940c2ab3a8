"""Events -> what holds of a call now. Pure; the same events give the same state, the last word wins.

An event counts unless a later undo that counts itself is about it; so an undo can be undone. An undo by anybody but
the event's author or a lead does not count, nor does an answer to a dispute by anybody but a lead, or by its author.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.models.review import EXEMPTION, SEEN, Event

KINDS_OF_EXEMPTION = ("urgent", "angry")
DisputeState = Literal["open", "accepted", "rejected"]


@dataclass(frozen=True)
class Dispute:
    """An agent's objection to a step, and what a lead said to it."""

    event: Event
    answer: Event | None = None

    @property
    def state(self) -> DisputeState:
        """Whether somebody waits for an answer."""
        if self.answer is None:
            return "open"
        return "accepted" if self.answer.kind == "accept" else "rejected"


@dataclass(frozen=True)
class State:
    """What people have said of a call, as far as it counts."""

    decisions: Mapping[str, Event] = field(default_factory=dict)
    """by step: the agree, override or accept that counts"""
    rulings: Mapping[str, Event] = field(default_factory=dict)
    """by violation, or `exemption`: the confirm or dismiss that counts"""
    comments: tuple[Event, ...] = ()
    coaching: tuple[Event, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    reviewed: Event | None = None
    acknowledged: Event | None = None
    undone: frozenset[int] = frozenset()
    """numbers of events that count no more"""

    @property
    def open_disputes(self) -> tuple[Dispute, ...]:
        """Those that nobody has answered."""
        return tuple(dispute for dispute in self.disputes if dispute.state == "open")

    def older(self, inputs: str) -> frozenset[str]:
        """Steps decided, violations ruled on, `reviewed`: what was said of an earlier report than that of `inputs`."""
        said = {**self.decisions, **self.rulings, **({"reviewed": self.reviewed} if self.reviewed else {})}
        return frozenset(name for name, event in said.items() if event.inputs not in (None, inputs))


def fold(events: Iterable[Event]) -> State:
    """The state of one call from its history, in whatever order the events come."""
    ordered = sorted((event for event in events if event.kind not in SEEN), key=lambda event: event.number)
    undone = _undone(ordered)
    said = [event for event in ordered if event.number not in undone and event.kind != "undo"]
    disputes = _disputes(said)
    return State(
        decisions=_decisions(said, disputes),
        rulings={ruled_on(event): event for event in said if event.kind in ("confirm", "dismiss")},
        comments=tuple(event for event in said if event.kind == "comment"),
        coaching=tuple(event for event in said if event.kind == "coaching"),
        disputes=disputes,
        reviewed=_last(said, "reviewed"),
        acknowledged=_last(said, "acknowledge"),
        undone=undone,
    )


def ruled_on(event: Event) -> str:
    """What a confirm or dismiss is about: a violation, or `exemption` whatever its kind."""
    return EXEMPTION if event.step in KINDS_OF_EXEMPTION else event.step or ""


def may_undo(undo: Event, target: Event) -> bool:
    """Only what oneself has said, or as a lead anything; and only what came before."""
    return target.number < undo.number and (undo.who == target.who or undo.role == "lead")


def may_answer(answer: Event, dispute: Event) -> bool:
    """Only a lead, and never one's own dispute."""
    return dispute.number < answer.number and answer.role == "lead" and answer.who != dispute.who


def _undone(ordered: Sequence[Event]) -> frozenset[int]:
    """From the last event back: whether an undo counts is known before what it is about."""
    by_number = {event.number: event for event in ordered}
    undone: set[int] = set()
    for event in reversed(ordered):
        target = by_number.get(event.target or 0)
        if event.kind == "undo" and event.number not in undone and target is not None and may_undo(event, target):
            undone.add(target.number)
    return frozenset(undone)


def _disputes(said: Sequence[Event]) -> tuple[Dispute, ...]:
    found = {event.number: Dispute(event) for event in said if event.kind == "dispute"}
    for event in said:
        dispute = found.get(event.target or 0)
        if event.kind in ("accept", "reject") and dispute is not None and may_answer(event, dispute.event):
            found[dispute.event.number] = Dispute(dispute.event, event)
    return tuple(found.values())


def _decisions(said: Sequence[Event], disputes: Sequence[Dispute]) -> dict[str, Event]:
    accepted = {d.answer.number: d.event for d in disputes if d.answer is not None and d.state == "accepted"}
    decisions: dict[str, Event] = {}
    for event in said:
        if event.kind in ("agree", "override"):
            decisions[event.step or ""] = event
        elif event.number in accepted:
            decisions[accepted[event.number].step or ""] = event
    return decisions


def _last(said: Sequence[Event], kind: str) -> Event | None:
    return next((event for event in reversed(said) if event.kind == kind), None)
