"""What every worker does, whatever placed it: read a job by its key, do it, keep the outcome. Ids in, nothing out."""

from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analyzer import audio
from analyzer.errors import RecordingError, StoreError
from analyzer.models.job import Job
from analyzer.models.transcript import EngineInfo, Outcome, SecondReadings
from analyzer.pipeline import Attention, AudioSettings, CallStream, calls_in_flight, read_again
from analyzer.store import PATIENCE_SECONDS, Store
from analyzer.transcribe import ModelFolder, TranscribeSettings

if TYPE_CHECKING:  # loads the recogniser's libraries, which only a worker needs
    from analyzer.transcribe.whisper import WhisperTranscriber


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

    @property
    def depth(self) -> int:
        """See `Task`."""
        return 1

    def load(self) -> "WhisperTranscriber":
        """The recogniser, loaded."""
        from analyzer.transcribe.whisper import WhisperTranscriber

        return WhisperTranscriber(self.model, self.transcribe, self.engine, cpu_threads=self.cpu_threads)

    @abstractmethod
    def start(self, owner: str) -> Hands:
        """See `Task`."""


@dataclass(frozen=True)
class TranscribeTask(ModelTask):
    """Every recording for the first time; `attention` says what of it deserves the work, None: all of it."""

    attention: Attention | None = None

    @property
    def depth(self) -> int:
        """See `Task`; enough to fill the model's batches."""
        return calls_in_flight(self.transcribe.batch_on(self.model.device))

    def start(self, owner: str) -> Hands:
        """See `Task`."""
        stream = CallStream(self.load(), self.audio, self.transcribe, self.attention)
        return Streaming(Store(self.store, opening=PATIENCE_SECONDS), owner, stream)


@dataclass(frozen=True)
class SecondLookTask(ModelTask):
    """Stretches of a recording again, with settings (or a model) of its own."""

    def start(self, owner: str) -> Hands:
        """See `Task`."""
        transcriber, store = self.load(), Store(self.store, opening=PATIENCE_SECONDS)

        def do(job: Job) -> SecondReadings:
            kept = None if job.fresh else store.transcripts.readings(job.key)
            kept = kept or SecondReadings(audio_sha256=job.sha256, engine=self.engine)
            return read_again(job.recording, transcriber, self.audio, job.spans, kept)

        return OneByOne(store, owner, do)


class Streaming:
    """Several recordings in hand, so that their windows share batches; each is kept as soon as it is done."""

    def __init__(self, store: Store, owner: str, stream: CallStream) -> None:
        self._store, self._owner, self._stream = store, owner, stream
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="keep")  # a slow store must not hold up the model

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        kept: Future[None] = Future()
        try:
            job = unchanged(self._store.queue.job(key), key)
            heard = self._stream.submit(job.recording, job.sha256)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            kept.set_exception(error)
            return kept
        heard.add_done_callback(lambda done: self._keeper.submit(self._keep, key, done, kept))
        return kept

    def close(self) -> None:
        """See `Hands`."""
        self._stream.close()
        self._keeper.shutdown()
        self._store.close()

    def _keep(self, key: str, heard: "Future[Outcome]", kept: "Future[None]") -> None:
        try:
            self._store.transcripts.finish(key, self._owner, heard.result())
            kept.set_result(None)
        except Exception as error:  # noqa: BLE001
            kept.set_exception(error)


class Doing(Protocol):
    """The work on one job."""

    def __call__(self, job: Job) -> Outcome | SecondReadings:
        """What the job gives."""


class OneByOne:
    """Jobs done in the calling thread, one after the other."""

    def __init__(self, store: Store, owner: str, do: Doing) -> None:
        self._store, self._owner, self._do = store, owner, do

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        future: Future[None] = Future()
        try:
            job = unchanged(self._store.queue.job(key), key)
            self._store.transcripts.finish(key, self._owner, self._do(job))
            future.set_result(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            future.set_exception(error)
        return future

    def close(self) -> None:
        """See `Hands`."""
        self._store.close()


def unchanged(job: Job | None, key: str) -> Job:
    """The job, when its recording still holds what was seen when the job was made.

    Raises RecordingError when it was written on meanwhile, StoreError when the job is gone. A recording that cannot
    be read at all is left to decoding, which says why.
    """
    if job is None:
        raise StoreError(f"Job {key} is not in the store any more. Give the same command again.")
    files = [job.recording.path, *([job.recording.customer_leg] if job.recording.customer_leg else [])]
    try:
        now = audio.sha256_of_files(files)
    except RecordingError:
        return job
    if now != job.sha256:
        name = job.recording.path.name
        raise RecordingError(f"{name}: was changed after it was found. Give the same command again.")
    return job
