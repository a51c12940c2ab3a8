"""A recording to its words: channels and their speech, then a sequence of requests to a recogniser.

The recogniser may serve many recordings at once, but what a recording asks for depends on itself and the answers
alone, so its transcript is the same whatever else is being decoded.
"""

import itertools
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from analyzer.asr.recogniser import (
    AlignRequest,
    AudioWindow,
    DecodedWindow,
    DecodeRequest,
    DetectLanguageRequest,
    Recogniser,
    Request,
    TranscribeSettings,
)
from analyzer.asr.segments import split_at_pauses, spread_words
from analyzer.audio.decode import DecodedAudio, decode_recording
from analyzer.audio.playback import peaks_of
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.audio.waveform import clipped_share, energy_speech_seconds
from analyzer.audio.windows import cut_whole, pack_windows
from analyzer.errors import RecordingError
from analyzer.models.base import Frozen, Span, difference, union
from analyzer.models.recording import Recording, Waveform
from analyzer.models.transcript import (
    AudioTranscript,
    ChannelSpan,
    ChannelTranscript,
    EngineInfo,
    SecondPassSpan,
    SecondPassTranscript,
    Segment,
)
from analyzer.pipeline.selective import SelectionPolicy, Side

_LEAST_UNREAD = 0.1  # seconds; a shorter stretch of speech holds no syllable
_ROUNDS = 2  # of alignment: replies are found by the exact times of the questions


class AudioSettings(Frozen):
    """How recordings are read; part of a transcript's identity."""

    max_seconds: float = Field(4 * 3600, gt=0, description="longer files are refused; an hour of one channel is 230 MB")
    vad: VadSettings = VadSettings()
    loud_share: float = Field(
        0.5, gt=0, description="less speech than this share of the loud seconds: voice activity may have lost a voice"
    )
    loud_seconds: float = Field(10.0, ge=0, description="and by at least this much; coughs and clicks are loud too")
    clipped_share: float = Field(0.01, gt=0, description="of samples at full scale; above it words are in doubt")

    def options(self) -> dict[str, Any]:
        """Voice activity settings for the transcript's cache key; `max_seconds` does not change the words."""
        return {f"vad_{name}": value for name, value in self.vad.model_dump().items()}


@dataclass(frozen=True)
class Prepared:
    """A decoded recording, with the stretches of speech of each channel, in seconds."""

    decoded: DecodedAudio
    speech: tuple[tuple[Span, ...], ...]


class Preparer(Protocol):
    """Prepares recordings, several at once when they are asked for from several threads."""

    @property
    def at_once(self) -> int:
        """How many threads may ask."""

    def prepare(self, recording: Recording, settings: AudioSettings) -> Prepared:
        """See `prepare`."""

    def close(self) -> None:
        """Nothing more will be asked for."""


def prepare(recording: Recording, settings: AudioSettings) -> Prepared:
    """Decode a recording and find its speech. Raises RecordingError when it cannot be read."""
    decoded = decode_recording(recording, max_seconds=settings.max_seconds)
    return Prepared(decoded, tuple(detect_speech(samples, settings.vad) for samples in decoded.channels))


@dataclass
class _Channel:
    """What is known of one channel so far."""

    index: int
    samples: Waveform
    speech: tuple[Span, ...]
    windows: tuple[AudioWindow, ...]
    decoded: list[DecodedWindow]

    @property
    def segments(self) -> list[Segment]:
        """Words heard so far."""
        parts = [part for decoded in self.decoded if decoded.segment for part in split_at_pauses(decoded.segment)]
        return sorted(parts, key=lambda part: (part.start, part.end))

    @property
    def drafts(self) -> list[Segment]:
        """The same for matching alone: words without exact times stand close together from their window's start on.

        Spread over the window's stretches, as in the transcript, they would have pauses where nobody paused.
        """
        parts: list[Segment] = []
        for decoded in self.decoded:
            if decoded.segment and decoded.segment.aligned:
                parts += split_at_pauses(decoded.segment)
            elif decoded.segment:
                window = decoded.audio.window
                words = spread_words(decoded.segment.text, Span(start=window.start, end=window.start + window.seconds))
                parts.append(decoded.segment.model_copy(update={"words": words}))
        return sorted(parts, key=lambda part: (part.start, part.end))

    def unread(self) -> tuple[Span, ...]:
        """Speech of which no window was asked for."""
        left = difference(self.speech, [span for decoded in self.decoded for span in decoded.audio.window.spans])
        return tuple(span for span in left if span.seconds > _LEAST_UNREAD)


@dataclass(frozen=True)
class TranscriptionSession:
    """Settings of all recordings of a run; `window_seconds` and `engine` are the recogniser's."""

    audio: AudioSettings
    settings: TranscribeSettings
    selection: SelectionPolicy | None
    window_seconds: float
    engine: EngineInfo

    def transcribe(
        self, recording: Recording, sha256: str, prepared: Prepared
    ) -> Generator[Request, Any, AudioTranscript]:
        """A prepared recording's transcript, once the recogniser has answered each request."""
        channels = [
            _Channel(index, samples, speech, self._windows(samples, speech), [])
            for index, (samples, speech) in enumerate(zip(prepared.decoded.channels, prepared.speech, strict=True))
        ]
        side = yield from self._read(recording, channels)
        if self.selection is None or self.settings.align == "all":
            yield from _align(channels, [channel.speech for channel in channels])
        else:
            for _ in range(_ROUNDS):
                yield from _align(channels, self.selection.spans_to_align([c.drafts for c in channels], side))
        language = yield from self._language(channels)
        facts = prepared.decoded.facts
        notes = [*facts.notes, *(note for channel in channels for note in _doubts(channel, self.audio))]
        seconds = round(sum(span.seconds for span in union(itertools.chain(*(c.speech for c in channels)))), 2)
        return AudioTranscript(
            audio_sha256=sha256,
            facts=facts.model_copy(update={"speech_seconds": seconds, "notes": tuple(notes)}),
            engine=self.engine,
            language=language,
            channels=tuple(
                ChannelTranscript(
                    index=channel.index,
                    speech=channel.speech,
                    segments=tuple(channel.segments),
                    unread=channel.unread(),
                    peaks=peaks_of(channel.samples),
                )
                for channel in channels
            ),
        )

    def _windows(self, samples: Waveform, speech: Sequence[Span]) -> tuple[AudioWindow, ...]:
        windows = pack_windows(
            speech,
            samples=samples,
            max_seconds=self.window_seconds,
            max_gap=self.settings.max_gap_seconds,
            join=self.settings.join_pauses,
        )
        return tuple(AudioWindow(samples, window) for window in windows)

    def _read(self, recording: Recording, channels: Sequence[_Channel]) -> Generator[Request, Any, Side]:
        """Everything, or the agent and what matters of the customer; who is the agent, when that was decided."""
        selection = self.selection
        if selection is None or selection.customer_audio == "full" or len(channels) == 1:
            yield from _read_windows(channels, [channel.windows for channel in channels])
            return selection.side(recording, [c.drafts for c in channels]) if selection else Side(None)
        side = yield from self._read_agent(selection, recording, channels)
        if side.agent is not None and selection.customer_audio == "replies":
            agent, customer = channels[side.agent], channels[1 - side.agent]
            worth = selection.spans_to_align([channel.drafts for channel in channels], side)
            yield from _align([agent], [worth[agent.index]])
            yield from self._read_replies(selection, agent, customer)
        return side

    def _read_agent(
        self, selection: SelectionPolicy, recording: Recording, channels: Sequence[_Channel]
    ) -> Generator[Request, Any, Side]:
        """As much of both sides as it takes to tell them apart, then all of the agent; all of both if nothing does."""
        skipped = selection.skipped(recording)
        seconds = selection.settings.opening_seconds
        while True:
            openings = [() if c.index == skipped else _opening(c, seconds) for c in channels]
            yield from _read_windows(channels, openings)
            side = selection.side(recording, [channel.drafts for channel in channels])
            if side.agent is not None:
                yield from _read_windows([channels[side.agent]], [channels[side.agent].windows])
                if selection.side(recording, [channel.drafts for channel in channels]) == side:
                    return side
                seconds = float("inf")  # the beginning misled
            elif all(len(part) == len(channel.windows) for part, channel in zip(openings, channels, strict=True)):
                return side
            skipped, seconds = None, 2 * seconds

    def _read_replies(
        self, selection: SelectionPolicy, agent: _Channel, customer: _Channel
    ) -> Generator[Request, Any, None]:
        """The customer where the agent's words, or the customer's own, call for it."""
        for _ in range(2):  # what is read first may be a reason to read all
            rest = customer.unread()
            wanted = selection.customer_spans(agent.drafts, customer.drafts, rest, customer.samples)
            spans = [span for span in rest if any(span.overlap(part.start, part.end) > 0 for part in wanted)]
            channel_windows = self._windows(customer.samples, spans)
            yield from _read_windows([customer], [channel_windows])

    def _language(self, channels: Sequence[_Channel]) -> Generator[Request, Any, str]:
        """The settings' language, unless every channel is heard badly and the recogniser hears another."""
        language = self.settings.language
        for channel in channels:
            figures = [part.avg_logprob for part in channel.segments if part.avg_logprob is not None]
            if not figures or sum(figures) / len(figures) >= self.settings.language_check_logprob:
                return self.settings.language
            language = yield DetectLanguageRequest(channel.windows)
        return language


def _read_windows(
    channels: Sequence[_Channel], windows: Sequence[Sequence[AudioWindow]]
) -> Generator[Request, Any, None]:
    """Those windows of each channel that were not read yet, all in one request."""
    missing = []
    for channel, channel_windows in zip(channels, windows, strict=True):
        known = {id(decoded.audio) for decoded in channel.decoded}
        missing += [(channel, audio_window) for audio_window in channel_windows if id(audio_window) not in known]
    if not missing:
        return
    answers: list[DecodedWindow] = yield DecodeRequest([audio_window for _, audio_window in missing])
    for (channel, _), decoded in zip(missing, answers, strict=True):
        channel.decoded.append(decoded)


def _align(channels: Sequence[_Channel], worth: Sequence[Sequence[Span]]) -> Generator[Request, Any, None]:
    """Exact word times for windows that share time with a stretch worth it."""
    missing = [
        (channel, index)
        for channel, spans in zip(channels, worth, strict=True)
        for index, decoded in enumerate(channel.decoded)
        if decoded.can_align and any(decoded.audio.window.overlap(span.start, span.end) > 0 for span in spans)
    ]
    if not missing:
        return
    answers: list[DecodedWindow] = yield AlignRequest([channel.decoded[index] for channel, index in missing])
    for (channel, index), decoded in zip(missing, answers, strict=True):
        channel.decoded[index] = decoded


def _opening(channel: _Channel, seconds: float) -> Sequence[AudioWindow]:
    """The first windows, until so much speech is heard."""
    reached = 0.0
    for count, audio_window in enumerate(channel.windows):
        if reached >= seconds:
            return channel.windows[:count]
        reached += audio_window.window.seconds
    return channel.windows


def _doubts(channel: _Channel, settings: AudioSettings) -> Iterator[str]:
    """What a person should know about one channel's sound, in plain words."""
    index, samples = channel.index, channel.samples
    speech_seconds = sum(span.seconds for span in channel.speech)
    loud = energy_speech_seconds(samples)
    if loud - speech_seconds > settings.loud_seconds and speech_seconds < settings.loud_share * loud:
        yield (
            f"Channel {index + 1}: {loud:.0f} s are loud, but only {speech_seconds:.0f} s were taken for speech. "
            "Listen to it: music, or a voice that was not recognised as one."
        )
    if clipped_share(samples) > settings.clipped_share:
        yield f"Channel {index + 1} is overloaded (clipped): its words are in doubt."


def transcribe_spans(
    recording: Recording,
    recogniser: Recogniser,
    settings: AudioSettings,
    wanted: Sequence[ChannelSpan],
    kept: SecondPassTranscript,
) -> SecondPassTranscript:
    """Stretches of a recording decoded once more, without voice activity, added to those `kept` already.

    Each channel is cut into windows by its sound alone, whatever is wanted: the same window is read once, and what
    one SOP had read serves another.
    """
    try:
        decoded = decode_recording(recording, max_seconds=settings.max_seconds)
    except RecordingError as error:
        return kept.model_copy(update={"error": str(error)})
    due: list[tuple[int, Span]] = []
    for index, samples in enumerate(decoded.channels):
        channel_spans = [span for span in wanted if span.channel == index]
        known = {reading.start for reading in kept.readings if reading.channel == index}
        due += [
            (index, window)
            for window in (cut_whole(samples, max_seconds=recogniser.window_seconds) if channel_spans else ())
            if window.start not in known and any(window.overlap(span.start, span.end) > 0 for span in channel_spans)
        ]

    def reading(one: tuple[int, Span]) -> SecondPassSpan:
        index, window = one
        segments = recogniser.decode_for_second_pass(decoded.channels[index], window)
        return SecondPassSpan(channel=index, start=window.start, end=window.end, segments=segments)

    with ThreadPoolExecutor(recogniser.model_threads, thread_name_prefix="model") as threads:
        readings = [*kept.readings, *threads.map(reading, due)]
    readings.sort(key=lambda reading: (reading.channel, reading.start))
    return kept.model_copy(update={"readings": tuple(readings), "error": None})


class InlinePreparer:
    """Prepares in the thread that asks: beside a model on a CPU, which needs the cores itself, one is enough."""

    at_once = 1

    def prepare(self, recording: Recording, settings: AudioSettings) -> Prepared:
        """See `Preparer`."""
        return prepare(recording, settings)

    def close(self) -> None:
        """See `Preparer`."""
