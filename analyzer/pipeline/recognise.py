"""Recording -> words: the expensive half. Needs audio and a recogniser, knows nothing of any SOP."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer import audio
from analyzer.errors import RecordingError
from analyzer.models.base import Frozen, Span
from analyzer.models.recording import Recording
from analyzer.models.transcript import (
    AudioTranscript,
    ChannelSpan,
    ChannelTranscript,
    FailedTranscript,
    Reading,
    SecondReadings,
)
from analyzer.transcribe.base import Transcriber, TranscribeSettings


class AudioSettings(Frozen):
    """How recordings are read; part of a transcript's identity."""

    max_seconds: float = Field(4 * 3600, gt=0, description="longer files are refused: 346 MB of memory an hour")
    vad: audio.VadSettings = audio.VadSettings()
    loud_share: float = Field(
        0.5, gt=0, description="less speech than this share of the loud seconds: voice activity may have lost a voice"
    )
    loud_seconds: float = Field(10.0, ge=0, description="and by at least this much; coughs and clicks are loud too")
    clipped_share: float = Field(0.01, gt=0, description="of samples at full scale; above it words are in doubt")

    def options(self) -> dict[str, Any]:
        """What of it decides the words, flat, for the transcript's identity; a length limit decides none."""
        return {f"vad_{name}": value for name, value in self.vad.model_dump().items()}


def transcribe_recording(
    recording: Recording,
    sha256: str,
    transcriber: Transcriber,
    settings: AudioSettings,
    transcribe_settings: TranscribeSettings,
) -> AudioTranscript | FailedTranscript:
    """Decode, find speech, recognise each channel apart. A recording that cannot be used comes back as a failure."""
    try:
        decoded = audio.decode_recording(recording, max_seconds=settings.max_seconds)
    except RecordingError as error:
        return FailedTranscript(audio_sha256=sha256, name=recording.path.name, error=str(error))
    facts = decoded.facts
    channels: list[ChannelTranscript] = []
    notes = list(facts.notes)
    language = transcribe_settings.language
    heard_badly = 0
    for index, samples in enumerate(decoded.channels):
        speech = audio.detect_speech(samples, settings.vad)
        windows = audio.pack_windows(
            speech,
            samples=samples,
            max_seconds=transcriber.window_seconds,
            max_gap=transcribe_settings.max_gap_seconds,
        )
        segments = transcriber.transcribe(samples, windows)
        notes.extend(_doubts(index, samples, speech, settings))
        figures = [s.avg_logprob for s in segments if s.avg_logprob is not None]
        if figures and sum(figures) / len(figures) < transcribe_settings.language_check_logprob:
            heard_badly += 1
            language, _ = transcriber.detect_language(samples, windows)
        channels.append(ChannelTranscript(index=index, speech=speech, segments=segments))
    return AudioTranscript(
        audio_sha256=sha256,
        facts=facts.model_copy(update={"speech_seconds": _union_seconds(channels), "notes": tuple(notes)}),
        engine=transcriber.engine,
        language=language if heard_badly == len(channels) else transcribe_settings.language,
        channels=tuple(channels),
    )


def _doubts(
    index: int, samples: NDArray[np.float32], speech: Sequence[Span], settings: AudioSettings
) -> Iterator[str]:
    """What a person should know about one channel's sound, in plain words."""
    found = sum(span.seconds for span in speech)
    loud = audio.energy_speech_seconds(samples)
    if loud - found > settings.loud_seconds and found < settings.loud_share * loud:
        yield (
            f"Channel {index + 1}: {loud:.0f} s are loud, but only {found:.0f} s were taken for speech. "
            "Listen to it: music, or a voice that was not recognised as one."
        )
    if audio.clipped_share(samples) > settings.clipped_share:
        yield f"Channel {index + 1} is overloaded (clipped): its words are in doubt."


def _union_seconds(channels: list[ChannelTranscript]) -> float:
    """Seconds with speech on any channel."""
    total = reached = 0.0
    for span in sorted((span for channel in channels for span in channel.speech), key=lambda span: span.start):
        total += max(0.0, span.end - max(reached, span.start))
        reached = max(reached, span.end)
    return round(total, 2)


def read_again(
    recording: Recording,
    transcriber: Transcriber,
    settings: AudioSettings,
    wanted: Sequence[ChannelSpan],
    kept: SecondReadings,
) -> SecondReadings:
    """Stretches of a recording decoded once more, without voice activity, added to those `kept` already.

    Each channel is cut into windows by its sound alone, whatever is wanted: the same window is read once, and what
    one SOP had read serves another.
    """
    try:
        decoded = audio.decode_recording(recording, max_seconds=settings.max_seconds)
    except RecordingError as error:
        return kept.model_copy(update={"error": str(error)})
    readings = list(kept.readings)
    for index, samples in enumerate(decoded.channels):
        own = [span for span in wanted if span.channel == index]
        known = {reading.start for reading in readings if reading.channel == index}
        for window in audio.cut_whole(samples, max_seconds=transcriber.window_seconds) if own else ():
            if window.start in known or not any(window.overlap(span.start, span.end) > 0 for span in own):
                continue
            segments = transcriber.reread(samples, window)
            readings.append(Reading(channel=index, start=window.start, end=window.end, segments=segments))
    readings.sort(key=lambda reading: (reading.channel, reading.start))
    return kept.model_copy(update={"readings": tuple(readings), "error": None})
