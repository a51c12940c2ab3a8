"""faster-whisper behind the `Recogniser` interface.

Every option is set here or in `whisper_steps`, none left to a default: sequential and batched mode differ in six of
them (SYSTRAN/faster-whisper#1179, #1427). Windows are decoded in batches; those that fail Whisper's own checks, which
batched mode leaves out, are decoded once more sequentially, and the better text is kept.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from tqdm import tqdm

from analyzer.asr.model_folder import ModelFolder
from analyzer.asr.recogniser import AudioWindow, DecodedWindow, Encoding, Features, TranscribeSettings
from analyzer.asr.segments import GateVerdict, is_loop, judge_window, split_at_pauses, spread_words
from analyzer.asr.whisper_steps import ENCODED_ON_CUDA, FRAMES_PER_SECOND, GeneratedText, WhisperSteps
from analyzer.errors import UsageError
from analyzer.models.base import DecodingWindow, Span, window_of
from analyzer.models.recording import SAMPLE_RATE, Waveform
from analyzer.models.transcript import EngineInfo, Segment, Word

_ONE_CORE_EACH = (1, 2, 3)  # one CPU thread for each model thread; two cannot share three

# Sequential decoding, for windows that failed and for the second pass. Only temperature 0: the fallback to higher ones
# samples and differs from run to run (SYSTRAN/faster-whisper#76).
_SEQUENTIAL: dict[str, Any] = {
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
    "compression_ratio_threshold": None,
    "log_prob_threshold": None,
    "no_speech_threshold": None,
    "without_timestamps": False,
    "max_initial_timestamp": 1.0,
}


def model_threads_of(threads: int) -> int:
    """Number of model threads that use a CPU's threads best, equally many each; an odd one beyond 3 is unused.

    Measured on 2 cores with the shape of `small`: two of one CPU thread are 1.4 times as fast as one of two
    (34 against 50 s), and no slower than two processes, which take 1.7 times the memory. More take more of it.
    """
    return threads if threads in _ONE_CORE_EACH else 2


class WhisperRecogniser:
    """One loaded model. On a CPU its threads form `model_threads` that work in parallel on one copy of the weights."""

    def __init__(
        self,
        model: ModelFolder,
        settings: TranscribeSettings,
        engine: EngineInfo,
        *,
        cpu_threads: int,
        gpu: int = 0,
        loaded: WhisperModel | None = None,
    ) -> None:
        tqdm.set_lock(threading.RLock())  # tqdm's own lock is a semaphore, leaked when a worker is killed
        self._folder, self._threads = model, cpu_threads
        self._settings = settings
        self.engine = engine
        self.window_seconds = settings.window_seconds or model.window_seconds
        self.batch_size = settings.batch_on(model.device)
        self.model_threads = 1 if model.device == "cuda" else model_threads_of(cpu_threads)
        self._model = loaded or WhisperModel(
            str(model.path),
            device=model.device,
            device_index=gpu,
            compute_type=model.compute_type,
            cpu_threads=cpu_threads // self.model_threads,
            num_workers=self.model_threads,
        )
        self.encode_size = ENCODED_ON_CUDA if model.device == "cuda" else 1
        self._steps = WhisperSteps(self._model, settings, model.device, self.model_threads)

    def with_settings(self, settings: TranscribeSettings, engine: EngineInfo) -> "WhisperRecogniser":
        """The same loaded model with other settings; use one of the two at a time."""
        return WhisperRecogniser(self._folder, settings, engine, cpu_threads=self._threads, loaded=self._model)

    def warm_up(self) -> None:
        """Decode a second of silence: a GPU loads its libraries with the first window, and one may be missing.

        Raises UsageError when it cannot.
        """
        try:
            self._steps.generate(self._steps.encode([self._steps.features(np.zeros(SAMPLE_RATE, np.float32))]))
        except RuntimeError as error:
            raise UsageError(
                f"--device {self._folder.device}: the model cannot run there: {error}. CTranslate2 needs cuBLAS of "
                "CUDA 12 where the system finds libraries (`pip install nvidia-cublas-cu12`, and its folder in "
                "LD_LIBRARY_PATH) and enough free memory on the GPU. Or use --device cpu."
            ) from error

    def features(self, audio: AudioWindow) -> Features:
        """The window's log-mel spectrogram."""
        return self._steps.features(audio.samples())

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """Encodings of windows of any channels and calls."""
        return self._steps.encode(batch)

    def decode(self, windows: Sequence[AudioWindow], encodings: Sequence[Encoding]) -> list[DecodedWindow]:
        """Words of encoded windows; what fails the quality gate is decoded a second time, sequentially."""
        generated = self._steps.generate(encodings) if windows else []
        return [
            DecodedWindow(audio, self._pass_gate(_segment(text, audio.window), audio), text.tokens, encoding)
            for audio, encoding, text in zip(windows, encodings, generated, strict=True)
        ]

    def align(self, batch: Sequence[DecodedWindow]) -> list[DecodedWindow]:
        """The same windows with exact word times, as far as these can be found."""
        able = [window for window in batch if window.can_align]
        if not able:
            return list(batch)
        encoded = iter(self.encode([self.features(window.audio) for window in able if window.encoding is None]))
        words = self._steps.align(
            [next(encoded) if window.encoding is None else window.encoding for window in able],
            [window.tokens for window in able],
            [round(window.audio.window.seconds * FRAMES_PER_SECOND) for window in able],
        )
        aligned = iter([_with_words(window, raw) for window, raw in zip(able, words, strict=True)])
        return [next(aligned) if window.can_align else window for window in batch]

    def decode_for_second_pass(self, waveform: Waveform, window: Span) -> tuple[Segment, ...]:
        """The window decoded sequentially, with timestamps; what Whisper's own checks call no speech is dropped."""
        segment = self._decode_sequentially(AudioWindow(waveform, window_of([window])))
        if segment is None or self._verdict(segment) == "drop":
            return ()
        return () if is_loop(segment.text.split(), self._settings.repeats_max) else split_at_pauses(segment)

    def detect_language(self, windows: Sequence[AudioWindow]) -> tuple[str, float]:
        """Language of the longest window; (settings' language, 0) when there is none."""
        if not windows:
            return self._settings.language, 0.0
        longest = max(windows, key=lambda audio: audio.window.seconds)
        language, probability, _ = self._model.detect_language(audio=longest.samples())
        return str(language), float(probability)

    def _pass_gate(self, first: Segment | None, audio: AudioWindow) -> Segment | None:
        """A window's words after the quality gate: the first ones, those of a second decoding, or none."""
        verdict = self._verdict(first) if first else "drop"
        if first is None or verdict == "drop":
            return None
        return first if verdict == "keep" else self._better(first, self._decode_sequentially(audio))

    def _verdict(self, segment: Segment) -> GateVerdict:
        return judge_window(
            text=segment.text,
            avg_logprob=segment.avg_logprob or 0.0,
            no_speech_prob=segment.no_speech_prob or 0.0,
            compression_ratio=segment.compression_ratio or 0.0,
            settings=self._settings,
        )

    def _decode_sequentially(self, audio: AudioWindow) -> Segment | None:
        """The window decoded in sequential mode: with timestamps in the text, Whisper may cut it where it failed."""
        raw, _ = self._model.transcribe(
            audio.samples(),
            language=self._settings.language,
            beam_size=self._settings.beam_size,
            length_penalty=self._settings.length_penalty,
            **_SEQUENTIAL,
        )
        try:
            parts = list(raw)
        except IndexError:  # no alignment found (SYSTRAN/faster-whisper#1460)
            return None
        return _joined(parts, audio.window) if parts else None

    def _better(self, first: Segment, second: Segment | None) -> Segment:
        if second is None or (second.avg_logprob or -9.0) <= (first.avg_logprob or -9.0):
            return first
        return first if is_loop(second.text.split(), self._settings.repeats_max) else second


def _segment(generated: GeneratedText, window: DecodingWindow) -> Segment | None:
    """A window's text before alignment; None for none."""
    if not generated.text:
        return None
    return Segment(
        start=window.start,
        end=window.end,
        text=generated.text,
        words=spread_words(generated.text, window),
        aligned=False,
        avg_logprob=round(generated.avg_logprob, 4),
        no_speech_prob=round(generated.no_speech_prob, 4),
        compression_ratio=round(generated.compression_ratio, 3),
    )


def _with_words(decoded: DecodedWindow, raw: Sequence[dict[str, Any]]) -> DecodedWindow:
    """A decoded window with aligned words; unchanged when alignment found none."""
    words = tuple(_words(((w["word"], w["start"], w["end"], w["probability"]) for w in raw), decoded.audio.window))
    if decoded.segment is None or not words:
        return decoded
    return replace(decoded, segment=decoded.segment.model_copy(update={"words": words, "aligned": True}))


def _joined(parts: Sequence[Any], window: DecodingWindow) -> Segment | None:
    """Raw segments of one window, decoded sequentially, as one."""
    text = " ".join(str(part.text).strip() for part in parts).strip()
    if not text:
        return None
    raw = ((w.word, w.start, w.end, w.probability) for part in parts for w in part.words or ())
    words = tuple(_words(raw, window))
    length = sum(len(part.tokens) for part in parts) or 1
    return Segment(
        start=window.start,
        end=window.end,
        text=text,
        words=words or spread_words(text, window),
        aligned=bool(words),
        avg_logprob=round(sum(p.avg_logprob * len(p.tokens) for p in parts) / length, 4),
        no_speech_prob=round(min(1.0, max(0.0, parts[0].no_speech_prob)), 4),
        compression_ratio=round(max(p.compression_ratio for p in parts), 3),
    )


def _words(raw: Iterable[tuple[str, float, float, float]], window: DecodingWindow) -> list[Word]:
    """Words (text, seconds in the window, probability) in call time. Alignment may reach the padding; they may not.

    faster-whisper cuts words at punctuation ("e", "-mail"); what has no space before it goes back to its word.
    """
    words: list[Word] = []
    for piece, begin, finish, raw_probability in raw:
        text = piece.strip()
        if not text:
            continue
        start, end = window.call_time(float(begin), float(finish))
        probability = round(min(1.0, max(0.0, float(raw_probability))), 3)
        if words and not piece.startswith(" "):
            head = words.pop()
            text, start = head.text + text, head.start
            probability = min(probability, head.probability or 0.0)  # as good as its worst part
        words.append(Word(start=round(start, 2), end=round(max(start, end), 2), text=text, probability=probability))
    return words
