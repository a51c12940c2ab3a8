"""Calibration sessions of one store. Marks are only ever added."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from analyzer.models.calibration_session import MACHINE_RATER, CalibrationSession, Rating
from analyzer.store.database import Database
from analyzer.store.rows import chunked, storable_text
from analyzer.store.tables import findings, marks, session_calls, session_people, sessions


class CalibrationSessions:
    """Opening, scoring, closing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, name: str, calls: Sequence[str], people: Sequence[str], expert: str | None, opened_by: str
    ) -> CalibrationSession:
        """A new session; what the machine says of its calls now is taken down as the machine's marks."""
        token = secrets.token_hex(16)

        def begin(connection: Connection) -> int:
            known: int | None = connection.execute(select(sessions.c.id).where(sessions.c.token == token)).scalar()
            if known is not None:
                return known  # an earlier attempt of ours was kept, though its answer was lost
            row = {
                "token": token,
                "name": storable_text(name),
                "expert": expert,
                "opened_by": opened_by,
                "opened_at": self._database.now(connection),
            }
            number: int = connection.execute(insert(sessions).values(**row).returning(sessions.c.id)).scalar_one()
            rows = [{"session": number, "call": call, "position": at} for at, call in enumerate(calls)]
            connection.execute(insert(session_calls), rows)
            connection.execute(insert(session_people), [{"session": number, "person": one} for one in people])
            self._take_down(connection, number, calls)
            return number

        number = self._database.write(begin)
        (found,) = self._found(sessions.c.id == number)
        return found

    def get(self, number: int) -> CalibrationSession | None:
        """The session with this id."""
        return next(iter(self._found(sessions.c.id == number)), None)

    def all(self) -> tuple[CalibrationSession, ...]:
        """Every session, the newest first."""
        return self._found()

    def close(self, number: int) -> None:
        """End the scoring; from now on everybody may see everything. Closed twice it is closed since the first time."""

        def end(connection: Connection) -> None:
            still = update(sessions).where(sessions.c.id == number, sessions.c.closed_at.is_(None))
            connection.execute(still.values(closed_at=self._database.now(connection)))

        self._database.write(end)

    def add_ratings(self, number: int, said: Sequence[Rating]) -> bool:
        """Take down what a rater says; False when the session is closed by then, and nothing was kept."""
        tokens = [secrets.token_hex(16) for _ in said]

        def add(connection: Connection) -> bool:
            if connection.execute(select(marks.c.number).where(marks.c.token.in_(tokens[:1]))).first():
                return True  # as above
            open_still = select(sessions.c.id).where(sessions.c.id == number, sessions.c.closed_at.is_(None))
            if connection.execute(open_still.with_for_update()).first() is None:
                return False
            self._add(connection, number, said, tokens)
            return True

        return self._database.write(add)

    def ratings(self, number: int) -> tuple[Rating, ...]:
        """The last word of every rater on every step, the machine's too. Whoever shows them minds `closed_at`."""
        wanted = select(marks).where(marks.c.session == number).order_by(marks.c.number)
        rows = self._database.read(lambda connection: connection.execute(wanted).all())
        last = {(row.call, row.who, row.step): row for row in rows}
        return tuple(
            Rating(call=row.call, who=row.who, step=row.step, status=row.status, text=row.text) for row in last.values()
        )

    def open_calls(self, name: str) -> frozenset[str]:
        """Calls of open sessions that this person scores: nobody's statuses of them may be shown to them now."""
        found: Sequence[str] = self._database.read(lambda c: c.execute(open_calls(name)).scalars().all())
        return frozenset(found)

    def _take_down(self, connection: Connection, number: int, calls: Sequence[str]) -> None:
        for part in chunked(calls):
            rows = connection.execute(select(findings).where(findings.c.call.in_(part))).all()
            said = [Rating(call=row.call, who=MACHINE_RATER, step=row.step, status=row.status) for row in rows]
            self._add(connection, number, said, [secrets.token_hex(16) for _ in said])

    def _add(self, connection: Connection, number: int, said: Sequence[Rating], tokens: Sequence[str]) -> None:
        now = self._database.now(connection)
        rows = [
            {
                **mark.model_dump(),
                "text": storable_text(mark.text) if mark.text is not None else None,
                "token": token,
                "session": number,
                "made_at": now,
            }
            for mark, token in zip(said, tokens, strict=True)
        ]
        if rows:
            connection.execute(insert(marks), rows)

    def _found(self, *which: ColumnElement[bool]) -> tuple[CalibrationSession, ...]:
        def read(connection: Connection) -> tuple[CalibrationSession, ...]:
            rows = connection.execute(select(sessions).where(*which).order_by(sessions.c.id.desc())).all()
            return tuple(
                CalibrationSession(
                    calls=tuple(connection.execute(_calls(row.id)).scalars()),
                    people=tuple(connection.execute(_people(row.id)).scalars()),
                    **{name: value for name, value in row._asdict().items() if name != "token"},
                )
                for row in rows
            )

        return self._database.read(read)


def open_calls(name: str) -> Select[Any]:
    """Of which calls a person scores an open session."""
    return (
        select(session_calls.c.call)
        .join(sessions, sessions.c.id == session_calls.c.session)
        .join(session_people, session_people.c.session == sessions.c.id)
        .where(sessions.c.closed_at.is_(None), session_people.c.person == name)
    )


def _calls(number: int) -> Select[tuple[str]]:
    return select(session_calls.c.call).where(session_calls.c.session == number).order_by(session_calls.c.position)


def _people(number: int) -> Select[tuple[str]]:
    return (
        select(session_people.c.person)
        .where(session_people.c.session == number)
        .order_by(session_people.c.person)
    )
