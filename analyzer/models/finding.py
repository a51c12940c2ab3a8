"""What matching finds in one call (turns, candidates) and what scoring makes of it (findings, judgement)."""

from typing import Literal, NamedTuple

from pydantic import ConfigDict, Field

from analyzer.models.base import (
    CallbackReply,
    CallerRole,
    Channel,
    EmailReply,
    Frozen,
    Probability,
    Seconds,
    Span,
    Status,
)


class Candidate(Frozen):
    """A run of words that resembles a phrase of a step (or of a reply, exemption, violation)."""

    target: str = Field(description="id of the step, reply, exemption or violation")
    phrase: str = Field(description="the bank's phrase it resembles most")
    similarity: float = Field(ge=0, le=100)
    channel: Channel
    first: int = Field(ge=0, description="index of the first word in the channel's stream")
    last: int = Field(ge=0, description="index after the last word")
    start: Seconds
    end: Seconds
    heard: str = Field(description="the words as recognised")
    certainty: Probability = Field(1.0, description="probability that `channel` said them")
    probability: Probability | None = Field(None, description="mean word probability, when known")
    speech_overlap: Probability | None = Field(None, description="share covered by detected speech; None without audio")


class AcousticEvidence(Frozen):
    """The audio's and the recogniser's figures for the words of a finding; all None for text-only input."""

    speech_overlap: Probability | None = Field(None, description="share of the words inside detected speech")
    probability: Probability | None = Field(None, description="mean word probability")
    avg_logprob: float | None = Field(None, description="worst of the decoded windows; Whisper calls < -1 failed")
    no_speech_prob: Probability | None = Field(None, description="highest of the decoded windows")
    compression_ratio: float | None = Field(None, description="highest of the decoded windows; loops are > 2.4")


GroundsKind = Literal["said", "answered", "missed", "not_due", "follows", "open"]


class Grounds(Frozen):
    """What a confidence is computed from; with labels it can be calibrated."""

    kind: GroundsKind = Field(
        description="said: heard; answered: known by its answer; missed; not_due: exempt or role; "
        "follows: as sure as the step it depends on; open: undecided"
    )
    fit: Probability = Field(
        1.0, description="said: from the accept threshold (0) to a perfect match (1); missed: how near it came"
    )
    hearing: Probability | None = Field(None, description="mean probability of the speaker's words; None when unknown")
    speaker: Probability = Field(1.0, description="probability that the speaker is the one named")


class SecondPassEvidence(Frozen):
    """What a second pass over the audio gave where a step was expected but not (clearly) recognised."""

    looked: Span = Field(description="span of the recording that was decoded again")
    model: str = Field(description="model that read it")
    outcome: Literal["said", "unclear", "nothing"] = Field(
        description="said: clearly, and the audio proves it; unclear: something like it; nothing: not there either"
    )
    first: str | None = Field(None, description="what the first pass has at that place; None when it has no words")
    heard: str | None = Field(None, description="what the second has: the step's words, or all words of the span")
    start: Seconds | None = None
    end: Seconds | None = None
    phrase: str | None = None
    similarity: float | None = Field(None, ge=0, le=100)
    sound: AcousticEvidence = AcousticEvidence()


class Finding(Frozen):
    """The status of one step of one call, with its evidence."""

    id: str
    status: Status
    start: Seconds | None = None
    end: Seconds | None = None
    channel: Channel | None = None
    heard: str | None = Field(None, description="evidence, or for missed and unsure the nearest miss")
    phrase: str | None = Field(None, description="the bank's phrase it was compared with")
    similarity: float | None = Field(None, ge=0, le=100)
    confidence: Probability = Field(description="how likely the status is right")
    reason: str = Field(description="one plain sentence, in English")
    grounds: Grounds | None = Field(None, description="what the confidence was made from")
    sound: AcousticEvidence | None = Field(
        None, description="how well the words were heard; None without audio or words"
    )
    expected: Span | None = Field(None, description="for missed and unsure: where in the call it belongs")
    second: SecondPassEvidence | None = Field(None, description="the second pass, where one was made")


class Exemption(Frozen):
    """Why the data steps were not due (SOP clause 1)."""

    kind: Literal["urgent", "angry"]
    heard: str
    start: Seconds


class Captured(Frozen):
    """Values the customer spoke, in normal form."""

    email: str | None = None
    phone: str | None = Field(None, description="as spoken, in E.164, e.g. +628123456789")


class Violation(Frozen):
    """Something the SOP forbids that was said."""

    id: str
    heard: str
    start: Seconds
    certain: bool = Field(True, description="False when doubtful: then the call needs a person, it does not fail")


class RecordCheckItem(Frozen):
    """One captured value against the value recorded in the application (clause 1 a-c)."""

    field: str = Field(description="the application's own field name, e.g. 'HP Pelapor'")
    outcome: Literal["match", "mismatch", "not_recorded", "not_said"]
    recorded: str | None = None
    said: str | None = None


class Judgement(Frozen):
    """Everything the rules decided about one call; scoring needs nothing else."""

    findings: tuple[Finding, ...] = Field(description="one a step, in bank order")
    exemption: Exemption | None = None
    exemption_doubtful: bool = Field(False, description="weak proof of an exemption: the call goes to review")
    caller_role: CallerRole | None = None
    email_reply: EmailReply | None = None
    callback_reply: CallbackReply | None = None
    captured: Captured = Captured()
    violations: tuple[Violation, ...] = ()
    flags: tuple[str, ...] = Field((), description="machine keys of things a person should look at")


class RecognizedWord(NamedTuple):
    """One recognised word of a turn."""

    start: float
    end: float
    text: str
    """as recognised"""
    normal: tuple[str, ...]
    """in the bank's spelling; misheard words become the bank's word they resemble"""


class Turn(Frozen):
    """A run of words by one speaker."""

    # words are many and made by the matcher itself: checking each again would cost more than matching
    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="never")

    channel: Channel = Field(description="agent or customer; inferred when `certainty` is below 1")
    certainty: Probability = Field(1.0, description="probability of `channel`; 1 when channels were recorded apart")
    start: Seconds
    end: Seconds
    words: tuple[RecognizedWord, ...]

    @property
    def text(self) -> str:
        """The words as recognised."""
        return " ".join(word.text for word in self.words)


class Evidence(Frozen):
    """Everything the rules need from matching."""

    candidates: tuple[Candidate, ...] = Field(description="of all targets, ordered by start")
    turns: tuple[Turn, ...] = Field(description="of all speakers, ordered by start")
