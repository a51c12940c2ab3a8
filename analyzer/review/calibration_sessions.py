"""Calibration sessions as people use them: several score the same calls blind, then see where they differ.

Blind means: until the session is closed, whoever scores its calls sees nobody's statuses of them but their own: not the
machine's, not those of other people, not in the queue either. That one's own scoring is complete opens nothing: who has
seen the others could still tell those who have not. The opener or any lead closes a session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.calibration_session import CalibrationSession, Rating
from analyzer.models.review import Person
from analyzer.review.permissions import may, require
from analyzer.review.rater_agreement import SessionResults, session_results
from analyzer.review.triage import ReviewSettings
from analyzer.store.store import Store


@dataclass(frozen=True)
class SessionProgress:
    """A session as one person may see it now: own marks, and of the others only how far they are."""

    session: CalibrationSession
    steps: Mapping[str, tuple[str, ...]]
    """ids of the steps of each call, in the order of its SOP"""
    own: tuple[Rating, ...]
    done: Mapping[str, int]
    """steps scored so far, by person"""
    total: int
    """steps to score in all"""


class CalibrationSessions:
    """The calibration sessions of one store. Methods raise RefusedError like those of `ReviewService`."""

    def __init__(self, store: Store, settings: ReviewSettings | None = None) -> None:
        self._store = store
        self._settings = settings or ReviewSettings()

    def open(
        self, person: Person, name: str, calls: Sequence[str], people: Sequence[str], expert: str | None = None
    ) -> CalibrationSession:
        """Begin one. `people` score; `expert`, one of them, is who the others are compared with."""
        require(person, "sessions")
        found = self._store.cases.get(calls)
        unknown = [call for call in calls if call not in found or not found[call].report.steps]
        if unknown or not calls:
            raise RefusedError("no_call", f"{len(unknown) or 'No'} calls cannot be scored: choose others.")
        able = {one.person.name for one in self._store.people.all() if _scores(one.person) and not one.disabled}
        if strangers := sorted({*people, *([expert] if expert else [])} - able):
            raise RefusedError("no_person", f"Cannot score calls: {', '.join(strangers)}.")
        everybody = tuple(dict.fromkeys([*people, *([expert] if expert else [])]))
        if len(everybody) < 2:  # noqa: PLR2004
            raise RefusedError("no_person", "A session needs two people at least.")
        return self._store.sessions.open(name, tuple(dict.fromkeys(calls)), everybody, expert, person.name)

    def mine(self, person: Person) -> tuple[CalibrationSession, ...]:
        """Sessions that somebody scores, opened, or may close; the newest first."""
        require(person, "score_session")
        every = self._store.sessions.all()
        return tuple(one for one in every if person.name in one.people or self.closable(person, one))

    def progress(self, person: Person, number: int) -> SessionProgress:
        """How far a session is."""
        session = self._session(person, number)
        steps = self._steps(session)
        marks = self._store.sessions.marks(number)
        done = {who: sum(mark.who == who for mark in marks) for who in session.people}
        own = tuple(mark for mark in marks if mark.who == person.name)
        return SessionProgress(session, steps, own, done, sum(map(len, steps.values())))

    def score(
        self, person: Person, number: int, call: str, said: Mapping[str, tuple[Status, str | None]]
    ) -> None:
        """Take down what somebody says of a call: by step its status, and why. Said again, the later counts."""
        session = self._session(person, number)
        if person.name not in session.people:
            raise RefusedError("not_invited", "You do not take part in this session.")
        steps = self._steps(session).get(call, ())
        if strange := sorted(set(said) - set(steps)):
            raise RefusedError("no_step", f"The call has no step {', '.join(strange)}.")
        marks = [
            Rating(call=call, who=person.name, step=step, status=status, text=text or None)
            for step, (status, text) in said.items()
        ]
        if marks and not self._store.sessions.mark(number, marks):
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
        marks = self._store.sessions.marks(number)
        return session_results(session, marks, self._steps(session), self._settings.few)

    @staticmethod
    def closable(person: Person, session: CalibrationSession) -> bool:
        """Whether somebody may close a session."""
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


def _scores(person: Person) -> bool:
    return may(person, "score_session")
