"""Transcripts: words with their times, channels and probabilities, and what made them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from pydantic import ConfigDict, Field

from analyzer.models.base import Channel, Frozen, Probability, Seconds, Span
from analyzer.models.recording import AudioFacts

PEAKS_PER_SECOND = 10
SENTENCE_ENDS = (".", "?", "!")
_ROUNDING = 0.05  # seconds; times are kept to 10 ms


class Word(Frozen):
    """One recognised word."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: Seconds
    end: Seconds
    text: str
    probability: Probability | None = Field(None, description="recogniser's own; None from other recognisers")


class TimedWord(Protocol):
    """Any word with its times, as recognised or as matching sees it."""

    @property
    def start(self) -> float:
        """Seconds from the start of the recording."""

    @property
    def end(self) -> float:
        """Seconds from the start of the recording."""

    @property
    def text(self) -> str:
        """As recognised, with punctuation."""


TimedWordT = TypeVar("TimedWordT", bound=TimedWord)


def split_words(words: Sequence[TimedWordT], pause: float) -> Iterator[Sequence[TimedWordT]]:
    """Runs of words, cut after a sentence's end and at gaps of `pause` seconds or more; none for no words."""
    cuts = [
        index
        for index, (before, word) in enumerate(pairwise(words), 1)
        if word.start - before.end >= pause or before.text.endswith(SENTENCE_ENDS)
    ]
    for first, last in pairwise((0, *cuts, len(words))):
        if first < last:
            yield words[first:last]


class Segment(Frozen):
    """A run of words of one channel; the figures are those of the decoded window it came from.

    Matching never relies on segment borders: they follow the recogniser's windows, not the speech.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: Seconds
    end: Seconds
    speaker: Channel = "unknown"
    text: str
    words: tuple[Word, ...] | None = Field(None, description="None when the recogniser gave no word times")
    aligned: bool = Field(True, description="False: word times are estimates, spread over the speech of the window")
    avg_logprob: float | None = None
    no_speech_prob: Probability | None = None
    compression_ratio: float | None = None


class Transcript(Frozen):
    """A whole call as text: the format of transcript input, plus the detected speech that audio gives."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    call_id: str | None = None
    language: str | None = None
    duration: Seconds
    segments: tuple[Segment, ...] = Field(description="all channels, ordered by start")
    speech: dict[Channel, tuple[Span, ...]] | None = Field(
        None, description="detected speech per channel; None for text-only input, which holds no such proof"
    )
    holes: tuple[Span, ...] = Field((), description="spans where audio was lost: a step may have been there")


class ChannelTranscript(Frozen):
    """One audio channel's words, before it is decided which side is the agent."""

    index: int = Field(ge=0, description="0 left or mono, 1 right")
    speech: tuple[Span, ...]
    segments: tuple[Segment, ...]
    unread: tuple[Span, ...] = Field((), description="spans of `speech` that were not transcribed, by choice")
    peaks: str | None = Field(
        None,
        description="outline of the sound for drawing: base64 of one byte each 1/10 s, its loudest sample from 0 to "
        "255 (full scale); None in transcripts made before there were outlines",
    )


class EngineInfo(Frozen):
    """What made a transcript: enough to reproduce it, and part of the cache key."""

    model: str = Field(description="name or folder name, never a path of the user's machine")
    model_sha256: str | None = Field(None, description="of the weights file; None for text-only input")
    versions: dict[str, str] = Field(default_factory=dict)
    options: dict[str, bool | int | float | str | None] = Field(default_factory=dict)


class AudioTranscript(Frozen):
    """The stored result of recognition: audio facts and every channel's words, from which calls are scored again."""

    audio_sha256: str
    facts: AudioFacts
    engine: EngineInfo
    language: str = "id"
    channels: tuple[ChannelTranscript, ...]


class FailedTranscript(Frozen):
    """Why a recording gave no transcript, and the known facts about its audio."""

    audio_sha256: str
    name: str | None = Field(None, description="file name as it stands in `error`")
    error: str
    facts: AudioFacts | None = None


Outcome = AudioTranscript | FailedTranscript


class ChannelSpan(Span):
    """A span of one audio channel."""

    channel: int = Field(ge=0, description="0 left or mono, 1 right")


class SecondPassSpan(ChannelSpan):
    """A span of one channel decoded in a second pass; without segments where there are no words."""

    segments: tuple[Segment, ...]


class SecondPassTranscript(Frozen):
    """The second pass over one recording by one engine. Spans never overlap within a channel."""

    audio_sha256: str
    engine: EngineInfo
    readings: tuple[SecondPassSpan, ...] = ()
    error: str | None = Field(None, description="why the second pass failed; then it is repeated only on request")

    def missing(self, wanted: Iterable[ChannelSpan]) -> tuple[ChannelSpan, ...]:
        """Those of `wanted` that are not wholly decoded; none after a failure."""
        return () if self.error else tuple(span for span in wanted if not self._covers(span))

    def _covers(self, wanted: ChannelSpan) -> bool:
        reached = wanted.start
        for span in sorted(self.readings, key=lambda span: span.start):
            if span.channel == wanted.channel and span.start <= reached + _ROUNDING:
                reached = max(reached, span.end)
        return reached >= wanted.end - _ROUNDING
