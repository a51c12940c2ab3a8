"""What every worker does, whatever placed it: one recording -> one kept outcome."""

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.batch import Job
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline import AudioSettings, transcribe_recording
from analyzer.transcribe import ModelFolder, TranscribeSettings, TranscriptCache


@dataclass(frozen=True)
class TranscribeTask:
    """Picklable: names the model, the worker loads it."""

    model: ModelFolder
    engine: EngineInfo
    transcribe: TranscribeSettings
    audio: AudioSettings
    cache: TranscriptCache
    cpu_threads: int

    def start(self) -> Callable[[Job], None]:
        """Load the model; the result transcribes one recording and keeps the outcome."""
        from analyzer.transcribe.whisper import WhisperTranscriber

        transcriber = WhisperTranscriber(self.model, self.transcribe, self.engine, cpu_threads=self.cpu_threads)

        def do(job: Job) -> None:
            outcome = transcribe_recording(job.recording, job.sha256, transcriber, self.audio, self.transcribe)
            self.cache.put(job.key, outcome)

        return do
