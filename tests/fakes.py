"""A recogniser that writes what it is told, for tests of everything around recognition."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analyzer.models.base import Span
from analyzer.models.transcript import EngineInfo, Segment
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
