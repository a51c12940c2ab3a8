"""Speech is packed into windows for the recogniser: cut at pauses, balanced, nothing dropped, nothing twice."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from analyzer.audio.timeline import RATE, Samples
from analyzer.models.base import Span

PADDING_SECONDS = 0.2
"""Real audio kept on both sides of a window: word borders at the very edge are recognised badly."""

_HOP = RATE // 50  # 20 ms: finer than the closure of a plosive, the shortest silence inside speech
# How far a forced cut may move from the even division to find quiet, as a share of a piece.
_SEARCH_SHARE = 0.25

_AROUND = np.ones(3)  # hops that are judged together: 60 ms, so that one closed glottis is not taken for a pause

_Stretch = tuple[int, int]  # first sample, sample after the last


def pack_windows(
    speech: Sequence[Span],
    *,
    samples: Samples,
    max_seconds: float,
    max_gap: float,
    padding: float = PADDING_SECONDS,
) -> tuple[Span, ...]:
    """Windows of at most `max_seconds` that hold every stretch of `speech` exactly once.

    Neighbours up to `max_gap` seconds apart share a window when they fit; as few windows as possible, then as even
    as possible. A stretch that is too long by itself is cut where `samples` (16 kHz) are quietest. Windows keep up to
    `padding` seconds around them and never overlap. Speech behind the end of `samples` is ignored.
    """
    if max_seconds <= 0:
        raise ValueError(f"max_seconds must be positive, not {max_seconds}")
    most = max(1, math.floor(max_seconds * RATE))
    pad = min(round(max(0.0, padding) * RATE), most // 4)
    atoms = [
        piece for stretch in _merged(speech, len(samples)) for piece in _cut_at_quiet(stretch, samples, most - 2 * pad)
    ]
    cores = [
        window
        for group in _groups(atoms, round(max_gap * RATE))
        for window in _fewest_and_most_even(group, most - 2 * pad)
    ]
    if not cores:
        return ()
    return tuple(Span(start=start / RATE, end=end / RATE) for start, end in _padded(cores, pad, len(samples)))


def cut_whole(samples: Samples, *, max_seconds: float) -> tuple[Span, ...]:
    """A whole 16 kHz channel as touching windows of at most `max_seconds`, cut where it is quietest.

    Depends on the sound alone: the same channel always gives the same windows.
    """
    if not len(samples):
        return ()
    most = max(1, math.floor(max_seconds * RATE))
    pieces = _cut_at_quiet((0, len(samples)), samples, most)
    return tuple(Span(start=start / RATE, end=end / RATE) for start, end in pieces)


def _merged(speech: Sequence[Span], length: int) -> list[_Stretch]:
    """Stretches in samples, in order, without overlaps or empty ones."""
    merged: list[_Stretch] = []
    for span in sorted(speech, key=lambda span: (span.start, span.end)):
        start, end = round(span.start * RATE), min(round(span.end * RATE), length)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _cut_at_quiet(stretch: _Stretch, samples: Samples, most: int) -> list[_Stretch]:
    """Even pieces of at most `most` samples, each border moved to the quietest place near it."""
    start, end = stretch
    pieces: list[_Stretch] = []
    count = math.ceil((end - start) / most)
    while count > 1:
        even = (end - start) / count
        reach = even * _SEARCH_SHARE
        # What is left must still fit into the other pieces, and this one into a window.
        low = max(start + 1, math.ceil(start + even - reach), end - (count - 1) * most)
        high = min(start + most, math.floor(start + even + reach))
        cut = _quietest(samples, low, high) if high > low else min(start + most, low)
        pieces.append((start, cut))
        start, count = cut, count - 1
    return [*pieces, (start, end)]


def _quietest(samples: Samples, low: int, high: int) -> int:
    """The middle of the quietest 60 ms between two samples."""
    count = (high - low) // _HOP
    if count < len(_AROUND):
        return (low + high) // 2
    frames = samples[low : low + count * _HOP].reshape(count, _HOP)
    power = np.einsum("ij,ij->i", frames, frames)
    around = np.convolve(power, _AROUND, mode="valid")
    return low + (int(np.argmin(around)) + 1) * _HOP + _HOP // 2


def _groups(atoms: Sequence[_Stretch], max_gap: int) -> list[list[_Stretch]]:
    """Runs of stretches that lie close enough to share a window."""
    groups: list[list[_Stretch]] = []
    for atom in atoms:
        if groups and atom[0] - groups[-1][-1][1] <= max_gap:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return groups


def _fewest_and_most_even(group: Sequence[_Stretch], most: int) -> list[_Stretch]:
    """Joins neighbours into as few windows as fit, and of those ways takes the one with the most even lengths."""
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # windows, sum of squared seconds, first atom of the last one
    for last, (_, end) in enumerate(group):
        choices = []
        for first in range(last, -1, -1):
            length = end - group[first][0]
            if length > most and first < last:
                break
            windows, squares, _ = best[first]
            choices.append((windows + 1, squares + (length / RATE) ** 2, first))
        best.append(min(choices))
    windows_of_group: list[_Stretch] = []
    after = len(group)
    while after > 0:
        first = best[after][2]
        windows_of_group.append((group[first][0], group[after - 1][1]))
        after = first
    return windows_of_group[::-1]


def _padded(cores: Sequence[_Stretch], pad: int, length: int) -> list[_Stretch]:
    """Each window with some audio around it, at most to the middle of the pause to its neighbour."""
    middles = [(left[1] + right[0]) // 2 for left, right in itertools.pairwise(cores)]
    lows, highs = [0, *middles], [*middles, length]
    return [
        (max(low, start - pad), min(high, end + pad))
        for (start, end), low, high in zip(cores, lows, highs, strict=True)
    ]
