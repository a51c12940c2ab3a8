"""Calibration sessions: several people rate the same calls without seeing each other's ratings.

Ratings are only ever added; the last one of each rater counts.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from analyzer.models.review import MACHINE_RATER, CalibrationSession, Rating
from analyzer.store.database import Database, chunked, storable_text
from analyzer.store.tables import findings, session_calls, session_people, session_ratings, sessions


class CalibrationSessionStore:
    """The calibration sessions of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, name: str, calls: Sequence[str], people: Sequence[str], expert: str | None, opened_by: str
    ) -> CalibrationSession:
        """A new session; the machine's findings of its calls are stored as the machine's ratings."""
        token = secrets.token_hex(16)

        def insert_session(connection: Connection) -> int:
            known: int | None = connection.execute(select(sessions.c.id).where(sessions.c.token == token)).scalar()
            if known is not None:
                return known  # an earlier attempt was committed, though its answer was lost
            row = {
                "token": token,
                "name": storable_text(name),
                "expert": expert,
                "opened_by": opened_by,
                "opened_at": self._database.now(connection),
            }
            number: int = connection.execute(insert(sessions).values(**row).returning(sessions.c.id)).scalar_one()
            rows = [{"session": number, "call": call, "position": position} for position, call in enumerate(calls)]
            connection.execute(insert(session_calls), rows)
            connection.execute(insert(session_people), [{"session": number, "person": person} for person in people])
            self._add_machine_ratings(connection, number, calls)
            return number

        number = self._database.write(insert_session)
        (session,) = self._sessions(sessions.c.id == number)
        return session

    def get(self, number: int) -> CalibrationSession | None:
        """The session with this id."""
        return next(iter(self._sessions(sessions.c.id == number)), None)

    def all(self) -> tuple[CalibrationSession, ...]:
        """Every session, the newest first."""
        return self._sessions()

    def close(self, number: int) -> None:
        """End the rating; from now on everybody may see all ratings. Closing it again changes nothing."""

        def close(connection: Connection) -> None:
            is_open = update(sessions).where(sessions.c.id == number, sessions.c.closed_at.is_(None))
            connection.execute(is_open.values(closed_at=self._database.now(connection)))

        self._database.write(close)

    def add_ratings(self, number: int, ratings: Sequence[Rating]) -> bool:
        """Store a rater's ratings; False when the session is closed by then, and nothing was stored."""
        tokens = [secrets.token_hex(16) for _ in ratings]

        def add(connection: Connection) -> bool:
            written = select(session_ratings.c.number).where(session_ratings.c.token.in_(tokens[:1]))
            if connection.execute(written).first():
                return True  # an earlier attempt was committed
            is_open = select(sessions.c.id).where(sessions.c.id == number, sessions.c.closed_at.is_(None))
            if connection.execute(is_open.with_for_update()).first() is None:
                return False
            self._add(connection, number, ratings, tokens)
            return True

        return self._database.write(add)

    def ratings(self, number: int) -> tuple[Rating, ...]:
        """The last rating of every rater, the machine too, of every step. Callers must hide them until `closed_at`."""
        query = select(session_ratings).where(session_ratings.c.session == number).order_by(session_ratings.c.number)
        rows = self._database.rows(query)
        last = {(row.call, row.who, row.step): row for row in rows}
        return tuple(
            Rating(call=row.call, who=row.who, step=row.step, status=row.status, text=row.text) for row in last.values()
        )

    def open_calls(self, name: str) -> frozenset[str]:
        """Calls of open sessions that this person rates: others' statuses of them must not be shown to them now."""
        return frozenset(self._database.values(open_calls(name)))

    def _add_machine_ratings(self, connection: Connection, number: int, calls: Sequence[str]) -> None:
        for chunk in chunked(calls):
            rows = connection.execute(select(findings).where(findings.c.call.in_(chunk))).all()
            ratings = [Rating(call=row.call, who=MACHINE_RATER, step=row.step, status=row.status) for row in rows]
            self._add(connection, number, ratings, [secrets.token_hex(16) for _ in ratings])

    def _add(self, connection: Connection, number: int, ratings: Sequence[Rating], tokens: Sequence[str]) -> None:
        now = self._database.now(connection)
        rows = [
            {
                **rating.model_dump(),
                "text": storable_text(rating.text) if rating.text is not None else None,
                "token": token,
                "session": number,
                "made_at": now,
            }
            for rating, token in zip(ratings, tokens, strict=True)
        ]
        if rows:
            connection.execute(insert(session_ratings), rows)

    def _sessions(self, *conditions: ColumnElement[bool]) -> tuple[CalibrationSession, ...]:
        def read(connection: Connection) -> tuple[CalibrationSession, ...]:
            rows = connection.execute(select(sessions).where(*conditions).order_by(sessions.c.id.desc())).all()
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
    """A query for the calls of open sessions that a person rates."""
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
