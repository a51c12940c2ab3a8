"""Windows for the recogniser: every speech sample once, never too long, cut at quiet places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio.windows import pack_windows
from analyzer.models.base import Span
from analyzer.models.recording import SAMPLE_RATE
from tests.examples import examples

SOUND = np.random.default_rng(1).normal(0, 0.1, 130 * SAMPLE_RATE).astype(np.float32)
FRAME = 512


@st.composite
def speeches(draw: st.DrawFn) -> list[Span]:
    at, spans = 0, []
    for pause, length in draw(st.lists(st.tuples(st.integers(1, 150), st.integers(1, 900)), max_size=12)):
        start, at = at + pause, at + pause + length
        if at * FRAME <= len(SOUND):
            spans.append(Span(start=start * FRAME / SAMPLE_RATE, end=at * FRAME / SAMPLE_RATE))
    return spans


@examples(150)
@given(speeches(), st.sampled_from([0.5, 3.0, 10.0, 30.0]), st.sampled_from([0.0, 1.0, 5.0]), st.booleans())
def test_every_speech_sample_is_covered_once_by_windows_short_enough(speech, max_seconds, max_gap, join):
    windows = pack_windows(speech, samples=SOUND, max_seconds=max_seconds, max_gap=max_gap, join=join)
    covered = np.zeros(len(SOUND), np.int8)
    for window in windows:
        assert window.seconds <= max_seconds + 1e-9
        for piece in window.spans:
            covered[round(piece.start * SAMPLE_RATE) : round(piece.end * SAMPLE_RATE)] += 1
    assert covered.max(initial=0) <= 1
    for span in speech:
        assert (covered[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)] == 1).all()
    assert list(windows) == sorted(windows, key=lambda window: window.start)


def test_neighbours_share_a_window_and_distant_speech_does_not():
    speech = [Span(start=1, end=2), Span(start=2.5, end=4), Span(start=20, end=21)]
    windows = pack_windows(speech, samples=SOUND, max_seconds=10, max_gap=2)
    assert [time for w in windows for time in (w.start, w.end)] == pytest.approx([0.8, 4.2, 19.8, 21.2])


def test_distant_speech_shares_a_window_without_the_silence_between_when_joined():
    speech = [Span(start=1, end=2), Span(start=2.5, end=4), Span(start=20, end=21)]
    (window,) = pack_windows(speech, samples=SOUND, max_seconds=10, max_gap=2, join=True)
    assert [(round(p.start, 3), round(p.end, 3)) for p in window.spans] == [(0.8, 4.0), (20.0, 21.2)]
    assert window.seconds == pytest.approx(4.4)


def test_joined_windows_are_full():
    speech = [Span(start=i * 7.0, end=i * 7.0 + 1.8) for i in range(10)]  # 18 s of speech in a minute
    windows = pack_windows(speech, samples=SOUND, max_seconds=10, max_gap=1, join=True)
    assert [round(window.seconds, 1) for window in windows] == [9.2, 9.4]


def test_no_tiny_last_piece():
    speech = [Span(start=i * 2.0, end=i * 2.0 + 1.8) for i in range(6)]  # 11.8 s
    windows = pack_windows(speech, samples=SOUND, max_seconds=10, max_gap=2)
    assert [round(w.seconds) for w in windows] == [6, 6]


def test_one_long_stretch_is_cut_where_it_is_quietest():
    sound = SOUND[: 15 * SAMPLE_RATE].copy()
    sound[round(8.3 * SAMPLE_RATE) : round(8.5 * SAMPLE_RATE)] *= 0.01
    windows = pack_windows([Span(start=0, end=15)], samples=sound, max_seconds=10, max_gap=1)
    assert len(windows) == 2
    assert windows[0].end == windows[1].start
    assert 8.3 < windows[0].end < 8.5


def test_nothing_gives_nothing():
    assert pack_windows([], samples=SOUND, max_seconds=10, max_gap=1) == ()
    with pytest.raises(ValueError, match="positive"):
        pack_windows([], samples=SOUND, max_seconds=0, max_gap=1)
