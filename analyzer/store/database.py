"""One database behind the same two verbs, whichever it is: `read` and `write`, each one whole transaction.

Writes are idempotent by design, so both may be tried again: while SQLite is locked by another command, and while a
PostgreSQL server is away.
"""

import errno
import logging
import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError

from analyzer.errors import StoreError
from analyzer.store.address import on_network_share, without_password
from analyzer.store.interrupts import Interrupted, deferred_signals, raise_if_interrupted
from analyzer.store.migrate import migrate

Result = TypeVar("Result")

_BUSY_SECONDS = 30.0  # SQLite waits this long for another command's write, then we try again
_LOCK_PAUSES = (0.001, 0.008)  # a write holds the lock for 1 to 10 ms
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
PATIENCE_SECONDS = 300.0  # a server that restarts, or its stand-by that takes over, is back by then
OPENING_SECONDS = 10.0  # a person waits: an address that is wrong, or a server that is down, is told soon
_CURES = {
    "disk is full": "the disk is full: free some space, then give the same command again",
    "no space left": "the database server's disk is full: free some space there, then give the same command again",
    "readonly database": "it is read-only: make file and folder writable, or give another --out folder or --store",
    "unable to open database file": "the folder cannot be written: check it, or give another --out folder",
    "file is not a database": "the file is damaged or something else: move it away, then give the same command again",
    "malformed": "the file is damaged: move it away, then give the same command again",
    "disk i/o error": "the disk reports an error: check it, or give another --out folder",
    "password": "put the password in ~/.pgpass or PGPASSWORD",
    "permission denied": "let its owner give rights: GRANT CREATE, USAGE ON SCHEMA public TO the user",
    "read-only transaction": "it is a stand-by or set to read-only: give the server that takes writes",
    "does not exist": "create the database first (createdb), or check its name",
}
# An interrupt goes to whoever called: that it came while a connection was being closed is nothing to log.
logging.getLogger("sqlalchemy.pool.impl.QueuePool").addFilter(
    lambda record: not (record.exc_info and isinstance(record.exc_info[1], KeyboardInterrupt))
)
_REFUSED = ("password", "does not exist", "no pg_hba")  # no waiting helps


class Database:
    """Connections to one store. Not for use across a fork; each process opens its own."""

    def __init__(self, url: URL, *, patience: float = PATIENCE_SECONDS, opening: float = OPENING_SECONDS) -> None:
        """Open, and bring the tables to this version.

        `patience`: seconds that later reads and writes wait for a database that is away; `opening`: the same, now.
        Raises StoreError naming the store and the cure.
        """
        self.url = url
        self._patience = patience
        self._engine = self._connect()
        self._patiently(lambda: migrate(self._engine), opening)

    @property
    def is_sqlite(self) -> bool:
        """True for a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """What `worker_main` returns, from one consistent state."""
        return self._tried(work, write=False)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """`worker_main` done whole or not at all; it may run several times, so it must be idempotent."""
        return self._tried(work, write=True)

    def now(self, connection: Connection) -> float:
        """Seconds since 1970, by one clock for all machines that share the store."""
        if self.is_sqlite:
            return time.time()  # one machine
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()

    def _tried(self, work: Callable[[Connection], Result], *, write: bool) -> Result:
        def once() -> Result:
            connecting = self._engine.connect().execution_options(analyzer_write=write)
            with connecting as connection, deferred_signals(), connection.begin():
                return work(connection)

        return self._patiently(once, self._patience)

    def _patiently(self, work: Callable[[], Result], patience: float) -> Result:
        until = time.monotonic() + patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return work()
            except DBAPIError as error:
                if not _passing(error) or time.monotonic() + pause > until:
                    raise self._told(error) from error
            except Interrupted:
                continue  # and whoever handled it goes on
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _connect(self) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, pool_pre_ping=True, pool_size=2, max_overflow=2)
        path = Path(self.url.database or "")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or errno.EIO)
            raise StoreError(f"{path}: cannot be made ({reason}); give another --out folder.") from error
        engine = create_engine(self.url, connect_args={"timeout": _BUSY_SECONDS})
        journal = "DELETE" if on_network_share(path) else "WAL"
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, journal))
        event.listen(engine, "begin", _begin)
        event.listen(engine, "close", lambda connection, _: _let_go(connection))
        return engine

    def _told(self, error: DBAPIError) -> StoreError:
        problem = " ".join(str(error.orig).split())
        cure = next((cure for part, cure in _CURES.items() if part in problem.lower()), "give the same command again")
        where = self.url.database if self.is_sqlite else without_password(self.url)
        return StoreError(f"{where}: {problem[:300]}. The results so far are kept; {cure}.")


def _prepare(connection: DBAPIConnection, journal: str) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin
    cursor = connection.cursor()
    for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON"):  # FULL: keeps the last commit
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _let_go(connection: DBAPIConnection) -> None:
    """SQLite's close keeps the lock for as long as a statement lives, as it does in the traceback of an interrupt."""
    with suppress(sqlite3.Error):
        connection.rollback()


def _begin(connection: Connection) -> None:
    # A write that begins as a read can fail half-way with "locked" whatever the timeout: take the lock first.
    if not connection.get_execution_options().get("analyzer_write", True):
        connection.exec_driver_sql("BEGIN")
        return
    until = time.monotonic() + _BUSY_SECONDS
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while not _took_lock(connection, last=time.monotonic() > until):
            raise_if_interrupted()
            time.sleep(random.uniform(*_LOCK_PAUSES))  # noqa: S311
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * _BUSY_SECONDS)}")


def _took_lock(connection: Connection, *, last: bool) -> bool:
    """SQLite's own way of waiting sleeps up to 0.1 s a time, and who came last may get it first: some wait seconds."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if last or "locked" not in str(error.orig):
            raise
        return False
    return True


def _passing(error: DBAPIError) -> bool:
    """True for what goes away by itself: a lock, a lost or refused connection, a deadlock, a server that restarts."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in ("08", "40", "57") or state == "55P03"
    text = str(error.orig).lower()
    if any(word in text for word in _REFUSED):
        return False  # before the next test: SQLAlchemy calls a refused password a lost connection, too
    if error.connection_invalidated:
        return True
    if "locked" in text or "busy" in text:
        return True
    lost = ("connection", "server closed", "could not connect", "timeout expired", "starting up")
    return isinstance(error, OperationalError) and any(word in text for word in lost)
