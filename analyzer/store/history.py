"""The history of calls: events that are only ever added, and what is derived from them in the same transaction."""

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from analyzer.models.review import ACCESS_KINDS, Case, Event, NewEvent, Person, QueuePosition
from analyzer.store.banks import Banks
from analyzer.store.database import Database
from analyzer.store.review_cases import event_from_row, cases_within, put_queue_positions
from analyzer.store.review_tables import decided, events, marks, purging, reviews, session_calls, texts
from analyzer.store.serialization import storable_text
from analyzer.store.tables import calls
from analyzer.store.upsert import chunked

MakeEvent = Callable[[Case], NewEvent]
"""Whole event from the case as it is now; raises what ends the attempt. May be called again."""
DerivePosition = Callable[[Case], QueuePosition]


class History:
    """The events of one store."""

    def __init__(self, database: Database, banks: Banks) -> None:
        self._database = database
        self._banks = banks

    def add(self, call: str, who: Person, make: MakeEvent, derive: DerivePosition, *, token: str | None = None) -> Case | None:
        """Add one event; returns the case with it, None when there is no report of this call.

        `make` and `derive` see the case while nobody else can add to it. The same `token` twice is one event.
        """
        token = token or secrets.token_hex(16)
        return self._database.write(partial(self._add, call=call, who=who, make=make, derive=derive, token=token))

    def _add(
        self, connection: Connection, call: str, who: Person, make: MakeEvent, derive: DerivePosition, token: str
    ) -> Case | None:
        connection.execute(select(calls.c.id).where(calls.c.id == call).with_for_update())
        case = cases_within(connection, self._banks, [call]).get(call)
        if case is None or connection.execute(select(events.c.number).where(events.c.token == token)).first():
            return case
        row = _row(make(case), who, token, self._database.now(connection))
        added = connection.execute(insert(events).values(**row).returning(events)).one()
        case = case.model_copy(update={"events": (*case.events, event_from_row(added))})
        put_queue_positions(connection, {call: derive(case)})
        return case

    def log(self, seen: Sequence[NewEvent], who: Person) -> None:
        """Note who saw, played or exported what; any number of calls."""
        if odd := {event.kind for event in seen} - ACCESS_KINDS:
            raise ValueError(f"{sorted(odd)} change a call: they are added one by one")
        tokens = [secrets.token_hex(16) for _ in seen]

        def note(connection: Connection) -> None:
            written = select(events.c.token).where(events.c.token.in_(tokens[:1]))
            if connection.execute(written).first():
                return  # an earlier attempt of ours was kept, though its answer was lost
            now = self._database.now(connection)
            rows = [_row(event, who, token, now) for event, token in zip(seen, tokens, strict=True)]
            for part in chunked(rows):
                connection.execute(insert(events), list(part))

        self._database.write(note)

    def of(self, call: str) -> tuple[Event, ...]:
        """Everything that happened to a call, oldest first."""
        wanted = select(events).where(events.c.call == call).order_by(events.c.number)
        return tuple(event_from_row(row) for row in self._database.read(lambda connection: connection.execute(wanted).all()))

    def purge(self, keys: Sequence[str]) -> None:
        """Delete all that people said of these calls, what is derived from it, and the calls' words for searches."""
        for part in chunked(keys):
            self._database.write(partial(_purge, keys=part))


def _row(new: NewEvent, who: Person, token: str, now: float) -> dict[str, Any]:
    text = storable_text(new.text) if new.text is not None else None
    return {**new.model_dump(), "text": text, "token": token, "made_at": now, "who": who.name, "role": who.role}


def _purge(connection: Connection, keys: Sequence[str]) -> None:
    connection.execute(insert(purging), [{"call": key} for key in keys])
    for table in (events, marks, session_calls, reviews, decided, texts):
        connection.execute(delete(table).where(table.c.call.in_(keys)))
    connection.execute(delete(purging).where(purging.c.call.in_(keys)))


