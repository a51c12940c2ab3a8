"""Undecided stretches of a recording decoded once more, without voice activity."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from analyzer.asr.recogniser import Recogniser
from analyzer.audio.decode import decode_recording
from analyzer.audio.windows import cut_whole
from analyzer.errors import RecordingError
from analyzer.models.base import Span
from analyzer.models.recording import Recording
from analyzer.models.transcript import ChannelSpan, SecondPassSpan, SecondPassTranscript
from analyzer.pipeline.prepare import AudioSettings


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

    with ThreadPoolExecutor(recogniser.lanes, thread_name_prefix="model") as lanes:
        readings = [*kept.readings, *lanes.map(reading, due)]
    readings.sort(key=lambda reading: (reading.channel, reading.start))
    return kept.model_copy(update={"readings": tuple(readings), "error": None})
