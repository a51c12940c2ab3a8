"""Outlines of sound as pages draw them: fewer, and as text that a script reads."""

import base64
import binascii
from collections.abc import Sequence
from itertools import pairwise


def read_peaks(text: str | None) -> tuple[int, ...]:
    """The bytes of `ChannelTranscript.peaks`, 0 to 255 at equal distances; empty when there are none."""
    try:
        return tuple(base64.b64decode(text or "", validate=True))
    except (binascii.Error, ValueError):
        return ()


def fewer(peaks: Sequence[int], most: int) -> tuple[int, ...]:
    """At most `most` peaks over the same time, each the highest of those it stands for."""
    if len(peaks) <= most:
        return tuple(peaks)
    borders = [at * len(peaks) // most for at in range(most + 1)]
    return tuple(max(peaks[first:last]) for first, last in pairwise(borders))


def packed(peaks: Sequence[int]) -> str:
    """The same as base64, as a script reads them."""
    return base64.b64encode(bytes(peaks)).decode("ascii")
