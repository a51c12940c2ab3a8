"""Recording -> report: the one place that names every stage, in order.

`transcribe_recording` is the expensive half and needs a recogniser; `Scorer` is the cheap half and needs none, so
that another SOP never transcribes again. Nothing here knows of batches, processes or files of results.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer import audio
from analyzer.errors import RecordingError
from analyzer.match import Matcher
from analyzer.models.base import Frozen, Span
from analyzer.models.finding import Judgement
from analyzer.models.phrases import PhraseBank
from analyzer.models.recording import AudioFacts, ChannelSide, Recording
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import AudioTranscript, ChannelTranscript, EngineInfo, Transcript
from analyzer.rules import judge, record_check
from analyzer.score import score
from analyzer.sides import AgentSide, SideSource, decide_side, with_speakers
from analyzer.transcribe.base import Transcriber, TranscribeSettings
from analyzer.transcribe.cache import FailedTranscript
from analyzer.transcribe.saved import load_transcript

TEXT_ENGINE = EngineInfo(model="transcript", model_sha256=None)


class AudioSettings(Frozen):
    """How recordings are read; part of a transcript's identity."""

    max_seconds: float = Field(4 * 3600, gt=0, description="longer files are refused: 346 MB of memory an hour")
    vad: audio.VadSettings = audio.VadSettings()
    loud_share: float = Field(
        0.5, gt=0, description="less speech than this share of the loud seconds: voice activity may have lost a voice"
    )
    loud_seconds: float = Field(10.0, ge=0, description="and by at least this much; coughs and clicks are loud too")
    clipped_share: float = Field(0.01, gt=0, description="of samples at full scale; above it words are in doubt")

    def options(self) -> dict[str, Any]:
        """What of it decides the words, flat, for the transcript's identity; a length limit decides none."""
        return {f"vad_{name}": value for name, value in self.vad.model_dump().items()}


def transcribe_recording(
    recording: Recording,
    sha256: str,
    transcriber: Transcriber,
    settings: AudioSettings,
    transcribe_settings: TranscribeSettings,
) -> AudioTranscript | FailedTranscript:
    """Decode, find speech, recognise each channel apart. A recording that cannot be used comes back as a failure."""
    try:
        decoded = audio.decode_recording(recording, max_seconds=settings.max_seconds)
    except RecordingError as error:
        return FailedTranscript(audio_sha256=sha256, name=recording.path.name, error=str(error))
    facts = decoded.facts
    channels: list[ChannelTranscript] = []
    notes = list(facts.notes)
    language = transcribe_settings.language
    heard_badly = 0
    for index, samples in enumerate(decoded.channels):
        speech = audio.detect_speech(samples, settings.vad)
        windows = audio.pack_windows(
            speech,
            samples=samples,
            max_seconds=transcriber.window_seconds,
            max_gap=transcribe_settings.max_gap_seconds,
        )
        segments = transcriber.transcribe(samples, windows)
        notes.extend(_doubts(index, samples, speech, settings))
        figures = [s.avg_logprob for s in segments if s.avg_logprob is not None]
        if figures and sum(figures) / len(figures) < transcribe_settings.language_check_logprob:
            heard_badly += 1
            language, _ = transcriber.detect_language(samples, windows)
        channels.append(ChannelTranscript(index=index, speech=speech, segments=segments))
    return AudioTranscript(
        audio_sha256=sha256,
        facts=facts.model_copy(update={"speech_seconds": _union_seconds(channels), "notes": tuple(notes)}),
        engine=transcriber.engine,
        language=language if heard_badly == len(channels) else transcribe_settings.language,
        channels=tuple(channels),
    )


def _doubts(
    index: int, samples: NDArray[np.float32], speech: Sequence[Span], settings: AudioSettings
) -> Iterator[str]:
    """What a person should know about one channel's sound, in plain words."""
    found = sum(span.seconds for span in speech)
    loud = audio.energy_speech_seconds(samples)
    if loud - found > settings.loud_seconds and found < settings.loud_share * loud:
        yield (
            f"Channel {index + 1}: {loud:.0f} s are loud, but only {found:.0f} s were taken for speech. "
            "Listen to it: music, or a voice that was not recognised as one."
        )
    if audio.clipped_share(samples) > settings.clipped_share:
        yield f"Channel {index + 1} is overloaded (clipped): its words are in doubt."


def _union_seconds(channels: list[ChannelTranscript]) -> float:
    """Seconds with speech on any channel."""
    total = reached = 0.0
    for span in sorted((span for channel in channels for span in channel.speech), key=lambda span: span.start):
        total += max(0.0, span.end - max(reached, span.start))
        reached = max(reached, span.end)
    return round(total, 2)


@dataclass(frozen=True)
class SideWish:
    """Which side the user says the agent is on, for all calls or (manifest) for one."""

    side: ChannelSide = "auto"
    given: bool = False

    def for_call(self, recording: Recording) -> tuple[ChannelSide, SideSource]:
        """The option counts before the manifest; a pair of legs names its agent itself."""
        if recording.customer_leg is not None:
            return "left", "legs"
        if self.given:
            return self.side, "option"
        stated = recording.metadata.agent_channel
        return (stated, "manifest") if stated else ("auto", "auto")


class Scorer:
    """Transcripts in, reports out, against one bank; cheap, deterministic, without audio."""

    def __init__(self, bank: PhraseBank) -> None:
        self.bank = bank
        self._matcher = Matcher(bank)
        self._sop = SopRef(id=bank.id, version=bank.version, sha256=bank.sha256)

    def score_audio(
        self, recording: Recording, outcome: AudioTranscript | FailedTranscript, wish: SideWish, engine: EngineInfo
    ) -> Report:
        """Report of a recording whose transcript was made or kept."""
        match outcome:
            case FailedTranscript():
                return self.unscorable(recording, outcome.error, outcome.facts, engine)
            case AudioTranscript():
                pass
            case _:
                assert_never(outcome)
        facts, problem = outcome.facts, unusable(recording, outcome, self.bank)
        if problem:
            return self.unscorable(recording, problem, facts, outcome.engine)
        wanted, source = wish.for_call(recording)
        likeness = [self._matcher.agent_likeness(channel.segments) for channel in outcome.channels]
        side = decide_side(likeness, wanted, source)
        transcript = with_speakers(outcome, side, cut_off_at=_cut_off(facts))
        return self._scored(recording, transcript, outcome.engine, audio_flags(facts, side), facts)

    def score_transcript(self, recording: Recording) -> Report:
        """Report of a saved transcript given instead of a recording."""
        try:
            transcript = load_transcript(recording.path)
        except RecordingError as error:
            return self.unscorable(recording, str(error), None, TEXT_ENGINE)
        if transcript.call_id and recording.call_id == recording.path.stem:
            recording = recording.model_copy(update={"call_id": transcript.call_id})
        if not any(segment.words for segment in transcript.segments):
            return self.unscorable(recording, f"{recording.name}: the transcript holds no words.", None, TEXT_ENGINE)
        if transcript.language and transcript.language not in self.bank.languages:
            return self.unscorable(recording, _wrong_language(recording, transcript.language), None, TEXT_ENGINE)
        return self._scored(recording, transcript, TEXT_ENGINE, (), None)

    def unscorable(
        self, recording: Recording, error: str, facts: AudioFacts | None, engine: EngineInfo
    ) -> Report:
        """The row of a call that could not be processed: never 0 %."""
        return Report(
            **_identity(recording), sop=self._sop, engine=engine, verdict="unscorable", audio=facts, error=error
        )

    def _scored(
        self,
        recording: Recording,
        transcript: Transcript,
        engine: EngineInfo,
        flags: tuple[str, ...],
        facts: AudioFacts | None,
    ) -> Report:
        evidence = self._matcher.find(transcript)
        judgement = judge(transcript, evidence, self.bank)
        judgement = judgement.model_copy(update={"flags": (*flags, *judgement.flags)})
        result = score(judgement, self.bank)
        return Report(
            **_identity(recording),
            sop=self._sop,
            engine=engine,
            **result.model_dump(),
            **_decided(judgement),
            record_check=record_check(judgement.captured, recording.metadata, self.bank),
            audio=facts,
            duration=transcript.duration,
        )


def unusable(recording: Recording, outcome: AudioTranscript, bank: PhraseBank) -> str | None:
    """Why a decoded recording cannot be scored, in plain words; None when it can."""
    facts = outcome.facts
    if facts.speech_seconds == 0:
        return f"{recording.name}: no speech found in {facts.decoded_seconds:.1f} s of audio."
    if not any(channel.segments for channel in outcome.channels):
        return f"{recording.name}: {facts.speech_seconds:.1f} s of speech found, but no words could be recognised."
    if outcome.language not in bank.languages:
        return _wrong_language(recording, outcome.language)
    return None


def audio_flags(facts: AudioFacts, side: AgentSide) -> tuple[str, ...]:
    """Machine keys of what a person should know about the recording."""
    flags = {
        "audio_partial": facts.partial,
        "mono": side.source == "mono",
        "agent_side_unknown": side.source != "mono" and side.index is None,
        "agent_side_contradicted": side.contradicted,
    }
    return tuple(key for key, holds in flags.items() if holds)


def _cut_off(facts: AudioFacts) -> float | None:
    """Where a recording shorter than announced broke off."""
    missing = (facts.header_seconds or 0.0) - facts.decoded_seconds
    return facts.decoded_seconds if facts.partial and (missing > 0 or not facts.bad_packets) else None


def _wrong_language(recording: Recording, language: str) -> str:
    return f"{recording.name}: the speech seems to be '{language}', not a language of this SOP."


def _identity(recording: Recording) -> dict[str, Any]:
    known = recording.metadata
    other = {"system": known.system, "transaction": known.transaction, **known.extra}
    return {
        "call_id": recording.call_id,
        "recording": recording.name,
        "agent": known.agent,
        "started_at": known.started_at,
        "metadata": {key: value for key, value in other.items() if value},
    }


def _decided(judgement: Judgement) -> dict[str, Any]:
    return {
        "steps": judgement.findings,
        "exemption": judgement.exemption,
        "caller_role": judgement.caller_role,
        "email_reply": judgement.email_reply,
        "callback_reply": judgement.callback_reply,
        "captured": judgement.captured,
        "violations": judgement.violations,
        "flags": judgement.flags,
    }
