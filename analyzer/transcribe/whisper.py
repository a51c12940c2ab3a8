"""faster-whisper behind the `Transcriber` interface; the only module that knows it.

Every option is set here, none left to a default: sequential and batched mode differ in six of them
(field notes 3). Windows are chosen by voice activity and decoded in batches; windows that fail Whisper's own
checks, which batched mode leaves out, are decoded once more sequentially and the better reading is kept.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from numpy.typing import NDArray
from tqdm import tqdm

from analyzer.models.base import Span
from analyzer.models.transcript import EngineInfo, Segment, Word
from analyzer.transcribe.base import SAMPLE_RATE, TranscribeSettings
from analyzer.transcribe.gate import GateVerdict, is_loop, judge_window
from analyzer.transcribe.model_folder import ModelFolder
from analyzer.transcribe.segments import split_at_pauses, spread_words

log = logging.getLogger(__name__)

# Options common to both modes. Temperature 0 alone: fallback samples and differs from run to run (FW#76).
_FIXED: dict[str, Any] = {
    "task": "transcribe",
    "best_of": 1,
    "patience": 1.0,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "prompt_reset_on_temperature": 0.5,
    "initial_prompt": None,
    "prefix": None,
    "hotwords": None,
    "suppress_blank": True,
    "word_timestamps": True,
    "multilingual": False,
    "max_new_tokens": None,
    "hallucination_silence_threshold": None,
    "vad_filter": False,  # windows are already speech only
    "log_progress": False,
}
_NEVER_FALL_BACK: dict[str, Any] = {
    "compression_ratio_threshold": None,
    "log_prob_threshold": None,
    "no_speech_threshold": None,
}


class WhisperTranscriber:
    """One loaded model; not for use from several threads (a batched pipeline keeps state)."""

    def __init__(
        self, model: ModelFolder, settings: TranscribeSettings, engine: EngineInfo, *, cpu_threads: int
    ) -> None:
        tqdm.set_lock(threading.RLock())  # its own lock is a semaphore, leaked when a worker has to be ended
        self._settings = settings
        self.engine = engine
        self.window_seconds = settings.window_seconds or model.window_seconds
        self._model = WhisperModel(
            str(model.path), device=model.device, compute_type=model.compute_type, cpu_threads=cpu_threads
        )
        self._batched = BatchedInferencePipeline(self._model)

    def transcribe(self, samples: NDArray[np.float32], windows: Sequence[Span]) -> tuple[Segment, ...]:
        """Words of one channel in the given windows; see `Transcriber`."""
        if not windows:
            return ()
        segments: list[Segment] = []
        for window, raw in zip(windows, self._decode(samples, windows), strict=True):
            kept = self._checked(samples, window, raw)
            if kept is not None:
                segments.extend(split_at_pauses(kept))
        return tuple(segments)

    def reread(self, samples: NDArray[np.float32], window: Span) -> tuple[Segment, ...]:
        """The window decoded sequentially, with timestamps; what Whisper's own checks call no speech is dropped."""
        found = self._again(samples, window)
        if found is None or self._verdict(found) == "drop" or is_loop(found.text.split(), self._settings.repeats_max):
            return ()
        return split_at_pauses(found)

    def detect_language(self, samples: NDArray[np.float32], windows: Sequence[Span]) -> tuple[str, float]:
        """Language of the longest window; (settings' language, 0) when there is none."""
        if not windows:
            return self._settings.language, 0.0
        longest = max(windows, key=lambda window: window.seconds)
        language, probability, _ = self._model.detect_language(audio=_cut(samples, longest))
        return str(language), float(probability)

    def _decode(self, samples: NDArray[np.float32], windows: Sequence[Span]) -> list[Segment | None]:
        """One segment a window, None where no text came out."""
        try:
            found = self._run_batched(samples, windows, word_timestamps=True)
        except (IndexError, RuntimeError) as error:
            # Alignment may return nothing (FW#1460). Text without word times is worth more than no text.
            log.warning("word alignment failed (%s); words are spread evenly", type(error).__name__)
            self._batched = BatchedInferencePipeline(self._model)
            found = self._run_batched(samples, windows, word_timestamps=False)
        by_start = {round(segment.start, 3): segment for segment in found}
        return [by_start.get(round(window.start, 3)) for window in windows]

    def _run_batched(
        self, samples: NDArray[np.float32], windows: Sequence[Span], *, word_timestamps: bool
    ) -> list[Segment]:
        segments: list[Segment] = []
        # One call a batch, so that a raw segment can be told which window it came from by its seek.
        size = self._settings.batch_size
        for at in range(0, len(windows), size):
            batch = windows[at : at + size]
            raw, _ = self._batched.transcribe(
                samples,
                language=self._settings.language,
                beam_size=self._settings.beam_size,
                length_penalty=self._settings.length_penalty,
                batch_size=size,
                clip_timestamps=[{"start": w.start, "end": w.end} for w in batch],
                without_timestamps=self._settings.without_timestamps,
                **{**_FIXED, **_NEVER_FALL_BACK, "word_timestamps": word_timestamps},
            )
            segments.extend(_gather(raw, batch))
        return segments

    def _checked(self, samples: NDArray[np.float32], window: Span, first: Segment | None) -> Segment | None:
        if first is None:
            return None
        verdict = self._verdict(first)
        if verdict == "keep":
            return first
        if verdict == "drop":
            return None
        return self._better(first, self._again(samples, window))

    def _verdict(self, segment: Segment) -> GateVerdict:
        return judge_window(
            text=segment.text,
            avg_logprob=segment.avg_logprob or 0.0,
            no_speech_prob=segment.no_speech_prob or 0.0,
            compression_ratio=segment.compression_ratio or 0.0,
            settings=self._settings,
        )

    def _again(self, samples: NDArray[np.float32], window: Span) -> Segment | None:
        """The window decoded sequentially: with timestamps in the text it may be cut where it went wrong."""
        raw, _ = self._model.transcribe(
            _cut(samples, window),
            language=self._settings.language,
            beam_size=self._settings.beam_size,
            length_penalty=self._settings.length_penalty,
            without_timestamps=False,
            max_initial_timestamp=1.0,
            **{**_FIXED, **_NEVER_FALL_BACK},
        )
        try:
            parts = list(raw)
        except IndexError:  # FW#1460
            return None
        return _joined(parts, window) if parts else None

    def _better(self, first: Segment, second: Segment | None) -> Segment:
        if second is None or (second.avg_logprob or -9.0) <= (first.avg_logprob or -9.0):
            return first
        return first if is_loop(second.text.split(), self._settings.repeats_max) else second


def _cut(samples: NDArray[np.float32], window: Span) -> NDArray[np.float32]:
    return samples[int(window.start * SAMPLE_RATE) : int(window.end * SAMPLE_RATE)]


def _gather(raw: Iterable[Any], batch: Sequence[Span]) -> list[Segment]:
    """Raw batched segments, one joined segment for each window that gave text.

    `seek` is the window's start in frames of 10 ms, cut to a whole number.
    """
    parts: dict[int, list[Any]] = {}
    for segment in raw:
        parts.setdefault(int(segment.seek), []).append(segment)
    joined = []
    for window in batch:
        own = parts.get(int(int(window.start * SAMPLE_RATE) / SAMPLE_RATE * 100))
        segment = _joined(own, window, offset=0.0) if own else None
        if segment is not None:
            joined.append(segment)
    return joined


def _joined(parts: Sequence[Any], window: Span, *, offset: float | None = None) -> Segment | None:
    """Raw segments of one window as one; `offset` is added to their times (None: the window's start)."""
    shift = window.start if offset is None else offset
    text = " ".join(str(part.text).strip() for part in parts).strip()
    if not text:
        return None
    words = tuple(word for part in parts for word in _words(part.words or (), window, shift))
    length = sum(len(part.tokens) for part in parts) or 1
    return Segment(
        start=window.start,
        end=window.end,
        text=text,
        words=words or spread_words(text, window),
        avg_logprob=round(sum(p.avg_logprob * len(p.tokens) for p in parts) / length, 4),
        no_speech_prob=round(min(1.0, max(0.0, parts[0].no_speech_prob)), 4),
        compression_ratio=round(max(p.compression_ratio for p in parts), 3),
    )


def _words(raw: Iterable[Any], window: Span, shift: float) -> list[Word]:
    """Words inside the window: alignment may run past its end into the padding.

    faster-whisper cuts words at punctuation ("e", "-mail"); what has no space before it goes back to its word.
    """
    words: list[Word] = []
    for piece in raw:
        text = str(piece.word).strip()
        if not text:
            continue
        start = min(max(float(piece.start) + shift, window.start), window.end)
        end = min(max(float(piece.end) + shift, start), window.end)
        probability = round(min(1.0, max(0.0, float(piece.probability))), 3)
        if words and not str(piece.word).startswith(" "):
            head = words.pop()
            text, start = head.text + text, head.start
            probability = min(probability, head.probability or 0.0)  # as good as its worst part
        words.append(Word(start=round(start, 2), end=round(max(start, end), 2), text=text, probability=probability))
    return words
