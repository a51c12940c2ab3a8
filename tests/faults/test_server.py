"""A store on a real PostgreSQL under the real command: it goes away in the middle and comes back; two share it."""

import socket
from pathlib import Path

import pytest

from analyzer.store.store import Store
from tests import postgres
from tests.conftest import Ran
from tests.faults.commands import PATIENCE, Fault, same_results, start, until
from tests.store.jobs import rows

pytestmark = pytest.mark.slow


def attempts(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT key, outcome FROM attempts ORDER BY key, number")


def test_a_server_that_is_restarted_in_the_middle_of_a_run_costs_nothing_but_time(
    postgres_server: postgres.Server, postgres_address: str, clips: Path, undisturbed: Ran, tmp_path: Path
):
    out, fault = tmp_path / "out", Fault(tmp_path / "fault", "before-keeping", nth=2, do="hold")
    store = Store(postgres_address)
    running = start(clips, out, fault, ANALYZER_STORE=postgres_address)
    until(lambda: fault.reached and store.queue.counts().done, running)
    postgres_server.stop()
    try:
        with socket.socket(socket.AF_UNIX) as in_its_place:
            in_its_place.bind(str(postgres_server.socket))
            in_its_place.listen()
            in_its_place.settimeout(PATIENCE)
            fault.let_go()
            in_its_place.accept()[0].close()  # the command has missed the server
    finally:
        postgres_server.socket.unlink(missing_ok=True)
        postgres_server.start()
    assert running.wait(PATIENCE) == 0
    assert same_results(out, undisturbed)
    done = attempts(store)
    assert len(done) == len({key for key, _ in done})  # nothing was done twice
    store.close()


def test_two_commands_on_one_server_share_the_work(
    postgres_address: str, clips: Path, undisturbed: Ran, tmp_path: Path
):
    """Each has a results folder of its own; the store, and so the work, is common."""
    outs = [tmp_path / "one", tmp_path / "two"]
    both = [start(clips, out, ANALYZER_STORE=postgres_address) for out in outs]
    assert [running.wait(PATIENCE) for running in both] == [0, 0]
    assert all(same_results(out, undisturbed) for out in outs)
    store = Store(postgres_address)
    done = attempts(store)
    assert {outcome for _, outcome in done} == {"done"}
    assert len(done) == len({key for key, _ in done})
    store.close()
