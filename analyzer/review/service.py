"""What the review app stands on: calls, decisions, queue. Every method takes the person who asks and minds the rights.

One desk serves many threads and people. Raises RefusedError, whose `key` has words in `analyzer.review.words`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzer.errors import RefusedError
from analyzer.models.review import CallFilter, Case, Event, EventKind, NewEvent, Person, Place
from analyzer.review.event_factory import whole_event
from analyzer.review.event_replay import State, fold
from analyzer.review.permissions import demand, reach, sees
from analyzer.review.reviewed import Reviewed, reviewed_report
from analyzer.review.settings import ReviewSettings
from analyzer.review.triage import Reason, reasons, standing
from analyzer.store.listing import Listed, Scope
from analyzer.store.store import Store


@dataclass(frozen=True)
class OpenCall:
    """One call as it is now, with nothing in it that the person who asked may not see.

    `events`: the history, oldest first, who looked included for leads.
    """

    case: Case
    state: State
    reviewed: Reviewed
    reasons: tuple[Reason, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Waiting:
    """One row of the queue, with every reason to look, weightiest first."""

    listed: Listed
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class QueuePage:
    """Part of the queue, and how many calls all of it has."""

    rows: tuple[Waiting, ...]
    total: int


class Desk:
    """Reviewing on one store; confined to the calls of one run, when its number is given (`Store.run_number`)."""

    def __init__(self, store: Store, *, settings: ReviewSettings | None = None, run: int | None = None) -> None:
        self.store = store
        self.settings = settings or ReviewSettings()
        self.run = run
        self._rules = self.settings.rules()
        self._derive = partial(standing, settings=self.settings, rules=self._rules)

    def refresh(self) -> int:
        """Bring the queue up to date with reports made since; quick when there are none. Returns how many."""
        return self.store.cases.refresh(self._derive, self._rules)

    def call(self, person: Person, call: str) -> OpenCall:
        """One call, with its history as far as this person may see it."""
        case = self._case(call)
        demand(person, "view", agent=_agent(case))
        self._not_blind(person, call)
        return self._opened(person, case)

    def act(self, person: Person, new: NewEvent, *, token: str | None = None) -> OpenCall:
        """Add what somebody says to the history; returns the call after it.

        The same words with the same `token`, a form sent twice, are said once.
        """

        def make(case: Case) -> NewEvent:
            return whole_event(person, new, case)

        self._not_blind(person, new.call)
        case = self.store.history.add(new.call, person, make, self._derive, token=_once(token, person, new))
        if case is None:
            raise _gone()
        return self._opened(person, case)

    def note(self, person: Person, kind: EventKind, calls: Sequence[str]) -> None:
        """Note that somebody saw (`view`), played or exported calls."""
        for case in self.store.cases.get(calls).values():
            demand(person, kind, agent=_agent(case))
        self.store.history.log([NewEvent(call=call, kind=kind) for call in calls], person)

    def queue(self, person: Person, wanted: CallFilter, *, offset: int = 0, limit: int = 50) -> QueuePage:
        """A page of calls in the order of urgency."""
        self.refresh()
        page = self.store.listing.page(self.scope(person), self._own(person, wanted), offset=offset, limit=limit)
        cases = self.store.cases.get([listed.call for listed in page.calls])
        rows = (Waiting(listed, self._reasons(cases.get(listed.call))) for listed in page.calls)
        return QueuePage(tuple(rows), page.total)

    def next_call(self, person: Person, wanted: CallFilter, after: Place | str) -> str | None:
        """Key of the call behind a place of the queue, or (a key) behind where that call stands now; None at the end.

        Keep the `place` of a row while its call is worked on: the call itself moves when it is decided.
        """
        place = self.store.listing.place_of(after) if isinstance(after, str) else after
        found = self.store.listing.after(place, self.scope(person), self._own(person, wanted)) if place else None
        return found.call if found else None

    def agents(self, person: Person) -> Sequence[str]:
        """Names to choose from; of an agent only their own."""
        if reach(person, "queue") == "own":
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

    def _not_blind(self, person: Person, call: str) -> None:
        if call in self.store.sessions.open_calls(person.name):
            raise RefusedError("blind", "You score this call in a calibration session that is still open.")

    def _own(self, person: Person, wanted: CallFilter) -> CallFilter:
        """For agents: nothing but their own calls."""
        if reach(person, "queue") == "own":
            return wanted.model_copy(update={"agent": person.agent or ""})
        return wanted

    def _case(self, call: str) -> Case:
        case = self.store.cases.get([call]).get(call)
        if case is None:
            raise _gone()
        return case

    def _opened(self, person: Person, case: Case) -> OpenCall:
        state = fold(case.events)
        reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
        found = reasons(reviewed, state, case.bank, case.call, self.settings)
        shown = case.model_copy(update={"events": visible(person, case.events)})
        if not sees(person, "comment"):
            state = replace(state, comments=())
        return OpenCall(shown, state, reviewed, tuple(found), visible(person, self.store.history.of(case.call)))

    def _reasons(self, case: Case | None) -> tuple[Reason, ...]:
        if case is None:
            return ()
        state = fold(case.events)
        reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
        return tuple(reasons(reviewed, state, case.bank, case.call, self.settings))


def visible(person: Person, events: Sequence[Event]) -> tuple[Event, ...]:
    """The part of a history that somebody who may see the call may see."""
    shown: dict[int, Event] = {}
    for event in events:
        if sees(person, event.kind) and (event.kind != "undo" or event.target in shown):
            shown[event.number] = event
    return tuple(shown.values())


def _once(token: str | None, person: Person, new: NewEvent) -> str | None:
    """Somebody who goes back to a form and says something else has said something else."""
    if token is None:
        return None
    return hashlib.sha256(f"{token}\0{person.name}\0{new.model_dump_json()}".encode()).hexdigest()


def _agent(case: Case) -> str | None:
    return case.report.agent


def _gone() -> RefusedError:
    return RefusedError("no_call", "There is no such call, or its SOP is not in this store.")
