"""Recording to report with real audio and a recogniser that writes what it is told."""

import base64
import math
from pathlib import Path
from statistics import fmean

import pytest

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.asr.segments import spread_words
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.base import Span
from analyzer.models.recording import CallMetadata, Recording
from analyzer.models.transcript import PEAKS_PER_SECOND, AudioTranscript, FailedTranscript, Segment, Transcript
from analyzer.pipeline.process import score_recording
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.transcribe import AudioSettings
from tests.conftest import SAMPLES
from tests.fakes import ENGINE, FakeRecogniser

pytestmark = pytest.mark.slow  # decodes whole recordings

CALLS = SAMPLES / "calls"
STEREO = CALLS / "in-082145567788-3201-20261103-092517-1762134317.1220.wav"
AGENT = [
    "Selamat pagi, PLN 123, dengan Dewi, ada yang bisa dibantu?",
    "Apakah Bapak sebagai pemilik atau penyewa?",
    "Untuk alamat emailnya mohon disampaikan",
]
CUSTOMER = ["Listrik mati di rumah saya", "Pemilik", "Iya", "budi at gmail titik com"]
# each span of talk a window of its own, so that the texts above are spoken one after another
WORDS = TranscribeSettings(join_pauses=False, max_gap_seconds=2.0)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(load_bank(shipped_bank()))


def recording(path: Path, **metadata: str) -> Recording:
    return Recording(call_id="c", path=path, name=path.name, metadata=CallMetadata.model_validate(metadata))


def transcribe(path: Path, fake: FakeRecogniser, **settings: float) -> AudioTranscript | FailedTranscript:
    return score_recording(recording(path), "0", fake, WORDS, AudioSettings(**settings)).transcript


def test_each_channel_is_heard_apart_in_windows_the_model_takes():
    fake = FakeRecogniser([AGENT, CUSTOMER])
    outcome = transcribe(STEREO, fake)
    assert isinstance(outcome, AudioTranscript)
    assert [channel.segments[0].text for channel in outcome.channels] == [AGENT[0], CUSTOMER[0]]
    assert all(window.seconds <= 10.0 for windows in fake.asked for window in windows)
    assert 80 < outcome.facts.speech_seconds <= outcome.facts.decoded_seconds


def test_each_channel_s_outline_is_kept_and_is_loud_where_it_speaks():
    outcome = transcribe(STEREO, FakeRecogniser([AGENT, CUSTOMER]))
    assert isinstance(outcome, AudioTranscript)
    for channel in outcome.channels:
        peaks = base64.b64decode(channel.peaks or "")
        assert len(peaks) == math.ceil(outcome.facts.decoded_seconds * PEAKS_PER_SECOND)
        loud: dict[bool, list[int]] = {True: [], False: []}
        for at, peak in enumerate(peaks):
            start = at / PEAKS_PER_SECOND
            loud[any(span.overlap(start, start + 0.1) > 0 for span in channel.speech)].append(peak)
        assert fmean(loud[True]) > 5 * (1 + fmean(loud[False]))


def test_one_channel_s_words_are_told_apart_by_who_seems_to_speak(scorer: Scorer):
    mixed = [AGENT[0], CUSTOMER[0], AGENT[1], CUSTOMER[1]]
    segments = tuple(
        Segment(start=at, end=at + 3, text=text, words=spread_words(text, Span(start=at, end=at + 3)))
        for at, text in zip((0.0, 5.0, 10.0, 15.0), mixed, strict=True)
    )
    apart = scorer.with_inferred_speakers(Transcript(duration=20.0, segments=segments))
    assert [(one.speaker, one.text) for one in apart.segments] == [
        ("agent", mixed[0]), ("customer", mixed[1]), ("agent", mixed[2]), ("customer", mixed[3]),
    ]  # fmt: skip
    assert [word.start for one in apart.segments for word in one.words or ()] == [
        word.start for one in segments for word in one.words or ()
    ]


def test_the_agent_s_side_is_found_by_who_speaks_the_sop(scorer: Scorer):
    swapped = transcribe(STEREO, FakeRecogniser([CUSTOMER, AGENT]))
    report = scorer.score_audio(recording(STEREO), swapped, AgentChannelOption(), ENGINE)
    assert {step.id: step.status for step in report.steps}["owner_tenant_question"] == "met"
    assert report.flags == ()
    wrong = scorer.score_audio(recording(STEREO), swapped, AgentChannelOption("left", given=True), ENGINE)
    assert "agent_side_contradicted" in wrong.flags
    assert wrong.verdict != "pass"


def test_the_option_counts_before_the_manifest_and_legs_name_themselves():
    given = recording(STEREO, agent_channel="right")
    assert AgentChannelOption().for_call(given) == ("right", "manifest")
    assert AgentChannelOption("auto", given=True).for_call(given) == ("auto", "option")
    assert AgentChannelOption().for_call(recording(STEREO)) == ("auto", "auto")
    pair = given.model_copy(update={"customer_leg": STEREO})
    assert AgentChannelOption("right", given=True).for_call(pair) == ("left", "legs")


def test_speech_that_gives_no_words_is_unscorable_not_zero(scorer: Scorer):
    outcome = transcribe(STEREO, FakeRecogniser([[], []]))
    report = scorer.score_audio(recording(STEREO), outcome, AgentChannelOption(), ENGINE)
    assert (report.verdict, report.score) == ("unscorable", None)
    assert "no words could be recognised" in (report.error or "")


def test_another_language_is_asked_for_only_when_heard_badly(scorer: Scorer):
    badly = transcribe(STEREO, FakeRecogniser([AGENT, CUSTOMER], logprob=-0.9, language="en"))
    report = scorer.score_audio(recording(STEREO), badly, AgentChannelOption(), ENGINE)
    assert "seems to be 'en'" in (report.error or "")
    well = transcribe(STEREO, FakeRecogniser([AGENT, CUSTOMER], language="en"))
    assert isinstance(well, AudioTranscript)
    assert well.language == "id"


def test_a_recording_over_the_limit_is_refused_with_the_cure(scorer: Scorer):
    outcome = transcribe(STEREO, FakeRecogniser([AGENT, CUSTOMER]), max_seconds=30.0)
    assert isinstance(outcome, FailedTranscript)
    assert "longer than" in outcome.error


def test_an_end_that_broke_off_makes_what_may_have_been_there_unsure(scorer: Scorer):
    outcome = transcribe(SAMPLES / "damaged" / "cut.mp3", FakeRecogniser([AGENT, CUSTOMER]))
    assert isinstance(outcome, AudioTranscript)
    assert outcome.facts.partial
    report = scorer.score_audio(recording(STEREO), outcome, AgentChannelOption(), ENGINE)
    statuses = {step.id: step.status for step in report.steps}
    assert statuses["owner_tenant_question"] == "met"
    assert statuses["closing_thanks"] == "unsure"
    assert "audio_partial" in report.flags


def test_manifest_facts_reach_the_report(scorer: Scorer):
    call = recording(STEREO, agent="Dewi", system="APKT", email="lain@gmail.com")
    transcript = transcribe(STEREO, FakeRecogniser([AGENT, CUSTOMER]))
    report = scorer.score_audio(call, transcript, AgentChannelOption(), ENGINE)
    assert (report.agent, report.metadata) == ("Dewi", {"system": "APKT"})
    assert report.captured.email == "budi@gmail.com"
    check = report.record_check["email"]
    assert (check.field, check.outcome) == ("Email Pelapor", "mismatch")
