"""A store of the first version, with what a run keeps in it, opened by this one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine

import analyzer.store.migrations
from analyzer.models.report import Report
from analyzer.models.review import CallFilter
from analyzer.review.service import ReviewService
from analyzer.store.database import encode_model, store_url
from analyzer.store.migrations import HEAD
from analyzer.store.results import call_key
from analyzer.store.store import Store
from tests.review.cases import LEA, RINI, new_event, run_of, scored_report, store_reports, stored_call
from tests.store.jobs import heard, job, rows

_MIGRATIONS = Path(analyzer.store.migrations.__file__).parent
REPORTS = (scored_report("a", "mmmxxm", agent="Dewi"), scored_report("b", "mmmmmm"))


def _rows(at: int, report: Report) -> Iterator[tuple[str, dict[str, object]]]:
    call = stored_call(report)
    key, name = call_key(call), report.recording
    yield "calls", {"id": key, "call_id": report.call_id, "name": name, "audio_sha256": "0" * 64, "agent": report.agent}
    known = {"verdict": report.verdict, "score": report.score, "sop_sha256": report.sop.sha256}
    yield "reports", {"call": key, "inputs": "of 0001", "body": encode_model(report), "made_at": 1.0, **known}
    for finding in report.steps:
        found = {"status": finding.status, "confidence": finding.confidence}
        yield "findings", {"call": key, "step": finding.id, **found}
    yield "run_calls", {"run_id": 1, "position": at, "call": key, "body": encode_model(call)}


@pytest.fixture
def first_version(store_address: str) -> str:
    """What version 0001 kept of two calls: tables of its own migration, rows as it wrote them."""
    url = store_url(store_address)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    known = MetaData()
    known.reflect(engine)
    table = known.tables
    run = {"id": 1, "folder": "/out", "ended_at": 2.0, "body": encode_model(run_of())}
    with engine.begin() as connection:
        connection.execute(table["runs"].insert().values(**run))
        for at, report in enumerate(REPORTS):
            for name, row in _rows(at, report):
                connection.execute(table[name].insert().values(**row))
    engine.dispose()
    return store_address


def test_a_first_store_keeps_all_it_holds_and_can_be_reviewed_once_its_calls_are_scored_again(first_version: str):
    store = Store(first_version)
    assert rows(store, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    keys = [call_key(stored_call(report)) for report in REPORTS]
    assert store.reports.get(keys) == dict(zip(keys, REPORTS, strict=True))
    assert store.runs.newest("/out") == run_of(*REPORTS)
    assert store.cases.count_without_bank() == 2  # it kept no SOPs: nothing can be recomputed yet
    assert ReviewService(store).queue(LEA, CallFilter()).total == 0
    store_reports(store, *REPORTS, words={"a": "halo"})
    assert store.cases.count_without_bank() == 0
    opened = ReviewService(store).add_event(RINI, new_event(keys[0], "reviewed"))
    assert [event.who for event in opened.events] == ["Rini"]
    assert ReviewService(store, run=store.runs.number("/out")).queue(LEA, CallFilter(text="halo")).total == 1
    store.close()


def test_a_first_store_goes_on_working(first_version: str):
    store = Store(first_version)
    store.queue.enqueue([job("k")])
    assert [claim.job.key for claim in store.queue.claim(["k"], "o")] == ["k"]
    store.transcripts.finish("k", "o", heard("k"))
    assert store.queue.counts().done == 1
    store.close()
