"""Where somebody speaks: the Silero model that faster-whisper ships."""

from pydantic import Field

from analyzer.audio.quality import is_silent
from analyzer.audio.timeline import RATE, Samples
from analyzer.models.base import Frozen, Span

_MODEL_WINDOW = 512  # samples; Silero judges 32 ms at a time and nothing shorter


class VadSettings(Frozen):
    """How speech is found; part of a transcript's identity."""

    threshold: float = Field(
        0.35,
        gt=0,
        lt=1,
        description="Silero's own 0.5 lost 15 of 3,000 words of the sample calls, mostly single short ones by "
        "band-limited voices; 0.35 loses 3 and takes 12 s more of 30 minutes for speech",
    )
    min_speech_ms: int = Field(100, ge=0, description="shorter is a click; a short 'ya' lasts about 150 ms")
    min_silence_ms: int = Field(300, ge=0, description="a pause worth a cut; stops inside a word are under 200 ms")
    pad_ms: int = Field(200, ge=0, description="added on both sides: soft word ends lie below the threshold")


def detect_speech(samples: Samples, settings: VadSettings) -> tuple[Span, ...]:
    """Stretches of speech in one 16 kHz channel, in seconds, in order, apart from each other.

    Empty for silence and for less than 32 ms of audio.
    """
    if samples.size < _MODEL_WINDOW or is_silent(samples):
        return ()
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=settings.threshold,
        min_speech_duration_ms=settings.min_speech_ms,
        min_silence_duration_ms=settings.min_silence_ms,
        speech_pad_ms=settings.pad_ms,
    )
    found = get_speech_timestamps(samples, options, sampling_rate=RATE)
    return tuple(
        Span(start=item["start"] / RATE, end=min(item["end"], samples.size) / RATE)
        for item in found
        if item["end"] > item["start"]
    )
