"""Who does what: pending -> running (a lease) -> done | failed. The only place where work changes its state.

A claim has a lease that its owner renews; a lease that runs out, or whose process is seen to be gone, is anybody's
again (field notes 8: claim, commit, work, commit; heartbeat and reaper; idempotent upserts).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, func, or_, select, update

from analyzer.models.job import Claim, Job
from analyzer.store.database import Database
from analyzer.store.rows import Row, chunked, decode_model, encode_model, storable_text, upsert
from analyzer.store.tables import attempts, work

LEASE_SECONDS = 120.0  # four missed heartbeats: a machine that stalls so long is taken for dead
HEARTBEAT_SECONDS = 30.0
CRASHES_MAX = 2  # then a recording is quarantined (field notes 3)
LOST_MAX = 5  # begun this often and never ended: it takes whole machines down


@dataclass(frozen=True)
class JobCounts:
    """How many jobs stand where."""

    pending: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0


class Queue:
    """The work of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, jobs: Sequence[Job], since: float | None = None) -> None:
        """Make jobs pending, also those that ended before; what runs stays as it is.

        What waits already takes the new job's recording: an interrupted command's files may have moved since.
        `since`: when it was found out that these are to be done, by the store's clock (`now`). What ended later stays
        ended: another command did it meanwhile.
        """
        for part in chunked(jobs):
            self._database.write(partial(self._enqueue, jobs=part, since=since))

    def now(self) -> float:
        """Seconds since 1970, by the store's clock."""
        return self._database.read(self._database.now)

    def _enqueue(self, connection: Connection, jobs: Sequence[Job], since: float | None) -> None:
        now = self._database.now(connection)
        rows: list[Row] = [
            {
                "key": job.key,
                "state": "pending",
                "seconds": job.seconds,
                "job": encode_model(job),
                "owner": None,
                "lease_until": None,
                "attempts": 0,
                "crashes": 0,
                "lost": 0,
                "alone": False,
                "reason": None,
                "changed_at": now,
            }
            for job in jobs
        ]
        others = [name for name in rows[0] if name not in ("seconds", "job")]
        upsert(connection, work, rows, where=work.c.state == "pending", keep=others)
        over = work.c.state.in_(["done", "failed"])
        ended = over if since is None else and_(over, work.c.changed_at < since)
        upsert(connection, work, rows, where=ended, keep=("attempts",))

    def claim(self, keys: Sequence[str], owner: str) -> tuple[Claim, ...]:
        """Those of `keys` that nobody holds, now held by `owner`; in the order of `keys`."""
        if not keys:
            return ()
        return self._database.write(lambda connection: self._claim(connection, keys, owner))

    def _claim(self, connection: Connection, keys: Sequence[str], owner: str) -> tuple[Claim, ...]:
        now = self._database.now(connection)
        free = or_(work.c.state == "pending", and_(work.c.state == "running", work.c.lease_until < now))
        wanted = select(work.c.key).where(work.c.key.in_(keys), free).order_by(work.c.key)
        locked = [row.key for row in connection.execute(wanted.with_for_update(skip_locked=True))]
        if not locked:
            return ()
        _to_pending(connection, locked, now, "lost", 1)  # of those whose lease ran out; the others do not run
        rows = connection.execute(
            update(work)
            .where(work.c.key.in_(locked), work.c.state == "pending")
            .values(
                state="running",
                owner=owner,
                lease_until=now + LEASE_SECONDS,
                attempts=work.c.attempts + 1,
                changed_at=now,
            )
            .returning(work.c.key, work.c.job, work.c.attempts, work.c.alone)
        ).all()
        claims = {row.key: _claimed(row.job, row.attempts, row.alone) for row in rows}
        begun: list[Row] = [
            {"key": row.key, "number": row.attempts, "owner": owner, "started_at": now, "ended_at": None}
            for row in rows
        ]
        upsert(connection, attempts, begun)
        return tuple(claim for key in keys if (claim := claims.get(key)) is not None)

    def heartbeat(self, keys: Collection[str], owner: str) -> set[str]:
        """Renew leases; returns the keys that are still the owner's."""
        if not keys:
            return set()

        def renew(connection: Connection) -> set[str]:
            until = self._database.now(connection) + LEASE_SECONDS
            own = and_(work.c.key.in_(sorted(keys)), work.c.owner == owner, work.c.state == "running")
            renewed = update(work).where(own).values(lease_until=until).returning(work.c.key)
            return set(connection.execute(renewed).scalars())

        return self._database.write(renew)

    def job(self, key: str) -> Job | None:
        """The job with this key; None when there is none."""
        body = self._database.read(
            lambda connection: connection.execute(select(work.c.job).where(work.c.key == key)).scalar()
        )
        return decode_model(Job, body) if body is not None else None

    def mark_crashed(self, key: str, owner: str, outcome: str, reason: str, *, shared: bool = False) -> bool:
        """A worker ended badly with this job: pending again, or given up. True when it was given up.

        From then on it is done alone. With others in the same worker (`shared`) it is not blamed yet.
        Nothing happens, and False comes back, when the result had been kept before the worker ended.
        """

        def note(connection: Connection) -> bool:
            now = self._database.now(connection)
            own = and_(work.c.key == key, work.c.owner == owner, work.c.state == "running")
            crashes = work.c.crashes + (0 if shared else 1)
            last = crashes >= CRASHES_MAX
            state = connection.execute(
                update(work)
                .where(own)
                .values(
                    crashes=crashes,
                    alone=True,
                    state=case((last, "failed"), else_="pending"),
                    reason=case((last, storable_text(reason)), else_=None),
                    owner=None,
                    lease_until=None,
                    changed_at=now,
                )
                .returning(work.c.state)
            ).scalar()
            if state is not None:
                _end(connection, _open(key, owner), now, outcome, reason)
            return state == "failed"

        return self._database.write(note)

    def mark_failed(self, key: str, owner: str, reason: str) -> None:
        """This job cannot be done, however often it is tried."""

        def note(connection: Connection) -> None:
            now = self._database.now(connection)
            own = and_(work.c.key == key, work.c.owner == owner, work.c.state == "running")
            why = storable_text(reason)
            values = {"state": "failed", "reason": why, "owner": None, "lease_until": None, "changed_at": now}
            connection.execute(update(work).where(own).values(**values))
            _end(connection, _open(key, owner), now, "error", reason)

        self._database.write(note)

    def withdraw(self, key: str, owner: str, reason: str) -> None:
        """This job's recording is not what it was: there is nothing to do, and nothing failed."""

        def note(connection: Connection) -> None:
            own = and_(work.c.key == key, work.c.owner == owner, work.c.state == "running")
            _end(connection, _open(key, owner), self._database.now(connection), "withdrawn", reason)
            connection.execute(delete(work).where(own))

        self._database.write(note)

    def release(self, owner: str, keys: Sequence[str] | None = None) -> int:
        """Give back what `owner` holds (of `keys`), without blame; returns how much it was."""
        return self._database.write(partial(self._give_back, owner=owner, outcome="released", blame=0, among=keys))

    def mark_lost(self, owner: str, keys: Sequence[str] | None = None) -> int:
        """Give back what an owner held that is gone, or (`keys`) what it had given to a machine that is gone.

        One job too often lost is given up. Returns how much it was.
        """
        return self._database.write(partial(self._give_back, owner=owner, outcome="lost", blame=1, among=keys))

    def owners(self) -> tuple[str, ...]:
        """Who holds claims now."""
        held = select(work.c.owner).where(work.c.state == "running").distinct()
        found = self._database.read(lambda connection: connection.execute(held).scalars().all())
        return tuple(sorted(owner for owner in found if owner))

    def _give_back(
        self, connection: Connection, owner: str, outcome: str, blame: int, among: Sequence[str] | None = None
    ) -> int:
        now = self._database.now(connection)
        held = select(work.c.key).where(work.c.state == "running", work.c.owner == owner)
        if among is not None:
            held = held.where(work.c.key.in_(among))
        keys = connection.execute(held.order_by(work.c.key).with_for_update()).scalars().all()
        for part in chunked(keys):
            _to_pending(connection, part, now, outcome, blame)
        return len(keys)

    def states(self, keys: Sequence[str]) -> dict[str, str]:
        """State of those of `keys` that are known."""
        found: dict[str, str] = {}
        for part in chunked(keys):
            wanted = select(work.c.key, work.c.state).where(work.c.key.in_(part))
            found.update(self._database.read(partial(_pairs, wanted=wanted)))
        return found

    def seconds(self, keys: Sequence[str]) -> dict[str, float]:
        """Of audio, of those of `keys` that are known."""
        found: dict[str, float] = {}
        for part in chunked(keys):
            wanted = select(work.c.key, work.c.seconds).where(work.c.key.in_(part))
            found.update(self._database.read(partial(_pairs, wanted=wanted)))
        return found

    def counts(self) -> JobCounts:
        """How many jobs of the whole store stand where."""
        wanted = select(work.c.state, func.count()).group_by(work.c.state)
        rows = self._database.read(lambda connection: connection.execute(wanted).all())
        return JobCounts(**{row[0]: row[1] for row in rows})


def _pairs(connection: Connection, wanted: Select[Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(wanted)}


def is_done(connection: Connection, key: str) -> bool:
    """True when the job is done: a failure that comes late, after its lease ran out, counts no more."""
    state = connection.execute(select(work.c.state).where(work.c.key == key).with_for_update()).scalar()
    return state == "done"


def finish(connection: Connection, key: str, owner: str, now: float, error: str | None) -> None:
    """The job's result is kept in this same transaction; `error`: the recording cannot be read."""
    state = "failed" if error else "done"
    reason = storable_text(error) if error else None
    values = {"state": state, "reason": reason, "owner": None, "lease_until": None, "changed_at": now}
    connection.execute(update(work).where(work.c.key == key).values(**values))
    _end(connection, _open(key, owner), now, "unreadable" if error else "done", error)


def _to_pending(connection: Connection, keys: Sequence[str], now: float, outcome: str, blame: int) -> None:
    """End the open attempts at what runs, and make it pending, or failed when it was lost too often."""
    _end(connection, and_(attempts.c.key.in_(keys), attempts.c.ended_at.is_(None)), now, outcome, None)
    reason = f"Recognition was begun {LOST_MAX} times and never ended; the recording was given up."
    last = work.c.lost + blame >= LOST_MAX
    connection.execute(
        update(work)
        .where(work.c.key.in_(keys), work.c.state == "running")
        .values(
            state=case((last, "failed"), else_="pending"),
            reason=case((last, reason), else_=None),
            lost=work.c.lost + blame,
            alone=or_(work.c.alone, work.c.lost + blame > 1),
            owner=None,
            lease_until=None,
            changed_at=now,
        )
    )


def _claimed(body: bytes, attempt: int, alone: bool) -> Claim | None:
    job = decode_model(Job, body)
    return Claim(job=job, attempt=attempt, alone=alone) if job is not None else None


def _open(key: str, owner: str) -> ColumnElement[bool]:
    return and_(attempts.c.key == key, attempts.c.owner == owner, attempts.c.ended_at.is_(None))


def _end(connection: Connection, which: ColumnElement[bool], now: float, outcome: str, reason: str | None) -> None:
    why = storable_text(reason) if reason else None
    connection.execute(update(attempts).where(which).values(ended_at=now, outcome=outcome, reason=why))


