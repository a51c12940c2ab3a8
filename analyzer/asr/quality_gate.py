"""Is a decoded window to be believed? Batched decoding applies none of Whisper's own checks (field notes 3)."""

from collections.abc import Sequence
from typing import Literal

from analyzer.asr.recogniser import TranscribeSettings

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
