"""What is kept, what is done again, and that one failure is a row."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from analyzer.batch import BatchOptions, Done, Job, Plan, kept_calls, plan, report_of, transcribe
from analyzer.cli.shipped import shipped_bank
from analyzer.intake import find_recordings
from analyzer.models.kept import KeptRun
from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript
from analyzer.phrases import load_bank
from analyzer.pipeline import Scorer
from analyzer.transcribe import TranscriptCache
from analyzer.transcribe.cache import FailedTranscript, cache_key
from tests.conftest import SAMPLES
from tests.fakes import ENGINE

SILENCE = SAMPLES / "damaged" / "silence.wav"


class Keeping:
    """An executor that keeps a failure for each job, or crashes on it."""

    def __init__(self, cache: TranscriptCache, crash: str | None = None) -> None:
        self.cache, self.crash = cache, crash
        self.done: list[str] = []

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        for job in jobs:
            self.done.append(job.recording.name)
            if self.crash is None:
                name = job.recording.path.name
                outcome = FailedTranscript(audio_sha256=job.sha256, name=name, error=f"{name}: no good")
                self.cache.put(job.key, outcome)
            yield Done(job, self.crash)


@pytest.fixture
def cache(tmp_path: Path) -> TranscriptCache:
    return TranscriptCache(tmp_path / "kept")


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in ("a.wav", "b.wav"):
        shutil.copy(SILENCE, folder / name)
    shutil.copy(SAMPLES / "damaged" / "size0.wav", folder / "longer.wav")
    return folder


def run(folder: Path, cache: TranscriptCache, executor: Keeping, **options: bool):
    recordings = find_recordings([folder]).recordings
    work = plan(recordings, cache, ENGINE, BatchOptions(**options))
    transcribe(work, executor, cache, lambda _: None)
    return reports_of(recordings, work, cache)


def reports_of(recordings: Sequence[Recording], work: Plan, cache: TranscriptCache) -> list[Report]:
    scorer = Scorer(load_bank(shipped_bank()))
    calls = kept_calls(recordings, work, None)
    kept = KeptRun(engine=ENGINE, max_seconds=3600, calls=calls)
    return [report_of(call, kept, cache, scorer) for call in calls]


def test_the_same_audio_under_two_names_is_one_transcript_and_two_calls(calls: Path, cache: TranscriptCache):
    executor = Keeping(cache)
    reports = run(calls, cache, executor)
    assert executor.done == ["longer.wav", "a.wav"]  # longest first, and b.wav has a.wav's content
    assert [(r.call_id, r.error) for r in reports] == [
        ("a", "a.wav: no good"), ("b", "b.wav: no good"), ("longer", "longer.wav: no good"),
    ]


def test_failures_are_kept_until_asked_for_again(calls: Path, cache: TranscriptCache):
    first, second, third, fourth = (Keeping(cache) for _ in range(4))
    run(calls, cache, first)
    run(calls, cache, second)
    run(calls, cache, third, retry_failed=True)
    run(calls, cache, fourth, force=True)
    assert [len(executor.done) for executor in (first, second, third, fourth)] == [2, 0, 2, 2]


def test_a_worker_that_died_is_a_row_with_its_reason(calls: Path, cache: TranscriptCache):
    reports = run(calls, cache, Keeping(cache, crash="x.wav: recognition ended its process (exit -11) 2 times"))
    assert {report.verdict for report in reports} == {"unscorable"}
    assert all("ended its process" in (report.error or "") for report in reports)


def test_a_recording_that_vanished_is_a_row(calls: Path, cache: TranscriptCache):
    recordings = find_recordings([calls]).recordings
    (calls / "a.wav").unlink()
    work = plan(recordings, cache, ENGINE, BatchOptions())
    reports = reports_of(recordings, work, cache)
    assert "no longer there" in (reports[0].error or "")


def test_other_options_or_another_model_make_another_transcript():
    other = ENGINE.model_copy(update={"options": {"beam_size": 5}})
    newer = ENGINE.model_copy(update={"model_sha256": "e" * 64})
    updated = ENGINE.model_copy(update={"versions": {"ctranslate2": "9"}})
    keys = [cache_key("a" * 64, engine) for engine in (ENGINE, other, newer, updated)]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]


def test_a_kept_transcript_comes_back_equal_and_a_damaged_one_counts_as_none(cache: TranscriptCache):
    kept = AudioTranscript(audio_sha256="0", facts=AudioFacts(decoded_seconds=1.5), engine=ENGINE, channels=())
    cache.put("k", kept)
    assert cache.get("k") == kept
    path = cache.path("k")
    path.write_bytes(path.read_bytes()[:-20])
    assert cache.get("k") is None
