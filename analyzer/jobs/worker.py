"""What every worker process runs, wherever it is: load the model once, then one job after another by its key.

A worker reads a job by its key from the store, transcribes, and stores the outcome; only keys and failures pass
between it and its pool.
"""

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from typing import TYPE_CHECKING, Protocol

from analyzer.asr.model_folder import ModelFolder, check_model, is_second_pass_key
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.audio.identity import FileStamps, sha256_of_files, stamps_of_files
from analyzer.errors import AnalyzerError, RecordingChangedError, RecordingError, SourceError, StoreError, UsageError
from analyzer.jobs.decode_helpers import decode_pool_for
from analyzer.jobs.dispatch import JobFailure, JobResult
from analyzer.models.run import Job
from analyzer.models.transcript import EngineInfo, FailedTranscript, Outcome, SecondPassTranscript
from analyzer.pipeline.concurrent import ConcurrentSession, max_calls_in_flight
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings, transcribe_spans
from analyzer.sources.remote.download_cache import DownloadCache
from analyzer.store.database import PATIENCE_SECONDS
from analyzer.store.store import Store

if TYPE_CHECKING:  # loads the recogniser's libraries, which only a worker needs
    from analyzer.asr.whisper import WhisperRecogniser

_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2  # one for each thread of the model


class WorkerSession(Protocol):
    """A worker whose model is loaded."""

    def begin(self, key: str) -> "Future[None]":
        """Do the job with this key; the future is done when its outcome is stored, or holds the exception."""

    def close(self) -> None:
        """End, after what was begun."""


class Task(Protocol):
    """What a worker is to do; picklable, so that a spawned process can have it."""

    @property
    def max_in_flight(self) -> int:
        """How many jobs one worker has in flight at once."""

    def using(self, threads: int) -> "Task":
        """The same for a worker that may use so many threads."""

    def on_gpu(self, number: int) -> "Task":
        """The same for a worker that uses this machine's GPU with that number, from 0."""

    def start(self, owner: str) -> WorkerSession:
        """Load what is needed, once a process. `owner` holds the claims."""


@dataclass(frozen=True)
class Pass:
    """One way of transcribing with the loaded model; `selection` says what of a call is worth it, None: all of it."""

    engine: EngineInfo
    settings: TranscribeSettings
    selection: SelectionPolicy | None = None


@dataclass(frozen=True)
class RecognitionTask:
    """Transcribe recordings (`first`), spans of them again (`second`), or both with one loaded model."""

    model: ModelFolder
    audio: AudioSettings
    store: str
    first: Pass | None = None
    second: Pass | None = None
    cpu_threads: int = 1
    gpu: int = 0  # which of the machine's, where the model runs on one
    check: bool = False  # the worker may be on another machine, whose model may be another

    @property
    def max_in_flight(self) -> int:
        """See `Task`; enough to fill the model's batches."""
        return max_calls_in_flight(self.first.settings.batch_on(self.model.device)) if self.first else 1

    def using(self, threads: int) -> "RecognitionTask":
        """See `Task`."""
        return replace(self, cpu_threads=threads)

    def on_gpu(self, number: int) -> "RecognitionTask":
        """See `Task`."""
        return replace(self, gpu=number)

    def elsewhere(self) -> "RecognitionTask":
        """The same for a worker on another machine."""
        return replace(self, check=True)

    def start(self, owner: str) -> "RecognitionSession":
        """See `Task`.

        Raises ModelUnavailableError when this machine has another model or none, UsageError when its GPU lacks
        what it needs.
        """
        return RecognitionSession(self, self._loaded(), owner)

    def _loaded(self) -> "WhisperRecogniser":
        from analyzer.asr.whisper import WhisperRecogniser

        used = self.first or self.second
        if used is None:
            raise ValueError("a task without a pass")
        if self.check:
            check_model(self.model)
        share_heaps()
        loaded = WhisperRecogniser(self.model, used.settings, used.engine, cpu_threads=self.cpu_threads, gpu=self.gpu)
        if self.model.device == "cuda":
            loaded.warm_up()
        return loaded


class RecognitionSession:
    """Several recordings in flight, so that their windows share batches; each is stored as soon as it is done.

    A second pass waits for the recordings begun before it, for there is one model.
    """

    def __init__(self, task: RecognitionTask, recogniser: "WhisperRecogniser", owner: str) -> None:
        self._task, self._owner = task, owner
        self._store = Store(task.store, opening=PATIENCE_SECONDS)
        self._downloads = DownloadCache()
        self._storing = ThreadPoolExecutor(1, thread_name_prefix="store")  # a slow store must not hold up the model
        self._running: set[Future[None]] = set()
        first, second = task.first, task.second
        self._first: ConcurrentSession | None = None
        if first is not None:
            helpers = decode_pool_for(task.model.device, task.cpu_threads)
            self._first = ConcurrentSession(recogniser, task.audio, first.settings, first.selection, helpers)
        self._again = recogniser
        if first is not None and second is not None:
            self._again = recogniser.with_settings(second.settings, second.engine)

    def begin(self, key: str) -> "Future[None]":
        """See `WorkerSession`."""
        if is_second_pass_key(key) or self._first is None:
            wait(self._running)
            self._running.clear()
            return self._transcribe_again(key)
        begun = self._transcribe(key, self._first)
        self._running = {future for future in self._running if not future.done()} | {begun}
        return begun

    def close(self) -> None:
        """See `WorkerSession`."""
        if self._first is not None:
            self._first.close()
        self._storing.shutdown()
        self._downloads.close()
        self._store.close()

    def _transcribe(self, key: str, session: ConcurrentSession) -> "Future[None]":
        stored: Future[None] = Future()
        files = ExitStack()
        try:
            job, stamps = files.enter_context(local_job(self._store.queue.job(key), key, self._downloads))
            transcribed = session.submit(job.recording, job.sha256)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            files.close()
            stored.set_exception(error)
            return stored
        transcribed.add_done_callback(lambda done: self._storing.submit(self._keep, job, stamps, done, stored, files))
        return stored

    def _keep(
        self,
        job: Job,
        stamps: FileStamps | None,
        transcribed: "Future[Outcome]",
        stored: "Future[None]",
        files: ExitStack,
    ) -> None:
        try:
            outcome = transcribed.result()
            _check_unchanged(job, stamps, outcome)
            files.close()
            self._store.transcripts.finish(job.key, self._owner, outcome)
            stored.set_result(None)
        except Exception as error:  # noqa: BLE001
            files.close()
            stored.set_exception(error)

    def _transcribe_again(self, key: str) -> "Future[None]":
        """A second pass over one recording, in this thread."""
        stored: Future[None] = Future()
        try:
            with local_job(self._store.queue.job(key), key, self._downloads) as (job, _):
                kept = None if job.fresh else self._store.transcripts.second_pass(key)
                kept = kept or SecondPassTranscript(audio_sha256=job.sha256, engine=self._again.engine)
                outcome = transcribe_spans(job.recording, self._again, self._task.audio, job.spans, kept)
            self._store.transcripts.finish(key, self._owner, outcome)
            stored.set_result(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            stored.set_exception(error)
        return stored


@dataclass(frozen=True)
class StartJob:
    """Sent to a worker: do this job."""

    key: str


class WorkerLoop:
    """Loads the model at the first key, then begins one job after another; the same for local and Ray workers."""

    def __init__(self, task: Task, owner: str) -> None:
        self._task, self._owner = task, owner
        self._session: WorkerSession | None = None
        self._turn = threading.Lock()  # keys may come from several threads; jobs are begun one by one

    def begin(self, key: str) -> "Future[JobFailure | None]":
        """The future holds why the job gave nothing, or None once its outcome is kept; it never fails."""
        ended: Future[JobFailure | None] = Future()
        with self._turn:
            try:
                self._session = self._session or self._task.start(self._owner)
            except Exception as error:  # noqa: BLE001 - whatever it is, no job can be done without the model
                ended.set_result(start_failure(error))
                return ended
            begun = self._session.begin(key)
        begun.add_done_callback(lambda done: ended.set_result(failure_of(done)))
        return ended

    def close(self) -> None:
        """End, after what was begun."""
        if self._session is not None:
            self._session.close()


def worker_main(task: Task, owner: str, pipe: Connection) -> None:
    """Run in a spawned process; answers each key with a `JobResult`."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # both may reach the whole group; the parent ends its workers
        signal.signal(ending, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = _ResultPipe(pipe)
    loop = WorkerLoop(task, owner)
    while True:
        try:
            message: StartJob = pipe.recv()
        except (EOFError, OSError):
            break
        key = message.key
        loop.begin(key).add_done_callback(lambda done, key=key: answer.send(key, done.result()))  # type: ignore[misc]
    loop.close()


def failure_of(future: "Future[None]") -> JobFailure | None:
    """Why a job failed, in words for people; None when its outcome is kept."""
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, StoreError | SourceError):
        return JobFailure("store", str(error))
    if isinstance(error, RecordingError):
        return JobFailure("changed" if isinstance(error, RecordingChangedError) else "error", str(error))
    if isinstance(error, UsageError):  # this machine lacks something
        return JobFailure("start", str(error))
    return JobFailure("error", f"{type(error).__name__}: {error}")


def start_failure(error: Exception) -> JobFailure:
    """The model cannot be loaded, or the store not be opened."""
    reason = str(error) if isinstance(error, AnalyzerError) else f"{type(error).__name__}: {error}"
    return JobFailure("store" if isinstance(error, StoreError) else "start", reason)


class _ResultPipe:
    """Answers from any thread."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, key: str, failure: JobFailure | None) -> None:
        with self._lock:
            try:
                self._pipe.send(JobResult(key, failure))
            except OSError:
                return  # the parent closed its end: it is about to end this process


def _end_with_parent() -> None:
    """A killed parent must not leave a worker behind that goes on with what the next command claims."""
    parent = parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)


@contextmanager
def local_job(job: Job | None, key: str, downloads: DownloadCache) -> Iterator[tuple[Job, FileStamps | None]]:
    """The job with its recording's files on this machine, for as long as the `with` lasts; and how they look.

    Raises StoreError when the job is gone, RecordingChangedError when its recording is or was written on meanwhile, and
    what `DownloadCache.local_copy` raises.
    """
    if job is None:
        raise StoreError(f"Job {key} is not in the store any more. Give the same command again.")
    with downloads.local_copy(job.recording) as recording:
        yield verified(job.model_copy(update={"recording": recording}))


def verified(job: Job) -> tuple[Job, FileStamps | None]:
    """The job, when its recording still holds what was seen when the job was made; and how its files look.

    Raises RecordingChangedError when it was written on meanwhile or is gone. One that cannot be read for another reason
    is left to decoding, which says why.
    """
    stamps = stamps_of_files(job.recording.files)
    try:
        now = sha256_of_files(job.recording.files)
    except RecordingError as error:
        if stamps is not None:
            return job, stamps
        raise RecordingChangedError(str(error)) from error
    if now != job.sha256:
        raise RecordingChangedError(_changed(job))
    return job, stamps


def _check_unchanged(job: Job, stamps: FileStamps | None, outcome: Outcome) -> None:
    """Raises RecordingChangedError when a recording was written on while it was read, or went before that."""
    now = stamps_of_files(job.recording.files)
    if now is not None and now != stamps:
        raise RecordingChangedError(_changed(job))
    if now is None and stamps is not None and isinstance(outcome, FailedTranscript):
        raise RecordingChangedError(outcome.error)


def share_heaps() -> None:
    """Let this process's threads share two heaps, where its C library is glibc; without it each has one of its own.

    What a model's lanes free in one is of no use to the others: 1.26 instead of 1.11 GiB with `small` (measured).
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)


def _changed(job: Job) -> str:
    return f"{job.recording.path.name}: was changed after it was found. Give the same command again."
