"""The store: everything that is stored, behind one object. SQLite by default, PostgreSQL by URL."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, select

from analyzer.errors import UsageError
from analyzer.models.run import Job, StoredRun
from analyzer.store.calibration_sessions import CalibrationSessionStore
from analyzer.store.database import (
    OPENING_SECONDS,
    PATIENCE_SECONDS,
    Database,
    decode_model,
    store_url,
    without_password,
)
from analyzer.store.job_queue import JobCounts, Queue
from analyzer.store.listing import Listing, Tallies
from analyzer.store.people import Logins, People
from analyzer.store.results import Reports, Runs
from analyzer.store.review_cases import Banks, Cases, History
from analyzer.store.tables import attempts, reports, run_calls, runs, work
from analyzer.store.transcripts import Files, Transcripts

_IS_SECOND_PASS = work.c.key.endswith("-second")  # as `second_pass_key` names them


@dataclass(frozen=True)
class RunningWork:
    """Recordings that one command works on; `seconds` since the oldest of them was begun."""

    owner: str
    recordings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class FailedRecording:
    """A recording that could not be transcribed, and why."""

    recording: str
    reason: str


@dataclass(frozen=True)
class LastRun:
    """The newest run that ended; `seconds` ago, with the verdicts of its calls."""

    seconds: float
    folder: str
    calls: int
    verdicts: dict[str, int]


@dataclass(frozen=True)
class StoreStatus:
    """The state of a store. `left_seconds` of audio are pending or running, second passes included."""

    recordings: JobCounts
    second_looks: JobCounts
    left_seconds: float
    running: tuple[RunningWork, ...]
    failed: tuple[FailedRecording, ...]
    crashes: int
    last: LastRun | None


def status_of(database: Database) -> StoreStatus:
    """The state of a store at one moment."""
    return database.read(lambda connection: _status(connection, database.now(connection)))


def _status(connection: Connection, now: float) -> StoreStatus:
    left = select(func.coalesce(func.sum(work.c.seconds), 0.0)).where(work.c.state.in_(["pending", "running"]))
    ended_badly = attempts.c.outcome.in_(["crashed", "hung", "memory", "lost"])
    crashes = connection.execute(select(func.count()).select_from(attempts).where(ended_badly)).scalar_one()
    failed_jobs = connection.execute(select(work.c.job, work.c.reason).where(work.c.state == "failed"))
    failed = [FailedRecording(_name(row.job), row.reason or "") for row in failed_jobs]
    return StoreStatus(
        recordings=_counts(connection, ~_IS_SECOND_PASS),
        second_looks=_counts(connection, _IS_SECOND_PASS),
        left_seconds=float(connection.execute(left).scalar_one()),
        running=_running(connection, now),
        failed=tuple(sorted(failed, key=lambda item: item.recording)),
        crashes=crashes,
        last=_last(connection, now),
    )


def _counts(connection: Connection, condition: ColumnElement[bool]) -> JobCounts:
    states = select(work.c.state, func.count()).where(condition).group_by(work.c.state)
    return JobCounts(**{row[0]: row[1] for row in connection.execute(states)})


def _running(connection: Connection, now: float) -> tuple[RunningWork, ...]:
    query = (
        select(work.c.owner, work.c.job, attempts.c.started_at)
        .join(attempts, (attempts.c.key == work.c.key) & (attempts.c.number == work.c.attempts))
        .where(work.c.state == "running")
        .order_by(work.c.owner, attempts.c.started_at)
    )
    by_owner: dict[str, list[tuple[str, float]]] = {}
    for owner, body, started in connection.execute(query):
        by_owner.setdefault(owner, []).append((_name(body), started))
    return tuple(
        RunningWork(owner, tuple(name for name, _ in jobs), max(0.0, now - jobs[0][1]))
        for owner, jobs in by_owner.items()
    )


def _last(connection: Connection, now: float) -> LastRun | None:
    run = connection.execute(select(runs.c.id, runs.c.folder, runs.c.ended_at).order_by(runs.c.id.desc())).first()
    if run is None:
        return None
    query = select(reports.c.verdict).join(run_calls, run_calls.c.call == reports.c.call)
    verdicts: Sequence[str] = connection.execute(query.where(run_calls.c.run_id == run.id)).scalars().all()
    counted = dict(sorted(Counter(verdicts).items()))
    return LastRun(max(0.0, now - run.ended_at), run.folder, len(verdicts), counted)


def _name(body: bytes) -> str:
    job = decode_model(Job, body)
    return job.recording.name if job else "?"


class Store:
    """An open store. Not for use across processes: each opens its own from `address`."""

    def __init__(
        self, address: str | Path, *, patience: float = PATIENCE_SECONDS, opening: float = OPENING_SECONDS
    ) -> None:
        """Open or make it; see `Database` for the two waits, in seconds.

        Raises UsageError for a wrong address, StoreError when it cannot be used.
        """
        url = store_url(address)
        self.address = url.render_as_string(hide_password=False)
        self.shown = without_password(url)
        database = Database(url, patience=patience, opening=opening)
        self._database = database
        self.queue = Queue(database)
        self.transcripts = Transcripts(database)
        self.runs = Runs(database)
        self.reports = Reports(database)
        self.files = Files(database)
        self.banks = Banks(database)
        self.cases = Cases(database, self.banks)
        self.history = History(database, self.banks)
        self.listing = Listing(database)
        self.tallies = Tallies(database)
        self.people = People(database)
        self.logins = Logins(database)
        self.sessions = CalibrationSessionStore(database)

    @property
    def is_file(self) -> bool:
        """True for a file of SQLite, which only this machine can use."""
        return self._database.is_sqlite

    def run_of(self, folder: Path) -> StoredRun:
        """The newest run whose results lie in `folder`. Raises UsageError when there is none.

        A folder that was moved or copied with its own database in it is still the same results.
        """
        run = self.runs.newest(os.path.realpath(folder))
        if run is None and self._database.is_sqlite:
            run = self.runs.newest(None)
        if run is None:
            raise UsageError(f"{folder}: no finished run there. Run `analyzer score --out {folder}` first.")
        return run

    def run_number(self, folder: Path) -> int:
        """Number of the run that `run_of` returns."""
        number = self.runs.number(os.path.realpath(folder))
        if number is None and self._database.is_sqlite:
            number = self.runs.number(None)
        if number is None:
            raise UsageError(f"{folder}: no finished run there. Run `analyzer score --out {folder}` first.")
        return number

    def status(self) -> StoreStatus:
        """Jobs by state, what runs now, what failed, and the last run."""
        return status_of(self._database)

    def close(self) -> None:
        """Give connections back."""
        self._database.close()
