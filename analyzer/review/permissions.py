"""Who may do what: one table, asked by everything that people do. Nobody deletes.

`all`: with any call; `own`: agents, with calls of theirs; for undo: what oneself has said.
"""

from collections.abc import Mapping
from typing import Literal

from analyzer.errors import RefusedError
from analyzer.models.review import EventKind, Person

Reach = Literal["all", "own"]
Office = Literal["queue", "figures", "plan", "sessions", "score_session", "people", "export_labels", "history"]
"""what is done with the program as a whole"""

_REVIEWER: dict[str, Reach] = {"analyst": "all", "coach": "all", "lead": "all"}
_EVERYBODY: dict[str, Reach] = {**_REVIEWER, "agent": "own"}
_AGENT: dict[str, Reach] = {"agent": "own"}
_LEAD: dict[str, Reach] = {"lead": "all"}

MAY: Mapping[EventKind | Office, Mapping[str, Reach]] = {
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
    "accept": _LEAD,  # never one's own dispute, see `folding.may_answer`
    "reject": _LEAD,
    "queue": _EVERYBODY,
    "figures": _EVERYBODY,
    "plan": _REVIEWER,
    "sessions": {"analyst": "all", "lead": "all"},  # opening and closing them
    "score_session": _REVIEWER,  # when invited
    "people": _LEAD,
    "export_labels": _REVIEWER,
    "history": _REVIEWER,  # all of it; agents see their part, see `visible`
}

_FOR_AGENTS = frozenset(
    {"agree", "override", "confirm", "dismiss", "coaching", "reviewed", "acknowledge", "dispute", "accept", "reject"}
)
_FOR_LEADS_ONLY = frozenset({"view", "play", "export"})

def reach(person: Person, action: EventKind | Office) -> Reach | None:
    """How far somebody may do something; None: not at all."""
    return MAY[action].get(person.role)

def may(person: Person, action: EventKind | Office, *, agent: str | None = None) -> bool:
    """Whether somebody may do something, with a call of this agent (None: a call whose agent nobody knows)."""
    allowed = reach(person, action)
    if allowed is None:
        return False
    return person.role != "agent" or (person.agent is not None and person.agent == agent)

def demand(person: Person, action: EventKind | Office, *, agent: str | None = None) -> None:
    """Raise RefusedError unless `may`."""
    if not may(person, action, agent=agent):
        raise RefusedError("not_allowed", f"{person.name} ({person.role}) may not do that: {action}.")

def sees(person: Person, kind: EventKind) -> bool:
    """Whether events of this kind are shown to somebody who may see the call."""
    if person.role == "agent":
        return kind in _FOR_AGENTS or kind == "undo"
    return kind not in _FOR_LEADS_ONLY or person.role == "lead"
