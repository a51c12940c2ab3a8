"""Recording -> words: the expensive half. Needs audio and a recogniser, knows nothing of any SOP."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from analyzer.asr.recogniser import Heard, Transcriber, TranscribeSettings
from analyzer.asr.requests import Align, Answer, AskLanguage, Read, Request
from analyzer.audio.decode import decode_recording
from analyzer.audio.windows import cut_whole
from analyzer.errors import RecordingError
from analyzer.models.base import Span
from analyzer.models.recording import Recording
from analyzer.models.transcript import AudioTranscript, ChannelSpan, FailedTranscript, Reading, SecondReadings
from analyzer.pipeline.prepare import AudioSettings, prepare
from analyzer.pipeline.selective import Attention
from analyzer.pipeline.session import Listener


def transcribe_recording(
    recording: Recording,
    sha256: str,
    transcriber: Transcriber,
    settings: AudioSettings,
    transcribe_settings: TranscribeSettings,
    attention: Attention | None = None,
) -> AudioTranscript | FailedTranscript:
    """One recording alone; `CallStream` does the same with many at once. A bad recording comes back as a failure."""
    try:
        prepared = prepare(recording, settings)
    except RecordingError as error:
        return FailedTranscript(audio_sha256=sha256, name=recording.path.name, error=str(error))
    listener = Listener(
        settings, transcribe_settings, attention, transcriber.window_seconds, transcriber.engine
    )
    work = listener.listen(recording, sha256, prepared)
    answer: Answer | None = None
    while True:
        try:
            answer = _answer(work.send(answer), transcriber)
        except StopIteration as finished:
            transcript: AudioTranscript = finished.value
            return transcript


def _answer(request: Request, transcriber: Transcriber) -> Answer:
    match request:
        case Read(clips):
            found: list[Heard] = []
            for at in range(0, len(clips), transcriber.batch_size):
                batch = clips[at : at + transcriber.batch_size]
                encodings = transcriber.encode([transcriber.features(clip) for clip in batch])
                found += transcriber.write(batch, encodings)
            return found
        case Align(heard):
            return transcriber.align(heard)
        case AskLanguage(clips):
            return transcriber.detect_language(clips)[0]
        case _:
            assert_never(request)


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
        decoded = decode_recording(recording, max_seconds=settings.max_seconds)
    except RecordingError as error:
        return kept.model_copy(update={"error": str(error)})
    due: list[tuple[int, Span]] = []
    for index, samples in enumerate(decoded.channels):
        own = [span for span in wanted if span.channel == index]
        known = {reading.start for reading in kept.readings if reading.channel == index}
        due += [
            (index, window)
            for window in (cut_whole(samples, max_seconds=transcriber.window_seconds) if own else ())
            if window.start not in known and any(window.overlap(span.start, span.end) > 0 for span in own)
        ]

    def reading(one: tuple[int, Span]) -> Reading:
        index, window = one
        segments = transcriber.reread(decoded.channels[index], window)
        return Reading(channel=index, start=window.start, end=window.end, segments=segments)

    with ThreadPoolExecutor(transcriber.lanes, thread_name_prefix="model") as lanes:
        readings = [*kept.readings, *lanes.map(reading, due)]
    readings.sort(key=lambda reading: (reading.channel, reading.start))
    return kept.model_copy(update={"readings": tuple(readings), "error": None})
