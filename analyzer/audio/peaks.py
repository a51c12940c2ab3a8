"""The outline of a channel's sound, so that a page can draw it without decoding anything."""

import base64

import numpy as np

from analyzer.audio.sound import RATE, Samples, Sound, blocks
from analyzer.models.transcript import PEAKS_PER_SECOND

_FULL_SCALE = 255
_STEP = RATE // PEAKS_PER_SECOND  # samples


def peaks_of(sound: Sound) -> str:
    """The loudest sample of each 1/10 s, 0 for silence to 255 for full scale, as base64 of bytes."""
    return base64.b64encode(b"".join(_peaks(samples) for (samples,) in blocks(sound))).decode("ascii")


def _peaks(samples: Samples) -> bytes:
    whole = len(samples) // _STEP * _STEP
    steps = samples[:whole].reshape(-1, _STEP)
    loudest = np.maximum(steps.max(axis=1), -steps.min(axis=1)) if whole else np.empty(0, np.float32)
    if whole < len(samples):
        loudest = np.append(loudest, np.abs(samples[whole:]).max())
    return bytes(np.rint(np.clip(loudest, 0.0, 1.0) * _FULL_SCALE).astype(np.uint8))
