"""A Whisper model's three steps apart: encode, generate, align. faster-whisper's wrapper runs them as one.

Apart, so that windows of many calls share a batch, a window is encoded once, and only chosen ones are aligned.
Features, tokens and the merging of tokens to words stay faster-whisper's.
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
from analyzer.models.waveform import Samples

log = logging.getLogger(__name__)

FRAMES_PER_SECOND = 100
_WHISPER_SECONDS = 30.0  # every published model pads what it hears to this
ENCODED_ON_CUDA = 16  # windows; on a CPU one at a time was a third faster than 16 (their attention leaves the cache)
_WRITING_BYTES = 384 << 20  # of what the decoder keeps of windows that a CPU writes at once: 3 of `small`
_LEAST_WRITTEN = 2  # by all lanes together; a lane of its own writes one at least
_HEAD_WIDTH = 64  # of every Whisper; `small` has as many decoder layers as heads, the others not far from it
_PREPENDED = "\"'“¿([{-"  # faster-whisper's own defaults: punctuation that belongs to the next, or the last, word
_APPENDED = "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True)
class Written:
    """What the decoder wrote for one window, with the figures by which Whisper judges it."""

    text: str
    tokens: tuple[int, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


class Decoder:
    """One loaded model, for use from as many threads at once as it has `lanes`; more wait for each other.

    On a CPU with int8 weights a window gives the same bits in every batch (measured; a test holds it).
    """

    def __init__(self, model: WhisperModel, settings: TranscribeSettings, device: str, lanes: int) -> None:
        self._model = model
        self._lanes = lanes
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

    def features(self, sound: Samples) -> Features:
        """Log-mel spectrogram as faster-whisper makes it, [bands, frames]."""
        found: Features = self._model.feature_extractor(sound)[..., :-1]
        return found

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """What the encoder makes of each window: [positions, width], on the host."""
        size = ENCODED_ON_CUDA if self._cuda else 1
        found: list[Encoding] = []
        for at in range(0, len(batch), size):
            padded = np.stack([pad_or_trim(features, self._frames) for features in batch[at : at + size]])
            storage = ctranslate2.StorageView.from_array(np.ascontiguousarray(padded, np.float32))
            encoded = self._model.model.encode(storage, to_cpu=self._cuda)
            found.extend(np.asarray(encoded))
        return found

    def write(self, encodings: Sequence[Encoding]) -> list[Written]:
        """Beam search over encoded windows, as many at once as memory allows; the words are the same (see above)."""
        size = len(encodings) if self._cuda else written_at_once(encodings[0], self._lanes)
        return [one for at in range(0, len(encodings), size) for one in self._write(encodings[at : at + size])]

    def _write(self, encodings: Sequence[Encoding]) -> list[Written]:
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
            sampling_temperature=0.0,  # fallback samples and differs from run to run (FW#76)
        )
        return [self._written(result) for result in results]

    def align(
        self, encodings: Sequence[Encoding], tokens: Sequence[Sequence[int]], frames: Sequence[int]
    ) -> list[list[dict[str, Any]]]:
        """Words of each window with start and end (heard seconds) and probability; merged as faster-whisper does.

        A window that cannot be aligned gives no words (FW#1460).
        """
        try:
            found = self._model.find_alignment(
                self._tokenizer, [list(own) for own in tokens], _stacked(encodings), list(frames)
            )
        except (IndexError, RuntimeError) as error:
            if len(tokens) == 1:
                log.warning("word alignment failed (%s); words are spread evenly", type(error).__name__)
                return [[]]
            alone = zip(encodings, tokens, frames, strict=True)
            return [self.align([encoding], [own], [count])[0] for encoding, own, count in alone]
        return [self._merged(*one) for one in zip(found, tokens, frames, strict=True)]

    def _merged(self, found: list[dict[str, Any]], tokens: Sequence[int], frames: int) -> list[dict[str, Any]]:
        """Word pieces as words. faster-whisper's merging is told where the window before ended, so each goes alone."""
        if not found:
            return []
        part: dict[str, Any] = {"tokens": list(tokens), "start": 0.0, "end": frames / FRAMES_PER_SECOND, "seek": 0}
        WhisperModel.add_word_timestamps(
            _Found(found), [[part]], self._tokenizer, None, frames, _PREPENDED, _APPENDED, 0.0
        )
        words: list[dict[str, Any]] = part["words"]
        return words

    def _written(self, result: ctranslate2.models.WhisperGenerationResult) -> Written:
        tokens = result.sequences_ids[0]
        length = len(tokens)
        text = self._tokenizer.decode(tokens).strip()
        return Written(
            text=text,
            tokens=tuple(token for token in tokens if token < self._tokenizer.eot),
            avg_logprob=result.scores[0] * length**self._settings.length_penalty / (length + 1),
            no_speech_prob=min(1.0, max(0.0, result.no_speech_prob)),
            compression_ratio=get_compression_ratio(text),
        )


def written_at_once(encoding: Encoding, lanes: int) -> int:
    """Windows that a lane of a CPU may write together: every layer keeps a key and a value for each position of each.

    8 of `small` take 1.1 GiB and 3 a third of it, for the same processor time (measured: 22 s of 24 windows).
    """
    positions, width = encoding.shape
    each: int = 2 * (width // _HEAD_WIDTH) * positions * width * encoding.itemsize
    return max(1, max(_LEAST_WRITTEN, _WRITING_BYTES // each) // lanes)


class _Found:
    """Stands where faster-whisper's merging asks its model for an alignment, which is there already."""

    frames_per_second = FRAMES_PER_SECOND

    def __init__(self, alignment: list[dict[str, Any]]) -> None:
        self._alignment = alignment

    def find_alignment(self, *_: object) -> list[list[dict[str, Any]]]:
        """The one window's."""
        return [self._alignment]


def _stacked(encodings: Sequence[Encoding]) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.stack(encodings)))
