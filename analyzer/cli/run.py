"""One run of `analyzer score`: first readings, second looks, reports."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console

from analyzer.batch import BatchOptions, Plan, Pool, dispatch, kept_calls, looks, owner_name, plan, reap
from analyzer.cli.outputs import Scored
from analyzer.cli.progress import AudioProgress
from analyzer.errors import UsageError
from analyzer.executors.crew import THREADS_PER_WORKER, Limits
from analyzer.executors.local import LocalPool
from analyzer.executors.scoring import kept_reports
from analyzer.executors.task import ModelTask, SecondLookTask, TranscribeTask
from analyzer.models.job import Job
from analyzer.models.kept import KeptRun
from analyzer.models.recording import Recording
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline import TEXT_ENGINE, Attention, AudioSettings, Scorer, SideWish
from analyzer.review.desk import Desk
from analyzer.store import Store
from analyzer.transcribe import ModelFolder, engine_info, resolve_model, settings_for

if TYPE_CHECKING:
    from analyzer.cli.score import ScoreRequest
    from analyzer.executors.ray import RayCluster

SECOND_BEAM = 10
_FOLDERS_SHOWN = 10  # of those that recordings lie in: a node that lacks one cannot do the work
_QUIET_RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves the machine
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` it would upload the working directory to all nodes
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # it prints what happens on nodes to stdout, which is for results
}
_ROUNDS = 2  # a step found at the second look makes at most one other due, which deserves its own look


class Run:
    """What one request needs, resolved once; may score again and again, as `watch` does. Use it in a `with`."""

    def __init__(self, request: "ScoreRequest", scorer: Scorer, console: Console) -> None:
        self._request = request
        self._scorer = scorer
        self._console = console
        self._folder = os.path.realpath(request.out)
        self._wish = SideWish(request.agent_channel or "auto", given=request.agent_channel is not None)
        self._sound = AudioSettings(max_seconds=request.max_minutes * 60)
        self._options = BatchOptions(retry_failed=request.retry_failed, force=request.force)
        self._owner = owner_name()
        self._store = Store(request.store or request.out)
        self._pools: dict[type[ModelTask], Pool] = {}
        self._cluster: RayCluster | None = None
        self._open = ExitStack()

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.close()
        self._store.queue.release(self._owner)
        self._open.close()
        self._store.close()

    @property
    def store_shown(self) -> str:
        """Where the words are kept, without a password."""
        return self._store.shown

    def scored(self, recordings: Sequence[Recording]) -> Scored:
        """Transcribe what is missing, look again where steps are undecided, score everything."""
        if all(recording.is_transcript for recording in recordings):
            work = plan(recordings, self._store, TEXT_ENGINE, BatchOptions())
            return self._result(recordings, work, TEXT_ENGINE, None)
        if self._request.executor == "ray" and self._cluster is None:
            self._cluster = self._open.enter_context(self._connected())
        model = self._model(self._request.model)
        words = settings_for(model, beam_size=self._request.beam_size, language=self._scorer.bank.language)
        engine = engine_info(
            model, words, {**self._sound.options(), "customer_audio": self._request.customer_audio}
        )
        second_model = self._second_model(model)  # before hours of work: it may not be there
        reap(self._store)
        work = plan(recordings, self._store, engine, self._options)
        attention = Attention(self._scorer.bank, self._wish, self._request.customer_audio)
        task = TranscribeTask(model, engine, words, self._sound, self._store.address, attention=attention)
        self._do("Transcribing", work.jobs, task)
        second = self._look_again(recordings, work, engine, second_model) if second_model else None
        return self._result(recordings, work, engine, second)

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
            from analyzer.executors.ray import RayCluster
        except ImportError as error:
            raise UsageError("--executor ray: install it first: pip install 'sop-adherence-checker[ray]'.") from error
        return RayCluster(self._request.ray_address, one_machine=self._store.is_file)

    def _look_again(
        self, recordings: Sequence[Recording], work: Plan, engine: EngineInfo, model: ModelFolder
    ) -> EngineInfo:
        """Read again what is undecided; the engine that did."""
        beam = max(SECOND_BEAM, self._request.beam_size)
        words = settings_for(model, beam_size=beam, language=self._scorer.bank.language)
        second = engine_info(model, words, {"second_look": True})
        options = self._options
        run = self._kept(recordings, work, engine, second)
        for _ in range(_ROUNDS):
            reports = kept_reports(run, self._store, self._scorer)
            jobs = looks(run.calls, reports, self._store, self._scorer, second, options)
            if not jobs:
                break
            task = SecondLookTask(model, second, words, self._sound, self._store.address)
            self._do("Looking again at", jobs, task)
            options = BatchOptions()
        return second

    def _result(
        self, recordings: Sequence[Recording], work: Plan, engine: EngineInfo, second: EngineInfo | None
    ) -> Scored:
        run = self._kept(recordings, work, engine, second)
        reports = kept_reports(run, self._store, self._scorer)
        self._store.runs.put(self._folder, run)
        Desk(self._store).refresh()  # so that nobody who reviews waits for it
        return Scored(reports, run)

    def _kept(
        self, recordings: Sequence[Recording], work: Plan, engine: EngineInfo, second: EngineInfo | None
    ) -> KeptRun:
        return KeptRun(
            engine=engine,
            max_seconds=self._sound.max_seconds,
            side=self._wish.side,
            side_given=self._wish.given,
            calls=kept_calls(recordings, work, second),
        )

    def _do(self, what: str, jobs: Sequence[Job], task: ModelTask) -> None:
        if not jobs:
            return
        kind = type(task)
        if kind not in self._pools:
            for pool in self._pools.values():  # two loaded models do not fit every machine
                pool.close()
            self._pools = {kind: self._pool(task, jobs)}
        with AudioProgress(self._console, what, len(jobs), sum(job.seconds for job in jobs)) as progress:
            dispatch(jobs, self._pools[kind], self._store, self._owner, progress)

    def _pool(self, task: ModelTask, jobs: Sequence[Job]) -> Pool:
        memory = self._request.memory_limit
        limits = Limits(memory_bytes=int(memory * 2**30) if memory else None)
        if self._cluster is not None:
            return self._cluster.pool(task, self._owner, len(jobs), self._request.workers, limits, _folders(task, jobs))
        workers, threads = processes(self._request.workers, len(jobs), task.model.device)
        return LocalPool(task.using(threads), self._owner, workers, limits)


def _folders(task: ModelTask, jobs: Sequence[Job]) -> tuple[Path, ...]:
    """What every machine must see: the model, and the folders of recordings, as far as there are few."""
    lying_in = dict.fromkeys(job.recording.path.parent for job in jobs if not job.recording.remote)
    return (task.model.path, *list(lying_in)[:_FOLDERS_SHOWN])


def processes(wanted: int | None, jobs: int, device: str) -> tuple[int, int]:
    """Worker processes and threads of each: together never more than the cores (field notes 4)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = wanted or (1 if device == "cuda" else max(1, cores // THREADS_PER_WORKER))
    workers = min(workers, max(1, jobs))
    return workers, max(1, cores // workers)
