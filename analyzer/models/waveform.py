"""The samples of one audio channel, as every stage before the text takes them."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz; what Whisper and Silero take. Silero at 8 kHz is poor on female voices (snakers4/silero-vad#765)."""

Samples = NDArray[np.float32]
"""One channel, mono, 16 kHz, -1 to 1."""


class Waveform(Protocol):
    """A channel that may be too long for memory; slices of it are `Samples`."""

    def __len__(self) -> int:
        """Number of samples."""

    def __getitem__(self, part: slice, /) -> Samples:
        """The samples of a stretch."""
