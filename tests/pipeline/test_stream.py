"""Many recordings at once through the real recogniser: nothing of one shows in another."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analyzer.asr.recogniser import AudioWindow, DecodedWindow, TranscribeSettings
from analyzer.models.recording import Recording
from analyzer.models.transcript import AudioTranscript, FailedTranscript
from analyzer.pipeline.concurrent import ConcurrentSession
from analyzer.pipeline.process import score_recording
from analyzer.pipeline.score import AgentChannelOption
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings
from tests.conftest import SAMPLES
from tests.fakes import FakeRecogniser
from tests.pipeline.sample_recogniser import bank, heard, load_recogniser, recordings, stream, words

pytestmark = pytest.mark.audio

CALLS = ["urgent", "angry", "neighbour", "email-missing"]  # short; stereo, a pair of legs, compressed


def test_a_recording_s_transcript_is_the_same_bytes_whatever_is_beside_it():
    together = heard(stream(), CALLS)
    backwards = heard(stream(batch_size=3), CALLS[::-1])
    settings = words()
    recogniser = load_recogniser(settings)
    for call in CALLS:
        attention = SelectionPolicy(bank(), AgentChannelOption(), "full")
        alone = score_recording(recordings()[call], call, recogniser, settings, selection=attention).transcript
        assert isinstance(alone, AudioTranscript)
        assert together[call].model_dump_json() == alone.model_dump_json()
        assert backwards[call].channels == alone.channels


def test_a_bad_recording_is_a_failure_with_its_name_and_others_go_on():
    used = stream()
    bad = Recording(call_id="bad", path=SAMPLES / "damaged" / "text.wav", name="text.wav")
    first, second = used.submit(bad, "1"), used.submit(recordings()["urgent"], "2")
    outcome = first.result(timeout=60)
    assert isinstance(outcome, FailedTranscript)
    assert "text.wav" in outcome.error
    assert isinstance(second.result(timeout=60), AudioTranscript)
    used.close()


class Broken(FakeRecogniser):
    """Fails on every batch that holds one channel's windows."""

    def decode(self, windows, encodings) -> list[DecodedWindow]:
        if any(self._is_bad(window) for window in windows):
            raise ZeroDivisionError("a mistake")
        return super().decode(windows, encodings)

    @staticmethod
    def _is_bad(window: AudioWindow) -> bool:
        return len(window.waveform) < 16_000 * 75  # the shorter call


def test_a_programming_error_reaches_the_owner_and_the_stream_lives_on():
    fake = Broken([["a"] * 99] * 9, batch_size=1)
    used = ConcurrentSession(fake, AudioSettings(), TranscribeSettings())
    calls = {call: used.submit(recordings()[call], call) for call in ("urgent", "all-met-script")}
    lengths = {call: future.exception(timeout=60) for call, future in calls.items()}
    assert isinstance(lengths["urgent"], ZeroDivisionError)
    assert lengths["all-met-script"] is None
    used.close()


@dataclass
class Meeting(FakeRecogniser):
    """Each of the first two writes waits until the other has begun; then both go on, or both fail."""

    fails: bool = False
    writes: int = 0
    met: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def decode(self, windows, encodings) -> list[DecodedWindow]:
        self.writes += 1
        if self.writes <= 2:
            self.met.wait(timeout=60)
            if self.fails:
                raise ZeroDivisionError("a mistake")
        return super().decode(windows, encodings)


def test_model_threads_work_side_by_side_on_windows_of_one_recording():
    fake = Meeting([["a"] * 99] * 9, batch_size=1, model_threads=2)
    used = ConcurrentSession(fake, AudioSettings(), TranscribeSettings())
    outcome = used.submit(recordings()["urgent"], "1").result(timeout=120)  # a thread alone would wait for ever
    used.close()
    assert isinstance(outcome, AudioTranscript)
    alone = ConcurrentSession(FakeRecogniser([["a"] * 99] * 9), AudioSettings(), TranscribeSettings())
    assert outcome == alone.submit(recordings()["urgent"], "1").result(timeout=120)
    alone.close()


def test_a_recording_that_fails_in_two_threads_at_once_fails_once_and_both_go_on():
    fake = Meeting([["a"] * 99] * 9, batch_size=1, model_threads=2, fails=True)
    before = set(threading.enumerate())
    used = ConcurrentSession(fake, AudioSettings(), TranscribeSettings())
    assert isinstance(used.submit(recordings()["urgent"], "1").exception(timeout=120), ZeroDivisionError)
    fake.fails, fake.writes = False, 0
    assert isinstance(used.submit(recordings()["angry"], "2").result(timeout=120), AudioTranscript)
    used.close()
    assert set(threading.enumerate()) <= before


def test_close_lets_what_was_submitted_finish_and_stops_every_thread():
    before = set(threading.enumerate())
    used = ConcurrentSession(FakeRecogniser([["a"] * 99] * 9), AudioSettings(), TranscribeSettings())
    futures = [used.submit(recordings()[call], call) for call in CALLS]
    used.close()
    used.close()
    assert all(future.done() for future in futures)
    assert set(threading.enumerate()) <= before
    with pytest.raises(RuntimeError, match="closed"):
        used.submit(recordings()["urgent"], "x")


def test_a_recording_without_speech_needs_no_window(tmp_path: Path):
    silence = Recording(call_id="s", path=SAMPLES / "damaged" / "silence.wav", name="silence.wav")
    used = stream()
    outcome = used.submit(silence, "0").result(timeout=60)
    used.close()
    assert isinstance(outcome, AudioTranscript)
    assert outcome.facts.speech_seconds == 0
