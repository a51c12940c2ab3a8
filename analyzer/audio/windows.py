"""Packs speech into windows for the recogniser: cut at pauses, of even length, nothing dropped, nothing twice."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.models.base import DecodingWindow, Span, window_of
from analyzer.models.recording import SAMPLE_RATE, Waveform

PADDING_SECONDS = 0.2
"""Audio kept on both sides of a window: words at the very edge are recognised badly."""

_HOP = SAMPLE_RATE // 50  # 20 ms: finer than the closure of a plosive, the shortest silence inside speech
# How far a forced cut may move from the even division to find quiet, as a share of the even length.
_SEARCH_SHARE = 0.25

_SMOOTHING = np.ones(3)  # hops that are judged together: 60 ms, so that a glottal stop is not taken for a pause

_SampleSpan = tuple[int, int]  # first sample, sample after the last


@dataclass(frozen=True)
class _Packing:
    """How spans share windows of at most `most` samples; `gap` is the longest pause that is decoded, in samples."""

    most: int
    gap: int
    join: bool

    def between(self, left: _SampleSpan, right: _SampleSpan) -> int | None:
        """Samples of a window that the pause between two neighbours takes; None where they may not share one."""
        pause = right[0] - left[1]
        if pause <= self.gap:
            return pause
        return 0 if self.join else None


def pack_windows(
    speech: Sequence[Span],
    *,
    samples: Waveform,
    max_seconds: float,
    max_gap: float,
    join: bool = False,
    padding: float = PADDING_SECONDS,
) -> tuple[DecodingWindow, ...]:
    """Windows of at most `max_seconds` of audio that hold every span of `speech` exactly once.

    Neighbours share a window when they fit; a pause over `max_gap` seconds between them is left out with `join`, and
    starts a window without. As few windows as possible, then as even as possible. A span that is too long by itself
    is cut where `samples` (16 kHz) are quietest. Windows keep up to `padding` seconds around them and
    never overlap. Speech after the end of `samples` is ignored.
    """
    if max_seconds <= 0:
        raise ValueError(f"max_seconds must be positive, not {max_seconds}")
    most = max(1, math.floor(max_seconds * SAMPLE_RATE))
    pad = min(round(max(0.0, padding) * SAMPLE_RATE), most // 4)
    packing = _Packing(most - 2 * pad, round(max_gap * SAMPLE_RATE), join)
    spans = [part for span in _merged(speech, len(samples)) for part in _cut_at_quiet(span, samples, packing.most)]
    cores = [
        _joined(window, packing)
        for group in _groups(spans, packing)
        for window in _balanced_windows(group, packing)
    ]
    if not cores:
        return ()
    return tuple(
        window_of([Span(start=start / SAMPLE_RATE, end=end / SAMPLE_RATE) for start, end in window])
        for window in _padded(cores, pad, len(samples))
    )


def cut_whole(samples: Waveform, *, max_seconds: float) -> tuple[Span, ...]:
    """A whole 16 kHz channel as touching windows of at most `max_seconds`, cut where it is quietest.

    Depends on the sound alone: the same channel always gives the same windows.
    """
    if not len(samples):
        return ()
    most = max(1, math.floor(max_seconds * SAMPLE_RATE))
    spans = _cut_at_quiet((0, len(samples)), samples, most)
    return tuple(Span(start=start / SAMPLE_RATE, end=end / SAMPLE_RATE) for start, end in spans)


def _merged(speech: Sequence[Span], length: int) -> list[_SampleSpan]:
    """Spans in samples, in order, without overlaps or empty ones."""
    merged: list[_SampleSpan] = []
    for span in sorted(speech, key=lambda span: (span.start, span.end)):
        start, end = round(span.start * SAMPLE_RATE), min(round(span.end * SAMPLE_RATE), length)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _cut_at_quiet(span: _SampleSpan, samples: Waveform, most: int) -> list[_SampleSpan]:
    """Even spans of at most `most` samples, each border moved to the quietest place near it."""
    start, end = span
    spans: list[_SampleSpan] = []
    count = math.ceil((end - start) / most)
    while count > 1:
        even = (end - start) / count
        reach = even * _SEARCH_SHARE
        # The rest must still fit into the other spans, and this span into a window.
        low = max(start + 1, math.ceil(start + even - reach), end - (count - 1) * most)
        high = min(start + most, math.floor(start + even + reach))
        cut = _quietest(samples, low, high) if high > low else min(start + most, low)
        spans.append((start, cut))
        start, count = cut, count - 1
    return [*spans, (start, end)]


def _quietest(samples: Waveform, low: int, high: int) -> int:
    """The middle of the quietest 60 ms between two samples."""
    count = (high - low) // _HOP
    if count < len(_SMOOTHING):
        return (low + high) // 2
    frames = samples[low : low + count * _HOP].reshape(count, _HOP)
    power = np.einsum("ij,ij->i", frames, frames)
    smoothed = np.convolve(power, _SMOOTHING, mode="valid")
    return low + (int(np.argmin(smoothed)) + 1) * _HOP + _HOP // 2


def _groups(spans: Sequence[_SampleSpan], packing: _Packing) -> list[list[_SampleSpan]]:
    """Runs of spans that may share a window."""
    groups: list[list[_SampleSpan]] = []
    for span in spans:
        if groups and packing.between(groups[-1][-1], span) is not None:
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def _balanced_windows(group: Sequence[_SampleSpan], packing: _Packing) -> list[Sequence[_SampleSpan]]:
    """Neighbours in as few windows as fit, with the most even lengths (dynamic programming)."""
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # windows, sum of squared seconds, first span of the last one
    for last in range(len(group)):
        choices = []
        length = 0
        for first in range(last, -1, -1):
            length += group[first][1] - group[first][0]
            if first < last:
                length += packing.between(group[first], group[first + 1]) or 0
                if length > packing.most:
                    break
            windows, squares, _ = best[first]
            choices.append((windows + 1, squares + (length / SAMPLE_RATE) ** 2, first))
        best.append(min(choices))
    chosen: list[Sequence[_SampleSpan]] = []
    after = len(group)
    while after > 0:
        first = best[after][2]
        chosen.append(group[first:after])
        after = first
    return chosen[::-1]


def _joined(spans: Sequence[_SampleSpan], packing: _Packing) -> list[_SampleSpan]:
    """Spans of one window, those with a short pause between them as one."""
    joined = [spans[0]]
    for left, right in itertools.pairwise(spans):
        if right[0] - left[1] <= packing.gap:
            joined[-1] = (joined[-1][0], right[1])
        else:
            joined.append(right)
    return joined


def _padded(cores: Sequence[Sequence[_SampleSpan]], pad: int, length: int) -> list[list[_SampleSpan]]:
    """Each window with some audio around it, at most to the middle of the pause to its neighbour."""
    middles = [(left[-1][1] + right[0][0]) // 2 for left, right in itertools.pairwise(cores)]
    lows, highs = [0, *middles], [*middles, length]
    padded = []
    for spans, low, high in zip(cores, lows, highs, strict=True):
        window = list(spans)
        window[0] = (max(low, window[0][0] - pad), window[0][1])
        window[-1] = (window[-1][0], min(high, window[-1][1] + pad))
        padded.append(window)
    return padded
