"""Where a step may have been though no words show it: lost audio, and speech that gave no text."""

from collections.abc import Sequence

from analyzer.models.base import Span
from analyzer.models.phrases import Hearing, Step
from analyzer.models.transcript import Transcript
from analyzer.rules.call import Call
from analyzer.rules.expected import allowed_place
from analyzer.rules.placing import Chosen
from analyzer.rules.sound import failed

_WORD_MARGIN = 0.5  # seconds around a word that count as explained: word times are that rough
_LEAST_UNHEARD = 1.5  # seconds; a shorter stretch of speech without text holds no SOP sentence
_LEAST_HOLE = 0.5  # seconds; a shorter hole swallows a word, not an utterance
_LEAST_THANKS = 0.6  # seconds that "terima kasih" takes


def lost_place(call: Call, step: Step, chosen: Chosen) -> str | None:
    """Why a step that was not found may still have been said, in plain words; None when nothing was lost."""
    low, high = allowed_place(call, step, chosen)
    slack = call.bank.hole_slack
    least = _LEAST_THANKS if step.short else _LEAST_UNHEARD
    for hole in call.transcript.holes:
        if hole.seconds >= _LEAST_HOLE and hole.end + slack > low and hole.start - slack < high:
            return f"audio was lost from {hole.start:.1f} to {hole.end:.1f} s, where it may have been said"
    for span in unheard(call.transcript, call.bank.hearing):
        if span.seconds >= max(least, _LEAST_UNHEARD) and span.end > low and span.start < high:
            where = f"speech from {span.start:.1f} to {span.end:.1f} s"
            return f"{where} gave no words to rely on, it may have been said there"
    return None


def unheard(transcript: Transcript, hearing: Hearing) -> list[Span]:
    """Detected speech of the agent (or of nobody known) that no believable word explains."""
    if transcript.speech is None:
        return []
    found: list[Span] = []
    for channel, spans in transcript.speech.items():
        if channel == "customer":
            continue
        words = [
            Span(start=max(0.0, word.start - _WORD_MARGIN), end=word.end + _WORD_MARGIN)
            for segment in transcript.segments
            if segment.speaker in {channel, "unknown"}
            and not failed(hearing, segment.avg_logprob, segment.compression_ratio)
            for word in segment.words or ()
        ]
        for span in spans:
            found += _without(span, words)
    return found


def _without(span: Span, covered: Sequence[Span]) -> list[Span]:
    """What is left of a span."""
    left: list[Span] = []
    at = span.start
    for cover in sorted(covered, key=lambda item: item.start):
        if cover.end <= at or cover.start >= span.end:
            continue
        if cover.start > at:
            left.append(Span(start=at, end=cover.start))
        at = max(at, cover.end)
    if at < span.end:
        left.append(Span(start=at, end=span.end))
    return left
