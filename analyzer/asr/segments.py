"""What is done with a decoded window: the quality gate, cutting it into turns, times for words that have none.

faster-whisper's batched decoding applies none of Whisper's own three checks (SYSTRAN/faster-whisper#1179), so the gate
does.
"""

import math
from collections.abc import Sequence
from typing import Literal

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.models.base import DecodingWindow, Span, window_of
from analyzer.models.transcript import Segment, Word, split_words

PAUSE_SECONDS = 0.6  # a longer gap between words ends a turn; people's own turns rarely hold one

GateVerdict = Literal["keep", "retry", "drop"]


def judge_window(
    *, text: str, avg_logprob: float, no_speech_prob: float, compression_ratio: float, settings: TranscribeSettings
) -> GateVerdict:
    """`drop` what Whisper calls no speech, `retry` what failed or loops, `keep` the rest."""
    failed = avg_logprob < settings.avg_logprob_min
    if failed and no_speech_prob > settings.no_speech_max:
        return "drop"
    if failed or compression_ratio > settings.compression_ratio_max or is_loop(text.split(), settings.repeats_max):
        return "retry"
    return "keep"


def is_loop(words: Sequence[str], repeats_max: int) -> bool:
    """True when one word, pair or triple stands more than `repeats_max` times in a row.

    Digits do repeat in telephone and customer numbers, so the limit must be passed, not only met.
    """
    folded = [word.lower().strip(".,?!") for word in words]
    times = repeats_max + 1
    return any(
        folded[start : start + size] * times == folded[start : start + size * times]
        for size in (1, 2, 3)
        for start in range(len(folded) - size * times + 1)
    )


def split_at_pauses(segment: Segment, *, pause: float = PAUSE_SECONDS) -> tuple[Segment, ...]:
    """The segment cut after a sentence's end and where the gap between words is longer than `pause` seconds.

    Each part keeps the window's figures. A segment without word times stays whole.
    """
    if not segment.words:
        return (segment,)
    return tuple(
        segment.model_copy(
            update={
                "start": words[0].start,
                "end": words[-1].end,
                "text": " ".join(word.text for word in words),
                "words": tuple(words),
            }
        )
        for words in split_words(segment.words, math.nextafter(pause, math.inf))  # longer, not as long
    )


def spread_words(text: str, span: Span) -> tuple[Word, ...]:
    """Words placed over `span` in proportion to their length, with unknown probability.

    Over a window's spans of speech when it is one, never between them.
    """
    window = span if isinstance(span, DecodingWindow) else window_of([span])
    texts = text.split()
    total = sum(len(word) + 1 for word in texts)
    words = []
    offset = 0.0
    for word in texts:
        length = window.seconds * (len(word) + 1) / total
        start, end = window.call_time(offset, offset + length)
        words.append(Word(start=round(start, 2), end=round(end, 2), text=word))
        offset += length
    return tuple(words)
