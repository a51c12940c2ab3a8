"""One database behind `read` and `write`, each one whole transaction; SQLite by default, PostgreSQL by URL.

Writes are idempotent by design, so both may be tried again: while SQLite is locked by another command, and while a
PostgreSQL server is away.

Ctrl-C during a transaction waits until it is over (`_deferred_signals`). An interrupt inside SQLAlchemy or SQLite
would leave a transaction open that nobody knows of; its lock would keep this very process from giving back its claims
for as long as it waits for the lock: minutes.
"""

import errno
import hashlib
import json
import logging
import os
import random
import signal
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from analyzer.errors import StoreError, UsageError
from analyzer.store.migrations import migrate
from analyzer.store.results_store import DATABASE_NAME

RowValues = dict[str, Any]
Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)

_COMPRESSION_LEVEL = 6  # a transcript of 60 kB takes about 10
_SURROGATE = b"\\ud"  # as JSON escapes it
_PARAMETERS_MAX = 30_000  # SQLite takes 32,766 in one statement, PostgreSQL 65,535
_CHUNK = 500  # items a statement
Result = TypeVar("Result")

_BUSY_SECONDS = 30.0  # SQLite waits this long for another command's write, then the write is tried again
_LOCK_PAUSES = (0.001, 0.008)  # a write holds the lock for 1 to 10 ms
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
PATIENCE_SECONDS = 300.0  # a server that restarts, or its stand-by that takes over, is back by then
OPENING_SECONDS = 10.0  # a person waits: a wrong address or a server that is down is reported soon
_FIXES = {
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
# An interrupt is raised in the caller; that it came while a connection was being closed needs no log line.
logging.getLogger("sqlalchemy.pool.impl.QueuePool").addFilter(
    lambda record: not (record.exc_info and isinstance(record.exc_info[1], KeyboardInterrupt))
)
_PERMANENT = ("password", "does not exist", "no pg_hba")  # waiting does not help
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_FORMS = "Give sqlite:///FILE.db or postgresql+psycopg://USER@HOST/NAME (the password belongs in ~/.pgpass)."
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "fuse.s3fs", "fuse.glusterfs"}
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_pending_signals: list[int] = []


def to_json(model: BaseModel) -> bytes:
    """The JSON form of a model that is stored and hashed."""
    try:
        return model.model_dump_json(exclude_none=True, by_alias=True).encode()
    except PydanticSerializationError:
        # A file name that is no UTF-8: Python holds its bytes as lone surrogates, which pydantic's JSON refuses.
        return json.dumps(model.model_dump(exclude_none=True, by_alias=True), default=str).encode()


def compress(data: bytes) -> bytes:
    """Compressed bytes."""
    return zlib.compress(data, _COMPRESSION_LEVEL)


def decompress(body: bytes) -> bytes:
    """What `compress` was given. Raises ValueError when the bytes are damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def encode_model(model: BaseModel) -> bytes:
    """A model as bytes of a row."""
    return compress(to_json(model))


def decode_model(kind: type[Model], body: bytes, *, change: Callable[[Any], Any] | None = None) -> Model | None:
    """The model of a row; None when the bytes are damaged or were written by another version of the program.

    `change`: what makes today's JSON of that version's.
    """
    try:
        data = decompress(body)
        if change is not None:
            return kind.model_validate(change(json.loads(data)))
        return kind.model_validate(json.loads(data)) if _SURROGATE in data else kind.model_validate_json(data)
    except (ValueError, ValidationError):
        return None


def sha256(data: bytes) -> str:
    """Content hash, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def storable_text(text: str) -> str:
    """Text that both databases take: PostgreSQL has no NUL, neither has broken Unicode from odd file names."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()


def chunked(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` in runs that one statement and one short transaction can take."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[RowValues],
    *,
    where: ColumnElement[bool] | None = None,
    keep: Collection[str] = (),
) -> None:
    """Insert rows, or give rows with the same primary key these values (only those that satisfy `where`).

    All rows have the same keys; columns not named, and those in `keep`, stay in rows that are there. Rows must
    differ in their primary key.
    """
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key_names = [column.name for column in table.primary_key]
    size = max(1, _PARAMETERS_MAX // len(rows[0]))
    for start in range(0, len(rows), size):
        statement = dialect.insert(table).values(list(rows[start : start + size]))
        others = {name: statement.excluded[name] for name in rows[0] if name not in (*key_names, *keep)}
        if others:
            connection.execute(statement.on_conflict_do_update(index_elements=key_names, set_=others, where=where))
        else:
            connection.execute(statement.on_conflict_do_nothing(index_elements=key_names))


class Database:
    """Connections to one store. Not for use across a fork; each process opens its own."""

    def __init__(self, url: URL, *, patience: float = PATIENCE_SECONDS, opening: float = OPENING_SECONDS) -> None:
        """Open, and bring the tables to this version.

        `patience`: seconds that later reads and writes wait for a database that is away; `opening`: the same, now.
        Raises StoreError, which names the store and says how to fix it.
        """
        self.url = url
        self._patience = patience
        self._engine = self._connect()
        self._with_retries(lambda: migrate(self._engine), opening)

    @property
    def is_sqlite(self) -> bool:
        """True for a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    def read(self, query: Callable[[Connection], Result]) -> Result:
        """What `query` returns, from one consistent state."""
        return self._transaction(query, write=False)

    def rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """All rows of a query."""
        return self.read(lambda connection: connection.execute(query).all())

    def rows_for(self, keys: Sequence[str], query: Callable[[Sequence[str]], Select[Any]]) -> Iterator[Row[Any]]:
        """All rows of `query(keys)`, asked in chunks, each from a consistent state of its own."""
        for chunk in chunked(keys):
            yield from self.rows(query(chunk))

    def values(self, query: Select[Any]) -> Sequence[Any]:
        """The first column of all rows."""
        return self.read(lambda connection: connection.execute(query).scalars().all())

    def value(self, query: Select[Any]) -> Any:  # noqa: ANN401 - of the column's type
        """The first column of the first row; None without any."""
        return self.read(lambda connection: connection.execute(query).scalar())

    def write(self, change: Callable[[Connection], Result]) -> Result:
        """`change` done whole or not at all; it may run several times, so it must be idempotent."""
        return self._transaction(change, write=True)

    def now(self, connection: Connection) -> float:
        """Seconds since 1970, by one clock for all machines that share the store."""
        if self.is_sqlite:
            return time.time()  # one machine
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()

    def _transaction(self, run: Callable[[Connection], Result], *, write: bool) -> Result:
        def once() -> Result:
            connecting = self._engine.connect().execution_options(analyzer_write=write)
            with connecting as connection, _deferred_signals(), connection.begin():
                return run(connection)

        return self._with_retries(once, self._patience)

    def _with_retries(self, run: Callable[[], Result], patience: float) -> Result:
        until = time.monotonic() + patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return run()
            except DBAPIError as error:
                if not _is_transient(error) or time.monotonic() + pause > until:
                    raise self._store_error(error) from error
            except _Interrupted:
                continue  # the signal's handler has run and did not end the program
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
        journal = "DELETE" if _on_network_share(path) else "WAL"
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, journal))
        event.listen(engine, "begin", _begin)
        event.listen(engine, "close", lambda connection, _: _roll_back(connection))
        return engine

    def _store_error(self, error: DBAPIError) -> StoreError:
        problem = " ".join(str(error.orig).split())
        fix = next((fix for part, fix in _FIXES.items() if part in problem.lower()), "give the same command again")
        where = self.url.database if self.is_sqlite else without_password(self.url)
        return StoreError(f"{where}: {problem[:300]}. The results so far are kept; {fix}.")


def store_url(address: str | Path) -> URL:
    """The URL of a folder's database, of a database file, or of a URL. Raises UsageError, which says how to fix it."""
    text = str(address)
    if "://" not in text:
        path = Path(text)
        return _sqlite_url(path if path.suffix == ".db" else path / DATABASE_NAME)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError(f"--store: not a database URL. {_FORMS}") from error
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise UsageError(f"--store {without_password(url)}: {backend} is not supported. {_FORMS}")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise UsageError(f"--store {without_password(url)}: several processes need a file. {_FORMS}")
        return _sqlite_url(Path(url.database))
    return url.set(drivername=_DRIVERS[backend])


def without_password(url: URL) -> str:
    """The address as it may be shown."""
    return url.render_as_string(hide_password=True)


def _sqlite_url(path: Path) -> URL:
    return URL.create(_DRIVERS["sqlite"], database=os.path.realpath(path))


def _on_network_share(path: Path) -> bool:
    """True when the file lies on a network share, where SQLite's WAL loses data (https://www.sqlite.org/wal.html)."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return False  # no Linux: the user's own disk is the rule
    parents = {str(parent) for parent in (path, *path.parents)}
    above = [(len(fields[1]), fields[2]) for fields in mounts if fields[1] in parents]
    return bool(above) and max(above)[1] in _NETWORK_FILE_SYSTEMS


def _prepare(connection: DBAPIConnection, journal: str) -> None:
    connection.isolation_level = None  # transactions begin in `_begin`
    cursor = connection.cursor()
    for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON"):  # FULL: keeps the last commit
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _roll_back(connection: DBAPIConnection) -> None:
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
            if _pending_signals and threading.current_thread() is threading.main_thread():
                raise _Interrupted
            time.sleep(random.uniform(*_LOCK_PAUSES))  # noqa: S311
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * _BUSY_SECONDS)}")


def _took_lock(connection: Connection, *, last: bool) -> bool:
    """Try once: SQLite's own waiting sleeps up to 0.1 s a time, and is not fair, so some would wait for seconds."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if last or "locked" not in str(error.orig):
            raise
        return False
    return True


def _is_transient(error: DBAPIError) -> bool:
    """True for what passes: a lock, a lost or refused connection, a deadlock, a server that restarts."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in ("08", "40", "57") or state == "55P03"
    text = str(error.orig).lower()
    if any(part in text for part in _PERMANENT):
        return False  # before the next test: SQLAlchemy calls a refused password a lost connection, too
    if error.connection_invalidated:
        return True
    if "locked" in text or "busy" in text:
        return True
    lost = ("connection", "server closed", "could not connect", "timeout expired", "starting up")
    return isinstance(error, OperationalError) and any(part in text for part in lost)


class _Interrupted(Exception):  # noqa: N818 - never leaves this module
    """Ends a transaction that waits for its lock and has done nothing yet, because a signal is pending."""


@contextmanager
def _deferred_signals() -> Iterator[None]:
    """Python handlers of signals run when the block is over; that of a second signal at once.

    Only in the main thread, the only one that handles signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    replaced = {number: handler for number, handler in handlers.items() if callable(handler)}

    def defer(number: int, frame: FrameType | None) -> None:
        if _pending_signals:
            replaced[signal.Signals(number)](number, frame)
        _pending_signals.append(number)

    for number in replaced:
        signal.signal(number, defer)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
        first, _pending_signals[:] = _pending_signals[:1], []
        for pending in first:
            replaced[signal.Signals(pending)](pending, None)
