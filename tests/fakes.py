"""A recogniser that writes what it is told, for tests of everything around recognition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analyzer.asr.recogniser import AudioWindow, DecodedWindow
from analyzer.asr.segments import spread_words
from analyzer.jobs.dispatch import JobFailure, JobResult
from analyzer.models.base import DecodingWindow, Span
from analyzer.models.recording import Waveform
from analyzer.models.run import Claim, Job
from analyzer.models.transcript import EngineInfo, Outcome, SecondPassTranscript, Segment
from analyzer.store.store import Store

ENGINE = EngineInfo(model="fake", model_sha256="f" * 64, options={"beam_size": 1})


@dataclass
class FakeRecogniser:
    """Gives each window the next text of its channel's list; remembers the windows it was asked for."""

    texts: list[list[str]]
    logprob: float = -0.2
    language: str = "id"
    window_seconds: float = 10.0
    engine: EngineInfo = ENGINE
    batch_size: int = 4
    encode_size: int = 1
    model_threads: int = 1
    asked: list[list[DecodingWindow]] = field(default_factory=list)
    channels: list[Waveform] = field(default_factory=list)

    def features(self, audio: AudioWindow) -> np.ndarray[Any, Any]:
        return np.zeros((80, 1), np.float32)

    def encode(self, batch: Sequence[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
        return list(batch)

    def decode(self, windows: Sequence[AudioWindow], encodings: Sequence[np.ndarray[Any, Any]]) -> list[DecodedWindow]:
        return [DecodedWindow(audio, self._segment(audio)) for audio in windows]

    def align(self, batch: Sequence[DecodedWindow]) -> list[DecodedWindow]:
        return list(batch)

    def _segment(self, audio: AudioWindow) -> Segment | None:
        channel = next((at for at, known in enumerate(self.channels) if known is audio.waveform), len(self.channels))
        if channel == len(self.channels):
            self.channels.append(audio.waveform)
            self.asked.append([])
        self.asked[channel].append(audio.window)
        texts = self.texts[channel][len(self.asked[channel]) - 1 :]
        if not texts:
            return None
        w = audio.window
        words = spread_words(texts[0], Span(start=w.start, end=w.end))
        return Segment(start=w.start, end=w.end, text=texts[0], words=words, avg_logprob=self.logprob)

    def detect_language(self, windows: Sequence[AudioWindow]) -> tuple[str, float]:
        return self.language, 0.9

    def decode_for_second_pass(self, waveform: Waveform, window: Span) -> tuple[Segment, ...]:
        return ()


OWNER = "tests"


@dataclass
class InlinePool:
    """Does each job at once, in this process, and keeps what `do` makes; or ends as `trouble` says."""

    store: Store
    do: Callable[[Job], Outcome | SecondPassTranscript]
    failure: JobFailure | None = None
    begun: list[str] = field(default_factory=list)
    ended: list[JobResult] = field(default_factory=list)

    def free_slots(self) -> int:
        return 1 - len(self.ended)

    def submit(self, claim: Claim) -> None:
        self.begun.append(claim.job.recording.name)
        if self.failure is None:
            self.store.transcripts.finish(claim.job.key, OWNER, self.do(claim.job))
        self.ended.append(JobResult(claim.job.key, self.failure))

    def wait(self, seconds: float) -> Sequence[JobResult]:
        ended, self.ended = self.ended, []
        return ended

    def close(self) -> None:
        pass
