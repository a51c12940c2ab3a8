"""The loop of `watch` with a stand-in for the work and for time: what is scored when, how often results are written."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.errors import AnalyzerError, StoreError, UsageError
from analyzer.jobs import watch as watching
from analyzer.jobs.scoring_run import ScoringRun
from analyzer.jobs.watch import Watch, WatchSettings, calls_to_report
from analyzer.models.recording import Recording
from analyzer.models.run import ScoredRun, StoredCall, StoredRun
from analyzer.models.scoring_options import ScoringOptions
from analyzer.pipeline.score import TEXT_ENGINE, Scorer
from analyzer.sources.file_stability import StabilityMonitor, StabilityResult, StabilitySettings

BANK = load_bank(shipped_bank())
AHEAD = 4_000_000_000.0  # seconds since 1970


@dataclass
class Work:
    """Takes `seconds` a call; writing the results of a call takes `export_seconds`."""

    clock: "Clock"
    seconds: float = 1.0
    export_seconds: float = 0.01
    trouble: AnalyzerError | None = None
    batches: list[list[str]] = field(default_factory=list)
    exports: list[tuple[float, int]] = field(default_factory=list)  # when, and of how many calls
    kept: Sequence[StoredCall] = ()
    options: ScoringOptions = ScoringOptions(paths=(), out=Path("out"))  # noqa: RUF009 - frozen
    said: list[str] = field(default_factory=list)

    def previous_calls(self) -> tuple[StoredCall, ...]:
        return tuple(self.kept)

    def score(self, recordings: Sequence[Recording]) -> ScoredRun:
        if self.trouble:
            raise self.trouble
        self.batches.append([one.name for one in recordings])
        self.clock.now += self.seconds * len(recordings)
        return self.reports_of([call(one) for one in recordings])

    def reports_of(self, calls: Sequence[StoredCall]) -> ScoredRun:
        scorer = Scorer(BANK)
        reports = [scorer.unscorable(one.recording, "no good", None, TEXT_ENGINE) for one in calls]
        return ScoredRun(reports, StoredRun(engine=TEXT_ENGINE, max_seconds=60, calls=tuple(calls)), "")

    def save(self, scored: ScoredRun) -> None:
        self.kept = scored.run.calls
        self.exports.append((self.clock.now, len(self.kept)))
        self.clock.now += self.export_seconds * len(self.kept)


class Clock:
    """Time that passes by sleeping; ends the watch when `until` is reached, after calling what is due."""

    def __init__(self) -> None:
        self.now, self.until = 0.0, 0.0
        self.due: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.due and self.due[0][0] <= self.now:
            self.due.pop(0)[1]()
        if self.now >= self.until:
            raise KeyboardInterrupt

    def strftime(self, _: str) -> str:
        return ""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    return clock


def call(recording: Recording, sha256: str | None = None, key: str | None = "k") -> StoredCall:
    return StoredCall(recording=recording, audio_sha256=sha256 or recording.name, key=key)


def recording(name: str, folder: Path = Path("/nowhere"), leg: str | None = None) -> Recording:
    path = folder / name
    return Recording(call_id=path.stem, path=path, name=name, customer_leg=folder / leg if leg else None)


def put(folder: Path, *names: str, data: bytes = b"") -> None:
    """Write recordings whose recorder's clock is ahead: then only `Clock` decides since when they are the same."""
    for name in names:
        (folder / name).write_bytes(data or name.encode())
        os.utime(folder / name, (AHEAD + len(data), AHEAD + len(data)))


def loop(folder: Path, work: Work, clock: Clock, **settings: Any) -> Watch:
    """A watch that scores what was the same for ten seconds."""
    rows = settings.pop("rows", lambda: None)
    work.options = ScoringOptions(paths=(folder,), out=folder / "out")
    return Watch(
        cast(ScoringRun, work),
        publish=lambda _scored, _last: None,
        tell=work.said.append,
        settings=WatchSettings(**settings),
        monitor=StabilityMonitor(StabilitySettings(quiet_seconds=10), clock.monotonic),
        read_rows=lambda _: rows(),
    )


def go_on(watch: Watch, clock: Clock, seconds: float) -> list[str]:
    """What it says in so many seconds."""
    clock.until = clock.now + seconds
    with pytest.raises(KeyboardInterrupt):
        watch.go_on()
    watch.finish()
    return [line.strip() for line in cast(Work, watch.run).said]


def watch(folder: Path, work: Work, clock: Clock, seconds: float, **settings: Any) -> list[str]:
    return go_on(loop(folder, work, clock, **settings), clock, seconds)


def test_each_recording_is_scored_once_and_again_when_it_changed(clock: Clock, tmp_path: Path):
    work = Work(clock)
    put(tmp_path, "a.wav", "b.wav")
    clock.due = [(60, lambda: put(tmp_path, "a.wav", data=b"another"))]
    said = watch(tmp_path, work, clock, 200)
    assert work.batches == [["a.wav", "b.wav"], ["a.wav"]]
    assert [line.split(":")[0] for line in said if line.startswith("Scored")] == ["Scored 2", "Scored 1"]


@pytest.mark.slow
def test_a_backlog_is_done_in_batches_of_about_five_minutes_of_work(clock: Clock, tmp_path: Path):
    work = Work(clock, seconds=10.0)
    put(tmp_path, *(f"{n:03}.wav" for n in range(100)))
    watch(tmp_path, work, clock, 2000, batch_least=4)
    assert [len(batch) for batch in work.batches] == [4, 30, 30, 30, 6]
    assert [name for batch in work.batches for name in batch] == sorted(path.name for path in tmp_path.glob("*.wav"))


@pytest.mark.slow
def test_writing_results_takes_a_small_part_of_the_time_however_many_calls_there_are(clock: Clock, tmp_path: Path):
    """A call every 20 s for half an hour, in a folder whose results take half a minute to write."""
    many = [recording(f"old-{n}.wav") for n in range(300)]
    work = Work(clock, export_seconds=0.1, kept=[call(one) for one in many])
    clock.due = [(20.0 * n, lambda n=n: put(tmp_path, f"{n:03}.wav")) for n in range(90)]  # type: ignore[misc]
    watch(tmp_path, work, clock, 1800)
    assert sum(map(len, work.batches)) == 90
    spent = sum(0.1 * count for _, count in work.exports[:-1])
    assert 0.03 * 1800 < spent < 0.06 * 1800
    assert len(work.kept) == 300 + 90  # the last ones are written when it stops


def test_results_are_written_at_once_where_that_costs_little(clock: Clock, tmp_path: Path):
    work = Work(clock)
    clock.due = [(100.0, lambda: put(tmp_path, "a.wav"))]
    watch(tmp_path, work, clock, 200)
    ((when, count),) = work.exports
    assert (when < 120, count) == (True, 1)


def test_what_stands_already_is_written_once_after_a_restart_and_then_not_again(clock: Clock, tmp_path: Path):
    put(tmp_path, "a.wav")
    work = Work(clock, kept=[call(recording("a.wav", tmp_path))])
    watch(tmp_path, work, clock, 500)
    assert [count for _, count in work.exports] == [1]


def test_a_full_disk_is_told_once_and_waited_for(clock: Clock, tmp_path: Path):
    work = Work(clock, trouble=StoreError("the disk is full."))
    put(tmp_path, "a.wav")
    clock.due = [(300, lambda: setattr(work, "trouble", None))]
    said = watch(tmp_path, work, clock, 600)
    assert said.count("the disk is full. Tried again in 60 seconds.") == 1
    assert work.batches == [["a.wav"]]


def test_what_is_wrong_with_the_command_ends_it(clock: Clock, tmp_path: Path):
    put(tmp_path, "a.wav")
    clock.until = 600
    with pytest.raises(UsageError, match="cannot start"):
        loop(tmp_path, Work(clock, trouble=UsageError("Recognition cannot start")), clock).go_on()


def test_a_stop_whose_exception_was_swallowed_is_heeded_after_the_round(clock: Clock, tmp_path: Path):
    put(tmp_path, "a.wav")
    work, clock.until = Work(clock), 600
    watch = loop(tmp_path, work, clock)
    watch.stopped = lambda: bool(work.batches)
    watch.go_on()
    assert clock.now < 60


def test_a_folder_that_is_away_for_a_moment_loses_nothing(clock: Clock, tmp_path: Path):
    folder, elsewhere = tmp_path / "share", tmp_path / "elsewhere"
    folder.mkdir()
    put(folder, "a.wav")
    clock.due = [(50, lambda: folder.rename(elsewhere)), (100, lambda: elsewhere.rename(folder))]
    work = Work(clock)
    said = watch(folder, work, clock, 200)
    assert work.batches == [["a.wav"]]
    assert [count for _, count in work.exports] == [1]
    assert any("no such file or folder. Waiting." in line for line in said)


def test_a_manifest_that_cannot_be_read_counts_as_it_was(clock: Clock, tmp_path: Path):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file\na.wav\n")
    put(tmp_path, "a.wav")
    reads: list[str] = []

    def rows() -> None:
        reads.append(manifest.read_text())
        if "odd" in reads[-1]:
            raise UsageError("manifest.csv:2: odd.")

    work = Work(clock)
    clock.due = [(50, lambda: manifest.write_text("file\nodd\n")), (60, lambda: manifest.write_text("file\na\nb\n"))]
    said = watch(tmp_path, work, clock, 100, rows=rows)
    assert said.count("manifest.csv:2: odd. Until then, what it said before counts.") == 1
    assert reads[0] == "file\na.wav\n"
    assert reads[-1] == "file\na\nb\n"
    assert "odd" in reads[1]
    assert work.batches == [["a.wav"]]


def names(calls: Sequence[StoredCall]) -> list[str]:
    return [one.recording.name for one in calls]


def test_results_keep_what_went_and_drop_what_became_another_call(tmp_path: Path):
    put(tmp_path, "elsewhere.wav")
    known = [
        call(recording("gone.wav")),
        call(recording("x-agent.wav")),  # a leg that was taken alone
        call(recording("x-customer.wav")),
        call(recording("old-name.wav"), sha256="moved"),
        call(recording("waits.wav")),
        call(recording("unreadable.wav"), key=None),
        call(recording("elsewhere.wav", tmp_path)),
    ]
    pair, renamed = recording("x-agent.wav", leg="x-customer.wav"), recording("new-name.wav")
    scored = {"x-agent.wav": call(pair, sha256="both"), "new-name.wav": call(renamed, sha256="moved")}
    found = StabilityResult((pair, renamed), (recording("waits.wav"),))
    kept = calls_to_report(found, scored, known)
    assert names(kept) == ["gone.wav", "new-name.wav", "waits.wav", "x-agent.wav"]
    assert kept[-1].recording.customer_leg is not None


def test_a_new_recording_with_the_stem_of_one_that_went_has_an_id_of_its_own():
    new = recording("monday/a.wav")
    kept = calls_to_report(StabilityResult((new,), ()), {new.name: call(new)}, [call(recording("sunday/a.wav"))])
    assert [one.recording.call_id for one in kept] == ["a", "sunday/a.wav"]
    assert calls_to_report(StabilityResult((new,), ()), {new.name: call(new)}, kept) == kept


def test_the_manifest_s_newest_words_count():
    old = recording("a.wav")
    new = old.model_copy(update={"call_id": "renamed by the manifest"})
    assert calls_to_report(StabilityResult((new,), ()), {"a.wav": call(old)}, [])[0].recording == new
