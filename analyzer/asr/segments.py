"""Cutting a decoded window into turns, and giving times to words that have none."""

from itertools import pairwise

from analyzer.models.base import Span
from analyzer.models.spans import Window, window_of
from analyzer.models.transcript import Segment, Word

PAUSE_SECONDS = 0.6  # a longer gap between words ends a turn; people's own turns rarely hold one (field practice)
_SENTENCE_ENDS = ".?!"


def split_at_pauses(segment: Segment, *, pause: float = PAUSE_SECONDS) -> tuple[Segment, ...]:
    """The segment cut after a sentence's end and where the gap between words is longer than `pause`.

    Each part keeps the window's figures. A segment without word times stays whole.
    """
    words = segment.words
    if not words:
        return (segment,)
    groups: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        if word.start - before.end > pause or before.text[-1:] in _SENTENCE_ENDS:
            groups.append([])
        groups[-1].append(word)
    return tuple(
        segment.model_copy(
            update={
                "start": group[0].start,
                "end": group[-1].end,
                "text": " ".join(word.text for word in group),
                "words": tuple(group),
            }
        )
        for group in groups
    )


def spread_words(text: str, span: Span) -> tuple[Word, ...]:
    """Words placed over `span` in proportion to their length, with unknown probability.

    Over a window's stretches of speech when it is one, never between them.
    """
    window = span if isinstance(span, Window) else window_of([span])
    texts = text.split()
    total = sum(len(word) + 1 for word in texts)
    words = []
    at = 0.0
    for word in texts:
        length = window.seconds * (len(word) + 1) / total
        start, end = window.call_time(at, at + length)
        words.append(Word(start=round(start, 2), end=round(end, 2), text=word))
        at += length
    return tuple(words)
