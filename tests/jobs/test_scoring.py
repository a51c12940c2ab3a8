"""Reports are the same whatever the number of processes."""

from pathlib import Path
from typing import Any

import pytest

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs import stored_calls, worker_configuration
from analyzer.jobs.stored_calls import cached_reports, fresh_reports, report_of
from analyzer.models.recording import CallMetadata, Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall, StoredRun
from analyzer.pipeline.score import TEXT_ENGINE, Scorer
from analyzer.reports.jsonl import to_jsonl
from analyzer.store.store import Store
from tests.matching.support import call
from tests.scoring.calls import WHOLE, lines


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one(store: Store, monkeypatch):
    monkeypatch.setattr(worker_configuration, "_WORTH_A_PROCESS", 2)
    calls = []
    for number in range(6):
        transcript = call(*lines(*WHOLE[: 3 + number]))
        store.transcripts.put_text(f"k{number}", "0", transcript.model_dump_json(exclude_none=True).encode())
        recording = Recording(call_id=f"c{number}", path=Path(f"c{number}.json"), name=f"c{number}.json")
        calls.append(StoredCall(recording=recording, key=f"k{number}"))
    run = StoredRun(engine=TEXT_ENGINE, max_seconds=60, calls=tuple(calls))
    scorer = Scorer(load_bank(shipped_bank()))
    one = to_jsonl(fresh_reports(run, store, scorer, processes=1))
    assert to_jsonl(fresh_reports(run, store, scorer, processes=2)) == one
    assert len(one.splitlines()) == 6


def test_a_report_is_made_again_only_when_something_it_is_made_from_changed(store: Store, monkeypatch):
    recording = Recording(call_id="c", path=Path("c.json"), name="c.json")
    run = StoredRun(engine=TEXT_ENGINE, max_seconds=60, calls=(StoredCall(recording=recording, key="k"),))
    scorer = Scorer(load_bank(shipped_bank()))
    made: list[str] = []

    def noting(call: StoredCall, *rest: Any) -> Report:
        made.append(call.key or "")
        return report_of(call, *rest)

    monkeypatch.setattr(stored_calls, "report_of", noting)

    def reports() -> list[Report]:
        return list(cached_reports(run, store, scorer))

    store.transcripts.put_text("k", "0", call(*lines(*WHOLE)).model_dump_json(exclude_none=True).encode())
    first = reports()
    assert (reports(), len(made)) == (first, 1)
    store.transcripts.put_text("k", "0", call(*lines(*WHOLE[:3])).model_dump_json(exclude_none=True).encode())
    second = reports()
    assert second != first
    assert (reports(), len(made)) == (second, 2)
    other = recording.model_copy(update={"metadata": CallMetadata(agent="Sari")})
    run = run.model_copy(update={"calls": (StoredCall(recording=other, key="k"),)})
    assert reports()[0].agent == "Sari"
    monkeypatch.setattr(stored_calls, "scoring_code_version", lambda: "another version")
    reports()
    assert len(made) == 4
