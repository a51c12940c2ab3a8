"""Calibration sessions: several people score the same calls blind, then see where they differ.

Blind means: until the session is closed, the people who score its calls see only their own statuses of them: neither
the machine's nor those of others, not in the queue either. This also holds for a person whose scoring is complete, who
could tell those who are still scoring. The person who opened a session, or any lead, closes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.review import CalibrationSession, Person, Rating
from analyzer.review.permissions import may, require
from analyzer.review.rater_agreement import SessionResults, session_results
from analyzer.review.triage import ReviewSettings
from analyzer.store.store import Store


@dataclass(frozen=True)
class SessionProgress:
    """A session as one person may see it now: their own ratings, and only the number of everybody else's."""

    session: CalibrationSession
    steps: Mapping[str, tuple[str, ...]]
    """ids of the steps of each call, in the order of its SOP"""
    own_ratings: tuple[Rating, ...]
    done: Mapping[str, int]
    """number of steps scored so far, by person"""
    total: int
    """number of steps to score in all"""


class CalibrationSessions:
    """The calibration sessions of one store. What a person may not do raises RefusedError."""

    def __init__(self, store: Store, settings: ReviewSettings | None = None) -> None:
        self._store = store
        self._settings = settings or ReviewSettings()

    def open(
        self, person: Person, name: str, calls: Sequence[str], people: Sequence[str], expert: str | None = None
    ) -> CalibrationSession:
        """Open a session in which `people` score `calls`; the others are compared with `expert`, who scores, too."""
        require(person, "sessions")
        cases = self._store.cases.get(calls)
        unknown = [call for call in calls if call not in cases or not cases[call].report.steps]
        if unknown or not calls:
            raise RefusedError("no_call", f"{len(unknown) or 'No'} calls cannot be scored: choose others.")
        accounts = [account for account in self._store.people.all() if not account.disabled]
        able = {account.person.name for account in accounts if may(account.person, "score_session")}
        everybody = tuple(dict.fromkeys([*people, *([expert] if expert else [])]))
        if unable := sorted(set(everybody) - able):
            raise RefusedError("no_person", f"Cannot score calls: {', '.join(unable)}.")
        if len(everybody) < 2:  # noqa: PLR2004
            raise RefusedError("no_person", "A session needs two people at least.")
        return self._store.sessions.open(name, tuple(dict.fromkeys(calls)), everybody, expert, person.name)

    def involving(self, person: Person) -> tuple[CalibrationSession, ...]:
        """Sessions that a person scores, opened, or may close; the newest first."""
        require(person, "score_session")
        return tuple(s for s in self._store.sessions.all() if person.name in s.people or self.closable(person, s))

    def progress(self, person: Person, number: int) -> SessionProgress:
        """How much of a session is scored."""
        session = self._session(person, number)
        steps = self._steps(session)
        ratings = self._store.sessions.ratings(number)
        done = {who: sum(rating.who == who for rating in ratings) for who in session.people}
        own_ratings = tuple(rating for rating in ratings if rating.who == person.name)
        return SessionProgress(session, steps, own_ratings, done, sum(map(len, steps.values())))

    def score(self, person: Person, number: int, call: str, statuses: Mapping[str, tuple[Status, str | None]]) -> None:
        """Add a person's ratings of a call: by step its status, and why. Of several for one step the last counts."""
        session = self._session(person, number)
        if person.name not in session.people:
            raise RefusedError("not_invited", "You do not take part in this session.")
        steps = self._steps(session).get(call, ())
        if unknown := sorted(set(statuses) - set(steps)):
            raise RefusedError("no_step", f"The call has no step {', '.join(unknown)}.")
        ratings = [
            Rating(call=call, who=person.name, step=step, status=status, text=text or None)
            for step, (status, text) in statuses.items()
        ]
        if ratings and not self._store.sessions.add_ratings(number, ratings):
            raise RefusedError("session_closed", "This session is closed.")

    def close(self, person: Person, number: int) -> None:
        """End the scoring and open the results."""
        session = self._session(person, number)
        if not self.closable(person, session):
            raise RefusedError("not_allowed", "Only who opened a session, or a lead, can close it.")
        self._store.sessions.close(number)

    def results(self, person: Person, number: int) -> SessionResults:
        """All figures of a closed session."""
        session = self._session(person, number)
        if session.closed_at is None:
            raise RefusedError("session_open", "Results can be seen once the session is closed.")
        ratings = self._store.sessions.ratings(number)
        return session_results(session, ratings, self._steps(session), self._settings.few)

    @staticmethod
    def closable(person: Person, session: CalibrationSession) -> bool:
        """Whether this person may close a session."""
        return may(person, "sessions") and (person.role == "lead" or person.name == session.opened_by)

    def _session(self, person: Person, number: int) -> CalibrationSession:
        require(person, "score_session")
        session = self._store.sessions.get(number)
        if session is None or not (person.name in session.people or self.closable(person, session)):
            raise RefusedError("not_invited", "You do not take part in this session.")
        return session

    def _steps(self, session: CalibrationSession) -> dict[str, tuple[str, ...]]:
        cases = self._store.cases.get(session.calls)
        return {call: tuple(finding.id for finding in case.report.steps) for call, case in cases.items()}
