"""The models of a run and the workers that use them: a first pass over recordings, a second over undecided parts."""

import functools
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.asr.model_folder import ModelFolder, engine_info, gpu_count, resolve_model, settings_for
from analyzer.errors import UsageError
from analyzer.jobs.dispatch import Executor, Progress, dispatch, owner_name
from analyzer.jobs.worker import Pass, RecognitionTask
from analyzer.jobs.worker_configuration import WorkerChoice, load_choice, state_file, workers_and_threads
from analyzer.jobs.worker_pool import LocalPool, WorkerLimits
from analyzer.models.bank import PhraseBank
from analyzer.models.run import Job
from analyzer.models.scoring_options import ScoringOptions
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline.score import AgentChannelOption
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.store.store import Store

if TYPE_CHECKING:
    from analyzer.jobs.ray.cluster import RayCluster
    from analyzer.jobs.ray.pool import RayPool

SECOND_BEAM = 10
_FOLDERS_MAX = 10  # of those that recordings lie in: a node that lacks one cannot do the work
_RAY_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves the machine
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` it would upload the working directory to all nodes
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # it prints what happens on nodes to stdout, which is for results
}

ProgressFactory = Callable[[str, Sequence[Job]], AbstractContextManager[Progress]]
"""Called with what is done ("Transcribing") and the jobs of it; gives what is told of each that is over"""


def no_progress(_what: str, _jobs: Sequence[Job]) -> AbstractContextManager[Progress]:
    """Nobody watches."""
    return nullcontext(lambda _job, _given_up: None)


@dataclass(frozen=True)
class _Models:
    """Tasks with all their settings; `second` is None when second passes are off."""

    first: RecognitionTask
    second: RecognitionTask | None
    choice: WorkerChoice | None  # of `analyzer bench`

    def for_pass(self, wanted: RecognitionTask) -> RecognitionTask:
        """What a worker is told for one pass: both, when one loaded model does both."""
        if self.second is None or self.second.model != self.first.model:
            return wanted
        return replace(self.first, second=self.second.second)


class Recognition:
    """Finds the models when they are needed first, keeps workers between passes. Raises UsageError naming the cure."""

    def __init__(
        self,
        options: ScoringOptions,
        bank: PhraseBank,
        agent_channel: AgentChannelOption,
        store: Store,
        progress: ProgressFactory,
    ) -> None:
        self._options, self._bank, self._agent_channel = options, bank, agent_channel
        self._store, self._progress = store, progress
        self.audio = AudioSettings(max_seconds=options.max_minutes * 60)
        self.owner = owner_name()
        self._pool: LocalPool | RayPool | None = None
        self._pool_task: RecognitionTask | None = None
        self._cluster: RayCluster | None = None
        self._open = ExitStack()

    def pause(self) -> None:
        """End the workers and give back what they had in flight; the next pass loads the model again."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._pool_task = None
        self._store.queue.release(self.owner)

    def close(self) -> None:
        """End the workers, and leave the cluster."""
        self.pause()
        self._open.close()

    def find_models(self) -> None:
        """Find them now. Raises UsageError or ModelUnavailableError naming the cure."""
        _ = self._models

    @property
    def engine(self) -> EngineInfo:
        """What makes the words of a first pass."""
        return _engine(self._models.first.first)

    @property
    def second_engine(self) -> EngineInfo | None:
        """What makes those of a second pass; None when these are off."""
        second = self._models.second
        return _engine(second.second) if second else None

    def transcribe(self, jobs: Sequence[Job], since: float) -> dict[str, str]:
        """Have recordings transcribed that nobody did `since`; why not, by key, for those that changed meanwhile."""
        return self._do("Transcribing", jobs, since, self._models.first)

    def transcribe_again(self, jobs: Sequence[Job], since: float) -> dict[str, str]:
        """The same for undecided stretches."""
        second = self._models.second
        return self._do("Looking again at", jobs, since, second) if second else {}

    def _do(self, what: str, jobs: Sequence[Job], since: float, task: RecognitionTask) -> dict[str, str]:
        if not jobs:
            return {}
        pool = self._pool_for(self._models.for_pass(task), jobs)
        with self._progress(what, jobs) as progress:
            return dispatch(jobs, pool, self._store, self.owner, progress, since=since)

    @functools.cached_property
    def _models(self) -> _Models:
        options, language = self._options, self._bank.language
        if options.executor == "ray" and self._cluster is None:
            self._cluster = self._open.enter_context(self._connect())
        model = self._model(options.model)
        choice = load_choice(state_file("bench.json"), model)
        words = settings_for(model, beam_size=options.beam_size, language=language)
        if choice and choice.batch_size:
            words = words.model_copy(update={"batch_size": choice.batch_size})
        engine = engine_info(model, words, {**self.audio.options(), "customer_audio": options.customer_audio})
        selection = SelectionPolicy(self._bank, self._agent_channel, options.customer_audio)
        first = RecognitionTask(model, self.audio, self._store.address, first=Pass(engine, words, selection))
        if not options.second_look or self._bank.second_look is None:
            return _Models(first, None, choice)
        again = self._model(options.second_model) if options.second_model else model
        words = settings_for(again, beam_size=max(SECOND_BEAM, options.beam_size), language=language)
        second = Pass(engine_info(again, words, {"second_look": True}), words)
        return _Models(first, RecognitionTask(again, self.audio, self._store.address, second=second), choice)

    def _model(self, wanted: str | None) -> ModelFolder:
        if self._cluster is None:
            return resolve_model(wanted, self._options.device)
        return resolve_model(wanted, self._cluster.device(self._options.device), here=False)

    def _connect(self) -> "RayCluster":
        os.environ.update(_RAY_ENVIRONMENT)
        try:
            from analyzer.jobs.ray.cluster import RayCluster
        except ImportError as error:
            raise UsageError("--executor ray: install it first: pip install 'sop-adherence-checker[ray]'.") from error
        return RayCluster(self._options.ray_address, one_machine=self._store.is_file)

    def _pool_for(self, task: RecognitionTask, jobs: Sequence[Job]) -> Executor:
        """The workers that are there, when they are as many as are useful; a model takes seconds to load."""
        model, wanted, count, cluster = task.model, self._options.workers, len(jobs), self._cluster
        workers, threads = workers_and_threads(wanted, count, model.device, self._models.choice)
        if cluster is not None:
            workers = cluster.useful(model.device, count, wanted)
        if self._pool is not None and self._pool_task == task and self._pool.workers >= workers:
            return self._pool
        if self._pool is not None:
            self._pool.close()  # two loaded models do not fit every machine
        memory = self._options.memory_limit
        limits = WorkerLimits(memory_bytes=int(memory * 2**30) if memory else None)
        if cluster is not None:
            request = cluster.request(model.device, count, wanted, _folders(model, jobs))
            self._pool = cluster.pool(task.elsewhere(), self.owner, request, limits)
        else:
            devices = gpu_count() if model.device == "cuda" else 1
            self._pool = LocalPool(task.using(threads), self.owner, workers, limits, gpus=devices)
        self._pool_task = task
        return self._pool


def _engine(used: Pass | None) -> EngineInfo:
    if used is None:
        raise ValueError("a task without this pass")
    return used.engine


def _folders(model: ModelFolder, jobs: Sequence[Job]) -> tuple[Path, ...]:
    """What every machine must see: the model, and the folders of recordings, as far as there are few."""
    parents = dict.fromkeys(job.recording.path.parent for job in jobs if not job.recording.remote)
    return (model.path, *list(parents)[:_FOLDERS_MAX])
