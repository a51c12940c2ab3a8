"""The second pass from the recording on: what is decoded again, what is kept, what happens when it fails."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from analyzer.asr.model_folder import second_pass_key
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.asr.segments import spread_words
from analyzer.audio.decode import decode_recording
from analyzer.audio.windows import cut_whole
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs.dispatch import JobFailure, dispatch
from analyzer.jobs.plan import BatchOptions, second_pass_jobs
from analyzer.models.base import Span
from analyzer.models.recording import SAMPLE_RATE, Recording, Waveform
from analyzer.models.report import Report
from analyzer.models.run import Job, StoredCall
from analyzer.models.transcript import AudioTranscript, ChannelSpan, SecondPassTranscript, Segment
from analyzer.pipeline.process import score_recording
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.transcribe import AudioSettings, transcribe_spans
from analyzer.store.store import Store
from tests.conftest import SAMPLES
from tests.fakes import ENGINE, OWNER, FakeRecogniser, InlinePool

pytestmark = pytest.mark.slow  # decodes whole recordings

STEREO = SAMPLES / "calls" / "in-082145567788-3201-20261103-092517-1762134317.1220.wav"
RECORDING = Recording(call_id="c", path=STEREO, name=STEREO.name)
SECOND = ENGINE.model_copy(update={"options": {"second_look": True}})
AGENT = [
    "Selamat pagi, PLN 123, dengan Dewi, ada yang bisa dibantu?",
    "Apakah Bapak sebagai pemilik atau penyewa?",
    "Untuk alamat emailnya mohon disampaikan",
]
CUSTOMER = ["Listrik mati di rumah saya", "Pemilik", "Iya", "budi at gmail titik com"]
CALLBACK = "Apakah nomor telepon yang digunakan dapat kami hubungi kembali?"


class SecondPassRecogniser(FakeRecogniser):
    """Says one text in the last window it is asked for, nothing elsewhere; remembers the windows."""

    def __init__(self, text: str) -> None:
        super().__init__([[]])
        self.text = text
        self.windows: list[Span] = []

    def decode_for_second_pass(self, waveform: Waveform, window: Span) -> tuple[Segment, ...]:  # noqa: ARG002
        self.windows.append(window)
        return (
            Segment(
                start=window.start,
                end=window.end,
                text=self.text,
                words=spread_words(self.text, window),
                avg_logprob=-0.2,
            ),
        )


def wanted(*spans: tuple[float, float], channel: int = 0) -> list[ChannelSpan]:
    return [ChannelSpan(channel=channel, start=start, end=end) for start, end in spans]


def kept() -> SecondPassTranscript:
    return SecondPassTranscript(audio_sha256="0", engine=SECOND)


def test_only_the_windows_of_the_wanted_stretch_are_decoded_and_they_cover_it():
    fake = SecondPassRecogniser("ya")
    readings = transcribe_spans(RECORDING, fake, AudioSettings(), wanted((20.0, 31.0)), kept())
    assert 2 <= len(fake.windows) <= 4
    assert readings.missing(wanted((20.0, 31.0))) == ()
    assert readings.missing(wanted((20.0, 31.0), channel=1)) == tuple(wanted((20.0, 31.0), channel=1))
    assert all(window.seconds <= fake.window_seconds for window in fake.windows)


def test_what_was_read_is_kept_and_not_transcribe_spans():
    fake = SecondPassRecogniser("ya")
    first = transcribe_spans(RECORDING, fake, AudioSettings(), wanted((20.0, 31.0)), kept())
    count = len(fake.windows)
    second = transcribe_spans(RECORDING, fake, AudioSettings(), wanted((20.0, 40.0)), first)
    assert {window.start for window in fake.windows[:count]}.isdisjoint(w.start for w in fake.windows[count:])
    assert second.readings[: len(first.readings)] == first.readings
    assert transcribe_spans(RECORDING, fake, AudioSettings(), wanted((20.0, 40.0)), second) == second


def test_windows_depend_on_the_sound_alone():
    samples = decode_recording(RECORDING, max_seconds=3600).channels[0]
    windows = cut_whole(samples, max_seconds=10.0)
    assert windows[0].start == 0
    assert windows[-1].end == len(samples) / SAMPLE_RATE
    assert all(left.end == right.start for left, right in pairwise(windows))
    assert all(0 < window.seconds <= 10.0 for window in windows)
    assert cut_whole(samples[:0], max_seconds=10.0) == ()


def test_a_recording_that_is_gone_is_a_failure_that_is_kept(tmp_path: Path):
    gone = RECORDING.model_copy(update={"path": tmp_path / "gone.wav"})
    failed = transcribe_spans(gone, SecondPassRecogniser("ya"), AudioSettings(), wanted((0.0, 5.0)), kept())
    assert "gone.wav" in (failed.error or "")
    assert failed.missing(wanted((0.0, 5.0))) == ()


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(load_bank(shipped_bank()))


@pytest.fixture(scope="module")
def first() -> AudioTranscript:
    fake = FakeRecogniser([AGENT, CUSTOMER])
    outcome = score_recording(RECORDING, "a" * 64, fake, TranscribeSettings()).transcript
    assert isinstance(outcome, AudioTranscript)
    return outcome


def scored(scorer: Scorer, first: AudioTranscript, readings: SecondPassTranscript | None = None) -> Report:
    return scorer.score_audio(RECORDING, first, AgentChannelOption("left", given=True), ENGINE, readings)


def pool_of(store: Store, text: str, trouble: JobFailure | None = None) -> InlinePool:
    """Runs second passes in this process."""
    fake = SecondPassRecogniser(text)

    def do(job: Job) -> SecondPassTranscript:
        have = store.transcripts.second_pass(job.key) or SecondPassTranscript(audio_sha256=job.sha256, engine=SECOND)
        return transcribe_spans(job.recording, fake, AudioSettings(), job.spans, have)

    return InlinePool(store, do, trouble)


def look(scorer: Scorer, report: Report, store: Store, **options: bool) -> tuple[Job, ...]:
    call = StoredCall(recording=RECORDING, audio_sha256=report.audio_sha256)
    return second_pass_jobs((call,), (report,), store, scorer, SECOND, BatchOptions(**options))


def look_again(jobs: tuple[Job, ...], pool: InlinePool) -> None:
    dispatch(jobs, pool, pool.store, OWNER, lambda *_: None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def test_a_call_is_looked_at_again_once_and_both_readings_are_in_its_report(
    scorer: Scorer, first: AudioTranscript, store: Store
):
    before = scored(scorer, first)
    assert {step.id: step.status for step in before.steps}["callback_question"] in {"missed", "unsure"}
    jobs = look(scorer, before, store)
    assert len(jobs) == 1
    assert {span.channel for span in jobs[0].spans} == {0}  # the agent's side alone
    look_again(jobs, pool_of(store, CALLBACK))
    readings = store.transcripts.second_pass(second_pass_key(first.audio_sha256, SECOND))
    after = scored(scorer, first, readings)
    found = {step.id: step for step in after.steps}["callback_question"]
    assert found.second is not None
    assert (found.second.outcome, found.second.model) in {("said", "fake"), ("unclear", "fake")}
    assert found.status in {"met", "unsure"}
    assert after.second_engine == SECOND
    assert all(not look(scorer, scored(scorer, first, store.transcripts.second_pass(job.key)), store) for job in jobs)


def test_a_second_pass_that_dies_is_kept_and_only_tried_again_when_asked(
    scorer: Scorer, first: AudioTranscript, store: Store
):
    before = scored(scorer, first)
    look_again(look(scorer, before, store), pool_of(store, "", JobFailure("hung", "x took too long")))
    assert look(scorer, before, store) == ()
    assert len(look(scorer, before, store, retry_failed=True)) == 1
    readings = store.transcripts.second_pass(second_pass_key(first.audio_sha256, SECOND))
    assert scored(scorer, first, readings).steps == before.steps


def test_force_reads_everything_again(scorer: Scorer, first: AudioTranscript, store: Store):
    before = scored(scorer, first)
    jobs = look(scorer, before, store)
    look_again(jobs, pool_of(store, "ya"))
    (again,) = look(scorer, before, store, force=True)
    assert (again.spans, again.fresh) == (jobs[0].spans, True)


def test_transcripts_and_failed_calls_are_never_looked_at_again(scorer: Scorer, store: Store):
    report = scorer.unscorable(RECORDING, "broken", None, ENGINE)
    assert look(scorer, report, store) == ()
