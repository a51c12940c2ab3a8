"""Voice activity and the plain figures about a channel."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.audio.waveform import clipped_share, energy_speech_seconds
from analyzer.models.recording import SAMPLE_RATE
from tests.audio.recordings import decode, tone

SPOKEN = Path(__file__).parents[2] / "samples" / "damaged" / "size0.wav"
BEFORE = AFTER = 5.0


def channel() -> np.ndarray:
    """15 s of a sample call's louder side with 5 s of line noise before and after."""
    sides = [side[: 15 * SAMPLE_RATE] for side in decode(SPOKEN).channels]
    spoken = max(sides, key=lambda samples: float(samples @ samples))
    samples = np.random.default_rng(3).normal(0, 0.0005, round((BEFORE + AFTER) * SAMPLE_RATE)).astype(np.float32)
    at = round(BEFORE * SAMPLE_RATE)
    return np.concatenate([samples[:at], spoken, samples[at:]])


def test_speech_is_found_where_it_is():
    samples = channel()
    spans = detect_speech(samples, VadSettings())
    assert sum(span.seconds for span in spans) > 2
    assert spans[0].start > BEFORE - 0.5
    assert spans[-1].end < len(samples) / SAMPLE_RATE - AFTER + 0.5
    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, SAMPLE_RATE])
def test_silence_of_any_length_holds_no_speech(count: int):
    assert detect_speech(np.zeros(count, np.float32), VadSettings()) == ()
    assert detect_speech(np.full(count, 0.0002, np.float32), VadSettings()) == ()
    assert energy_speech_seconds(np.zeros(count, np.float32)) == 0


def test_energy_finds_speech_and_no_steady_sound():
    assert 1 < energy_speech_seconds(channel()) < 15.1
    steady = 0.3 * np.sin(2 * np.pi * 440 * np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE)
    assert energy_speech_seconds(steady.astype(np.float32)) < 0.5


def test_clipped_share():
    assert clipped_share(tone(300, rate=SAMPLE_RATE)) == 0
    assert clipped_share(np.clip(tone(300, rate=SAMPLE_RATE) * 30, -0.98, 0.98)) > 0.5
    assert clipped_share(np.zeros(0, np.float32)) == 0
