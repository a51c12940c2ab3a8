"""Scoring recordings as they are completed: look, score what is complete, bring the results up to date, wait."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from analyzer.audio.identity import FileStamps, stamps_of_files
from analyzer.errors import AnalyzerError, ModelUnavailableError, UsageError
from analyzer.jobs.scoring_run import ScoringRun, call_rows
from analyzer.models.base import Frozen
from analyzer.models.recording import Recording
from analyzer.models.run import ScoredRun, StoredCall
from analyzer.models.scoring_options import ScoringOptions
from analyzer.sources.discover import RowSource, find_recordings
from analyzer.sources.file_stability import StabilityMonitor, StabilityResult, StabilitySettings, file_stamps

_SHORTEST = 0.2  # seconds between two looks, however short a time recordings must be unchanged


class WatchSettings(Frozen):
    """How often, and how much at once."""

    look_seconds: float = Field(5.0, gt=0, description="between two looks at the folder; calls last minutes")
    look_share: float = Field(0.1, gt=0, le=1, description="of the time at most: 20,000 files on a share take a while")
    export_share: float = Field(
        0.05, gt=0, le=1, description="of the time at most: all results are written anew each time, however many"
    )
    batch_seconds: float = Field(
        300.0, gt=0, description="of work before results are brought up to date and new recordings are looked for"
    )
    batch_least: int = Field(12, ge=1, description="calls: fewer leave workers idle, which hold six each on a CPU")
    batch_most: int = Field(500, ge=1, description="calls")
    retry_seconds: float = Field(60.0, ge=0, description="before going on after a full disk or a database that is away")


@dataclass
class Watch:
    """Scores recordings as they are completed, until a KeyboardInterrupt. All it must not forget is in the store.

    `publish` writes the results of all calls (`last`: for the last time); `tell` shows a person a line.
    """

    run: ScoringRun
    publish: Callable[[ScoredRun, bool], None]
    tell: Callable[[str], None] = print
    stopped: Callable[[], bool] = lambda: False
    settings: WatchSettings = field(default_factory=WatchSettings)
    monitor: StabilityMonitor = field(default_factory=lambda: StabilityMonitor(StabilitySettings()))
    read_rows: Callable[[ScoringOptions], RowSource | None] = call_rows

    def __post_init__(self) -> None:
        options = self.run.options
        self._folders = [Path(path) for path in options.paths]
        for folder in self._folders:
            if not folder.is_dir():
                raise UsageError(f"{folder}: no such folder. Make it first, or give the one that recordings come to.")
        given = options.manifest
        self._manifest_files = [given] if given else [folder / "manifest.csv" for folder in self._folders]
        self._manifests = self._manifest_stamps()
        self._rows = self.read_rows(options)
        self._done: dict[str, FileStamps | None] = {}  # of a recording's files when it was scored, by its name
        self._scored: dict[str, StoredCall] = {}
        self._exported = self.run.previous_calls()
        self._up_to_date = False  # results of an earlier program or bank are written anew once
        self._export_after = 0.0
        self._batch = self.settings.batch_least
        self._last_told = ""

    def go_on(self) -> None:
        """Round after round. A full disk or a database that is away is told, and waited for.

        Raises UsageError and ModelUnavailableError: what is wrong with the command gets no better by waiting.
        """
        while not self.stopped():
            try:
                pause = self._round()
            except (UsageError, ModelUnavailableError):
                raise
            except AnalyzerError as error:
                self._tell(f"{error} Tried again in {self.settings.retry_seconds:.0f} seconds.")
                pause = self.settings.retry_seconds
            time.sleep(pause)

    def finish(self) -> None:
        """Bring the results up to date a last time."""
        calls = calls_to_report(self._look(), self._scored, self._exported)
        if calls != self._exported:
            self._export(calls, last=True)

    def _round(self) -> float:
        """One look, and at most one batch; seconds to wait before the next."""
        began = time.monotonic()
        state = self._look()
        looked = time.monotonic() - began
        fresh = [it for it in state.ready if self._done.get(it.name) != state.stamps[it.name]]
        if fresh:
            fresh.sort(key=lambda it: (_newest(state.stamps[it.name]), it.name))
            self._score(fresh[: self._batch])
        caught_up = len(fresh) <= self._batch
        if time.monotonic() >= self._export_after:
            calls = calls_to_report(state, self._scored, self._exported)
            if calls and (calls != self._exported or (caught_up and state.ready and not self._up_to_date)):
                self._export(calls)
                self._up_to_date = caught_up
        pause = min(self.settings.look_seconds, max(_SHORTEST, self.monitor.settings.quiet_seconds))
        return max(pause, looked / self.settings.look_share) if caught_up else 0.0

    def _look(self) -> StabilityResult:
        self._read_manifests()
        try:
            intake = find_recordings(self._folders, rows=self._rows, exclude=self.run.options.out)
        except UsageError as error:  # empty, or away for a moment: a share is not mounted
            self._tell(f"{error} Waiting.")
            return StabilityResult((), ())
        return self.monitor.check(intake.recordings, self._rows)

    def _read_manifests(self) -> None:
        """The manifest as it is now; as it was, while it is being written and cannot be read."""
        marks = self._manifest_stamps()
        if marks == self._manifests:
            return
        try:
            self._rows, self._manifests = self.read_rows(self.run.options), marks
        except UsageError as error:
            self._tell(f"{error} Until then, what it said before counts.")

    def _manifest_stamps(self) -> tuple[FileStamps | None, ...]:
        return tuple(stamps_of_files([path]) for path in self._manifest_files)

    def _score(self, batch: Sequence[Recording]) -> None:
        began = time.monotonic()
        before = {recording.name: file_stamps(recording) for recording in batch}
        scored = self.run.score(batch)
        # those that are gone may come back
        undone = {it.name for it in batch if it in scored.later or file_stamps(it) is None}
        self._done.update({name: marks for name, marks in before.items() if name not in undone})
        self._scored.update({call.recording.name: call for call in scored.run.calls})
        rate = len(batch) / max(time.monotonic() - began, 0.01)
        wanted = round(rate * self.settings.batch_seconds)
        self._batch = max(self.settings.batch_least, min(self.settings.batch_most, wanted))
        self._tell(_summary(scored))

    def _export(self, calls: Sequence[StoredCall], *, last: bool = False) -> None:
        began = time.monotonic()
        scored = self.run.reports_of(calls)
        self.run.save(scored)
        self.publish(scored, last)
        self._exported = scored.run.calls
        now = time.monotonic()
        self._export_after = now + (now - began) / self.settings.export_share

    def _tell(self, message: str) -> None:
        """A line with the time; not the same one again and again."""
        if message != self._last_told:
            self.tell(f"{time.strftime('%H:%M:%S')} {message}")
        self._last_told = message


def _newest(stamps: FileStamps) -> int:
    return max(stamp.mtime_ns for stamp in stamps)


def _summary(scored: ScoredRun) -> str:
    counts = Counter(report.verdict for report in scored.reports)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    left = f"; {len(scored.later)} still being written" if scored.later else ""
    return f"Scored {len(scored.reports)}: {verdicts}{left}."


def calls_to_report(
    state: StabilityResult, scored: Mapping[str, StoredCall], known: Sequence[StoredCall]
) -> tuple[StoredCall, ...]:
    """The calls of the results, by name.

    `state`: what is there now; `scored`: calls by recording name; `known`: those of the results as they are. A call
    stays when its recording goes (recorders clear up after some days) and while it waits for being scored anew. It
    goes when its recording became part of another call, came back under another name, or lies where nobody watches.
    """
    ready = {recording.name: recording for recording in state.ready if recording.name in scored}
    current = [_with(scored[name], recording) for name, recording in ready.items()]
    files = {path for recording in ready.values() for path in recording.files}
    contents = {call.audio_sha256 for call in current}
    there = {recording.name for recording in (*state.ready, *state.later)}

    def stays(call: StoredCall) -> bool:
        recording = call.recording
        if call.key is None or recording.name in ready or not files.isdisjoint(recording.files):
            return False
        return recording.name in there or not (recording.path.exists() or call.audio_sha256 in contents)

    before = {call.recording.name: call for call in (*known, *scored.values())}
    earlier = [call for call in before.values() if stays(call)]
    ids = {recording.call_id for recording in ready.values()}
    return tuple(sorted((*current, *(_apart(call, ids) for call in earlier)), key=lambda call: call.recording.name))


def _with(call: StoredCall, recording: Recording) -> StoredCall:
    """The call as the manifest describes it now."""
    return call if call.recording == recording else call.model_copy(update={"recording": recording})


def _apart(call: StoredCall, taken: set[str]) -> StoredCall:
    """Under another id, when a recording that is there has it: it may have the stem of one that is gone."""
    recording = call.recording
    if recording.call_id not in taken:
        return call
    return call.model_copy(update={"recording": recording.model_copy(update={"call_id": recording.name})})
