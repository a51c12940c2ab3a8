"""Which parts of a call are transcribed, and which words get exact times.

Decides from words that were already transcribed, matched against the bank. Leaving out too much costs evidence, so
every rule errs towards transcribing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from analyzer.matching.matcher import Matcher
from analyzer.models.bank import CallbackReplySpec, EmailReplySpec, PhraseBank, ReplySpec
from analyzer.models.base import Channel, CustomerAudio, Frozen, Span
from analyzer.models.finding import Candidate
from analyzer.models.recording import SAMPLE_RATE, Recording, Waveform
from analyzer.models.transcript import Segment, Transcript
from analyzer.pipeline.score import AgentChannelOption
from analyzer.scoring.agent_channel import decide_agent_channel


class SelectionSettings(Frozen):
    """How wide to look; seconds."""

    opening_seconds: float = Field(
        20.0,
        gt=0,
        description="of each side's first speech, always read: who is the agent, and what is the complaint; "
        "twice as much, and again, while the sides cannot be told apart",
    )
    reply_slack: float = Field(
        2.0, ge=0, description="around a question and its answer: times are estimates before alignment"
    )
    dictation_seconds: float = Field(45.0, ge=0, description="a reply may go on for so long: addresses are spelled")
    near_points: float = Field(
        15.0, ge=0, description="similarity below `doubt` from which words are worth their exact times all the same"
    )
    alarm_before: float = Field(60.0, ge=0, description="an agent repeats an alarm, or calms down, after the customer")
    alarm_after: float = Field(30.0, ge=0, description="what is said of an alarm later: that it was long ago, a joke")
    traces: int = Field(3, ge=0, description="weak traces of a question that was not surely heard, each with a reply")
    loud_db: float = Field(
        6.0, gt=0, description="above the customer's own middle level; a raised voice is 6 to 12 dB above a calm one"
    )


@dataclass(frozen=True)
class Side:
    """Which channel is the agent; None when unknown, or when there is only one."""

    agent: int | None


class SelectionPolicy:
    """A bank's view of what matters; `customer_audio` says how much of the customer is read at all."""

    def __init__(
        self,
        bank: PhraseBank,
        agent_channel: AgentChannelOption,
        customer_audio: CustomerAudio = "full",
        settings: SelectionSettings | None = None,
    ) -> None:
        self.customer_audio = customer_audio
        self.settings = settings or SelectionSettings()
        self._bank = bank
        self._agent_channel = agent_channel
        self._matcher = Matcher(bank)
        self._replies: list[ReplySpec] = [
            reply
            for reply in (bank.replies.caller_role, bank.replies.email_reply, bank.replies.callback_reply)
            if reply is not None
        ]
        self._exempting = {rule.id: rule for rule in bank.exemptions}
        self._landmarks = {step.id for step in bank.steps} | {anchor.id for anchor in bank.anchors}

    def side(self, recording: Recording, channels: Sequence[Sequence[Segment]]) -> Side:
        """Who is the agent by what was heard so far; None when that is weak, or contradicts what was stated."""
        stated, source = self._agent_channel.for_call(recording)
        likeness = [self._matcher.agent_likeness(segments) for segments in channels]
        decided = decide_agent_channel(likeness, stated, source)
        return Side(None if decided.contradicted else decided.index)

    def skipped(self, recording: Recording) -> int | None:
        """The customer's channel, when it is stated which it is and nothing of it is to be read."""
        stated, _ = self._agent_channel.for_call(recording)
        return None if self.customer_audio != "none" or stated == "auto" else {"left": 1, "right": 0}[stated]

    def spans_to_align(self, channels: Sequence[Sequence[Segment]], side: Side) -> list[list[Span]]:
        """Stretches of each channel that hold candidates, replies or captured values."""
        names = [_speaker(index, side) for index in range(len(channels))]
        spoken: dict[Channel, list[Segment]] = {"agent": [], "customer": [], "unknown": []}
        for name, segments in zip(names, channels, strict=True):
            spoken[name] += segments
        candidates = self._find(spoken)
        spans: dict[Channel, list[Span]] = {"agent": [], "customer": [], "unknown": []}
        for candidate in candidates:
            if candidate.similarity >= self._bank.targets()[candidate.target].doubt - self.settings.near_points:
                spans[candidate.channel].append(Span(start=candidate.start, end=candidate.end))
        replies = list(self._reply_spans(candidates))
        spans["customer"] += replies
        all_spans = [span for channel_spans in spans.values() for span in channel_spans]
        return [all_spans if name == "unknown" else spans[name] for name in names]

    def customer_spans(
        self, agent: Sequence[Segment], customer: Sequence[Segment], unread: Sequence[Span], samples: Waveform
    ) -> list[Span]:
        """Which of the customer's unread speech to read: replies, what is loud, and around words of danger or anger.

        All of it when the customer's own words may exempt the call, but do not surely: there may be better ones.
        """
        matches = self._alarms(customer)
        if matches and not any(self._exempts(candidate) for candidate in matches):
            return list(unread)
        alarms = [*matches, *self._alarms(agent)]
        spoken: dict[Channel, Sequence[Segment]] = {"agent": agent, "customer": customer}
        return [
            *self._reply_spans(self._find(spoken)),
            *self._loud(unread, samples),
            *(
                Span(
                    start=max(0.0, alarm.start - self.settings.alarm_before),
                    end=alarm.end + self.settings.alarm_after,
                )
                for alarm in alarms
            ),
        ]

    def _alarms(self, segments: Sequence[Segment]) -> list[Candidate]:
        """Words of danger or anger; an agent's are looked for as if the customer had said them."""
        return [one for one in self._find({"customer": segments}) if one.target in self._exempting]

    def _exempts(self, alarm: Candidate) -> bool:
        return self._exempting[alarm.target].strength == "strong" and self._sure(alarm)

    def _find(self, spoken: Mapping[Channel, Sequence[Segment]]) -> tuple[Candidate, ...]:
        named = [
            segment.model_copy(update={"speaker": speaker}) for speaker, parts in spoken.items() for segment in parts
        ]
        if not named:
            return ()
        named.sort(key=lambda segment: (segment.start, segment.end))
        end = max(segment.end for segment in named)
        return self._matcher.find(Transcript(duration=end, segments=tuple(named))).candidates

    def _doubtful(self, candidate: Candidate) -> bool:
        return candidate.similarity >= self._bank.targets()[candidate.target].doubt

    def _reply_spans(self, candidates: Sequence[Candidate]) -> Iterable[Span]:
        """Where the customer answers what the agent asked, or may have asked."""
        slack = self.settings.reply_slack
        for reply in self._replies:
            for question in self._questions(reply.step, candidates):
                dictated = isinstance(reply, EmailReplySpec | CallbackReplySpec)
                seconds = reply.seconds + (self.settings.dictation_seconds if dictated else 0.0)
                limit = min(
                    (
                        other.start
                        for other in candidates
                        if other.target in self._landmarks
                        and other.target != reply.step
                        and other.start > question.end
                        and self._sure(other)
                    ),
                    default=float("inf"),
                )
                end = min(question.end + seconds, limit)
                yield Span(start=max(0.0, question.start - slack), end=end + slack)

    def _questions(self, step: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        matches = [candidate for candidate in candidates if candidate.target == step]
        likely = [candidate for candidate in matches if self._doubtful(candidate)]
        if any(self._sure(candidate) for candidate in likely):
            return likely
        traces = sorted(matches, key=lambda candidate: (-candidate.similarity, candidate.start))
        return [*likely, *(trace for trace in traces if trace not in likely)][: len(likely) + self.settings.traces]

    def _sure(self, candidate: Candidate) -> bool:
        return candidate.similarity >= self._bank.targets()[candidate.target].accept

    def _loud(self, speech: Sequence[Span], samples: Waveform) -> list[Span]:
        """Stretches well above the middle of all of them."""
        levels = [_level(samples, span) for span in speech]
        if not levels:
            return []
        least = float(np.median(levels)) + self.settings.loud_db
        return [span for span, level in zip(speech, levels, strict=True) if level >= least]


def _speaker(index: int, side: Side) -> Channel:
    if side.agent is None:
        return "unknown"
    return "agent" if index == side.agent else "customer"


def _level(samples: Waveform, span: Span) -> float:
    """Mean power of a stretch in dB of full scale."""
    sound = samples[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]
    return 10 * float(np.log10(np.mean(sound**2) + 1e-10)) if sound.size else -100.0
