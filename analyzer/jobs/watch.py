"""The loop of `analyzer watch`: look, score what is complete, bring the results up to date, wait."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from rich.console import Console

from analyzer.audio.identity import FileStamps, stamps_of_files
from analyzer.cli.outputs import write_outputs
from analyzer.errors import AnalyzerError, ModelUnavailableError, UsageError
from analyzer.jobs.scoring_run import ScoringRun
from analyzer.jobs.watch_results import calls_to_report
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen
from analyzer.models.output_options import OutputOptions
from analyzer.models.recording import Recording
from analyzer.models.run import KeptCall
from analyzer.reports.results_folder import Scored
from analyzer.sources.discover import find_recordings
from analyzer.sources.file_stability import StabilityMonitor, StabilityResult, file_stamps

if TYPE_CHECKING:
    from analyzer.sources.discover import RowSource

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


@dataclass(frozen=True)
class WatchTarget:
    """Where recordings come from, and where results go."""

    folders: Sequence[Path]
    out: Path
    manifests: Sequence[Path]
    read_rows: "Callable[[], RowSource | None]"
    look: OutputOptions


@dataclass
class Watch:
    """Scores recordings as they are completed, until a KeyboardInterrupt. All it must not forget is in the store."""

    watched: WatchTarget
    bank: PhraseBank
    run: ScoringRun
    settling: StabilityMonitor
    console: Console
    stopped: Callable[[], bool] = lambda: False
    settings: WatchSettings = field(default_factory=WatchSettings)

    def __post_init__(self) -> None:
        self._manifests = self._marks_of_manifests()
        self._rows = self.watched.read_rows()
        self._done: dict[str, FileStamps | None] = {}  # by recording name: what its files looked like when it was scored
        self._scored: dict[str, KeptCall] = {}
        self._exported = self.run.known()
        self._up_to_date = False  # results of an earlier program or bank are written anew once
        self._export_after = 0.0
        self._batch = self.settings.batch_least
        self._interpret = ""

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
            self._export(calls, self.console)

    def _round(self) -> float:
        """One look, and at most one batch; seconds to wait before the next."""
        began = time.monotonic()
        found = self._look()
        looked = time.monotonic() - began
        fresh = [one for one in found.ready if self._done.get(one.name) != found.stamps[one.name]]
        if fresh:
            self._score(sorted(fresh, key=lambda one: (_newest(found.stamps[one.name]), one.name))[: self._batch])
        caught_up = len(fresh) <= self._batch
        if time.monotonic() >= self._export_after:
            calls = calls_to_report(found, self._scored, self._exported)
            if calls and (calls != self._exported or (caught_up and found.ready and not self._up_to_date)):
                self._export(calls, Console(quiet=True))
                self._up_to_date = caught_up
        pause = min(self.settings.look_seconds, max(_SHORTEST, self.settling.settings.quiet_seconds))
        return max(pause, looked / self.settings.look_share) if caught_up else 0.0

    def _look(self) -> StabilityResult:
        self._read_manifests()
        try:
            intake = find_recordings(self.watched.folders, rows=self._rows, exclude=self.watched.out)
        except UsageError as error:  # empty, or away for a moment: a share is not mounted
            self._tell(f"{error} Waiting.")
            return StabilityResult((), ())
        return self.settling.check(intake.recordings, self._rows)

    def _read_manifests(self) -> None:
        """The manifest as it is now; as it was, while it is being written and cannot be read."""
        marks = self._marks_of_manifests()
        if marks == self._manifests:
            return
        try:
            self._rows, self._manifests = self.watched.read_rows(), marks
        except UsageError as error:
            self._tell(f"{error} Until then, what it said before counts.")

    def _marks_of_manifests(self) -> tuple[FileStamps | None, ...]:
        return tuple(stamps_of_files([path]) for path in self.watched.manifests)

    def _score(self, batch: Sequence[Recording]) -> None:
        began = time.monotonic()
        before = {one.name: file_stamps(one) for one in batch}
        scored = self.run.scored(batch)
        undone = {one.name for one in batch if one in scored.later or file_stamps(one) is None}  # gone may come back
        self._done.update({name: marks for name, marks in before.items() if name not in undone})
        self._scored.update({call.recording.name: call for call in scored.run.calls})
        rate = len(batch) / max(time.monotonic() - began, 0.01)
        wanted = round(rate * self.settings.batch_seconds)
        self._batch = max(self.settings.batch_least, min(self.settings.batch_most, wanted))
        self._tell(_summary(scored))

    def _export(self, calls: Sequence[KeptCall], console: Console) -> None:
        began = time.monotonic()
        scored = self.run.reported(calls)
        self.run.keep(scored)
        write_outputs(scored, self.bank, self.watched.out, self.watched.look, console)
        self._exported = scored.run.calls
        now = time.monotonic()
        self._export_after = now + (now - began) / self.settings.export_share

    def _tell(self, message: str) -> None:
        """A line with the time; not the same one again and again."""
        if message != self._interpret:
            self.console.print(f"{time.strftime('%H:%M:%S')} {message}", highlight=False, markup=False, soft_wrap=True)
        self._interpret = message


def _newest(marks: FileStamps) -> int:
    return max(mark.mtime_ns for mark in marks)


def _summary(scored: Scored) -> str:
    counts = Counter(report.verdict for report in scored.reports)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    left = f"; {len(scored.later)} still being written" if scored.later else ""
    return f"Scored {len(scored.reports)}: {verdicts}{left}."
