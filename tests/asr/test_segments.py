"""Decoded windows: the quality gate, cutting at pauses, words without times."""

import pytest

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.asr.segments import is_loop, judge_window, split_at_pauses, spread_words
from analyzer.models.base import Span
from analyzer.models.transcript import Segment, Word

SETTINGS = TranscribeSettings()


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("ya ya ya ya", True),
        ("Ya, ya. ya ya", True),
        ("ya ya ya", False),
        ("terima kasih terima kasih terima kasih terima kasih", True),
        ("baik saya catat baik saya catat baik saya catat baik saya catat dulu", True),
        ("nol delapan satu dua tiga tiga tiga empat", False),
        ("", False),
    ],
)
def test_loops_are_words_that_follow_themselves_too_often(text: str, loop: bool):
    assert is_loop(text.split(), 3) is loop


@pytest.mark.parametrize(
    ("logprob", "no_speech", "ratio", "text", "verdict"),
    [
        (-0.3, 0.9, 1.2, "baik pak", "keep"),
        (-1.4, 0.9, 1.2, "baik pak", "drop"),
        (-1.4, 0.1, 1.2, "baik pak", "retry"),
        (-0.3, 0.1, 2.9, "baik pak", "retry"),
        (-0.3, 0.1, 1.2, "ya ya ya ya", "retry"),
    ],
)
def test_windows_are_judged_by_whisper_s_own_thresholds(logprob, no_speech, ratio, text, verdict):
    got = judge_window(
        text=text, avg_logprob=logprob, no_speech_prob=no_speech, compression_ratio=ratio, settings=SETTINGS
    )
    assert got == verdict


def test_a_window_is_cut_at_pauses_and_sentence_ends():
    words = [("Baik.", 0.0), ("Mohon", 0.4), ("emailnya", 0.8), ("ya", 2.5)]
    segment = Segment(
        start=0, end=3, text="x", avg_logprob=-0.2, words=tuple(Word(start=s, end=s + 0.3, text=t) for t, s in words)
    )
    parts = split_at_pauses(segment)
    got = [(part.text, part.start, part.end) for part in parts]
    assert got == [("Baik.", 0.0, 0.3), ("Mohon emailnya", 0.4, 1.1), ("ya", 2.5, 2.8)]
    assert {p.avg_logprob for p in parts} == {-0.2}


def test_spread_words_fill_their_span_in_proportion():
    words = spread_words("a bbb", Span(start=2.0, end=5.0))
    assert [(w.start, w.end) for w in words] == [(2.0, 3.0), (3.0, 5.0)]
