"""The history is only ever added to: by the program, by other programs, by several at once, on both databases."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from analyzer.models.review import CallFilter, Rating
from analyzer.review.service import ReviewService
from analyzer.store.database import store_url
from analyzer.store.store import Store
from tests.review.cases import BUDI, LEA, RINI, STEPS, new_event, scored_report, store_reports
from tests.store.jobs import at_once, rows

CHANGES = (
    "UPDATE {table} SET who = 'Mallory'",
    "DELETE FROM {table}",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "TRUNCATE {table}",
)


def filled(store: Store) -> list[str]:
    """Two calls with something said of each, and a calibration session about both."""
    keys = store_reports(store, scored_report("a"), scored_report("b"), words={"a": "halo", "b": "halo"})
    for person in (RINI, BUDI):
        store.people.put(person)
    service = ReviewService(store)
    for key in keys:
        service.add_event(RINI, new_event(key, "override", step=STEPS[0], status="missed", text="not heard"))
    store.sessions.open("june", keys, ["Budi", "Rini"], None, "Lea")
    store.sessions.add_ratings(1, [Rating(call=key, who="Rini", step=STEPS[0], status="met") for key in keys])
    return keys


@pytest.mark.parametrize("table", ["events", "marks"])
@pytest.mark.parametrize("change", CHANGES)
def test_no_program_changes_or_deletes_what_was_said(store: Store, table: str, change: str):
    filled(store)
    before = rows(store, f"SELECT * FROM {table} ORDER BY number")  # noqa: S608
    assert before
    engine = create_engine(store_url(store.address))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(change.format(table=table)))
    engine.dispose()
    assert rows(store, f"SELECT * FROM {table} ORDER BY number") == before  # noqa: S608


def purge(store: Store, call: str) -> None:
    """Delete a call's history as the triggers allow it: named in `purging`, within one transaction."""
    engine = create_engine(store_url(store.address))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO purging (\"call\") VALUES (:call)"), {"call": call})
        for table in ("events", "marks", "session_calls", "reviews", "decided", "texts", "purging"):
            connection.execute(text(f'DELETE FROM {table} WHERE "call" = :call'), {"call": call})  # noqa: S608
    engine.dispose()


def test_a_purge_takes_everything_of_its_call_and_nothing_of_others(store: Store):
    gone, stays = filled(store)
    purge(store, gone)
    for table in ("events", "marks", "session_calls", "reviews", "decided", "texts"):
        left = {call for (call,) in rows(store, f'SELECT DISTINCT "call" FROM {table}')}  # noqa: S608
        assert left == {stays}, table
    assert rows(store, "SELECT count(*) FROM purging") == [(0,)]
    assert [event.kind for event in store.history.of(stays)] == ["override"]


def test_a_number_is_never_given_twice(store: Store):
    (key, _) = filled(store)
    last = ReviewService(store).add_event(LEA, new_event(key, "reviewed")).events[-1].number
    purge(store, key)
    store_reports(store, scored_report("a"))
    assert ReviewService(store).add_event(LEA, new_event(key, "reviewed")).events[-1].number > last


def decide(address: str, call: str, who: str, count: int) -> list[int]:
    """What several processes do at once, each for somebody else."""
    store = Store(address)
    service = ReviewService(store)
    person = {person.name: person for person in (RINI, BUDI, LEA)}[who]
    statuses = ("met", "missed", "unsure")
    for n in range(count):
        event = new_event(call, "override", step=STEPS[n % 3], status=statuses[n % 3], text=f"{who} {n}")
        service.add_event(person, event)
    numbers = [event.number for event in store.history.of(call) if event.who == who]
    store.close()
    return numbers


@pytest.mark.slow
def test_several_people_decide_at_once_and_every_word_is_kept_and_folded(store: Store):
    (key,) = store_reports(store, scored_report("a"))
    everybody = at_once(decide, [(store.address, key, who, 15) for who in ("Rini", "Budi", "Lea")])
    numbers = [event.number for event in store.history.of(key)]
    assert len(numbers) == len(set(numbers)) == 45
    assert sorted(number for own in everybody for number in own) == numbers == sorted(numbers)
    service = ReviewService(store)
    (row,) = service.queue(LEA, CallFilter()).rows  # derived when the last word was kept
    opened = service.call(LEA, key)
    assert (row.listed.verdict, row.listed.score) == (opened.reviewed.report.verdict, opened.reviewed.report.score)
    kept = {str(step): status for step, status in rows(store, "SELECT step, status FROM decided")}
    assert kept == opened.reviewed.decided
