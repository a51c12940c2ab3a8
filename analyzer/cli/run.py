"""One run of `analyzer score`: first readings, second looks, reports."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from analyzer.batch import BatchOptions, Job, Plan, kept_calls, look_again, looks, plan, transcribe
from analyzer.cli.outputs import Scored
from analyzer.cli.progress import AudioProgress
from analyzer.executors.local import LocalExecutor
from analyzer.executors.scoring import reports_of
from analyzer.executors.task import ModelTask, SecondLookTask, TranscribeTask
from analyzer.kept import transcripts_folder, write_run
from analyzer.models.kept import KeptRun
from analyzer.models.recording import Recording
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline import TEXT_ENGINE, Attention, AudioSettings, Scorer, SideWish
from analyzer.transcribe import (
    ModelFolder,
    TranscribeSettings,
    TranscriptCache,
    engine_info,
    resolve_model,
    settings_for,
)

if TYPE_CHECKING:
    from analyzer.cli.score import ScoreRequest

_THREADS_PER_WORKER = 2  # "many processes of 2-4 threads, product <= physical cores" (CTranslate2's own advice)
SECOND_BEAM = 10
_ROUNDS = 2  # a step found at the second look makes at most one other due, which deserves its own look


class Run:
    """What one request needs, resolved once."""

    def __init__(
        self, request: "ScoreRequest", recordings: tuple[Recording, ...], scorer: Scorer, console: Console
    ) -> None:
        self._request = request
        self._recordings = recordings
        self._scorer = scorer
        self._console = console
        self._cache = TranscriptCache(transcripts_folder(request.out))
        self._wish = SideWish(request.agent_channel or "auto", given=request.agent_channel is not None)
        self._sound = AudioSettings(max_seconds=request.max_minutes * 60)
        self._options = BatchOptions(retry_failed=request.retry_failed, force=request.force)

    def scored(self) -> Scored:
        """Transcribe what is missing, look again where steps are undecided, score everything."""
        if all(recording.is_transcript for recording in self._recordings):
            work = plan(self._recordings, self._cache, TEXT_ENGINE, BatchOptions())
            return self._result(self._kept(work, TEXT_ENGINE, None))
        model = resolve_model(self._request.model, self._request.device)
        words = settings_for(model, beam_size=self._request.beam_size, language=self._scorer.bank.language)
        engine = engine_info(
            model, words, {**self._sound.options(), "customer_audio": self._request.customer_audio}
        )
        second_model = self._second_model(model)  # before hours of work: it may not be there
        work = plan(self._recordings, self._cache, engine, self._options)
        if work.jobs:
            with self._progress("Transcribing", work.jobs) as progress:
                workers, threads = processes(self._request.workers, len(work.jobs), model.device)
                attention = Attention(self._scorer.bank, self._wish, self._request.customer_audio)
                task = TranscribeTask(model, engine, words, self._sound, self._cache, threads, attention)
                executor = LocalExecutor(task, workers)
                transcribe(work, executor, self._cache, progress)
        second = self._look_again(work, engine, second_model) if second_model else None
        return self._result(self._kept(work, engine, second))

    def _second_model(self, first: ModelFolder) -> ModelFolder | None:
        """What reads a second time; None when second looks are off."""
        if not self._request.second_look or self._scorer.bank.second_look is None:
            return None
        wanted = self._request.second_model
        return resolve_model(wanted, self._request.device) if wanted else first

    def _look_again(self, work: Plan, engine: EngineInfo, model: ModelFolder) -> EngineInfo:
        """Read again what is undecided; the engine that did."""
        beam = max(SECOND_BEAM, self._request.beam_size)
        words = settings_for(model, beam_size=beam, language=self._scorer.bank.language)
        second = engine_info(model, words, {"second_look": True})
        options = self._options
        run = self._kept(work, engine, second)
        for _ in range(_ROUNDS):
            reports = reports_of(run, self._cache, self._scorer)
            jobs = looks(self._recordings, reports, self._cache, self._scorer, second, options)
            if not jobs:
                break
            with self._progress("Looking again at", jobs) as progress:
                executor = self._executor(SecondLookTask, model, second, words, len(jobs))
                look_again(jobs, executor, self._cache, second, progress)
            options = BatchOptions()
        return second

    def _result(self, run: KeptRun) -> Scored:
        reports = reports_of(run, self._cache, self._scorer)
        write_run(self._request.out, run)
        return Scored(reports, run)

    def _kept(self, work: Plan, engine: EngineInfo, second: EngineInfo | None) -> KeptRun:
        return KeptRun(
            engine=engine,
            max_seconds=self._sound.max_seconds,
            side=self._wish.side,
            side_given=self._wish.given,
            calls=kept_calls(self._recordings, work, second),
        )

    def _executor(
        self, task: type[ModelTask], model: ModelFolder, engine: EngineInfo, words: TranscribeSettings, jobs: int
    ) -> LocalExecutor:
        workers, threads = processes(self._request.workers, jobs, model.device)
        return LocalExecutor(task(model, engine, words, self._sound, self._cache, threads), workers)

    def _progress(self, what: str, jobs: Sequence[Job]) -> AudioProgress:
        return AudioProgress(self._console, what, len(jobs), sum(job.seconds for job in jobs))


def processes(wanted: int | None, jobs: int, device: str) -> tuple[int, int]:
    """Worker processes and threads of each: together never more than the cores (field notes 4)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = wanted or (1 if device == "cuda" else max(1, cores // _THREADS_PER_WORKER))
    workers = min(workers, max(1, jobs))
    return workers, max(1, cores // workers)
