"""What every worker does, whatever placed it: read a job by its key, do it, keep the outcome. Ids in, nothing out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from analyzer import audio
from analyzer.batch import files_of
from analyzer.errors import RecordingError, StoreError
from analyzer.models.job import Job
from analyzer.models.transcript import EngineInfo, Outcome, SecondReadings
from analyzer.pipeline import Attention, AudioSettings, CallStream, calls_in_flight, read_again
from analyzer.remote import Place
from analyzer.store import PATIENCE_SECONDS, Store
from analyzer.transcribe import ModelFolder, TranscribeSettings, check_model

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

    def using(self, threads: int) -> "Task":
        """The same for a worker that may use so many threads."""

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
    elsewhere: bool = False  # the worker may be on another machine, whose model may be another

    @property
    def depth(self) -> int:
        """See `Task`."""
        return 1

    def using(self, threads: int) -> "ModelTask":
        """See `Task`."""
        return replace(self, cpu_threads=threads)

    def load(self) -> "WhisperTranscriber":
        """The recogniser, loaded. Raises ModelUnavailableError when this machine has not the model that is meant."""
        from analyzer.transcribe.whisper import WhisperTranscriber

        if self.elsewhere:
            check_model(self.model)
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
        self._place = Place()
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="keep")  # a slow store must not hold up the model

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        kept: Future[None] = Future()
        files = ExitStack()
        try:
            job = files.enter_context(at_hand(self._store.queue.job(key), key, self._place))
            heard = self._stream.submit(job.recording, job.sha256)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job
            files.close()
            kept.set_exception(error)
            return kept
        heard.add_done_callback(lambda done: self._keeper.submit(self._keep, key, done, kept, files))
        return kept

    def close(self) -> None:
        """See `Hands`."""
        self._stream.close()
        self._keeper.shutdown()
        self._place.close()
        self._store.close()

    def _keep(self, key: str, heard: "Future[Outcome]", kept: "Future[None]", files: ExitStack) -> None:
        files.close()
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
        self._place = Place()

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        future: Future[None] = Future()
        try:
            with at_hand(self._store.queue.job(key), key, self._place) as job:
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
def at_hand(job: Job | None, key: str, place: Place) -> Iterator[Job]:
    """The job with its recording's files on this machine, for as long as the `with` lasts.

    Raises StoreError when the job is gone, RecordingError when its recording is or was written on meanwhile, and what
    `Place.materialised` raises.
    """
    if job is None:
        raise StoreError(f"Job {key} is not in the store any more. Give the same command again.")
    with place.materialised(job.recording) as recording:
        yield unchanged(job.model_copy(update={"recording": recording}))


def unchanged(job: Job) -> Job:
    """The job, when its recording still holds what was seen when the job was made; RecordingError when it does not.

    A recording that cannot be read at all is left to decoding, which says why.
    """
    try:
        now = audio.sha256_of_files(files_of(job.recording))
    except RecordingError:
        return job
    if now != job.sha256:
        name = job.recording.path.name
        raise RecordingError(f"{name}: was changed after it was found. Give the same command again.")
    return job
