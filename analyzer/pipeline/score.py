"""Words -> report: the cheap half, deterministic, without audio, so that another SOP never transcribes again."""

from dataclasses import dataclass
from typing import Any, assert_never

from analyzer.asr.transcript_files import load_transcript, parse_transcript
from analyzer.errors import RecordingError
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Channel, ChannelSide
from analyzer.models.finding import Judgement
from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import (
    AudioTranscript,
    ChannelSpan,
    EngineInfo,
    FailedTranscript,
    SecondPassTranscript,
    Segment,
    Transcript,
    Word,
)
from analyzer.scoring.agent_channel import AgentChannel, AgentChannelSource, decide_agent_channel, with_speakers
from analyzer.scoring.judge import judge
from analyzer.scoring.replies import record_check
from analyzer.scoring.score import score
from analyzer.scoring.second_pass import Reconciled, reconcile, spans_for_second_pass

TEXT_ENGINE = EngineInfo(model="transcript", model_sha256=None)


@dataclass(frozen=True)
class AgentChannelOption:
    """Which side the user says the agent is on, for all calls or (manifest) for one."""

    side: ChannelSide = "auto"
    given: bool = False

    def for_call(self, recording: Recording) -> tuple[ChannelSide, AgentChannelSource]:
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
        self,
        recording: Recording,
        outcome: AudioTranscript | FailedTranscript,
        agent_channel: AgentChannelOption,
        engine: EngineInfo,
        second_pass: SecondPassTranscript | None = None,
    ) -> Report:
        """Report of a recording from its transcript, with a second pass where there was one."""
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
        side = self._side(recording, outcome, agent_channel)
        transcript = with_speakers(outcome, side, cut_off_at=_cut_off(facts))
        audio_input = _AudioInput(outcome.audio_sha256, facts, side, second_pass)
        return self._scored(recording, transcript, outcome.engine, audio_input)

    def undecided(self, report: Report) -> tuple[ChannelSpan, ...]:
        """Spans worth a second pass; none when it is not known which channel is the agent's."""
        if report.error or report.audio is None:
            return ()
        channels = _channels_to_decode_again(report.audio, report.agent_side)
        return spans_for_second_pass(report.steps, self.bank, channels, report.audio.decoded_seconds)

    def speakers(self, recording: Recording, outcome: AudioTranscript, agent_channel: AgentChannelOption) -> Transcript:
        """The first pass with each channel named by who speaks on it."""
        side = self._side(recording, outcome, agent_channel)
        return with_speakers(outcome, side, cut_off_at=_cut_off(outcome.facts))

    def with_inferred_speakers(self, transcript: Transcript) -> Transcript:
        """The same words with each turn named by who seems to speak, where channels were not recorded apart."""
        known = {(w.start, w.text): w for segment in transcript.segments for w in segment.words or ()}
        segments = [
            Segment(
                start=turn.start,
                end=turn.end,
                speaker=turn.channel,
                text=turn.text,
                words=tuple(
                    known.get((word.start, word.text)) or Word(start=word.start, end=word.end, text=word.text)
                    for word in turn.words
                ),
            )
            for turn in self._matcher.find(transcript).turns
        ]
        return transcript.model_copy(update={"segments": tuple(segments)})

    def _side(self, recording: Recording, outcome: AudioTranscript, agent_channel: AgentChannelOption) -> AgentChannel:
        side_wanted, source = agent_channel.for_call(recording)
        likeness = [self._matcher.agent_likeness(channel.segments) for channel in outcome.channels]
        return decide_agent_channel(likeness, side_wanted, source)

    def score_transcript(self, recording: Recording, text: bytes | None = None) -> Report:
        """Report of a saved transcript given instead of a recording; `text` is its content when that is kept."""
        try:
            name = recording.path.name
            transcript = load_transcript(recording.path) if text is None else parse_transcript(text, name)
        except RecordingError as error:
            return self.unscorable(recording, str(error), None, TEXT_ENGINE)
        if transcript.call_id and recording.call_id == recording.path.stem:
            recording = recording.model_copy(update={"call_id": transcript.call_id})
        if not any(segment.words for segment in transcript.segments):
            return self.unscorable(recording, f"{recording.name}: the transcript holds no words.", None, TEXT_ENGINE)
        if transcript.language and transcript.language not in self.bank.languages:
            return self.unscorable(recording, _wrong_language(recording, transcript.language), None, TEXT_ENGINE)
        return self._scored(recording, transcript, TEXT_ENGINE, None)

    def unscorable(self, recording: Recording, error: str, facts: AudioFacts | None, engine: EngineInfo) -> Report:
        """The row of a call that could not be processed: never 0 %."""
        return Report(
            **_identity(recording), sop=self._sop, engine=engine, verdict="unscorable", audio=facts, error=error
        )

    def _scored(
        self, recording: Recording, transcript: Transcript, engine: EngineInfo, audio_input: "_AudioInput | None"
    ) -> Report:
        """Candidates, findings, and both again from a second pass; score, verdict, record check."""
        evidence = self._matcher.find(transcript)
        first = Reconciled(transcript, evidence, judge(transcript, evidence, self.bank))
        second_pass = audio_input.second_pass if audio_input else None
        speakers = audio_input.speakers() if audio_input else {}
        reconciled = reconcile(first, speakers, second_pass, self.bank, self._matcher)
        judgement = reconciled.judgement
        if audio_input:
            flags = (*audio_flags(audio_input.facts, audio_input.side), *_unheard(transcript, engine), *judgement.flags)
            judgement = judgement.model_copy(update={"flags": flags})
        result = score(judgement, self.bank)
        return Report(
            **_identity(recording),
            sop=self._sop,
            engine=engine,
            **result.model_dump(),
            **_decided(judgement),
            record_check=record_check(judgement.captured, recording.metadata, self.bank),
            audio=audio_input.facts if audio_input else None,
            audio_sha256=audio_input.sha256 if audio_input else None,
            agent_side=audio_input.side.index if audio_input else None,
            second_engine=second_pass.engine if second_pass and reconciled.second else None,
            duration=transcript.duration,
        )


@dataclass(frozen=True)
class _AudioInput:
    """What is known of a recording besides its words."""

    sha256: str
    facts: AudioFacts
    side: AgentChannel
    second_pass: SecondPassTranscript | None

    def speakers(self) -> dict[int, Channel]:
        """Who speaks on the channels that may be read a second time."""
        name: Channel = "unknown" if self.side.index is None else "agent"
        return dict.fromkeys(_channels_to_decode_again(self.facts, self.side.index), name)


def _channels_to_decode_again(facts: AudioFacts, agent: int | None) -> tuple[int, ...]:
    """The agent's channel; the only one of a mono recording; none when the side is unknown: a person must look."""
    if agent is not None:
        return (agent,)
    return (0,) if facts.channels == 1 else ()


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


def audio_flags(facts: AudioFacts, side: AgentChannel) -> tuple[str, ...]:
    """Machine keys of what a person should know about the recording."""
    flags = {
        "audio_partial": facts.partial,
        "mono": side.source == "mono",
        "agent_side_unknown": side.source != "mono" and side.index is None,
        "agent_side_contradicted": side.contradicted,
    }
    return tuple(key for key, holds in flags.items() if holds)


def _unheard(transcript: Transcript, engine: EngineInfo) -> tuple[str, ...]:
    """A flag where the customer was, by choice, not transcribed."""
    apart = any(segment.speaker == "agent" for segment in transcript.segments)
    return ("customer_unheard",) if apart and engine.options.get("customer_audio") == "none" else ()


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
