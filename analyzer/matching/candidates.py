"""Matches and turns of one stream as the models that scoring reads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, TypeVar

from pydantic import BaseModel

from analyzer.matching.phrase_search import Match
from analyzer.matching.token_stream import TokenStream
from analyzer.models.base import Span
from analyzer.models.evidence import Turn
from analyzer.models.finding import Candidate
from analyzer.models.transcript import Transcript, Word

_Model = TypeVar("_Model", bound=BaseModel)

WordKey = tuple[float, float, str]
"""start, end and text, which no two words of a call share"""


def construct_unvalidated(model: type[_Model], values: dict[str, Any]) -> _Model:
    """A model of values that are known to be valid, all fields given: as `model_construct`, in a fourth of its time.

    A call has a hundred candidates and a hundred turns; making them took a fifth of all matching.
    """
    instance = model.__new__(model)
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", set(values))
    object.__setattr__(instance, "__pydantic_extra__", None)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


class CandidateBuilder:
    """Builds candidates and turns of one stream."""

    def __init__(self, stream: TokenStream, transcript: Transcript, certainty: Mapping[WordKey, float]) -> None:
        """`certainty`: how sure it is who said a word; surely where absent."""
        self._stream = stream
        self._certainty = certainty
        self._speech = _speech_index(transcript, stream)

    def candidate(self, match: Match) -> Candidate:
        """A match with its words, times and proof of speech."""
        stream = self._stream
        first, last = stream.first_word[match.first], stream.last_word[match.last - 1] + 1
        start, end = stream.words[first].start, max(stream.ends[first:last])
        known = [word.probability for word in stream.words[first:last] if word.probability is not None]
        values = {
            "target": match.target,
            "phrase": match.phrase,
            "similarity": round(min(100.0, match.similarity), 1),
            "channel": stream.channel,
            "first": first,
            "last": last,
            "start": start,
            "end": end,
            "heard": " ".join(stream.texts[first:last]),
            "certainty": self._best_certainty(match, first, last),
            "probability": round(sum(known) / len(known), 3) if known else None,
            "speech_overlap": self._speech.share(start, end) if self._speech else None,
        }
        return construct_unvalidated(Candidate, values)

    def turns(self) -> Iterator[Turn]:
        """The turns of the stream that hold words."""
        stream = self._stream
        for low, high in stream.turn_bounds:
            if low >= high:
                continue
            first, last = stream.first_word[low], stream.last_word[high - 1] + 1
            words = stream.recognized[first:last]
            values = {
                "channel": stream.channel,
                "certainty": self._mean_certainty(first, last),
                "start": words[0].start,
                "end": words[-1].end,
                "words": words,
            }
            yield construct_unvalidated(Turn, values)

    def _best_certainty(self, match: Match, first: int, last: int) -> float:
        """Certainty of the words or of their whole turn, whichever is higher: each is evidence for the other."""
        if not self._certainty:
            return 1.0
        stream = self._stream
        low, high = stream.turn_at(match.first)
        whole = self._mean_certainty(stream.first_word[low], stream.last_word[high - 1] + 1)
        return max(self._mean_certainty(first, last), whole)

    def _mean_certainty(self, first: int, last: int) -> float:
        """Mean certainty of words [first, last)."""
        if not self._certainty:
            return 1.0
        return sum(self._certainty.get(word_key(word), 1.0) for word in self._stream.words[first:last]) / (last - first)


def word_key(word: Word) -> WordKey:
    """The key of a word among all words of a call."""
    return word.start, word.end, word.text


class SpeechIndex:
    """Spans of detected speech, looked up by time: an hour holds a thousand."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._spans = sorted(spans, key=lambda span: span.start)
        self._starts = [span.start for span in self._spans]
        self._latest_ends = list(accumulate((span.end for span in self._spans), max))

    def share(self, start: float, end: float) -> float:
        """Share of [start, end) that lies in detected speech."""
        if end <= start:
            near = self._spans[bisect_left(self._latest_ends, start) : bisect_right(self._starts, start)]
            return 1.0 if any(span.end >= start for span in near) else 0.0
        near = self._spans[bisect_right(self._latest_ends, start) : bisect_left(self._starts, end)]
        return round(min(1.0, sum(span.overlap(start, end) for span in near) / (end - start)), 3)


def _speech_index(transcript: Transcript, stream: TokenStream) -> SpeechIndex | None:
    """Detected speech that belongs to a speaker; None for text-only input."""
    if transcript.speech is None:
        return None
    return SpeechIndex(transcript.speech.get(stream.channel) or transcript.speech.get("unknown", ()))
