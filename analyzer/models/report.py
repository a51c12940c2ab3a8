"""The scored adherence report of one call, one line of results.jsonl; and counts of statuses over many."""

from datetime import date

from pydantic import Field

from analyzer.models.base import CallbackReply, CallerRole, EmailReply, Frozen, Seconds, Status, Verdict
from analyzer.models.finding import Captured, Exemption, Finding, RecordCheckItem, Violation
from analyzer.models.recording import AudioFacts
from analyzer.models.transcript import EngineInfo

SCHEMA = "analyzer.report/1"


class SopRef(Frozen):
    """Which SOP, in which wording, the call was scored against."""

    id: str
    version: str
    sha256: str


class Score(Frozen):
    """0 to 100; low and high count unsure steps as missed and as met. None when nothing was due."""

    verdict: Verdict
    score: float | None = Field(None, ge=0, le=100)
    score_low: float | None = Field(None, ge=0, le=100)
    score_high: float | None = Field(None, ge=0, le=100)


class Report(Frozen):
    """Findings, score, verdict and flags of one call, with everything needed to challenge them."""

    schema_: str = Field(SCHEMA, alias="schema", serialization_alias="schema")
    call_id: str
    recording: str = Field(description="path relative to the folder that was scored")
    agent: str | None = None
    started_at: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict, description="other manifest columns, as given")
    sop: SopRef
    engine: EngineInfo
    verdict: Verdict
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    steps: tuple[Finding, ...] = ()
    exemption: Exemption | None = None
    caller_role: CallerRole | None = None
    email_reply: EmailReply | None = None
    callback_reply: CallbackReply | None = None
    captured: Captured = Captured()
    record_check: dict[str, RecordCheckItem] = Field(default_factory=dict, description="keys: email, phone")
    violations: tuple[Violation, ...] = ()
    flags: tuple[str, ...] = ()
    audio: AudioFacts | None = Field(None, description="None when a transcript was scored")
    duration: Seconds | None = None
    audio_sha256: str | None = Field(None, description="of the recording's content (of a pair: of both legs)")
    agent_side: int | None = Field(None, description="channel taken for the agent, 0 left or 1 right; None if unknown")
    second_engine: EngineInfo | None = Field(None, description="what read parts again; None when nothing was")
    error: str | None = Field(None, description="why the call could not be processed; None when it was")


class StatusCount(Frozen):
    """Number of calls with this status of a step."""

    agent: str | None = Field(description="None: the manifest names nobody")
    day: date | None = Field(None, description="None: days were not counted apart, or this one is not known")
    step: str
    status: Status
    calls: int = Field(ge=0)
