"""A lease queue: pending -> running (a lease) -> done | failed. The only place where work changes its state.

A claim is a lease that its owner renews by heartbeats. One that runs out, or whose process is seen to be gone, may be
claimed by anybody: claim and commit, work, then store the result and commit; every write is idempotent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, or_, select, update

from analyzer.models.run import Claim, Job
from analyzer.store.database import Database, RowValues, chunked, decode_model, encode_model, storable_text, upsert
from analyzer.store.tables import attempts, work

LEASE_SECONDS = 120.0  # four missed heartbeats: a machine that stalls so long is taken for dead
HEARTBEAT_SECONDS = 30.0
CRASHES_MAX = 2  # then a recording is given up: it crashes the recogniser
LOST_MAX = 5  # begun this often and never ended: it takes whole machines down
_NO_OWNER: RowValues = {"owner": None, "lease_until": None}


@dataclass(frozen=True)
class JobCounts:
    """Number of jobs by state."""

    pending: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0


class Queue:
    """The jobs of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, jobs: Sequence[Job], since: float | None = None) -> None:
        """Make jobs pending, also those that ended before; running ones stay as they are.

        Pending ones get the new job's recording: an interrupted command's files may have moved since.
        `since`: when these jobs were found to be needed, by the store's clock (`now`). Jobs that ended later stay
        ended: another command did them meanwhile.
        """
        for chunk in chunked(jobs):
            self._database.write(partial(self._enqueue, jobs=chunk, since=since))

    def now(self) -> float:
        """Seconds since 1970, by the store's clock."""
        return self._database.read(self._database.now)

    def _enqueue(self, connection: Connection, jobs: Sequence[Job], since: float | None) -> None:
        now = self._database.now(connection)
        rows: list[RowValues] = [
            {
                "key": job.key,
                "state": "pending",
                "seconds": job.seconds,
                "job": encode_model(job),
                **_NO_OWNER,
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
        ended = [work.c.state.in_(["done", "failed"]), *([work.c.changed_at < since] if since is not None else [])]
        upsert(connection, work, rows, where=and_(*ended), keep=("attempts",))

    def claim(self, keys: Sequence[str], owner: str) -> tuple[Claim, ...]:
        """Claim those of `keys` that are free for `owner`; in the order of `keys`."""
        if not keys:
            return ()
        return self._database.write(lambda connection: self._claim(connection, keys, owner))

    def _claim(self, connection: Connection, keys: Sequence[str], owner: str) -> tuple[Claim, ...]:
        now = self._database.now(connection)
        free = or_(work.c.state == "pending", and_(work.c.state == "running", work.c.lease_until < now))
        query = select(work.c.key).where(work.c.key.in_(keys), free).order_by(work.c.key)
        locked = [row.key for row in connection.execute(query.with_for_update(skip_locked=True))]
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
        claims = {row.key: _claim(row.job, row.attempts, row.alone) for row in rows}
        attempt_rows: list[RowValues] = [
            {"key": row.key, "number": row.attempts, "owner": owner, "started_at": now, "ended_at": None}
            for row in rows
        ]
        upsert(connection, attempts, attempt_rows)
        return tuple(claim for key in keys if (claim := claims.get(key)) is not None)

    def heartbeat(self, keys: Collection[str], owner: str) -> set[str]:
        """Renew leases; returns the keys that are still the owner's."""
        if not keys:
            return set()

        def renew(connection: Connection) -> set[str]:
            until = self._database.now(connection) + LEASE_SECONDS
            claimed = and_(work.c.key.in_(sorted(keys)), work.c.owner == owner, work.c.state == "running")
            renewed = update(work).where(claimed).values(lease_until=until).returning(work.c.key)
            return set(connection.execute(renewed).scalars())

        return self._database.write(renew)

    def job(self, key: str) -> Job | None:
        """The job with this key; None when there is none."""
        body = self._database.value(select(work.c.job).where(work.c.key == key))
        return decode_model(Job, body) if body is not None else None

    def mark_crashed(self, key: str, owner: str, outcome: str, reason: str, *, shared: bool = False) -> bool:
        """Make a job pending again, or failed, because its worker ended badly. True when it is failed.

        From then on the job runs alone. When it had others beside it in the worker (`shared`), the crash does not
        count against it. Nothing happens, and False is returned, when the result was stored before the worker ended.
        """

        def note(connection: Connection) -> bool:
            now = self._database.now(connection)
            crashes = work.c.crashes + (0 if shared else 1)
            given_up = crashes >= CRASHES_MAX
            state = connection.execute(
                update(work)
                .where(_is_claimed(key, owner))
                .values(
                    crashes=crashes,
                    alone=True,
                    state=case((given_up, "failed"), else_="pending"),
                    reason=case((given_up, storable_text(reason)), else_=None),
                    changed_at=now,
                    **_NO_OWNER,
                )
                .returning(work.c.state)
            ).scalar()
            if state is not None:
                _end_attempts(connection, _open_attempt(key, owner), now, outcome, reason)
            return state == "failed"

        return self._database.write(note)

    def mark_failed(self, key: str, owner: str, reason: str) -> None:
        """End a job that cannot be done, however often it is tried."""

        def note(connection: Connection) -> None:
            now = self._database.now(connection)
            values = {"state": "failed", "reason": storable_text(reason), "changed_at": now, **_NO_OWNER}
            connection.execute(update(work).where(_is_claimed(key, owner)).values(**values))
            _end_attempts(connection, _open_attempt(key, owner), now, "error", reason)

        self._database.write(note)

    def withdraw(self, key: str, owner: str, reason: str) -> None:
        """Remove a job whose recording has changed: there is nothing to do, and nothing failed."""

        def note(connection: Connection) -> None:
            _end_attempts(connection, _open_attempt(key, owner), self._database.now(connection), "withdrawn", reason)
            connection.execute(delete(work).where(_is_claimed(key, owner)))

        self._database.write(note)

    def release(self, owner: str, keys: Sequence[str] | None = None) -> int:
        """Make the jobs pending that `owner` has claimed (of `keys`), without counting it; returns how many."""
        return self._database.write(partial(self._return_claims, owner=owner, outcome="released", lost=0, among=keys))

    def mark_lost(self, owner: str, keys: Sequence[str] | None = None) -> int:
        """Make the jobs pending that an owner who is gone had claimed; `keys`: those it had given to a lost machine.

        Jobs that were lost too often fail. Returns how many jobs it was.
        """
        return self._database.write(partial(self._return_claims, owner=owner, outcome="lost", lost=1, among=keys))

    def owners(self) -> tuple[str, ...]:
        """Owners of claims."""
        owners = self._database.values(select(work.c.owner).where(work.c.state == "running").distinct())
        return tuple(sorted(owner for owner in owners if owner))

    def _return_claims(
        self, connection: Connection, owner: str, outcome: str, lost: int, among: Sequence[str] | None = None
    ) -> int:
        now = self._database.now(connection)
        claimed = select(work.c.key).where(work.c.state == "running", work.c.owner == owner)
        if among is not None:
            claimed = claimed.where(work.c.key.in_(among))
        keys = connection.execute(claimed.order_by(work.c.key).with_for_update()).scalars().all()
        for chunk in chunked(keys):
            _to_pending(connection, chunk, now, outcome, lost)
        return len(keys)

    def states(self, keys: Sequence[str]) -> dict[str, str]:
        """State by key, of those of `keys` that are known."""
        return self._column(work.c.state, keys)

    def seconds(self, keys: Sequence[str]) -> dict[str, float]:
        """Seconds of audio by key, of those of `keys` that are known."""
        return self._column(work.c.seconds, keys)

    def _column(self, column: ColumnElement[Any], keys: Sequence[str]) -> dict[str, Any]:
        rows = self._database.rows_for(keys, lambda chunk: select(work.c.key, column).where(work.c.key.in_(chunk)))
        return {row.key: row[-1] for row in rows}

    def counts(self) -> JobCounts:
        """Number of jobs of the whole store by state."""
        rows = self._database.rows(select(work.c.state, func.count()).group_by(work.c.state))
        return JobCounts(**{row.state: row[-1] for row in rows})


def is_done(connection: Connection, key: str) -> bool:
    """True when the job is done: a failure reported after its lease ran out does not count then."""
    state = connection.execute(select(work.c.state).where(work.c.key == key).with_for_update()).scalar()
    return state == "done"


def finish(connection: Connection, key: str, owner: str, now: float, error: str | None) -> None:
    """End a job in the transaction that stores its result; `error`: the recording cannot be read."""
    state = "failed" if error else "done"
    reason = storable_text(error) if error else None
    values = {"state": state, "reason": reason, "changed_at": now, **_NO_OWNER}
    connection.execute(update(work).where(work.c.key == key).values(**values))
    _end_attempts(connection, _open_attempt(key, owner), now, "unreadable" if error else "done", error)


def _to_pending(connection: Connection, keys: Sequence[str], now: float, outcome: str, lost: int) -> None:
    """End the open attempts of running jobs, and make those pending, or failed when they were lost too often."""
    _end_attempts(connection, and_(attempts.c.key.in_(keys), attempts.c.ended_at.is_(None)), now, outcome, None)
    reason = f"Recognition was begun {LOST_MAX} times and never ended; the recording was given up."
    given_up = work.c.lost + lost >= LOST_MAX
    connection.execute(
        update(work)
        .where(work.c.key.in_(keys), work.c.state == "running")
        .values(
            state=case((given_up, "failed"), else_="pending"),
            reason=case((given_up, reason), else_=None),
            lost=work.c.lost + lost,
            alone=or_(work.c.alone, work.c.lost + lost > 1),
            changed_at=now,
            **_NO_OWNER,
        )
    )


def _claim(body: bytes, attempt: int, alone: bool) -> Claim | None:
    job = decode_model(Job, body)
    return Claim(job=job, attempt=attempt, alone=alone) if job is not None else None


def _is_claimed(key: str, owner: str) -> ColumnElement[bool]:
    return and_(work.c.key == key, work.c.owner == owner, work.c.state == "running")


def _open_attempt(key: str, owner: str) -> ColumnElement[bool]:
    return and_(attempts.c.key == key, attempts.c.owner == owner, attempts.c.ended_at.is_(None))


def _end_attempts(
    connection: Connection, condition: ColumnElement[bool], now: float, outcome: str, reason: str | None
) -> None:
    reason = storable_text(reason) if reason else None
    connection.execute(update(attempts).where(condition).values(ended_at=now, outcome=outcome, reason=reason))


