"""The Whisper recogniser with the sample model: gate, second decoding, results that do not depend on the batch."""

import numpy as np
import pytest

from analyzer.asr.recogniser import AudioWindow, DecodedWindow
from analyzer.asr.whisper import WhisperRecogniser, model_threads_of
from analyzer.asr.whisper_steps import WhisperSteps, generation_batch_size
from analyzer.errors import UsageError
from analyzer.models.base import Span, window_of
from tests.pipeline import sample_recogniser
from tests.pipeline.sample_recogniser import load_recogniser, words

pytestmark = pytest.mark.audio


@pytest.fixture(scope="module")
def windows() -> list[AudioWindow]:
    return sample_recogniser.clips(max_seconds=6)[:6]


@pytest.fixture(scope="module")
def recogniser() -> WhisperRecogniser:
    return load_recogniser(words())


def decoded(recogniser: WhisperRecogniser, windows: list[AudioWindow]) -> list[DecodedWindow]:
    return recogniser.decode(windows, recogniser.encode([recogniser.features(audio) for audio in windows]))


def test_a_window_gives_the_same_bits_in_every_batch(recogniser: WhisperRecogniser, windows: list[AudioWindow]):
    together = recogniser.align(decoded(recogniser, windows))
    for audio, beside in zip(windows, together, strict=True):
        (alone,) = recogniser.align(decoded(recogniser, [audio]))
        assert alone.segment == beside.segment
        assert alone.encoding is not None
        assert beside.encoding is not None
        assert np.array_equal(alone.encoding, beside.encoding)


def test_an_encoding_that_was_not_kept_is_made_again(recogniser: WhisperRecogniser, windows: list[AudioWindow]):
    first = decoded(recogniser, windows[:2])
    without = [DecodedWindow(window.audio, window.segment, window.tokens, None) for window in first]
    assert [w.segment for w in recogniser.align(first)] == [w.segment for w in recogniser.align(without)]


def test_words_are_estimates_until_they_are_aligned(recogniser: WhisperRecogniser, windows: list[AudioWindow]):
    first = decoded(recogniser, windows)
    second = recogniser.align(first)
    for before, after in zip(first, second, strict=True):
        assert before.segment is not None
        assert after.segment is not None
        assert (before.segment.aligned, after.segment.aligned) == (False, True)
        assert before.segment.text.split() == [word.text for word in after.segment.words or ()]
        pieces = after.audio.window.spans
        for word in after.segment.words or ():
            assert any(p.start - 0.006 <= word.start and word.end <= p.end + 0.006 for p in pieces)
            assert word.probability is not None


def test_a_window_that_fails_the_gate_is_decoded_again_and_the_better_text_is_kept(windows: list[AudioWindow]):
    picky = load_recogniser(words(avg_logprob_min=0.0, no_speech_max=1.0, repeats_max=99))  # nothing is good enough
    lax = load_recogniser(words(avg_logprob_min=-99.0, repeats_max=99))
    encodings = lax.encode([lax.features(audio) for audio in windows])
    spoilt = [np.roll(encoding, 150, axis=1) for encoding in encodings]  # what is decoded from it is nonsense
    nonsense, mended = lax.decode(windows, spoilt), picky.decode(windows, spoilt)
    better = 0
    for first, kept in zip(nonsense, mended, strict=True):
        if first.segment is None:
            continue
        assert kept.segment is not None
        assert (kept.segment.avg_logprob or 0) >= (first.segment.avg_logprob or 0)
        better += kept.segment.aligned  # what is decoded sequentially has its times already
    assert better > 0


def test_a_failed_window_that_seems_to_hold_no_speech_is_dropped(windows: list[AudioWindow]):
    found = decoded(load_recogniser(words(avg_logprob_min=0.0, no_speech_max=-1.0)), windows)
    assert all(heard.segment is None for heard in found)


def test_a_clip_s_samples_leave_out_what_lies_between_its_pieces():
    samples = np.arange(16_000 * 4, dtype=np.float32)
    audio = AudioWindow(samples, window_of([Span(start=0, end=1), Span(start=3, end=4)]))
    assert np.array_equal(audio.samples(), np.concatenate([samples[:16_000], samples[48_000:]]))


@pytest.mark.parametrize(
    ("positions", "width", "model_threads", "together"),
    [(1500, 768, 1, 3), (600, 768, 1, 9), (600, 768, 2, 4), (1500, 768, 2, 1), (1500, 1280, 1, 2), (1500, 1280, 3, 1)],
)
def test_windows_of_a_large_model_are_decoded_few_at_a_time_on_a_cpu(
    positions: int, width: int, model_threads: int, together: int
):
    assert generation_batch_size(np.zeros((positions, width), np.float32), model_threads) == together


@pytest.mark.parametrize(("threads", "model_threads"), [(1, 1), (2, 2), (3, 3), (4, 2), (16, 2)])
def test_threads_are_shared_by_few_model_threads(threads: int, model_threads: int):
    assert model_threads_of(threads) == model_threads


def test_a_device_that_lacks_a_library_is_found_out_before_the_first_recording(monkeypatch: pytest.MonkeyPatch):
    used = load_recogniser(words())
    used.warm_up()

    def lacking(*_: object) -> None:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    monkeypatch.setattr(WhisperSteps, "encode", lacking)
    with pytest.raises(UsageError, match=r"libcublas\.so\.12 is not found .* Or use --device cpu"):
        used.warm_up()
