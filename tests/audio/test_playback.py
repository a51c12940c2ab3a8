"""The outline of a sound: as long as the sound, loud where it is loud."""

import base64

import numpy as np
import pytest

from analyzer.audio.playback import peaks_of
from analyzer.models.recording import SAMPLE_RATE
from analyzer.models.transcript import PEAKS_PER_SECOND


def outline(samples: np.ndarray) -> list[int]:
    return list(base64.b64decode(peaks_of(samples.astype(np.float32))))


def test_each_tenth_of_a_second_has_its_loudest_sample_of_either_sign():
    samples = np.zeros(SAMPLE_RATE)
    samples[SAMPLE_RATE // 2 + 7] = -0.5
    shown = outline(samples)
    assert len(shown) == PEAKS_PER_SECOND
    assert (shown.index(128), sum(shown)) == (PEAKS_PER_SECOND // 2, 128)


@pytest.mark.parametrize(("seconds", "count"), [(0.0, 0), (0.01, 1), (0.1, 1), (1.02, 11)])
def test_what_is_left_at_the_end_counts_and_nothing_is_nothing(seconds: float, count: int):
    assert outline(np.full(round(seconds * SAMPLE_RATE), 0.2)) == [51] * count


def test_samples_beyond_full_scale_stay_in_a_byte():
    assert outline(np.full(SAMPLE_RATE // PEAKS_PER_SECOND, 1.7)) == [255]
