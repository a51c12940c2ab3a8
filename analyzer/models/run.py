"""A run: its jobs, the calls it stored so that they can be scored again without audio, and its reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from analyzer.models.base import ChannelSide, Frozen
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import ChannelSpan, EngineInfo


class StoredCall(Frozen):
    """One call of a run, and where its words are stored."""

    recording: Recording
    audio_sha256: str | None = Field(None, description="of its content; None when the recording could not be read")
    key: str | None = Field(None, description="of its stored transcript; None when the recording could not be read")
    second_key: str | None = Field(None, description="of its second pass")
    unreadable: str | None = Field(None, description="why the recording could not be read")


class StoredRun(Frozen):
    """All calls of one run, in order, with the options that all share."""

    engine: EngineInfo
    max_seconds: float = Field(gt=0, description="longer recordings were refused")
    side: ChannelSide = "auto"
    side_given: bool = Field(False, description="by option, so that it counts before the manifest")
    calls: tuple[StoredCall, ...]


@dataclass(frozen=True)
class ScoredRun:
    """All reports of a run, in its order, and what is needed to find each one's recording and words."""

    reports: Sequence[Report]
    run: StoredRun
    store: str
    """address of the store that keeps the words; opened anew in every process"""
    later: Sequence[Recording] = ()
    """recordings that were written on meanwhile: left out"""


class Job(Frozen):
    """One recording to transcribe, or spans of it for a second pass. Only its key travels to a worker."""

    key: str = Field(description="of the transcript that it makes")
    sha256: str = Field(description="of the audio as it was when the job was made")
    recording: Recording
    seconds: float = Field(ge=0, description="of audio, estimated; orders the work and scales the time limit")
    spans: tuple[ChannelSpan, ...] = Field((), description="for a second pass; empty: a first pass over all of it")
    fresh: bool = Field(False, description="spans decoded in an earlier second pass are decoded again")


class Claim(Frozen):
    """A job that one owner may do now. `alone`: it ended a worker before, so nothing else shares its worker."""

    job: Job
    attempt: int
    alone: bool = False
