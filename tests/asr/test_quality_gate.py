import pytest

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.asr.segments import is_loop, judge_window

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
