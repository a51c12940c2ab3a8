"""Reports are the same whatever the number of processes."""

from pathlib import Path

from analyzer.cli.shipped import shipped_bank
from analyzer.executors import scoring
from analyzer.executors.scoring import reports_of
from analyzer.models.kept import KeptCall, KeptRun
from analyzer.models.recording import Recording
from analyzer.phrases import load_bank
from analyzer.pipeline import TEXT_ENGINE, Scorer
from analyzer.report.jsonl import to_jsonl
from analyzer.transcribe import TranscriptCache
from tests.match.support import call
from tests.rules.calls import WHOLE, lines


def test_two_processes_give_the_bytes_of_one(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(scoring, "_WORTH_A_PROCESS", 2)
    cache = TranscriptCache(tmp_path)
    calls = []
    for number in range(6):
        transcript = call(*lines(*WHOLE[: 3 + number]))
        cache.path(f"k{number}").write_text(transcript.model_dump_json(exclude_none=True), "utf-8")
        recording = Recording(call_id=f"c{number}", path=Path(f"c{number}.json"), name=f"c{number}.json")
        calls.append(KeptCall(recording=recording, key=f"k{number}"))
    run = KeptRun(engine=TEXT_ENGINE, max_seconds=60, calls=tuple(calls))
    scorer = Scorer(load_bank(shipped_bank()))
    one = to_jsonl(reports_of(run, cache, scorer, processes=1))
    assert to_jsonl(reports_of(run, cache, scorer, processes=2)) == one
    assert len(one.splitlines()) == 6
