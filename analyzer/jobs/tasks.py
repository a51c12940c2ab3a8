"""What every worker does, whatever placed it: read a job by its key, do it, keep the outcome. Ids in, nothing out."""

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

from analyzer.asr.model_folder import ModelFolder, check_model
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.audio.identity import Marks, marks_of_files, sha256_of_files
from analyzer.errors import RecordingChangedError, RecordingError, StoreError
from analyzer.jobs.decode_helpers import beside
from analyzer.jobs.identity import files_of
from analyzer.models.job import Job
from analyzer.models.transcript import EngineInfo, FailedTranscript, Outcome, SecondReadings
from analyzer.pipeline.concurrent import CallStream, calls_in_flight
from analyzer.pipeline.prepare import AudioSettings
from analyzer.pipeline.selective import Attention
from analyzer.pipeline.transcribe import read_again
from analyzer.sources.remote.download_cache import Place
from analyzer.store.database import PATIENCE_SECONDS
from analyzer.store.store import Store

if TYPE_CHECKING:  # loads the recogniser's libraries, which only a worker needs
    from analyzer.asr.whisper import WhisperTranscriber

_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2  # one a lane


class Hands(Protocol):
    """A worker that is ready."""

    def begin(self, key: str) -> "Future[None]":
        """Do the job with this key; the future is done when its outcome is kept, or holds the exception."""

    def close(self) -> None:
        """End, after what was begun."""


class Task(Protocol):
    """What a worker is to do; picklable, so that a spawned process can have it."""

    @property
    def depth(self) -> int:
        """How many jobs one worker has in hand at once."""

    def using(self, threads: int) -> "Task":
        """The same for a worker that may use so many threads."""

    def on_gpu(self, number: int) -> "Task":
        """The same for a worker that uses this machine's GPU with that number, from 0."""

    def start(self, owner: str) -> Hands:
        """Load what is needed, once a process. `owner` holds the claims."""


@dataclass(frozen=True)
class ModelTask(ABC):
    """Names the model and the store; the worker loads and opens them."""

    model: ModelFolder
    engine: EngineInfo
    transcribe: TranscribeSettings
    audio: AudioSettings
    store: str
    cpu_threads: int = 1
    gpu: int = 0  # which of the machine's, where the model runs on one
    check: bool = False  # the worker may be on another machine, whose model may be another

    @property
    def depth(self) -> int:
        """See `Task`."""
        return 1

    def using(self, threads: int) -> Self:
        """See `Task`."""
        return replace(self, cpu_threads=threads)

    def on_gpu(self, number: int) -> Self:
        """See `Task`."""
        return replace(self, gpu=number)

    def elsewhere(self) -> Self:
        """The same for a worker on another machine."""
        return replace(self, check=True)

    def load(self) -> "WhisperTranscriber":
        """The recogniser, ready.

        Raises ModelUnavailableError when this machine has not the model that is meant, UsageError when its GPU lacks
        what it needs.
        """
        from analyzer.asr.whisper import WhisperTranscriber

        if self.check:
            check_model(self.model)
        _share_heaps()
        loaded = WhisperTranscriber(
            self.model, self.transcribe, self.engine, cpu_threads=self.cpu_threads, gpu=self.gpu
        )
        if self.model.device == "cuda":
            loaded.warm_up()
        return loaded

    def start(self, owner: str) -> Hands:
        """See `Task`."""
        return self.hands(self.load(), owner)

    @abstractmethod
    def hands(self, transcriber: "WhisperTranscriber", owner: str) -> Hands:
        """A worker that is ready, with a loaded model."""


@dataclass(frozen=True)
class TranscribeTask(ModelTask):
    """Every recording for the first time; `attention` says what of it deserves the work, None: all of it."""

    attention: Attention | None = None

    @property
    def depth(self) -> int:
        """See `Task`; enough to fill the model's batches."""
        return calls_in_flight(self.transcribe.batch_on(self.model.device))

    def hands(self, transcriber: "WhisperTranscriber", owner: str) -> Hands:
        """See `ModelTask`."""
        helpers = beside(self.model.device, self.cpu_threads)
        stream = CallStream(transcriber, self.audio, self.transcribe, self.attention, helpers)
        return Streaming(Store(self.store, opening=PATIENCE_SECONDS), owner, stream)


@dataclass(frozen=True)
class SecondLookTask(ModelTask):
    """Stretches of a recording again, with settings (or a model) of its own."""

    def hands(self, transcriber: "WhisperTranscriber", owner: str) -> Hands:
        """See `ModelTask`."""
        store = Store(self.store, opening=PATIENCE_SECONDS)

        def do(job: Job) -> SecondReadings:
            kept = None if job.fresh else store.transcripts.readings(job.key)
            kept = kept or SecondReadings(audio_sha256=job.sha256, engine=self.engine)
            return read_again(job.recording, transcriber, self.audio, job.spans, kept)

        return OneByOne(store, owner, do)


class Streaming:
    """Several recordings in hand, so that their windows share batches; each is kept as soon as it is done."""

    def __init__(self, store: Store, owner: str, stream: CallStream) -> None:
        self._store, self._owner, self._stream = store, owner, stream
        self._place = Place()
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="keep")  # a slow store must not hold up the model

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        kept: Future[None] = Future()
        files = ExitStack()
        try:
            job, marks = files.enter_context(at_hand(self._store.queue.job(key), key, self._place))
            heard = self._stream.submit(job.recording, job.sha256)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            files.close()
            kept.set_exception(error)
            return kept
        heard.add_done_callback(lambda done: self._keeper.submit(self._keep, job, marks, done, kept, files))
        return kept

    def close(self) -> None:
        """See `Hands`."""
        self._stream.close()
        self._keeper.shutdown()
        self._place.close()
        self._store.close()

    def _keep(
        self, job: Job, marks: Marks | None, heard: "Future[Outcome]", kept: "Future[None]", files: ExitStack
    ) -> None:
        try:
            outcome = heard.result()
            _check_unchanged(job, marks, outcome)
            files.close()
            self._store.transcripts.finish(job.key, self._owner, outcome)
            kept.set_result(None)
        except Exception as error:  # noqa: BLE001
            files.close()
            kept.set_exception(error)


class Doing(Protocol):
    """The work on one job."""

    def __call__(self, job: Job) -> Outcome | SecondReadings:
        """What the job gives."""


class OneByOne:
    """Jobs done in the calling thread, one after the other."""

    def __init__(self, store: Store, owner: str, do: Doing) -> None:
        self._store, self._owner, self._do = store, owner, do
        self._place = Place()

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        future: Future[None] = Future()
        try:
            with at_hand(self._store.queue.job(key), key, self._place) as (job, _):
                outcome = self._do(job)
            self._store.transcripts.finish(key, self._owner, outcome)
            future.set_result(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            future.set_exception(error)
        return future

    def close(self) -> None:
        """See `Hands`."""
        self._place.close()
        self._store.close()


@contextmanager
def at_hand(job: Job | None, key: str, place: Place) -> Iterator[tuple[Job, Marks | None]]:
    """The job with its recording's files on this machine, for as long as the `with` lasts; and how they look.

    Raises StoreError when the job is gone, RecordingChangedError when its recording is or was written on meanwhile, and
    what `Place.materialised` raises.
    """
    if job is None:
        raise StoreError(f"Job {key} is not in the store any more. Give the same command again.")
    with place.materialised(job.recording) as recording:
        yield unchanged(job.model_copy(update={"recording": recording}))


def unchanged(job: Job) -> tuple[Job, Marks | None]:
    """The job, when its recording still holds what was seen when the job was made; and how its files look.

    Raises RecordingChangedError when it was written on meanwhile or is gone. One that cannot be read for another reason
    is left to decoding, which says why.
    """
    marks = marks_of_files(files_of(job.recording))
    try:
        now = sha256_of_files(files_of(job.recording))
    except RecordingError as error:
        if marks is not None:
            return job, marks
        raise RecordingChangedError(str(error)) from error
    if now != job.sha256:
        raise RecordingChangedError(_changed(job))
    return job, marks


def _check_unchanged(job: Job, marks: Marks | None, outcome: Outcome) -> None:
    """Raises RecordingChangedError when a recording was written on while it was read, or went before that."""
    now = marks_of_files(files_of(job.recording))
    if now is not None and now != marks:
        raise RecordingChangedError(_changed(job))
    if now is None and marks is not None and isinstance(outcome, FailedTranscript):
        raise RecordingChangedError(outcome.error)


def _share_heaps() -> None:
    """Let this process's threads share two heaps, where its C library is glibc; without it each has one of its own.

    What a model's lanes free in one is of no use to the others: 1.26 instead of 1.11 GiB with `small` (measured).
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)


def _changed(job: Job) -> str:
    return f"{job.recording.path.name}: was changed after it was found. Give the same command again."
