"""A Whisper model's three steps, separately: encode, generate, align. faster-whisper's wrapper runs them as one.

Separately, so that windows of many calls share a batch, a window is encoded once, and only chosen ones are aligned.
Features, tokens and the merging of tokens to words are faster-whisper's; tests/asr/test_internals.py names every
internal of it that is used here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_compression_ratio, get_suppressed_tokens

from analyzer.asr.recogniser import Encoding, Features, TranscribeSettings
from analyzer.models.recording import Samples

log = logging.getLogger(__name__)

FRAMES_PER_SECOND = 100
_WHISPER_SECONDS = 30.0  # every published model pads its input to this
ENCODED_ON_CUDA = 16  # windows; on a CPU one at a time was a third faster than 16 (whose attention exceeds the cache)
_GENERATION_BYTES = 384 << 20  # of keys and values that the decoder keeps on a CPU: 3 windows of `small`
_LEAST_WINDOWS = 2  # of all model threads together; a single one takes one at least
_HEAD_WIDTH = 64  # of every Whisper; `small` has as many decoder layers as heads, the others not far from it
_PREPENDED = "\"'“¿([{-"  # faster-whisper's own defaults: punctuation that belongs to the next, or the last, word
_APPENDED = "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True)
class GeneratedText:
    """The decoder's text for one window, with the figures by which Whisper judges it."""

    text: str
    tokens: tuple[int, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


class WhisperSteps:
    """One loaded model, used from as many threads at once as it has `model_threads`; more wait for each other.

    On a CPU with int8 weights a window gives the same bits in every batch (measured; a test holds it).
    """

    def __init__(self, model: WhisperModel, settings: TranscribeSettings, device: str, model_threads: int) -> None:
        self._model = model
        self._model_threads = model_threads
        self._settings = settings
        self._cuda = device == "cuda"
        self._frames = round((settings.encoder_seconds or _WHISPER_SECONDS) * FRAMES_PER_SECOND)
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=settings.language
        )
        self._prompt = model.get_prompt(
            self._tokenizer, previous_tokens=[], without_timestamps=settings.without_timestamps
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def features(self, samples: Samples) -> Features:
        """Log-mel spectrogram as faster-whisper makes it, [bands, frames]."""
        features: Features = self._model.feature_extractor(samples)[..., :-1]
        return features

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """Each window's encoding, [positions, width], on the host."""
        size = ENCODED_ON_CUDA if self._cuda else 1
        encodings: list[Encoding] = []
        for start in range(0, len(batch), size):
            padded = np.stack([pad_or_trim(features, self._frames) for features in batch[start : start + size]])
            storage = ctranslate2.StorageView.from_array(np.ascontiguousarray(padded, np.float32))
            encoded = self._model.model.encode(storage, to_cpu=self._cuda)
            encodings.extend(np.asarray(encoded))
        return encodings

    def generate(self, encodings: Sequence[Encoding]) -> list[GeneratedText]:
        """Texts of encoded windows by beam search, as many at once as memory allows; the words are the same."""
        size = len(encodings) if self._cuda else generation_batch_size(encodings[0], self._model_threads)
        starts = range(0, len(encodings), size)
        return [text for start in starts for text in self._generate(encodings[start : start + size])]

    def _generate(self, encodings: Sequence[Encoding]) -> list[GeneratedText]:
        settings = self._settings
        results = self._model.model.generate(
            _stacked(encodings),
            [self._prompt] * len(encodings),
            beam_size=settings.beam_size,
            patience=1.0,
            length_penalty=settings.length_penalty,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            max_length=self._model.max_length,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            sampling_temperature=0.0,  # any other samples and differs from run to run (SYSTRAN/faster-whisper#76)
        )
        return [self._text_of(result) for result in results]

    def align(
        self, encodings: Sequence[Encoding], tokens: Sequence[Sequence[int]], frames: Sequence[int]
    ) -> list[list[dict[str, Any]]]:
        """Words of each window with start, end (seconds in the window) and probability; merged as faster-whisper does.

        A window that cannot be aligned gives no words (SYSTRAN/faster-whisper#1460).
        """
        try:
            alignments = self._model.find_alignment(
                self._tokenizer, [list(ids) for ids in tokens], _stacked(encodings), list(frames)
            )
        except (IndexError, RuntimeError) as error:
            if len(tokens) == 1:
                log.warning("word alignment failed (%s); words are spread evenly", type(error).__name__)
                return [[]]
            windows = zip(encodings, tokens, frames, strict=True)
            return [self.align([encoding], [ids], [count])[0] for encoding, ids, count in windows]
        return [self._merged(*window) for window in zip(alignments, tokens, frames, strict=True)]

    def _merged(self, alignment: list[dict[str, Any]], tokens: Sequence[int], frames: int) -> list[dict[str, Any]]:
        """Word pieces as words, window by window: faster-whisper's merging depends on where the one before ended."""
        if not alignment:
            return []
        part: dict[str, Any] = {"tokens": list(tokens), "start": 0.0, "end": frames / FRAMES_PER_SECOND, "seek": 0}
        WhisperModel.add_word_timestamps(
            _AlignedModel(alignment), [[part]], self._tokenizer, None, frames, _PREPENDED, _APPENDED, 0.0
        )
        words: list[dict[str, Any]] = part["words"]
        return words

    def _text_of(self, result: ctranslate2.models.WhisperGenerationResult) -> GeneratedText:
        tokens = result.sequences_ids[0]
        length = len(tokens)
        text = self._tokenizer.decode(tokens).strip()
        return GeneratedText(
            text=text,
            tokens=tuple(token for token in tokens if token < self._tokenizer.eot),
            avg_logprob=result.scores[0] * length**self._settings.length_penalty / (length + 1),
            no_speech_prob=min(1.0, max(0.0, result.no_speech_prob)),
            compression_ratio=get_compression_ratio(text),
        )


def generation_batch_size(encoding: Encoding, model_threads: int) -> int:
    """Windows that a model thread on a CPU may decode together: each layer keeps a key and a value a position.

    8 of `small` take 1.1 GiB and 3 a third of it, for the same processor time (measured: 22 s of 24 windows).
    """
    positions, width = encoding.shape
    each: int = 2 * (width // _HEAD_WIDTH) * positions * width * encoding.itemsize
    return max(1, max(_LEAST_WINDOWS, _GENERATION_BYTES // each) // model_threads)


class _AlignedModel:
    """Takes the model's place in faster-whisper's merging, which asks it for an alignment that was made before."""

    frames_per_second = FRAMES_PER_SECOND

    def __init__(self, alignment: list[dict[str, Any]]) -> None:
        self._alignment = alignment

    def find_alignment(self, *_: object) -> list[list[dict[str, Any]]]:
        """The alignment of the only window."""
        return [self._alignment]


def _stacked(encodings: Sequence[Encoding]) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.stack(encodings)))
