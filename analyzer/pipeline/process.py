"""One call through every stage, in order.

recording -> channels -> speech -> words -> speakers -> candidates -> findings -> report, and, where a step is
undecided, those spans decoded a second time and the report made from both.

The first half is expensive and needs a recogniser; workers stop there and store the transcript. The second half is
cheap and needs no audio: `score` and `rescore` make reports from stored transcripts by the same `Scorer`.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from analyzer.asr.recogniser import (
    AlignRequest,
    DecodedWindow,
    DecodeRequest,
    DetectLanguageRequest,
    Recogniser,
    Request,
    Response,
    TranscribeSettings,
)
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, ChannelSpan, FailedTranscript, SecondPassTranscript
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings, Prepared, TranscriptionSession, prepare, transcribe_spans


@dataclass(frozen=True)
class Stages:
    """What the calls of a run share; without a `scorer` a call ends with its transcript."""

    prepare: Callable[[Recording], Prepared]
    session: TranscriptionSession
    scorer: Scorer | None = None
    agent_channel: AgentChannelOption = AgentChannelOption()  # noqa: RUF009 - frozen
    second_pass: Callable[[Recording, Sequence[ChannelSpan]], SecondPassTranscript] | None = None


@dataclass(frozen=True)
class ProcessedCall:
    """What became of one call; `report` is None where no scorer was given."""

    transcript: AudioTranscript | FailedTranscript
    second_pass: SecondPassTranscript | None = None
    report: Report | None = None


def process_call(recording: Recording, sha256: str, stages: Stages) -> Generator[Request, Any, ProcessedCall]:
    """Take one recording through every stage. Yields what it asks of the recogniser; is sent the answers.

    A recording that cannot be read gives a FailedTranscript and an unscorable report, never an exception.
    """
    transcript: AudioTranscript | FailedTranscript
    try:
        prepared = stages.prepare(recording)  # decode channels, detect speech on each
    except RecordingError as error:
        transcript = FailedTranscript(audio_sha256=sha256, name=recording.path.name, error=str(error))
    else:
        transcript = yield from stages.session.transcribe(recording, sha256, prepared)  # decode windows, align words
    scorer, option, engine = stages.scorer, stages.agent_channel, stages.session.engine
    if scorer is None:
        return ProcessedCall(transcript)
    report = scorer.score_audio(recording, transcript, option, engine)  # agent's channel, candidates, findings, score
    undecided = scorer.undecided(report)
    if not undecided or stages.second_pass is None:
        return ProcessedCall(transcript, None, report)
    again = stages.second_pass(recording, undecided)  # decode those spans once more, without voice activity
    report = scorer.score_audio(recording, transcript, option, engine, again)  # reconcile both passes
    return ProcessedCall(transcript, again, report)


def score_recording(
    recording: Recording,
    sha256: str,
    recogniser: Recogniser,
    settings: TranscribeSettings,
    audio: AudioSettings = AudioSettings(),  # noqa: B008 - frozen
    scorer: Scorer | None = None,
    selection: SelectionPolicy | None = None,
    second: Recogniser | None = None,
) -> ProcessedCall:
    """One recording alone, in this thread; `ConcurrentSession` takes many at once.

    `second` makes the second pass, usually with a wider beam; None: the same recogniser.
    """
    session = TranscriptionSession(audio, settings, selection, recogniser.window_seconds, recogniser.engine)

    def second_pass(recording: Recording, spans: Sequence[ChannelSpan]) -> SecondPassTranscript:
        again = second or recogniser
        kept = SecondPassTranscript(audio_sha256=sha256, engine=again.engine)
        return transcribe_spans(recording, again, audio, spans, kept)

    stages = Stages(lambda recording: prepare(recording, audio), session, scorer, second_pass=second_pass)
    work = process_call(recording, sha256, stages)
    answer: Response | None = None
    while True:
        try:
            answer = _answer(work.send(answer), recogniser)
        except StopIteration as finished:
            processed: ProcessedCall = finished.value
            return processed


def _answer(request: Request, recogniser: Recogniser) -> Response:
    """What the recogniser says to one request, without anybody else's windows in the batch."""
    match request:
        case DecodeRequest(windows):
            decoded: list[DecodedWindow] = []
            for first in range(0, len(windows), recogniser.batch_size):
                batch = windows[first : first + recogniser.batch_size]
                features = [recogniser.features(window) for window in batch]
                decoded += recogniser.decode(batch, recogniser.encode(features))
            return decoded
        case AlignRequest(windows):
            return recogniser.align(windows)
        case DetectLanguageRequest(windows):
            return recogniser.detect_language(windows)[0]
        case _:
            assert_never(request)
