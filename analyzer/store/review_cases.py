"""Calls under review: the SOPs they were scored against, their events, and queue positions derived from both.

Events are only ever added (event sourcing); what is derived from them is stored in the same transaction.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select

from analyzer.models.bank import RENAMED_KEYS, PhraseBank
from analyzer.models.report import Report
from analyzer.models.review import ACCESS_KINDS, Case, Event, NewEvent, Person, QueuePosition
from analyzer.store.database import Database, chunked, decode_model, encode_model, storable_text, upsert
from analyzer.store.tables import banks, calls, decided, events, reports, reviews

MakeEvent = Callable[[Case], NewEvent]
"""Complete event from the case as it is now; raises to refuse. May be called again."""
DerivePosition = Callable[[Case], QueuePosition]
_REFRESHED = 200  # calls derived in one transaction: others wait for it


class Banks:
    """The SOPs that reports were made against, by content hash: reviewing needs their labels, weights, pass marks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: dict[str, PhraseBank] = {}  # a hash always names the same SOP

    def put(self, bank: PhraseBank) -> None:
        """Store an SOP once, however often it is given."""

        def insert_bank(connection: Connection) -> None:
            row = {"sha256": bank.sha256, "body": encode_model(bank), "kept_at": self._database.now(connection)}
            upsert(connection, banks, [row], keep=("kept_at",))

        self._database.write(insert_bank)

    def get(self, sha256: str) -> PhraseBank | None:
        """The SOP with this hash; None when it was never stored."""
        return self._database.read(lambda connection: self.get_within(connection, sha256))

    def all(self) -> tuple[PhraseBank, ...]:
        """Every SOP, the newest last."""

        def read(connection: Connection) -> tuple[PhraseBank, ...]:
            query = select(banks.c.sha256).order_by(banks.c.kept_at, banks.c.sha256)
            hashes = connection.execute(query).scalars().all()
            return tuple(bank for sha256 in hashes if (bank := self.get_within(connection, sha256)))

        return self._database.read(read)

    def get_within(self, connection: Connection, sha256: str) -> PhraseBank | None:
        """`get` inside a transaction that is under way."""
        if sha256 not in self._cache:
            body = connection.execute(select(banks.c.body).where(banks.c.sha256 == sha256)).scalar()
            bank = _decode_bank(body) if body is not None else None
            if bank is None:
                return None
            self._cache[sha256] = bank
        return self._cache[sha256]


def _decode_bank(body: bytes) -> PhraseBank | None:
    """A stored bank, with former keys by their new names; None when the bytes are damaged."""
    return decode_model(PhraseBank, body) or decode_model(PhraseBank, body, change=_with_new_keys)


def _with_new_keys(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same JSON with every former key renamed; `groups` are left alone, whose keys are the bank's own."""
    if isinstance(value, dict):
        return {
            RENAMED_KEYS.get(key, key): item if key == "groups" else _with_new_keys(item) for key, item in value.items()
        }
    return [_with_new_keys(item) for item in value] if isinstance(value, list) else value


class Cases:
    """The calls of one store that have a report."""

    def __init__(self, database: Database, known: Banks) -> None:
        self._database = database
        self._banks = known
        self._unreadable: set[tuple[str, str]] = set()  # reports that another version of the program has written

    def get(self, keys: Sequence[str]) -> dict[str, Case]:
        """Cases by call key. Left out: calls without a readable report, or whose SOP was never stored."""
        cases: dict[str, Case] = {}
        for chunk in chunked(keys):
            cases.update(self._database.read(partial(_cases, known=self._banks, keys=chunk)))
        return cases

    def refresh(self, derive: DerivePosition, rules: str) -> int:
        """Derive queue positions again whose report or deriving rules changed; returns how many calls it was."""
        stale = {row.call: row.inputs for row in self._database.rows(_stale(rules))}
        keys = [call for call, inputs in stale.items() if (call, inputs) not in self._unreadable]
        for chunk in (keys[start : start + _REFRESHED] for start in range(0, len(keys), _REFRESHED)):
            readable = self._database.write(partial(self._refresh, keys=chunk, derive=derive))
            self._unreadable.update((key, stale[key]) for key in chunk if key not in readable)
        return len(keys)

    def count_without_bank(self) -> int:
        """Number of reports whose SOP was never stored: made by an earlier version, they cannot be reviewed."""
        query = select(reports.c.call).where(reports.c.sop_sha256.not_in(select(banks.c.sha256)))
        return len(self._database.rows(query))

    def _refresh(self, connection: Connection, keys: Sequence[str], derive: DerivePosition) -> frozenset[str]:
        connection.execute(select(calls.c.id).where(calls.c.id.in_(keys)).order_by(calls.c.id).with_for_update())
        cases = _cases(connection, self._banks, keys)
        _put_positions(connection, {key: derive(case) for key, case in cases.items()})
        return frozenset(cases)


class History:
    """The events of one store."""

    def __init__(self, database: Database, known: Banks) -> None:
        self._database = database
        self._banks = known

    def add(
        self, call: str, who: Person, make: MakeEvent, derive: DerivePosition, *, token: str | None = None
    ) -> Case | None:
        """Add one event; returns the case with it, None when there is no report of this call.

        `make` and `derive` get the case while nobody else can add to it. The same `token` twice is one event.
        """
        token = token or secrets.token_hex(16)
        return self._database.write(partial(self._add, call=call, who=who, make=make, derive=derive, token=token))

    def _add(
        self, connection: Connection, call: str, who: Person, make: MakeEvent, derive: DerivePosition, token: str
    ) -> Case | None:
        connection.execute(select(calls.c.id).where(calls.c.id == call).with_for_update())
        case = _cases(connection, self._banks, [call]).get(call)
        if case is None or connection.execute(select(events.c.number).where(events.c.token == token)).first():
            return case
        row = _event_row(make(case), who, token, self._database.now(connection))
        added = connection.execute(insert(events).values(**row).returning(events)).one()
        case = case.model_copy(update={"events": (*case.events, _event(added))})
        _put_positions(connection, {call: derive(case)})
        return case

    def log(self, accesses: Sequence[NewEvent], who: Person) -> None:
        """Add events of viewing, playing and exporting, of any number of calls; they change no case."""
        if others := {event.kind for event in accesses} - ACCESS_KINDS:
            raise ValueError(f"{sorted(others)} change a call: they are added one by one")
        tokens = [secrets.token_hex(16) for _ in accesses]

        def insert_events(connection: Connection) -> None:
            written = select(events.c.token).where(events.c.token.in_(tokens[:1]))
            if connection.execute(written).first():
                return  # an earlier attempt was committed, though its answer was lost
            now = self._database.now(connection)
            rows = [_event_row(event, who, token, now) for event, token in zip(accesses, tokens, strict=True)]
            for chunk in chunked(rows):
                connection.execute(insert(events), list(chunk))

        self._database.write(insert_events)

    def of(self, call: str) -> tuple[Event, ...]:
        """All events of a call, oldest first."""
        rows = self._database.rows(select(events).where(events.c.call == call).order_by(events.c.number))
        return tuple(_event(row) for row in rows)


def _stale(rules: str) -> Select[Any]:
    return (
        select(reports.c.call, reports.c.inputs)
        .outerjoin(reviews, reviews.c.call == reports.c.call)
        .where(
            or_(reviews.c.call.is_(None), reviews.c.inputs != reports.c.inputs, reviews.c.rules != rules),
            reports.c.sop_sha256.in_(select(banks.c.sha256)),
        )
    )


def _cases(connection: Connection, known: Banks, keys: Sequence[str]) -> dict[str, Case]:
    query = select(reports.c.call, reports.c.inputs, reports.c.body).where(reports.c.call.in_(keys))
    rows = connection.execute(query).all()
    events_of = _events(connection, keys)
    cases: dict[str, Case] = {}
    for row in rows:
        report = decode_model(Report, row.body)
        bank = known.get_within(connection, report.sop.sha256) if report else None
        if report and bank:
            cases[row.call] = Case.model_construct(  # each part was checked when it was read
                call=row.call, report=report, inputs=row.inputs, bank=bank, events=events_of.get(row.call, ())
            )
    return cases


def _events(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    query = select(events).where(events.c.call.in_(keys), events.c.kind.not_in(sorted(ACCESS_KINDS)))
    by_call: dict[str, list[Event]] = {}
    for row in connection.execute(query.order_by(events.c.number)):
        by_call.setdefault(row.call, []).append(_event(row))
    return {call: tuple(items) for call, items in by_call.items()}


def _event(row: Row[Any]) -> Event:
    data = row._asdict()
    del data["token"]
    data["when"] = data.pop("made_at")
    return Event.model_validate(data)


def _event_row(new: NewEvent, who: Person, token: str, now: float) -> dict[str, Any]:
    text = storable_text(new.text) if new.text is not None else None
    return {**new.model_dump(), "text": text, "token": token, "made_at": now, "who": who.name, "role": who.role}


def _put_positions(connection: Connection, positions: Mapping[str, QueuePosition]) -> None:
    """Store calls' queue positions and decided steps, whole."""
    if not positions:
        return
    agents = select(calls.c.id, calls.c.agent).where(calls.c.id.in_(positions))
    rows: list[dict[str, Any]] = [
        {"call": row.id, "agent": row.agent, **positions[row.id].model_dump(exclude={"decided"})}
        for row in connection.execute(agents)
    ]
    upsert(connection, reviews, rows)
    connection.execute(delete(decided).where(decided.c.call.in_(positions)))
    upsert(connection, decided, list(_decided_rows(positions)))


def _decided_rows(positions: Mapping[str, QueuePosition]) -> Iterable[dict[str, Any]]:
    for call, position in positions.items():
        for step, status in position.decided.items():
            yield {"call": call, "step": step, "status": status}
