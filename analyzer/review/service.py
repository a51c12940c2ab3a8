"""The operations of the review app on one store: calls, decisions, the queue. Each checks the person's permissions.

Many threads may share one `ReviewService`. What a person may not do raises RefusedError; its `key` has words in the
catalogues.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzer.errors import RefusedError
from analyzer.models.review import CallFilter, Case, Event, EventKind, NewEvent, Person, QueueCursor
from analyzer.review.events import CallState, complete_event, replay
from analyzer.review.permissions import may_see, require, scope
from analyzer.review.reviewed_report import ReviewedReport, reviewed_report
from analyzer.review.triage import Reason, ReviewSettings, queue_position, reasons
from analyzer.store.listing import ListedCall, Scope
from analyzer.store.store import Store


@dataclass(frozen=True)
class CallDetails:
    """One call as it is now, without anything that the person who asked may not see."""

    case: Case
    state: CallState
    reviewed: ReviewedReport
    reasons: tuple[Reason, ...]
    events: tuple[Event, ...]
    """the history, oldest first; for leads with who opened and heard the call"""


@dataclass(frozen=True)
class QueueRow:
    """One call of the queue, with every reason to look at it, most urgent first."""

    listed: ListedCall
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class QueuePage:
    """Part of the queue, and how many calls all of it has."""

    rows: tuple[QueueRow, ...]
    total: int


class ReviewService:
    """Reviewing on one store."""

    def __init__(self, store: Store, *, settings: ReviewSettings | None = None, run: int | None = None) -> None:
        """`run`: the number of a run (`Store.run_number`) when only its calls count."""
        self.store = store
        self.settings = settings or ReviewSettings()
        self.run = run
        self._rules = self.settings.rules()
        self._derive = partial(queue_position, settings=self.settings, rules=self._rules)

    def refresh(self) -> int:
        """Bring the queue up to date with reports made since; quick when there are none. Returns how many."""
        return self.store.cases.refresh(self._derive, self._rules)

    def call(self, person: Person, call: str) -> CallDetails:
        """One call, with the part of its history that this person may see."""
        case = self.store.cases.get([call]).get(call)
        if case is None:
            raise _no_call()
        require(person, "view", agent=case.report.agent)
        self._refuse_blind(person, call)
        return self._details(person, case)

    def add_event(self, person: Person, new: NewEvent, *, token: str | None = None) -> CallDetails:
        """Add an event to a call's history; returns the call after it.

        The same event with the same `token` (a form sent twice) is added once.
        """

        def make(case: Case) -> NewEvent:
            return complete_event(person, new, case)

        self._refuse_blind(person, new.call)
        token = _idempotency_key(token, person, new) if token is not None else None
        case = self.store.history.add(new.call, person, make, self._derive, token=token)
        if case is None:
            raise _no_call()
        return self._details(person, case)

    def log_access(self, person: Person, kind: EventKind, calls: Sequence[str]) -> None:
        """Log that a person opened (`view`), played or exported calls."""
        for case in self.store.cases.get(calls).values():
            require(person, kind, agent=case.report.agent)
        self.store.history.log([NewEvent(call=call, kind=kind) for call in calls], person)

    def queue(self, person: Person, wanted: CallFilter, *, offset: int = 0, limit: int = 50) -> QueuePage:
        """A page of calls, most urgent first."""
        self.refresh()
        page = self.store.listing.page(self.scope(person), self._restricted(person, wanted), offset=offset, limit=limit)
        cases = self.store.cases.get([listed.call for listed in page.calls])
        rows = (QueueRow(listed, self._reasons(cases.get(listed.call))) for listed in page.calls)
        return QueuePage(tuple(rows), page.total)

    def next_call(self, person: Person, wanted: CallFilter, after: QueueCursor | str) -> str | None:
        """Key of the first call behind a cursor, or behind the present position of a call (its key); None at the end.

        A decision moves its call: keep the row's cursor while its call is worked on.
        """
        cursor = self.store.listing.cursor_of(after) if isinstance(after, str) else after
        if cursor is None:
            return None
        listed = self.store.listing.after(cursor, self.scope(person), self._restricted(person, wanted))
        return listed.call if listed else None

    def agents(self, person: Person) -> Sequence[str]:
        """Names of the agents whose calls this person may list."""
        if scope(person, "queue") == "own":
            return [person.agent] if person.agent else []
        return self.store.listing.agents(self.scope(person))

    def steps(self, person: Person) -> tuple[str, ...]:
        """Ids of the SOP's steps, in its order, as the most urgent call has them; none without calls."""
        page = self.store.listing.page(self.scope(person), CallFilter(), limit=1)
        cases = self.store.cases.get([listed.call for listed in page.calls])
        return tuple(step.id for case in cases.values() for step in case.bank.steps)

    def scope(self, person: Person) -> Scope:
        """The calls that lists for this person are made of."""
        return Scope(self.run, person.name)

    def _refuse_blind(self, person: Person, call: str) -> None:
        if call in self.store.sessions.open_calls(person.name):
            raise RefusedError("blind", "You score this call in a calibration session that is still open.")

    def _restricted(self, person: Person, wanted: CallFilter) -> CallFilter:
        """`wanted`, for agents with nothing but their own calls."""
        if scope(person, "queue") == "own":
            return wanted.model_copy(update={"agent": person.agent or ""})
        return wanted

    def _details(self, person: Person, case: Case) -> CallDetails:
        state = replay(case.events)
        reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
        why = reasons(reviewed, state, case.bank, case.call, self.settings)
        shown = case.model_copy(update={"events": visible_events(person, case.events)})
        if not may_see(person, "comment"):
            state = replace(state, comments=())
        return CallDetails(shown, state, reviewed, tuple(why), visible_events(person, self.store.history.of(case.call)))

    def _reasons(self, case: Case | None) -> tuple[Reason, ...]:
        if case is None:
            return ()
        state = replay(case.events)
        reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
        return tuple(reasons(reviewed, state, case.bank, case.call, self.settings))


def visible_events(person: Person, events: Sequence[Event]) -> tuple[Event, ...]:
    """The part of a call's history that this person, who may see the call, may see."""
    shown: dict[int, Event] = {}
    for event in events:
        if may_see(person, event.kind) and (event.kind != "undo" or event.target in shown):
            shown[event.number] = event
    return tuple(shown.values())


def _idempotency_key(token: str, person: Person, new: NewEvent) -> str:
    """Depends on the event, too: a form that is gone back to and sent with other content is another event."""
    return hashlib.sha256(f"{token}\0{person.name}\0{new.model_dump_json()}".encode()).hexdigest()


def _no_call() -> RefusedError:
    return RefusedError("no_call", "There is no such call, or its SOP is not in this store.")
