"""One run of `analyzer score`: first readings, second looks, reports."""

import functools
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console

from analyzer.asr.engine import engine_info
from analyzer.asr.model_folder import ModelFolder, gpus, resolve_model, settings_for
from analyzer.cli.progress import AudioProgress
from analyzer.errors import UsageError
from analyzer.jobs.dispatch import Executor, dispatch
from analyzer.jobs.local_pool import LocalPool
from analyzer.jobs.owner import owner_name, release_dead_owners
from analyzer.jobs.plan import BatchOptions, Plan, plan
from analyzer.jobs.report_cache import cached_reports
from analyzer.jobs.second_pass_jobs import second_pass_jobs
from analyzer.jobs.stored_calls import kept_calls
from analyzer.jobs.tasks import SecondLookTask, TranscribeTask
from analyzer.jobs.two_pass_task import ReadingTask
from analyzer.jobs.user_state import state_file
from analyzer.jobs.worker_choice import WorkerChoice, cores, load_choice
from analyzer.jobs.worker_pool import THREADS_PER_WORKER, WorkerLimits
from analyzer.models.job import Job
from analyzer.models.recording import Recording
from analyzer.models.run import KeptCall, KeptRun
from analyzer.pipeline.prepare import AudioSettings
from analyzer.pipeline.score import TEXT_ENGINE, AgentChannelOption, Scorer
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.reports.results_folder import Scored
from analyzer.review.service import ReviewService
from analyzer.sources.file_stability import changed_since, file_stamps
from analyzer.store.store import Store

if TYPE_CHECKING:
    from analyzer.cli.score import ScoreRequest
    from analyzer.jobs.ray.cluster import RayCluster
    from analyzer.jobs.ray.pool import RayPool

SECOND_BEAM = 10
_FOLDERS_SHOWN = 10  # of those that recordings lie in: a node that lacks one cannot do the work
_QUIET_RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves the machine
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` it would upload the working directory to all nodes
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # it prints what happens on nodes to stdout, which is for results
}
_ROUNDS = 2  # a step found at the second look makes at most one other due, which deserves its own look
_AnyTask = TranscribeTask | SecondLookTask | ReadingTask


@dataclass(frozen=True)
class _Recognition:
    """What reads recordings, and what reads again where steps are undecided; None when second looks are off."""

    first: TranscribeTask
    second: SecondLookTask | None
    choice: WorkerChoice | None  # of `analyzer bench`

    def task(self, own: TranscribeTask | SecondLookTask) -> _AnyTask:
        """What a worker is to be told for its `own` part: both parts, when one loaded model does both."""
        if self.second is None or self.second.model != self.first.model:
            return own
        return ReadingTask(self.first, self.second)


class ScoringRun:
    """What one request needs, resolved once; may score again and again, as `watch` does. Use it in a `with`."""

    def __init__(self, request: "ScoreRequest", scorer: Scorer, console: Console) -> None:
        self._request = request
        self._scorer = scorer
        self._console = console
        self._folder = os.path.realpath(request.out)
        self._wish = AgentChannelOption(request.agent_channel or "auto", given=request.agent_channel is not None)
        self._sound = AudioSettings(max_seconds=request.max_minutes * 60)
        self._options = BatchOptions(retry_failed=request.retry_failed, force=request.force)
        self._owner = owner_name()
        self._store = Store(request.store or request.out)
        self._pool: LocalPool | RayPool | None = None
        self._pool_task: _AnyTask | None = None
        self._cluster: RayCluster | None = None
        self._open = ExitStack()

    def __enter__(self) -> "ScoringRun":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()
        self._open.close()
        self._store.close()

    def pause(self) -> None:
        """End the workers and give back what they had in hand; the next `scored` loads the model again."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._pool_task = None
        self._store.queue.release(self._owner)

    @property
    def store_shown(self) -> str:
        """Where the words are kept, without a password."""
        return self._store.shown

    def known(self) -> tuple[KeptCall, ...]:
        """The calls of the folder's newest run; none when there was no run."""
        newest = self._store.runs.newest(self._folder)
        return newest.calls if newest else ()

    def scored(self, recordings: Sequence[Recording]) -> Scored:
        """Transcribe what is missing, look again where steps are undecided, score everything.

        Recordings that were written on meanwhile are in `Scored.later` only.
        """
        if all(recording.is_transcript for recording in recordings):
            work = plan(recordings, self._store, TEXT_ENGINE, BatchOptions())
            return self.reported(kept_calls(recordings, work, None))
        before = {recording.name: file_stamps(recording) for recording in recordings}
        reading = self.reading  # before hours of work: a model may not be there
        release_dead_owners(self._store)
        since = self._store.queue.now()
        work = plan(recordings, self._store, reading.first.engine, self._options)
        changed = self._do("Transcribing", work.jobs, since, reading, reading.first)
        withdrawn = {name for name, key in work.keys.items() if key in changed}
        for name in withdrawn:
            work.unreadable[name] = changed[work.keys.pop(name)]  # to be told of those that are gone
        self._look_again(recordings, work, reading)
        later = {
            one.name: one
            for one in recordings
            if changed_since(one, before[one.name]) or (one.name in withdrawn and file_stamps(one) is not None)
        }
        left = [one for one in recordings if one.name not in later]
        return replace(self.reported(self._kept(left, work, reading)), later=tuple(later.values()))

    def reported(self, calls: Sequence[KeptCall]) -> Scored:
        """Reports of calls from what is kept alone."""
        heard = any(not call.recording.is_transcript for call in calls)
        run = KeptRun(
            engine=self.reading.first.engine if heard else TEXT_ENGINE,
            max_seconds=self._sound.max_seconds,
            side=self._wish.side,
            side_given=self._wish.given,
            calls=tuple(calls),
        )
        return Scored(cached_reports(run, self._store, self._scorer), run, self._store.address)

    def keep(self, scored: Scored) -> None:
        """Make this the folder's newest run."""
        self._store.runs.put(self._folder, scored.run)
        ReviewService(self._store).refresh()  # so that nobody who reviews waits for it

    @functools.cached_property
    def reading(self) -> _Recognition:
        """The models, found, with their settings. Raises UsageError or ModelUnavailableError naming the cure."""
        language = self._scorer.bank.language
        if self._request.executor == "ray" and self._cluster is None:
            self._cluster = self._open.enter_context(self._connected())
        model = self._model(self._request.model)
        choice = load_choice(state_file("bench.json"), model)
        words = settings_for(model, beam_size=self._request.beam_size, language=language)
        if choice and choice.batch_size:
            words = words.model_copy(update={"batch_size": choice.batch_size})
        engine = engine_info(
            model, words, {**self._sound.options(), "customer_audio": self._request.customer_audio}
        )
        selection = SelectionPolicy(self._scorer.bank, self._wish, self._request.customer_audio)
        address = self._store.address
        first = TranscribeTask(model, engine, words, self._sound, address, selection=selection)
        again = self._second_model(model)
        if again is None:
            return _Recognition(first, None, choice)
        beam = max(SECOND_BEAM, self._request.beam_size)
        words = settings_for(again, beam_size=beam, language=language)
        second = engine_info(again, words, {"second_look": True})
        return _Recognition(first, SecondLookTask(again, second, words, self._sound, address), choice)

    def _second_model(self, first: ModelFolder) -> ModelFolder | None:
        """What reads a second time; None when second looks are off."""
        if not self._request.second_look or self._scorer.bank.second_look is None:
            return None
        wanted = self._request.second_model
        return self._model(wanted) if wanted else first

    def _model(self, wanted: str | None) -> ModelFolder:
        if self._cluster is None:
            return resolve_model(wanted, self._request.device)
        return resolve_model(wanted, self._cluster.device(self._request.device), here=False)

    def _connected(self) -> "RayCluster":
        os.environ.update(_QUIET_RAY)
        try:
            from analyzer.jobs.ray.cluster import RayCluster
        except ImportError as error:
            raise UsageError("--executor ray: install it first: pip install 'sop-adherence-checker[ray]'.") from error
        return RayCluster(self._request.ray_address, one_machine=self._store.is_file)

    def _look_again(self, recordings: Sequence[Recording], work: Plan, reading: _Recognition) -> None:
        """Read again what is undecided, unless second looks are off."""
        second = reading.second
        if second is None:
            return
        options = self._options
        calls = self._kept(recordings, work, reading)
        for _ in range(_ROUNDS):
            since = self._store.queue.now()
            reports = self.reported(calls).reports
            jobs = second_pass_jobs(calls, reports, self._store, self._scorer, second.engine, options)
            if not jobs:
                break
            self._do("Looking again at", jobs, since, reading, second)
            options = BatchOptions()

    def _kept(self, recordings: Sequence[Recording], work: Plan, reading: _Recognition) -> tuple[KeptCall, ...]:
        return kept_calls(recordings, work, reading.second.engine if reading.second else None)

    def _do(
        self, what: str, jobs: Sequence[Job], since: float, reading: _Recognition, own: TranscribeTask | SecondLookTask
    ) -> dict[str, str]:
        """Have jobs done that nobody did `since`; those whose recordings changed, with the reason, by key."""
        if not jobs:
            return {}
        pool = self._pool_for(reading.task(own), jobs, own.model)
        with AudioProgress(self._console, what, len(jobs), sum(job.seconds for job in jobs)) as progress:
            return dispatch(jobs, pool, self._store, self._owner, progress, since=since)

    def _pool_for(self, task: _AnyTask, jobs: Sequence[Job], model: ModelFolder) -> Executor:
        """The workers that are there, when they are as many as are useful; a model takes seconds to load."""
        wanted, count, cluster = self._request.workers, len(jobs), self._cluster
        workers, threads = workers_and_threads(wanted, count, model.device, self.reading.choice)
        if cluster is not None:
            workers = cluster.useful(model.device, count, wanted)
        if self._pool is not None and self._pool_task == task and self._pool.workers >= workers:
            return self._pool
        if self._pool is not None:
            self._pool.close()  # two loaded models do not fit every machine
        memory = self._request.memory_limit
        limits = WorkerLimits(memory_bytes=int(memory * 2**30) if memory else None)
        if cluster is not None:
            wish = cluster.wish(model.device, count, wanted, _folders(model, jobs))
            self._pool = cluster.pool(task.elsewhere(), self._owner, wish, limits)
        else:
            each = gpus() if model.device == "cuda" else 1
            self._pool = LocalPool(task.using(threads), self._owner, workers, limits, gpus=each)
        self._pool_task = task
        return self._pool


def _folders(model: ModelFolder, jobs: Sequence[Job]) -> tuple[Path, ...]:
    """What every machine must see: the model, and the folders of recordings, as far as there are few."""
    lying_in = dict.fromkeys(job.recording.path.parent for job in jobs if not job.recording.remote)
    return (model.path, *list(lying_in)[:_FOLDERS_SHOWN])


def workers_and_threads(wanted: int | None, jobs: int, device: str, choice: WorkerChoice | None = None) -> tuple[int, int]:
    """Worker processes and threads of each: together never more than the cores (field notes 4).

    As many as are `wanted`, or as `analyzer bench` chose, or as usual; never more than there are jobs.
    """
    count = cores()
    usual = gpus() if device == "cuda" else max(1, count // THREADS_PER_WORKER)
    workers = min(wanted or (choice.workers if choice else usual), max(1, jobs))
    if choice and workers == choice.workers:
        return workers, choice.threads
    return workers, max(1, count // workers)
