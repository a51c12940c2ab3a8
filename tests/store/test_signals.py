"""Ctrl-C in the midst of the store's work: it waits for the transaction, and no lock stays behind."""

import itertools
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from sqlalchemy import Connection, Engine, event

from analyzer.store.database import Database, store_url
from analyzer.store.store import Store
from tests.store.jobs import job, rows

_SOON = 3.0  # seconds; the store itself waits for minutes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.db", patience=_SOON)
    opened.queue.enqueue([job("a")])
    yield opened
    opened.close()


@pytest.fixture
def database(store: Store) -> Iterator[Database]:
    """The store's own, opened once more."""
    opened = Database(store_url(store.address), patience=_SOON)
    yield opened
    opened.close()


def owned(connection: Connection, by: str, interrupts: int = 0) -> str:
    connection.exec_driver_sql("UPDATE work SET owner = ?", (by,))
    for _ in range(interrupts):
        signal.raise_signal(signal.SIGINT)
    return by


@contextmanager
def locked(store: Store) -> Iterator[Callable[[], object]]:
    """Somebody else writes meanwhile, until what is given is called."""
    path = store_url(store.address).database
    assert path
    other = sqlite3.connect(path, isolation_level=None, timeout=_SOON, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other.rollback
    finally:
        other.rollback()
        other.close()


@contextmanager
def at_tries(acts: Mapping[int, Callable[[], object]]) -> Iterator[list[int]]:
    """Do something just before the try for the lock with that number: who waits for it tries again and again."""
    numbers = itertools.count(1)
    tried: list[int] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            tried.append(next(numbers))
            acts.get(tried[-1], lambda: None)()

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield tried
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


@contextmanager
def handled_by(handler: object) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def write(database: Database, by: str, interrupts: int = 0) -> str:
    return database.write(lambda connection: owned(connection, by, interrupts))


def test_an_interrupt_comes_when_the_transaction_is_over(store: Store, database: Database):
    with pytest.raises(KeyboardInterrupt):
        write(database, "me", interrupts=1)
    assert rows(store, "SELECT owner FROM work") == [("me",)]
    assert write(database, "next") == "next"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_comes_at_once_and_leaves_no_lock(store: Store, database: Database):
    with pytest.raises(KeyboardInterrupt) as caught:
        write(database, "me", interrupts=2)
    assert rows(store, "SELECT owner FROM work") == [(None,)]
    assert write(database, "next") == "next"  # while the traceback, with all that was in hand, is kept
    assert caught.tb is not None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_waits_for_a_lock_is_interrupted_at_once(store: Store, database: Database):
    with locked(store), at_tries({3: interrupt}) as tried:
        with pytest.raises(KeyboardInterrupt):
            write(database, "me")
        assert len(tried) == 3
    assert write(database, "next") == "next"


def test_a_handler_that_only_takes_note_ends_no_wait(store: Store, database: Database):
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        noted.append(number)

    with handled_by(note):
        with locked(store) as free, at_tries({3: interrupt, 20: free}):
            assert write(database, "me") == "me"
        assert write(database, "next", interrupts=1) == "next"
    assert noted == [signal.SIGINT] * 2


def test_in_another_thread_nothing_is_held_back(store: Store, database: Database):
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(write(database, "thread")))
    thread.start()
    thread.join()
    assert said == ["thread"]


@pytest.mark.slow
def test_wherever_it_comes_the_lock_is_free_at_once(store: Store, database: Database):
    def interrupt(_: int, __: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGALRM, interrupt)
    places = random.Random(1)  # noqa: S311
    try:
        for _ in range(300):
            with pytest.raises(KeyboardInterrupt) as caught:  # noqa: PT012 - wherever in there
                signal.setitimer(signal.ITIMER_REAL, places.uniform(0.0002, 0.01))
                while True:
                    write(database, "me")
            with locked(store):  # which would wait no longer than the store does
                pass
            assert caught.tb is not None
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rows(store, "SELECT owner FROM work") == [("me",)]
