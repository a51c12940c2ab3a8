"""A store on a real PostgreSQL under the real command: it goes away in the middle and comes back; two share it."""

import subprocess
import time
from pathlib import Path

import pytest

from analyzer.store.store import Store
from tests import postgres
from tests.conftest import Ran
from tests.faults.test_kill import same_results, start
from tests.store.work import rows

pytestmark = pytest.mark.audio
_PATIENCE = 180.0


def until_something_is_kept(store: Store, running: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while not store.queue.counts().done:
        assert running.poll() is None, "it was over before anything was tested"
        assert time.monotonic() - began < _PATIENCE
        time.sleep(0.02)


def attempts(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT key, outcome FROM attempts ORDER BY key, number")


def test_a_server_that_is_restarted_in_the_middle_of_a_run_costs_nothing_but_time(
    postgres_server: postgres.Server, postgres_address: str, clips: Path, undisturbed: Ran, tmp_path: Path
):
    out = tmp_path / "out"
    store = Store(postgres_address)
    running = start(clips, out, ANALYZER_STORE=postgres_address)
    until_something_is_kept(store, running)
    postgres_server.stop()
    try:
        time.sleep(2.0)
        assert running.poll() is None
    finally:
        postgres_server.start()
    assert running.wait(_PATIENCE) == 0
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
    assert [running.wait(_PATIENCE) for running in both] == [0, 0]
    assert all(same_results(out, undisturbed) for out in outs)
    store = Store(postgres_address)
    done = attempts(store)
    assert {outcome for _, outcome in done} == {"done"}
    assert len(done) == len({key for key, _ in done})
    store.close()
