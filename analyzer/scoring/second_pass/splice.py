"""A transcript in which one stretch is told by the second reading."""

from collections.abc import Iterable

from analyzer.models.base import Channel, Span
from analyzer.models.transcript import Reading, Segment, Transcript, Word


def splice(transcript: Transcript, speaker: Channel, span: Span, readings: Iterable[Reading]) -> Transcript:
    """The speaker's words replaced wherever `readings` lie inside `span`; a word belongs where its middle lies."""
    for reading in readings:
        common = Span(start=max(span.start, reading.start), end=max(span.start, min(span.end, reading.end)))
        transcript = _replaced(transcript, speaker, common, reading.segments)
    return transcript


def _replaced(transcript: Transcript, speaker: Channel, span: Span, segments: Iterable[Segment]) -> Transcript:
    kept = [
        part
        for segment in transcript.segments
        for part in ((segment,) if segment.speaker != speaker else _cut(segment, span, inside=False))
    ]
    new = [
        part.model_copy(update={"speaker": speaker})
        for segment in segments
        for part in _cut(segment, span, inside=True)
    ]
    ordered = sorted((*kept, *new), key=lambda segment: (segment.start, segment.end, segment.speaker))
    return transcript.model_copy(update={"segments": tuple(ordered)})


def words_in(segments: Iterable[Segment], span: Span) -> str | None:
    """What the segments say inside `span`, for people; None when nothing."""
    words = [word for segment in segments for word in segment.words or () if _middle_in(word, span)]
    return " ".join(word.text for word in sorted(words, key=lambda word: word.start)) or None


def _cut(segment: Segment, span: Span, *, inside: bool) -> list[Segment]:
    """The runs of a segment's words that lie inside (or outside) `span`; the segment itself when all do."""
    words = segment.words or ()
    wanted = [_middle_in(word, span) is inside for word in words]
    if all(wanted):
        return [segment] if words or not inside else []
    runs: list[list[Word]] = []
    fresh = True
    for word, keep in zip(words, wanted, strict=True):
        if keep and fresh:
            runs.append([])
        if keep:
            runs[-1].append(word)
        fresh = not keep
    return [
        segment.model_copy(
            update={
                "start": run[0].start,
                "end": max(word.end for word in run),
                "text": " ".join(word.text for word in run),
                "words": tuple(run),
            }
        )
        for run in runs
    ]


def _middle_in(word: Word, span: Span) -> bool:
    return span.start <= (word.start + word.end) / 2 < span.end
