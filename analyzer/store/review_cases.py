"""Calls as reviewers have them before them, and how each stands, derived again where it is out of date."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, or_, select

from analyzer.models.report import Report
from analyzer.models.review import ACCESS_KINDS, Case, Event, QueuePosition
from analyzer.store.banks import Banks
from analyzer.store.database import Database
from analyzer.store.review_tables import banks, decided, events, reviews
from analyzer.store.serialization import decode_model
from analyzer.store.tables import calls, reports
from analyzer.store.upsert import chunked, upsert

_PART = 200  # calls derived in one transaction: others wait for it


class Cases:
    """The calls of one store that have a report."""

    def __init__(self, database: Database, known: Banks) -> None:
        self._database = database
        self._banks = known
        self._unreadable: set[tuple[str, str]] = set()  # reports that another version of the program has written

    def get(self, keys: Sequence[str]) -> dict[str, Case]:
        """Cases by call key. Left out: calls without a readable report, or whose SOP was never kept."""
        found: dict[str, Case] = {}
        for part in chunked(keys):
            found.update(self._database.read(partial(cases_within, known=self._banks, keys=part)))
        return found

    def refresh(self, derive: Callable[[Case], QueuePosition], rules: str) -> int:
        """Derive how calls stand whose reports, or the rules of deriving, are others than then; returns how many."""
        rows = self._database.read(lambda connection: connection.execute(_stale(rules)).all())
        stale = {row.call: row.inputs for row in rows if (row.call, row.inputs) not in self._unreadable}
        keys = list(stale)
        for part in (keys[at : at + _PART] for at in range(0, len(keys), _PART)):
            found = self._database.write(partial(self._refresh, keys=part, derive=derive))
            self._unreadable.update((key, stale[key]) for key in part if key not in found)
        return len(keys)

    def without_bank(self) -> int:
        """Reports whose SOP was never kept: made by an earlier version of the program; they cannot be reviewed."""
        wanted = select(reports.c.call).where(reports.c.sop_sha256.not_in(select(banks.c.sha256)))
        return len(self._database.read(lambda connection: connection.execute(wanted).all()))

    def _refresh(
        self, connection: Connection, keys: Sequence[str], derive: Callable[[Case], QueuePosition]
    ) -> frozenset[str]:
        connection.execute(select(calls.c.id).where(calls.c.id.in_(keys)).order_by(calls.c.id).with_for_update())
        found = cases_within(connection, self._banks, keys)
        put_queue_positions(connection, {key: derive(case) for key, case in found.items()})
        return frozenset(found)


def _stale(rules: str) -> Select[Any]:
    return (
        select(reports.c.call, reports.c.inputs)
        .outerjoin(reviews, reviews.c.call == reports.c.call)
        .where(
            or_(reviews.c.call.is_(None), reviews.c.inputs != reports.c.inputs, reviews.c.rules != rules),
            reports.c.sop_sha256.in_(select(banks.c.sha256)),
        )
    )


def cases_within(connection: Connection, known: Banks, keys: Sequence[str]) -> dict[str, Case]:
    """Cases inside a transaction that is under way."""
    wanted = select(reports.c.call, reports.c.inputs, reports.c.body).where(reports.c.call.in_(keys))
    rows = connection.execute(wanted).all()
    said = _events(connection, keys)
    found: dict[str, Case] = {}
    for row in rows:
        report = decode_model(Report, row.body)
        bank = known.within(connection, report.sop.sha256) if report else None
        if report and bank:
            case = Case.model_construct(  # each part was checked when it was read
                call=row.call, report=report, inputs=row.inputs, bank=bank, events=said.get(row.call, ())
            )
            found[row.call] = case
    return found


def put_queue_positions(connection: Connection, standings: Mapping[str, QueuePosition]) -> None:
    """Keep how calls stand, whole."""
    if not standings:
        return
    agents = select(calls.c.id, calls.c.agent).where(calls.c.id.in_(standings))
    rows: list[dict[str, Any]] = [
        {"call": row.id, "agent": row.agent, **standings[row.id].model_dump(exclude={"decided"})}
        for row in connection.execute(agents)
    ]
    upsert(connection, reviews, rows)
    connection.execute(delete(decided).where(decided.c.call.in_(standings)))
    upsert(connection, decided, list(_decided(standings)))


def event_from_row(row: Row[Any]) -> Event:
    """A row of the history."""
    data = row._asdict()
    del data["token"]
    data["when"] = data.pop("made_at")
    return Event.model_validate(data)


def _events(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    wanted = select(events).where(events.c.call.in_(keys), events.c.kind.not_in(sorted(ACCESS_KINDS)))
    found: dict[str, list[Event]] = {}
    for row in connection.execute(wanted.order_by(events.c.number)):
        found.setdefault(row.call, []).append(event_from_row(row))
    return {key: tuple(own) for key, own in found.items()}


def _decided(standings: Mapping[str, QueuePosition]) -> Iterable[dict[str, Any]]:
    for call, standing in standings.items():
        for step, status in standing.decided.items():
            yield {"call": call, "step": step, "status": status}
