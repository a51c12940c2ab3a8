"""Where somebody speaks: the Silero model that faster-whisper ships, run over a channel of any length in blocks.

faster-whisper's own `get_speech_timestamps` takes a channel as one array and copies it three times; what it makes of
the model's probabilities is done here in the same way (a test compares both).
"""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.audio.quality import is_silent
from analyzer.models.base import Frozen, Span
from analyzer.models.waveform import SAMPLE_RATE, Samples, Waveform

_FRAME = 512  # samples; Silero judges 32 ms at a time and nothing shorter
_CONTEXT = 64  # samples before a frame that it hears, too
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
    """Stretches of speech in one 16 kHz channel, in seconds, in order, apart from each other.

    Empty for silence and for less than 32 ms of audio.
    """
    if len(samples) < _FRAME or is_silent(samples):
        return ()
    chances = itertools.chain.from_iterable(block.tolist() for block in _probabilities(samples))
    found = speech_from(chances, len(samples), settings)
    return tuple(Span(start=start / SAMPLE_RATE, end=end / SAMPLE_RATE) for start, end in found)


def speech_from(chances: Iterable[float], length: int, settings: VadSettings) -> list[tuple[int, int]]:
    """Speech (first sample, sample after the last) of a channel of `length` samples, by the chance of each frame."""
    pad = settings.pad_ms * SAMPLE_RATE // 1000
    found = list(_stretches(chances, length, settings))
    padded: list[tuple[int, int]] = []
    for at, (start, end) in enumerate(found):
        before = found[at - 1][1] if at else None
        after = found[at + 1][0] if at + 1 < len(found) else None
        first = max(0, start - (pad if before is None else _share(start - before, pad)))
        last = min(length, end + (pad if after is None else _share(after - end, pad)))
        padded.append((first, last))
    return [(start, end) for start, end in padded if end > start]


def _share(pause: int, pad: int) -> int:
    """What a stretch takes of the pause beside it: its padding, or half of a pause too short for two."""
    return pad if pause >= 2 * pad else pause // 2


def _stretches(chances: Iterable[float], length: int, settings: VadSettings) -> Iterator[tuple[int, int]]:
    """Speech without padding: begins at the threshold, ends before a pause that is long enough."""
    least, pause = settings.min_speech_ms * SAMPLE_RATE / 1000, settings.min_silence_ms * SAMPLE_RATE / 1000
    quiet_below = max(settings.threshold - _END_BELOW, _LEAST_END)
    began: int | None = None
    quiet: int | None = None  # where a pause began that may be the end
    for at, chance in enumerate(chances):
        here = at * _FRAME
        if chance >= settings.threshold:
            quiet = None
            began = here if began is None else began
        elif began is not None and chance < quiet_below:
            quiet = here if quiet is None else quiet
            if here - quiet >= pause:
                if quiet - began > least:
                    yield began, quiet
                began = quiet = None
    if began is not None and length - began > least:
        yield began, length


def _probabilities(samples: Waveform) -> Iterator[NDArray[np.float32]]:
    """The chance of speech in each frame, some frames at a time; the last frame is filled up with silence."""
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    count = len(samples) // _FRAME + 1  # faster-whisper adds a whole frame where none is needed
    hidden, cell = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
    for first in range(0, count, _FRAMES_AT_ONCE):
        frames = _frames(samples, first, min(_FRAMES_AT_ONCE, count - first))
        chances, hidden, cell = session.run(None, {"input": frames, "h": hidden, "c": cell})
        yield np.asarray(chances, np.float32).reshape(-1)


def _frames(samples: Waveform, first: int, count: int) -> Samples:
    """Frames with the context before each, [count, context + frame]."""
    start = first * _FRAME
    heard = samples[max(0, start - _CONTEXT) : start + count * _FRAME]
    before = _CONTEXT - min(_CONTEXT, start)
    filled = np.pad(heard, (before, count * _FRAME + _CONTEXT - before - len(heard)))
    return np.lib.stride_tricks.sliding_window_view(filled, _CONTEXT + _FRAME)[::_FRAME].copy()
