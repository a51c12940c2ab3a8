"""What is kept, what is done again, and that one failure is a row."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from analyzer.asr.model_folder import cache_key
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.errors import RecordingError
from analyzer.jobs.dispatch import JobFailure, dispatch
from analyzer.jobs.plan import BatchOptions, Plan, plan
from analyzer.jobs.stored_calls import kept_calls, report_of
from analyzer.models.finding import Judgement
from analyzer.models.recording import AudioFacts
from analyzer.models.report import Report
from analyzer.models.run import Claim, Job, StoredRun
from analyzer.models.transcript import AudioTranscript, FailedTranscript, Transcript
from analyzer.pipeline.score import Scorer
from analyzer.scoring.judge import judge
from analyzer.sources.discover import find_recordings
from analyzer.store.job_queue import JobCounts
from analyzer.store.store import Store
from tests import s3
from tests.conftest import SAMPLES
from tests.fakes import ENGINE, OWNER, InlinePool
from tests.store.jobs import rows

SILENCE = SAMPLES / "damaged" / "silence.wav"
ONCE = BatchOptions()
DIED = JobFailure("crashed", "x.wav: recognition ended its process (exit -11), 2 times")


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in ("a.wav", "b.wav"):
        shutil.copy(SILENCE, folder / name)
    shutil.copy(SAMPLES / "damaged" / "size0.wav", folder / "longer.wav")
    return folder


def no_good(job: Job) -> FailedTranscript:
    name = job.recording.path.name
    return FailedTranscript(audio_sha256=job.sha256, name=name, error=f"{name}: no good")


def run(
    folder: Path, store: Store, trouble: JobFailure | None = None, *, options: BatchOptions = ONCE
) -> tuple[list[Report], list[str]]:
    """Reports in order, and the recordings that were begun."""
    recordings = find_recordings([folder]).recordings
    work = plan(recordings, store, ENGINE, options)
    pool = InlinePool(store, no_good, trouble)
    dispatch(work.jobs, pool, store, OWNER, lambda *_: None)
    scorer = Scorer(load_bank(shipped_bank()))
    kept = StoredRun(engine=ENGINE, max_seconds=3600, calls=kept_calls(recordings, work, None))
    return [report_of(call, kept, store, scorer) for call in kept.calls], pool.begun


def errors(reports: Sequence[Report]) -> list[str | None]:
    return [report.error for report in reports]


def test_the_same_audio_under_two_names_is_one_transcript_and_two_calls(calls: Path, store: Store):
    reports, begun = run(calls, store)
    assert begun == ["longer.wav", "a.wav"]  # longest first, and b.wav has a.wav's content
    assert [(r.call_id, r.error) for r in reports] == [
        ("a", "a.wav: no good"), ("b", "b.wav: no good"), ("longer", "longer.wav: no good"),
    ]


def test_failures_are_kept_until_asked_for_again(calls: Path, store: Store):
    options = [BatchOptions(), BatchOptions(), BatchOptions(retry_failed=True), BatchOptions(force=True)]
    assert [len(run(calls, store, options=given)[1]) for given in options] == [2, 0, 2, 2]


@pytest.mark.parametrize("options", [BatchOptions(), BatchOptions(force=True)])
def test_what_another_command_did_after_this_one_looked_is_not_done_again(
    calls: Path, store: Store, options: BatchOptions
):
    since = store.queue.now()
    mine = plan(find_recordings([calls]).recordings, store, ENGINE, options)
    run(calls, store, options=options)
    pool = InlinePool(store, no_good)
    told: list[str] = []
    dispatch(mine.jobs, pool, store, OWNER, lambda job, _: told.append(job.key), since=since)
    assert (pool.begun, sorted(told)) == ([], sorted(job.key for job in mine.jobs))


def test_a_worker_that_died_twice_is_a_row_with_its_reason_until_asked_for_again(calls: Path, store: Store):
    reports, begun = run(calls, store, DIED)
    assert sorted(begun) == ["a.wav", "a.wav", "longer.wav", "longer.wav"]
    assert {report.verdict for report in reports} == {"unscorable"}
    assert all("ended its process" in (error or "") for error in errors(reports))
    again, begun = run(calls, store)
    assert (errors(again), begun) == (errors(reports), [])
    assert len(run(calls, store, DIED, options=BatchOptions(retry_failed=True))[1]) == 4


@pytest.mark.parametrize("raised", [ZeroDivisionError, RecursionError, RecordingError])
def test_a_call_that_the_scorer_cannot_take_is_a_row_and_the_others_are_scored(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, raised: type[Exception]
):
    for name, text in (("good", "Baik Bapak terima kasih"), ("bad", "angka rusak")):
        segment = {"start": 0.0, "end": 2.0, "speaker": "agent", "text": text}
        body = {"call_id": name, "language": "id", "duration": 3.0, "segments": [segment]}
        (tmp_path / f"{name}.json").write_text(json.dumps(body), "utf-8")

    def judged(transcript: Transcript, *rest: object) -> Judgement:
        if transcript.call_id == "bad":
            raise raised("angka rusak")
        return judge(transcript, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("analyzer.pipeline.score.judge", judged)
    reports, _ = run(tmp_path, store)
    by_call = {report.recording: report for report in reports}
    assert by_call["good.json"].verdict != "unscorable"
    assert by_call["bad.json"].verdict == "unscorable"
    internal = f"bad.json: cannot be scored (internal error: {raised.__name__}). Please report it."
    assert by_call["bad.json"].error == ("angka rusak" if raised is RecordingError else internal)


def test_a_recording_that_vanished_is_a_row(calls: Path, store: Store):
    recordings = find_recordings([calls]).recordings
    (calls / "a.wav").unlink()
    work = plan(recordings, store, ENGINE, BatchOptions())
    assert "no longer there" in work.unreadable["a.wav"]
    kept = StoredRun(engine=ENGINE, max_seconds=3600, calls=kept_calls(recordings, work, None))
    report = report_of(kept.calls[0], kept, store, Scorer(load_bank(shipped_bank())))
    assert (report.verdict, report.error) == ("unscorable", work.unreadable["a.wav"])


def test_a_recording_that_changed_in_a_worker_s_hands_is_withdrawn_not_failed(calls: Path, store: Store):
    work = plan(find_recordings([calls]).recordings, store, ENGINE, ONCE)
    pool = InlinePool(store, no_good, JobFailure("changed", "it was changed"))
    told: list[str | None] = []
    changed = dispatch(work.jobs, pool, store, OWNER, lambda _, why: told.append(why))
    assert changed == {job.key: "it was changed" for job in work.jobs}
    assert told == [None] * len(work.jobs)
    assert store.queue.counts() == JobCounts()
    assert len(plan(find_recordings([calls]).recordings, store, ENGINE, ONCE).jobs) == len(work.jobs)


def test_a_file_that_changed_is_another_recording_and_one_that_did_not_is_not_read_again(calls: Path, store: Store):
    recordings = find_recordings([calls]).recordings
    before = plan(recordings, store, ENGINE, BatchOptions()).sha256
    os.utime(calls / "a.wav", ns=(1, 1))
    shutil.copy(SAMPLES / "damaged" / "cut.mp3", calls / "b.wav")
    after = plan(recordings, store, ENGINE, BatchOptions()).sha256
    assert after["a.wav"] == before["a.wav"]
    assert after["b.wav"] != before["b.wav"]
    longer = calls / "longer.wav"
    times = longer.stat()
    data = bytearray(longer.read_bytes())
    data[-1] ^= 1
    longer.write_bytes(data)
    os.utime(longer, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert plan(recordings, store, ENGINE, BatchOptions()).sha256 == after  # same size and time: not looked into
    assert plan(recordings, store, ENGINE, BatchOptions(force=True)).sha256 != after


class OnceInTrouble(InlinePool):
    """Ends the first job as `trouble` says, and does the others."""

    def submit(self, claim: Claim) -> None:
        super().submit(claim)
        self.failure = None


@pytest.mark.parametrize(("kind", "counted"), [("lost", 1), ("returned", 0)])
def test_what_a_machine_lost_or_could_not_begin_is_tried_again_without_blame(
    kind: Literal["lost", "returned"], counted: int, calls: Path, store: Store
):
    jobs = plan(find_recordings([calls / "longer.wav"]).recordings, store, ENGINE, ONCE).jobs
    pool = OnceInTrouble(store, no_good, JobFailure(kind, "its machine is gone"))
    dispatch(jobs, pool, store, OWNER, lambda *_: None)
    assert len(pool.begun) == 2
    assert rows(store, "SELECT lost, crashes, alone FROM work") == [(counted, 0, False)]


def test_a_remote_recording_is_known_by_its_content_and_fetched_once(storage: s3.Server, calls: Path, store: Store):
    for name in ("a.wav", "longer.wav"):
        storage.put(f"s3://batch/calls/{name}", (calls / name).read_bytes())
    (here,) = plan(find_recordings([calls / "longer.wav"]).recordings, store, ENGINE, ONCE).jobs
    before = len(storage.fetched())

    def planned(options: BatchOptions = ONCE) -> Plan:
        return plan(find_recordings(["s3://batch/calls"]).recordings, store, ENGINE, options)

    first = planned()
    assert (first.jobs[0].key, first.jobs[0].seconds) == (here.key, here.seconds)
    assert len(storage.fetched()) - before == 2
    store.queue.enqueue(first.jobs)
    assert planned() == first  # lengths, too
    assert len(storage.fetched()) - before == 2
    assert planned(BatchOptions(force=True)).sha256 == first.sha256
    assert len(storage.fetched()) - before == 4
    storage.put("s3://batch/calls/a.wav", (calls / "longer.wav").read_bytes())
    assert planned().sha256["a.wav"] == first.sha256["longer.wav"]
    found = find_recordings(["s3://batch/calls"]).recordings
    storage.delete("s3://batch/calls/a.wav")
    gone = plan(found, store, ENGINE, BatchOptions(force=True)).unreadable
    assert "is no longer at s3://batch/calls/a.wav" in gone["a.wav"]


def test_other_options_or_another_model_make_another_transcript():
    other = ENGINE.model_copy(update={"options": {"beam_size": 5}})
    newer = ENGINE.model_copy(update={"model_sha256": "e" * 64})
    updated = ENGINE.model_copy(update={"versions": {"ctranslate2": "9"}})
    keys = [cache_key("a" * 64, engine) for engine in (ENGINE, other, newer, updated)]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]


def test_a_kept_transcript_comes_back_equal(store: Store):
    kept = AudioTranscript(audio_sha256="0", facts=AudioFacts(decoded_seconds=1.5), engine=ENGINE, channels=())
    store.transcripts.finish("k", OWNER, kept)
    assert store.transcripts.get("k") == kept
    assert store.transcripts.get("other") is None
