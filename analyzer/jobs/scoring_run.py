"""Scoring a folder of recordings, from Python as from the command line.

    from pathlib import Path
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.models.scoring_options import ScoringOptions

    options = ScoringOptions(paths=(Path("samples/calls"),), out=Path("results"), model="samples/model")
    with ScoringRun(options) as run:
        scored = run.score()
        run.save(scored)
    for report in scored.reports:
        print(report.call_id, report.verdict, report.score)

`analyzer.reports.results_folder.write_results` writes the files of a results folder.
"""

import functools
import os
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.errors import UsageError
from analyzer.jobs.dispatch import release_dead_owners
from analyzer.jobs.plan import BatchOptions, Plan, plan, second_pass_jobs
from analyzer.jobs.recognition import ProgressFactory, Recognition, no_progress
from analyzer.jobs.stored_calls import cached_reports, kept_calls
from analyzer.models.recording import Recording
from analyzer.models.run import ScoredRun, StoredCall, StoredRun
from analyzer.models.scoring_options import ScoringOptions
from analyzer.pipeline.score import TEXT_ENGINE, AgentChannelOption, Scorer
from analyzer.sources.discover import RowSource, find_recordings
from analyzer.sources.file_stability import (
    StabilityResult,
    StabilitySettings,
    changed_since,
    check_stability,
    file_stamps,
)
from analyzer.sources.manifest import NamePattern, manifest_in, read_manifest
from analyzer.store.store import Store

_ROUNDS = 2  # a step found at the second pass makes at most one other due, which deserves its own pass
_NAMES_SHOWN = 5


class ScoringRun:
    """What one request needs, resolved once; may score again and again, as `watch` does. Use it in a `with`.

    Raises AnalyzerError for what the user must mend first: no recordings, a wrong bank, no model.
    """

    def __init__(self, options: ScoringOptions, *, progress: ProgressFactory = no_progress) -> None:
        self.options = options
        self.scorer = Scorer(load_bank(options.bank or shipped_bank()))
        self._folder = os.path.realpath(options.out)
        self._channel = AgentChannelOption(options.agent_channel or "auto", given=options.agent_channel is not None)
        self._batch = BatchOptions(retry_failed=options.retry_failed, force=options.force)
        self._progress = progress

    def __enter__(self) -> "ScoringRun":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "store" in self.__dict__:  # opened only where there is something to score
            self._recognition.close()
            self.store.close()

    @functools.cached_property
    def store(self) -> Store:
        """What is kept of this and earlier runs; opened when it is needed first."""
        return Store(self.options.store or self.options.out)

    @functools.cached_property
    def _recognition(self) -> Recognition:
        return Recognition(self.options, self.scorer.bank, self._channel, self.store, self._progress)

    def pause(self) -> None:
        """End the workers and give back what they had in flight; the next `score` loads the model again."""
        self._recognition.pause()

    def find_models(self) -> None:
        """Find the models now, before there is work. Raises UsageError or ModelUnavailableError naming the cure."""
        self._recognition.find_models()

    def find(self) -> tuple[StabilityResult, Sequence[str]]:
        """The recordings of `options.paths`, those still being written apart, and notes on what was left out.

        Raises UsageError when all are still being written.
        """
        rows = call_rows(self.options)
        intake = find_recordings(self.options.paths, rows=rows, exclude=self.options.out)
        stable = check_stability(intake.recordings, StabilitySettings(), rows=rows)
        if not stable.ready:
            names = names_shown(stable.later)
            raise UsageError(f"Still being written: {names}. Give the same command again when that is over.")
        return stable, intake.notes

    def score(self, recordings: Sequence[Recording] | None = None) -> ScoredRun:
        """Transcribe what is missing, look again where steps are undecided, score everything.

        `recordings`: None for those that `find` gives. Those that were written on meanwhile are in `later` only.
        """
        if recordings is None:
            stable, _ = self.find()
            scored = self.score(stable.ready)
            return replace(scored, later=(*stable.later, *scored.later))
        if all(recording.is_transcript for recording in recordings):
            work = plan(recordings, self.store, TEXT_ENGINE, BatchOptions())
            return self.reports_of(kept_calls(recordings, work, None))
        before = {recording.name: file_stamps(recording) for recording in recordings}
        self.find_models()  # before hours of work: a model may not be there
        release_dead_owners(self.store)
        since = self.store.queue.now()
        work = plan(recordings, self.store, self._recognition.engine, self._batch)
        changed = self._recognition.transcribe(work.jobs, since)
        withdrawn = {name for name, key in work.keys.items() if key in changed}
        for name in withdrawn:
            work.unreadable[name] = changed[work.keys.pop(name)]  # to be told of those that are gone
        self._second_pass(recordings, work)
        later = {
            recording.name: recording
            for recording in recordings
            if changed_since(recording, before[recording.name])
            or (recording.name in withdrawn and file_stamps(recording) is not None)
        }
        complete = [recording for recording in recordings if recording.name not in later]
        return replace(self.reports_of(self._kept(complete, work)), later=tuple(later.values()))

    def reports_of(self, calls: Sequence[StoredCall]) -> ScoredRun:
        """Reports of calls from what is kept alone."""
        with_audio = any(not call.recording.is_transcript for call in calls)
        run = StoredRun(
            engine=self._recognition.engine if with_audio else TEXT_ENGINE,
            max_seconds=self._recognition.audio.max_seconds,
            side=self._channel.side,
            side_given=self._channel.given,
            calls=tuple(calls),
        )
        return ScoredRun(cached_reports(run, self.store, self.scorer), run, self.store.address)

    def save(self, scored: ScoredRun) -> None:
        """Make this the folder's newest run."""
        self.store.runs.put(self._folder, scored.run)

    def previous_calls(self) -> tuple[StoredCall, ...]:
        """The calls of the folder's newest run; none when there was no run."""
        newest = self.store.runs.newest(self._folder)
        return newest.calls if newest else ()

    def _second_pass(self, recordings: Sequence[Recording], work: Plan) -> None:
        """Transcribe again what is undecided, unless second passes are off."""
        engine = self._recognition.second_engine
        if engine is None:
            return
        batch = self._batch
        calls = self._kept(recordings, work)
        for _ in range(_ROUNDS):
            since = self.store.queue.now()
            jobs = second_pass_jobs(calls, self.reports_of(calls).reports, self.store, self.scorer, engine, batch)
            if not jobs:
                break
            self._recognition.transcribe_again(jobs, since)
            batch = BatchOptions()

    def _kept(self, recordings: Sequence[Recording], work: Plan) -> tuple[StoredCall, ...]:
        return kept_calls(recordings, work, self._recognition.second_engine)


def call_rows(options: ScoringOptions) -> RowSource | None:
    """What is known about calls besides their sound. Raises UsageError naming file and cure."""
    if options.manifest is not None:
        return read_manifest(options.manifest)
    manifests = [manifest for path in options.paths if (manifest := manifest_in(path)) is not None]
    if len(manifests) > 1:
        names = ", ".join(str(manifest.path) for manifest in manifests)
        raise UsageError(f"Several manifests: {names}. Name one with --manifest.")
    if manifests:
        return manifests[0]
    return NamePattern(options.name_pattern) if options.name_pattern else None


def names_shown(recordings: Sequence[Recording]) -> str:
    """Names for a message, and how many more there are."""
    names = ", ".join(recording.name for recording in recordings[:_NAMES_SHOWN])
    more = len(recordings) - _NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names
