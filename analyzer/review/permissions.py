"""Which role may do what: one table, which every action of the review app asks. Nobody may delete.

`all`: with any call; `own`: agents, with their own calls; for undo: only what the person has written.
"""

from collections.abc import Mapping
from typing import Literal

from analyzer.errors import RefusedError
from analyzer.models.review import EventKind, Person

Extent = Literal["all", "own"]
Task = Literal["queue", "figures", "plan", "sessions", "score_session", "people", "export_labels", "history"]
"""actions that are not about one call"""

_REVIEWER: dict[str, Extent] = {"analyst": "all", "coach": "all", "lead": "all"}
_EVERYBODY: dict[str, Extent] = {**_REVIEWER, "agent": "own"}
_AGENT: dict[str, Extent] = {"agent": "own"}
_LEAD: dict[str, Extent] = {"lead": "all"}

PERMISSIONS: Mapping[EventKind | Task, Mapping[str, Extent]] = {
    "view": _EVERYBODY,
    "play": _EVERYBODY,
    "export": _REVIEWER,
    "agree": _REVIEWER,
    "override": _REVIEWER,
    "confirm": _REVIEWER,
    "dismiss": _REVIEWER,
    "comment": _REVIEWER,
    "coaching": _REVIEWER,
    "reviewed": _REVIEWER,
    "undo": {"analyst": "own", "coach": "own", "lead": "all", "agent": "own"},
    "acknowledge": _AGENT,
    "dispute": _AGENT,
    "accept": _LEAD,  # but not to a dispute of their own, see `events.may_answer`
    "reject": _LEAD,
    "queue": _EVERYBODY,
    "figures": _EVERYBODY,
    "plan": _REVIEWER,
    "sessions": {"analyst": "all", "lead": "all"},  # to open and close them
    "score_session": _REVIEWER,  # when invited
    "people": _LEAD,
    "export_labels": _REVIEWER,
    "history": _REVIEWER,  # all of it; agents see part of it, see `service.visible_events`
}

_FOR_AGENTS = frozenset(
    {"agree", "override", "confirm", "dismiss", "coaching", "reviewed", "acknowledge", "dispute", "accept", "reject"}
)
_FOR_LEADS_ONLY = frozenset({"view", "play", "export"})


def scope(person: Person, action: EventKind | Task) -> Extent | None:
    """With which calls a person may do something; None: with none."""
    return PERMISSIONS[action].get(person.role)


def may(person: Person, action: EventKind | Task, *, agent: str | None = None) -> bool:
    """Whether a person may do something with a call of this agent (None: the agent is not known)."""
    allowed = scope(person, action)
    if allowed is None:
        return False
    return person.role != "agent" or (person.agent is not None and person.agent == agent)


def require(person: Person, action: EventKind | Task, *, agent: str | None = None) -> None:
    """Raise RefusedError unless `may`."""
    if not may(person, action, agent=agent):
        raise RefusedError("not_allowed", f"{person.name} ({person.role}) may not do that: {action}.")


def may_see(person: Person, kind: EventKind) -> bool:
    """Whether a person who may see a call is shown its events of this kind."""
    if person.role == "agent":
        return kind in _FOR_AGENTS or kind == "undo"
    return kind not in _FOR_LEADS_ONLY or person.role == "lead"
