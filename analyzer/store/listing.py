"""Lists of calls for reviewers: filtered, in the order of urgency, a page at a time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, tuple_

from analyzer.models.review import CallFilter, QueueCursor
from analyzer.store.database import Database
from analyzer.store.review_tables import decided, events, reviews, texts
from analyzer.store.search_index import search_form
from analyzer.store.sessions import open_calls
from analyzer.store.tables import calls, findings, run_calls

_TERM = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class ListedCall:
    """One call of a list, as it stands."""

    cursor: QueueCursor
    call_id: str
    name: str
    agent: str | None
    started_at: str | None
    verdict: str
    score: float | None
    reviewed: bool
    older: bool
    disputes: int
    why: str | None

    @property
    def call(self) -> str:
        """Key of the call."""
        return self.cursor.call


@dataclass(frozen=True)
class Page:
    """Part of a list, and how long all of it is."""

    calls: tuple[ListedCall, ...]
    total: int


@dataclass(frozen=True)
class Scope:
    """Which calls there are at all for somebody."""

    run: int | None = None
    """only those of one folder's newest run, by its number"""
    scored_by: str | None = None
    """a person: without the calls that they are scoring in an open calibration session"""


class Listing:
    """The calls of one store as lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, scope: Scope, wanted: CallFilter, *, offset: int = 0, limit: int = 50) -> Page:
        """Calls in the order of the queue. The order is total, so pages neither overlap nor leave anything out."""
        total = func.count().over().label("total")
        part = _ordered(_filtered(select(reviews, total), scope, wanted)).offset(offset).limit(limit).subquery()
        listed = select(part, *_ABOUT).join(calls, calls.c.id == part.c.call)  # only now: the calls of one page
        ordered = listed.order_by(part.c.rank, part.c.place, part.c.call)

        def read(connection: Connection) -> Page:
            rows = connection.execute(ordered).all()
            if rows or not offset:
                return Page(tuple(map(_listed, rows)), rows[0].total if rows else 0)
            count = _filtered(select(func.count()).select_from(reviews), scope, wanted)
            return Page((), connection.execute(count).scalar_one())  # past the end

        return self._database.read(read)

    def after(self, place: QueueCursor, scope: Scope, wanted: CallFilter) -> ListedCall | None:
        """The first call behind a place; None at the end."""
        behind = tuple_(reviews.c.rank, reviews.c.place, reviews.c.call) > (place.rank, place.place, place.call)
        every = select(reviews, *_ABOUT).join(calls, calls.c.id == reviews.c.call)
        listed = _ordered(_filtered(every, scope, wanted).where(behind)).limit(1)
        row = self._database.read(lambda connection: connection.execute(listed).one_or_none())
        return _listed(row) if row else None

    def cursor_of(self, call: str) -> QueueCursor | None:
        """Where a call stands now."""
        wanted = select(reviews.c.rank, reviews.c.place, reviews.c.call).where(reviews.c.call == call)
        row = self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return QueueCursor(**row._asdict()) if row else None

    def every(self, scope: Scope, wanted: CallFilter) -> tuple[ListedCall, ...]:
        """All calls of a list, in its order."""
        every = select(reviews, *_ABOUT).join(calls, calls.c.id == reviews.c.call)
        listed = _ordered(_filtered(every, scope, wanted))
        return tuple(map(_listed, self._database.read(lambda connection: connection.execute(listed).all())))

    def decided(self, scope: Scope) -> Sequence[str]:
        """Calls about which somebody decided something, or was done with; by id."""
        said = select(events.c.call).where(events.c.kind.in_(_DECIDING))
        listed = select(reviews.c.call).join(calls, calls.c.id == reviews.c.call).where(reviews.c.call.in_(said))
        ordered = listed.where(*scoped(scope)).order_by(calls.c.call_id, reviews.c.call)
        return self._database.read(lambda connection: connection.execute(ordered).scalars().all())

    def agents(self, scope: Scope) -> Sequence[str]:
        """Every agent who has a call here, by name."""
        named = select(reviews.c.agent).distinct().where(reviews.c.agent.is_not(None)).order_by(reviews.c.agent)
        named = named.where(*scoped(scope))
        return self._database.read(lambda connection: connection.execute(named).scalars().all())


_DECIDING = ("agree", "override", "confirm", "dismiss", "accept", "reviewed")
_NAMED = calls.alias()
_ABOUT = (calls.c.call_id, calls.c.name, calls.c.started_at)


def _ordered(listed: Select[Any]) -> Select[Any]:
    return listed.order_by(reviews.c.rank, reviews.c.place, reviews.c.call)


def _filtered(listed: Select[Any], scope: Scope, wanted: CallFilter) -> Select[Any]:
    return listed.where(*scoped(scope), *_plain(wanted), *_states(wanted), *_steps(wanted), *_texts(wanted))


def scoped(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """Conditions on `reviews` that leave what is in scope."""
    if scope.run is not None:
        own = and_(run_calls.c.call == reviews.c.call, run_calls.c.run_id == scope.run)
        yield exists(select(run_calls.c.call).where(own))
    if scope.scored_by is not None:
        yield reviews.c.call.not_in(open_calls(scope.scored_by))


def _plain(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.waiting:
        yield reviews.c.why.is_not(None)
    if wanted.why is not None:
        yield reviews.c.why == wanted.why
    if wanted.agent is not None:
        yield reviews.c.agent == wanted.agent
    if wanted.since is not None:
        yield reviews.c.day >= wanted.since.isoformat()
    if wanted.until is not None:
        yield reviews.c.day <= wanted.until.isoformat()
    if wanted.verdict is not None:
        yield reviews.c.verdict == wanted.verdict


def _states(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.state == "unreviewed":
        yield reviews.c.reviewed.is_(False)
    elif wanted.state == "reviewed":
        yield reviews.c.reviewed.is_(True)
    elif wanted.state == "disputed":
        yield reviews.c.disputes > 0
    elif wanted.state == "older":
        yield reviews.c.older.is_(True)


def _steps(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    """A finding counts with the status that people gave it, where they did."""
    if wanted.step is None and wanted.status is None:
        return
    by_people = and_(decided.c.call == findings.c.call, decided.c.step == findings.c.step)
    found = select(findings.c.call).outerjoin(decided, by_people).where(findings.c.call == reviews.c.call)
    if wanted.step is not None:
        found = found.where(findings.c.step == wanted.step)
    if wanted.status is not None:
        found = found.where(func.coalesce(decided.c.status, findings.c.status) == wanted.status)
    yield exists(found)


def _texts(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    for phrase, word in _TERM.findall(wanted.text or ""):
        term = search_form(phrase or word)
        if term:
            said = select(texts.c.call).where(texts.c.call == reviews.c.call, _holds(texts.c.text, term))
            named = or_(_holds(func.lower(_NAMED.c.call_id), term), _holds(func.lower(_NAMED.c.name), term))
            yield or_(exists(said), exists(select(_NAMED.c.id).where(_NAMED.c.id == reviews.c.call, named)))


def _holds(text: ColumnElement[str], term: str) -> ColumnElement[bool]:
    """LIKE, in which what the person typed has no special meaning."""
    return text.contains(term, autoescape=True)


def _listed(row: Row[Any]) -> ListedCall:
    cursor = QueueCursor(rank=row.rank, place=row.place, call=row.call)
    names = (field.name for field in fields(ListedCall) if field.name != "cursor")
    return ListedCall(cursor=cursor, **{name: getattr(row, name) for name in names})
