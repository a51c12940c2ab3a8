"""The real recogniser and sample calls, for tests of how recordings are read."""

from collections.abc import Sequence
from functools import cache

from analyzer.asr.model_folder import engine_info, resolve_model, settings_for
from analyzer.asr.recogniser import AudioWindow, TranscribeSettings
from analyzer.asr.whisper import WhisperRecogniser
from analyzer.audio.decode import decode_recording
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.audio.windows import pack_windows
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.bank import PhraseBank
from analyzer.models.base import CustomerAudio
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript
from analyzer.pipeline.concurrent import ConcurrentSession
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.selective import SelectionPolicy, SelectionSettings
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.sources.discover import find_recordings
from analyzer.sources.manifest import read_manifest
from tests.conftest import SAMPLES


@cache
def bank() -> PhraseBank:
    return load_bank(shipped_bank())


@cache
def recordings() -> dict[str, Recording]:
    calls = SAMPLES / "calls"
    found = find_recordings([calls], rows=read_manifest(calls / "manifest.csv")).recordings
    return {recording.call_id: recording for recording in found}


def clips(max_seconds: float) -> list[AudioWindow]:
    """The agent's speech in a sample call, in windows of up to so many seconds."""
    samples = decode_recording(recordings()["all-met-script"], max_seconds=600).channels[0]
    speech = detect_speech(samples, VadSettings())
    windows = pack_windows(speech, samples=samples, max_seconds=max_seconds, max_gap=0.3, join=True)
    return [AudioWindow(samples, window) for window in windows]


def words(**other: object) -> TranscribeSettings:
    return settings_for(resolve_model(str(SAMPLES / "model"), "cpu")).model_copy(update=other)


def load_recogniser(settings: TranscribeSettings, customer: CustomerAudio = "full") -> WhisperRecogniser:
    model = resolve_model(str(SAMPLES / "model"), "cpu")
    engine = engine_info(model, settings, {"customer_audio": customer})
    return WhisperRecogniser(model, settings, engine, cpu_threads=2)


def stream(
    customer: CustomerAudio = "full", look: SelectionSettings | None = None, **other: object
) -> ConcurrentSession:
    settings = words(**other)
    attention = SelectionPolicy(bank(), AgentChannelOption(), customer, look)
    return ConcurrentSession(load_recogniser(settings, customer), AudioSettings(), settings, attention)


def heard(used: ConcurrentSession, calls: Sequence[str]) -> dict[str, AudioTranscript]:
    """Transcripts of sample calls, all in flight at once; closes the stream."""
    futures = {call: used.submit(recordings()[call], call) for call in calls}
    found = {call: future.result(timeout=120) for call, future in futures.items()}
    used.close()
    for outcome in found.values():
        assert isinstance(outcome, AudioTranscript)
    return found  # type: ignore[return-value]


def report(call: str, transcript: AudioTranscript) -> Report:
    return Scorer(bank()).score_audio(recordings()[call], transcript, AgentChannelOption(), transcript.engine)
