"""A recogniser that writes what it is told, for tests of everything around recognition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analyzer.batch import Ended, Trouble
from analyzer.models.base import Span
from analyzer.models.job import Claim, Job
from analyzer.models.transcript import EngineInfo, Outcome, SecondReadings, Segment
from analyzer.store import Store
from analyzer.transcribe.segments import spread_words

ENGINE = EngineInfo(model="fake", model_sha256="f" * 64, options={"beam_size": 1})


@dataclass
class FakeTranscriber:
    """Gives each window the next text of its channel's list; remembers the windows it was asked for."""

    texts: list[list[str]]
    logprob: float = -0.2
    language: str = "id"
    window_seconds: float = 10.0
    engine: EngineInfo = ENGINE
    asked: list[list[Span]] = field(default_factory=list)

    def transcribe(self, samples: np.ndarray[Any, Any], windows: Sequence[Span]) -> tuple[Segment, ...]:
        self.asked.append(list(windows))
        texts = self.texts[len(self.asked) - 1]
        return tuple(
            Segment(start=w.start, end=w.end, text=t, words=spread_words(t, w), avg_logprob=self.logprob)
            for w, t in zip(windows, texts, strict=False)
        )

    def detect_language(self, samples: np.ndarray[Any, Any], windows: Sequence[Span]) -> tuple[str, float]:
        return self.language, 0.9

    def reread(self, samples: np.ndarray[Any, Any], window: Span) -> tuple[Segment, ...]:
        return ()


OWNER = "tests"


@dataclass
class InlinePool:
    """Does each job at once, in this process, and keeps what `do` makes; or ends as `trouble` says."""

    store: Store
    do: Callable[[Job], Outcome | SecondReadings]
    trouble: Trouble | None = None
    begun: list[str] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def room(self) -> int:
        return 1 - len(self.ended)

    def submit(self, claim: Claim) -> None:
        self.begun.append(claim.job.recording.name)
        if self.trouble is None:
            self.store.transcripts.finish(claim.job.key, OWNER, self.do(claim.job))
        self.ended.append(Ended(claim.job.key, self.trouble))

    def wait(self, seconds: float) -> Sequence[Ended]:
        ended, self.ended = self.ended, []
        return ended

    def close(self) -> None:
        pass
