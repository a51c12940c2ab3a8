"""Counts over many calls, made by the database: statuses by agent, step and day, with people's decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Integer, and_, case, cast, func, literal, select

from analyzer.models.base import Verdict
from analyzer.models.tally import Tally
from analyzer.store.database import Database
from analyzer.store.listing import Scope, scoped
from analyzer.store.review_tables import decided, reviews
from analyzer.store.tables import findings


@dataclass(frozen=True)
class VerdictCount:
    """So many calls of an agent have this verdict; so many of them were reviewed."""

    agent: str | None
    verdict: Verdict
    calls: int
    reviewed: int


class Tallies:
    """The counts of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def statuses(
        self, scope: Scope, *, agent: str | None = None, days: bool = False, reviewed: bool = False
    ) -> Sequence[Tally]:
        """Statuses that hold, in the order of agents, days and names of steps.

        `agent`: of one only; `days`: each day apart; `reviewed`: only of calls that somebody has reviewed.
        """
        day = reviews.c.day if days else literal(None)
        status = func.coalesce(decided.c.status, findings.c.status).label("status")
        by_people = and_(decided.c.call == findings.c.call, decided.c.step == findings.c.step)
        own = findings.join(reviews, reviews.c.call == findings.c.call).outerjoin(decided, by_people)
        counted = (
            select(reviews.c.agent, day.label("day"), findings.c.step, status, func.count().label("calls"))
            .select_from(own)
            .where(*scoped(scope))
            .group_by(reviews.c.agent, findings.c.step, status, *([reviews.c.day] if days else []))
            .order_by(reviews.c.agent, *([reviews.c.day] if days else []), findings.c.step, status)
        )
        if agent is not None:
            counted = counted.where(reviews.c.agent == agent)
        if reviewed:
            counted = counted.where(reviews.c.reviewed.is_(True))

        def read(connection: Connection) -> Sequence[Tally]:
            return [
                Tally.model_validate({**row._asdict(), "day": row.day and date.fromisoformat(row.day)})
                for row in connection.execute(counted)
            ]

        return self._database.read(read)

    def verdicts(self, scope: Scope, *, agent: str | None = None) -> Sequence[VerdictCount]:
        """Verdicts that hold, by agent."""
        done = cast(func.sum(case((reviews.c.reviewed.is_(True), 1), else_=0)), Integer).label("reviewed")
        counted = (
            select(reviews.c.agent, reviews.c.verdict, func.count().label("calls"), done)
            .where(*scoped(scope))
            .group_by(reviews.c.agent, reviews.c.verdict)
            .order_by(reviews.c.agent, reviews.c.verdict)
        )
        if agent is not None:
            counted = counted.where(reviews.c.agent == agent)

        def read(connection: Connection) -> Sequence[VerdictCount]:
            return [VerdictCount(**row._asdict()) for row in connection.execute(counted)]

        return self._database.read(read)
