"""The sound of each step: cut out of the recording with a little around it, silent where a value was said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import as_ogg
from analyzer.models.base import Span
from analyzer.models.recording import Recording
from analyzer.models.waveform import SAMPLE_RATE
from analyzer.reports.call_view import CallView, ShownStep

_BEFORE, _AFTER = 1.5, 1.5  # seconds around what was heard
_QUOTE = 8.0  # seconds heard of a quote whose end is not known
_LONGEST = 40.0  # seconds; of a long place where a step belongs its beginning


@dataclass(frozen=True)
class Clip:
    """One stretch of the recording, about one step."""

    number: int
    name: str
    """of its file"""
    span: Span


def clips_of(view: CallView) -> tuple[Clip, ...]:
    """A clip for each step that has a place in the call: its words, where it belongs, or why it was not due."""
    found = []
    for step in view.steps:
        span = _span(step, view.seconds)
        if span is not None:
            name = re.sub(r"[^a-z0-9_]", "", step.finding.id.lower())[:40]
            found.append(Clip(step.number, f"{step.number}-{name}.ogg", span))
    return tuple(found)


def cut(
    recording: Recording, clips: Sequence[Clip], silenced: Sequence[Span], *, max_seconds: float
) -> Iterator[bytes]:
    """Each clip as Ogg Opus. Raises RecordingError when the recording cannot be read."""
    channels = decode_recording(recording, max_seconds=max_seconds).channels
    for clip in clips:
        first, last = _sample(clip.span.start), _sample(clip.span.end)
        samples = np.stack([channel[first:last] for channel in channels], axis=1)
        for span in silenced:
            samples[max(0, _sample(span.start) - first) : max(0, _sample(span.end) + 1 - first)] = 0.0
        yield as_ogg(samples)


def _span(step: ShownStep, seconds: float) -> Span | None:
    finding = step.finding
    if finding.status != "missed" and finding.start is not None:
        start, end = finding.start, finding.end if finding.end is not None else finding.start
    elif finding.expected is not None:
        start, end = finding.expected.start, finding.expected.end
    elif step.quote is not None and step.quote.start is not None:
        start, end = step.quote.start, step.quote.start + _QUOTE
    else:
        return None
    first = max(0.0, start - _BEFORE)
    last = min(seconds, end + _AFTER, first + _LONGEST)
    return Span(start=first, end=last) if last > first else None


def _sample(seconds: float) -> int:
    return max(0, round(seconds * SAMPLE_RATE))
