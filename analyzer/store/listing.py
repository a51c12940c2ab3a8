"""Lists of calls for reviewers: filtered, in the order of urgency, a page at a time; and counts over many calls."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from analyzer.models.base import Verdict
from analyzer.models.report import StatusCount
from analyzer.models.review import CallFilter, QueueCursor
from analyzer.store.calibration_sessions import open_calls
from analyzer.store.database import Database
from analyzer.store.results import search_form
from analyzer.store.tables import calls, decided, events, findings, reviews, run_calls, texts

_DECIDING = ("agree", "override", "confirm", "dismiss", "accept", "reviewed")
_NAMED = calls.alias()
_ABOUT = (calls.c.call_id, calls.c.name, calls.c.started_at)
_TERM = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class ListedCall:
    """One call of a list, with its verdict and review state."""

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
    """Part of a list, and the number of calls in the whole list."""

    calls: tuple[ListedCall, ...]
    total: int


@dataclass(frozen=True)
class Scope:
    """Which calls a person may see."""

    run: int | None = None
    """only those of one folder's newest run, by its number"""
    scored_by: str | None = None
    """a person: without the calls that they are scoring in an open calibration session"""


class Listing:
    """The calls of one store as lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, scope: Scope, filters: CallFilter, *, offset: int = 0, limit: int = 50) -> Page:
        """Calls in the order of the queue. The order is total, so pages neither overlap nor leave anything out."""
        total = func.count().over().label("total")
        part = _ordered(_filtered(select(reviews, total), scope, filters)).offset(offset).limit(limit).subquery()
        listed = select(part, *_ABOUT).join(calls, calls.c.id == part.c.call)  # only now: the calls of one page
        ordered = listed.order_by(part.c.rank, part.c.place, part.c.call)

        def read(connection: Connection) -> Page:
            rows = connection.execute(ordered).all()
            if rows or not offset:
                return Page(tuple(map(_listed, rows)), rows[0].total if rows else 0)
            count = _filtered(select(func.count()).select_from(reviews), scope, filters)
            return Page((), connection.execute(count).scalar_one())  # past the end

        return self._database.read(read)

    def after(self, cursor: QueueCursor, scope: Scope, filters: CallFilter) -> ListedCall | None:
        """The first call after a cursor; None at the end."""
        behind = tuple_(reviews.c.rank, reviews.c.place, reviews.c.call) > (cursor.rank, cursor.place, cursor.call)
        query = select(reviews, *_ABOUT).join(calls, calls.c.id == reviews.c.call)
        rows = self._database.rows(_ordered(_filtered(query, scope, filters).where(behind)).limit(1))
        return _listed(rows[0]) if rows else None

    def cursor_of(self, call: str) -> QueueCursor | None:
        """The position of a call in the queue."""
        query = select(reviews.c.rank, reviews.c.place, reviews.c.call).where(reviews.c.call == call)
        rows = self._database.rows(query)
        return QueueCursor(**rows[0]._asdict()) if rows else None

    def every(self, scope: Scope, filters: CallFilter) -> tuple[ListedCall, ...]:
        """All calls of a list, in its order."""
        query = select(reviews, *_ABOUT).join(calls, calls.c.id == reviews.c.call)
        return tuple(map(_listed, self._database.rows(_ordered(_filtered(query, scope, filters)))))

    def decided(self, scope: Scope) -> Sequence[str]:
        """Keys of calls that were reviewed, or of which somebody decided something; in the order of call ids."""
        deciding = select(events.c.call).where(events.c.kind.in_(_DECIDING))
        query = select(reviews.c.call).join(calls, calls.c.id == reviews.c.call).where(reviews.c.call.in_(deciding))
        return self._database.values(query.where(*_scoped(scope)).order_by(calls.c.call_id, reviews.c.call))

    def agents(self, scope: Scope) -> Sequence[str]:
        """Names of all agents who have a call, in alphabetical order."""
        query = select(reviews.c.agent).distinct().where(reviews.c.agent.is_not(None)).order_by(reviews.c.agent)
        return self._database.values(query.where(*_scoped(scope)))


@dataclass(frozen=True)
class VerdictCount:
    """How many calls of an agent have a verdict, and how many of those were reviewed."""

    agent: str | None
    verdict: Verdict
    calls: int
    reviewed: int


class Tallies:
    """Counts over many calls, made by the database, with people's decisions instead of the machine's findings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def statuses(
        self, scope: Scope, *, agent: str | None = None, days: bool = False, reviewed: bool = False
    ) -> Sequence[StatusCount]:
        """Statuses after review, in the order of agents, days and names of steps.

        `agent`: only this one's; `days`: counted by day; `reviewed`: only of calls that somebody has reviewed.
        """
        day = reviews.c.day if days else literal(None)
        status = func.coalesce(decided.c.status, findings.c.status).label("status")
        by_people = and_(decided.c.call == findings.c.call, decided.c.step == findings.c.step)
        joined = findings.join(reviews, reviews.c.call == findings.c.call).outerjoin(decided, by_people)
        counted = (
            select(reviews.c.agent, day.label("day"), findings.c.step, status, func.count().label("calls"))
            .select_from(joined)
            .where(*_scoped(scope))
            .group_by(reviews.c.agent, findings.c.step, status, *([reviews.c.day] if days else []))
            .order_by(reviews.c.agent, *([reviews.c.day] if days else []), findings.c.step, status)
        )
        if agent is not None:
            counted = counted.where(reviews.c.agent == agent)
        if reviewed:
            counted = counted.where(reviews.c.reviewed.is_(True))
        return [
            StatusCount.model_validate({**row._asdict(), "day": row.day and date.fromisoformat(row.day)})
            for row in self._database.rows(counted)
        ]

    def verdicts(self, scope: Scope, *, agent: str | None = None) -> Sequence[VerdictCount]:
        """Verdicts after review, by agent."""
        done = cast(func.sum(case((reviews.c.reviewed.is_(True), 1), else_=0)), Integer).label("reviewed")
        counted = (
            select(reviews.c.agent, reviews.c.verdict, func.count().label("calls"), done)
            .where(*_scoped(scope))
            .group_by(reviews.c.agent, reviews.c.verdict)
            .order_by(reviews.c.agent, reviews.c.verdict)
        )
        if agent is not None:
            counted = counted.where(reviews.c.agent == agent)
        return [VerdictCount(**row._asdict()) for row in self._database.rows(counted)]


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(reviews.c.rank, reviews.c.place, reviews.c.call)


def _filtered(query: Select[Any], scope: Scope, filters: CallFilter) -> Select[Any]:
    conditions = (_scoped(scope), _columns(filters), _states(filters), _steps(filters), _texts(filters))
    return query.where(*chain.from_iterable(conditions))


def _scoped(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """Conditions on `reviews` that leave what is in scope."""
    if scope.run is not None:
        in_run = and_(run_calls.c.call == reviews.c.call, run_calls.c.run_id == scope.run)
        yield exists(select(run_calls.c.call).where(in_run))
    if scope.scored_by is not None:
        yield reviews.c.call.not_in(open_calls(scope.scored_by))


def _columns(filters: CallFilter) -> Iterator[ColumnElement[bool]]:
    if filters.waiting:
        yield reviews.c.why.is_not(None)
    if filters.why is not None:
        yield reviews.c.why == filters.why
    if filters.agent is not None:
        yield reviews.c.agent == filters.agent
    if filters.since is not None:
        yield reviews.c.day >= filters.since.isoformat()
    if filters.until is not None:
        yield reviews.c.day <= filters.until.isoformat()
    if filters.verdict is not None:
        yield reviews.c.verdict == filters.verdict


def _states(filters: CallFilter) -> Iterator[ColumnElement[bool]]:
    if filters.state == "unreviewed":
        yield reviews.c.reviewed.is_(False)
    elif filters.state == "reviewed":
        yield reviews.c.reviewed.is_(True)
    elif filters.state == "disputed":
        yield reviews.c.disputes > 0
    elif filters.state == "older":
        yield reviews.c.older.is_(True)


def _steps(filters: CallFilter) -> Iterator[ColumnElement[bool]]:
    """A finding counts with the status that people gave it, where they did."""
    if filters.step is None and filters.status is None:
        return
    by_people = and_(decided.c.call == findings.c.call, decided.c.step == findings.c.step)
    query = select(findings.c.call).outerjoin(decided, by_people).where(findings.c.call == reviews.c.call)
    if filters.step is not None:
        query = query.where(findings.c.step == filters.step)
    if filters.status is not None:
        query = query.where(func.coalesce(decided.c.status, findings.c.status) == filters.status)
    yield exists(query)


def _texts(filters: CallFilter) -> Iterator[ColumnElement[bool]]:
    for phrase, word in _TERM.findall(filters.text or ""):
        term = search_form(phrase or word)
        if term:
            spoken = select(texts.c.call).where(texts.c.call == reviews.c.call, _contains(texts.c.text, term))
            named = or_(_contains(func.lower(_NAMED.c.call_id), term), _contains(func.lower(_NAMED.c.name), term))
            yield or_(exists(spoken), exists(select(_NAMED.c.id).where(_NAMED.c.id == reviews.c.call, named)))


def _contains(text: ColumnElement[str], term: str) -> ColumnElement[bool]:
    """LIKE with its wildcards escaped in what the person typed."""
    return text.contains(term, autoescape=True)


def _listed(row: Row[Any]) -> ListedCall:
    cursor = QueueCursor(rank=row.rank, place=row.place, call=row.call)
    names = (field.name for field in fields(ListedCall) if field.name != "cursor")
    return ListedCall(cursor=cursor, **{name: getattr(row, name) for name in names})
