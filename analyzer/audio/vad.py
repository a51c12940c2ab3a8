"""Voice activity detection: the Silero model that faster-whisper ships, run over a channel of any length in blocks.

faster-whisper's own `get_speech_timestamps` takes a channel as one array and copies it three times. Speech is derived
from the model's probabilities in the same way here (a test compares both).
"""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.audio.waveform import is_silent
from analyzer.models.base import Frozen, Span
from analyzer.models.recording import SAMPLE_RATE, Samples, Waveform

_FRAME = 512  # samples; Silero judges 32 ms at a time and nothing shorter
_CONTEXT = 64  # samples before each frame that the model takes, too
_FRAMES_AT_ONCE = 2000  # a minute: 10,000, as faster-whisper takes, need 200 MB and save no time (measured)
_STATE = (1, 1, 128)
_END_BELOW = 0.15  # speech that began goes on until its probability is so far below the threshold
_LEAST_END = 0.01


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


def detect_speech(samples: Waveform, settings: VadSettings) -> tuple[Span, ...]:
    """Spans of speech in one 16 kHz channel, in seconds, in order, apart from each other.

    Empty for silence and for less than 32 ms of audio.
    """
    if len(samples) < _FRAME or is_silent(samples):
        return ()
    probabilities = itertools.chain.from_iterable(block.tolist() for block in _probabilities(samples))
    spans = speech_from(probabilities, len(samples), settings)
    return tuple(Span(start=start / SAMPLE_RATE, end=end / SAMPLE_RATE) for start, end in spans)


def speech_from(probabilities: Iterable[float], length: int, settings: VadSettings) -> list[tuple[int, int]]:
    """Speech as (first sample, sample after the last) in a channel of `length` samples, from frame probabilities."""
    pad = settings.pad_ms * SAMPLE_RATE // 1000
    spans = list(_speech_spans(probabilities, length, settings))
    padded: list[tuple[int, int]] = []
    for index, (start, end) in enumerate(spans):
        before = spans[index - 1][1] if index else None
        after = spans[index + 1][0] if index + 1 < len(spans) else None
        first = max(0, start - (pad if before is None else _share(start - before, pad)))
        last = min(length, end + (pad if after is None else _share(after - end, pad)))
        padded.append((first, last))
    return [(start, end) for start, end in padded if end > start]


def _share(pause: int, pad: int) -> int:
    """Samples that a span takes of the pause beside it: its padding, or half of a pause too short for two."""
    return pad if pause >= 2 * pad else pause // 2


def _speech_spans(probabilities: Iterable[float], length: int, settings: VadSettings) -> Iterator[tuple[int, int]]:
    """Speech without padding: begins at the threshold, ends before a pause that is long enough."""
    least, pause = settings.min_speech_ms * SAMPLE_RATE / 1000, settings.min_silence_ms * SAMPLE_RATE / 1000
    quiet_below = max(settings.threshold - _END_BELOW, _LEAST_END)
    began: int | None = None
    quiet: int | None = None  # where a pause began that may be the end
    for frame, probability in enumerate(probabilities):
        sample = frame * _FRAME
        if probability >= settings.threshold:
            quiet = None
            began = sample if began is None else began
        elif began is not None and probability < quiet_below:
            quiet = sample if quiet is None else quiet
            if sample - quiet >= pause:
                if quiet - began > least:
                    yield began, quiet
                began = quiet = None
    if began is not None and length - began > least:
        yield began, length


def _probabilities(samples: Waveform) -> Iterator[NDArray[np.float32]]:
    """The probability of speech in each frame, some frames at a time; the last frame is padded with silence."""
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    count = len(samples) // _FRAME + 1  # faster-whisper adds a whole frame where none is needed
    hidden, cell = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
    for first in range(0, count, _FRAMES_AT_ONCE):
        frames = _frames(samples, first, min(_FRAMES_AT_ONCE, count - first))
        probabilities, hidden, cell = session.run(None, {"input": frames, "h": hidden, "c": cell})
        yield np.asarray(probabilities, np.float32).reshape(-1)


def _frames(samples: Waveform, first: int, count: int) -> Samples:
    """Frames with the context before each, [count, context + frame]."""
    start = first * _FRAME
    part = samples[max(0, start - _CONTEXT) : start + count * _FRAME]
    before = _CONTEXT - min(_CONTEXT, start)
    filled = np.pad(part, (before, count * _FRAME + _CONTEXT - before - len(part)))
    return np.lib.stride_tricks.sliding_window_view(filled, _CONTEXT + _FRAME)[::_FRAME].copy()
