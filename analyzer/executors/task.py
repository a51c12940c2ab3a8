"""What every worker does, whatever placed it: one recording -> one kept outcome."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.batch import Job
from analyzer.models.transcript import EngineInfo, SecondReadings
from analyzer.pipeline import Attention, AudioSettings, CallStream, read_again
from analyzer.transcribe import ModelFolder, TranscribeSettings, TranscriptCache

if TYPE_CHECKING:  # loads the recogniser's libraries, which only a worker needs
    from analyzer.transcribe.whisper import WhisperTranscriber


@dataclass(frozen=True)
class ModelTask(ABC):
    """Picklable: names the model, the worker loads it."""

    model: ModelFolder
    engine: EngineInfo
    transcribe: TranscribeSettings
    audio: AudioSettings
    cache: TranscriptCache
    cpu_threads: int

    def load(self) -> "WhisperTranscriber":
        """The recogniser, loaded."""
        from analyzer.transcribe.whisper import WhisperTranscriber

        return WhisperTranscriber(self.model, self.transcribe, self.engine, cpu_threads=self.cpu_threads)

    @abstractmethod
    def start(self) -> Callable[[Job], None]:
        """See `Task`."""


@dataclass(frozen=True)
class TranscribeTask(ModelTask):
    """Every recording for the first time; `attention` says what of it deserves the work, None: all of it."""

    attention: Attention | None = None

    def start(self) -> Callable[[Job], None]:
        """Load the model; the result transcribes one recording and keeps the outcome."""
        stream = CallStream(self.load(), self.audio, self.transcribe, self.attention)

        def do(job: Job) -> None:
            self.cache.put(job.key, stream.submit(job.recording, job.sha256).result())

        return do


class SecondLookTask(ModelTask):
    """Stretches of a recording again, with settings (or a model) of its own."""

    def start(self) -> Callable[[Job], None]:
        """Load the model; the result adds to what is kept of one recording's second readings."""
        transcriber = self.load()

        def do(job: Job) -> None:
            kept = None if job.fresh else self.cache.readings(job.key)
            kept = kept or SecondReadings(audio_sha256=job.sha256, engine=self.engine)
            self.cache.put_readings(job.key, read_again(job.recording, transcriber, self.audio, job.spans, kept))

        return do
