"""What a run keeps so that it can be scored again without audio: which call is which transcript."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from analyzer.models.base import Frozen
from analyzer.models.recording import ChannelSide, Recording
from analyzer.models.report import Report
from analyzer.models.transcript import ChannelSpan, EngineInfo


class KeptCall(Frozen):
    """One call of a run, and where its words are kept."""

    recording: Recording
    audio_sha256: str | None = Field(None, description="of its content; None when the recording could not be read")
    key: str | None = Field(None, description="of its kept transcript; None when the recording could not be read")
    second_key: str | None = Field(None, description="of its second readings")
    unreadable: str | None = Field(None, description="why the recording could not be read")


class KeptRun(Frozen):
    """All calls of one run, in order, with what holds for all of them."""

    engine: EngineInfo
    max_seconds: float = Field(gt=0, description="longer recordings were refused")
    side: ChannelSide = "auto"
    side_given: bool = Field(False, description="by option, so that it counts before the manifest")
    calls: tuple[KeptCall, ...]


@dataclass(frozen=True)
class ScoredRun:
    """All reports of a run, in its order, and what is needed to find each one's recording and words."""

    reports: Sequence[Report]
    run: KeptRun
    store: str
    """address of the store that keeps the words; opened anew in every process"""
    later: Sequence[Recording] = ()
    """recordings that were written on meanwhile: left out"""


class Job(Frozen):
    """One recording to transcribe, or stretches of it to read again. Only its key travels to a worker."""

    key: str = Field(description="of the transcript that it makes")
    sha256: str = Field(description="of the audio as it was when the job was made")
    recording: Recording
    seconds: float = Field(ge=0, description="of audio, estimated; orders the work and scales the time limit")
    spans: tuple[ChannelSpan, ...] = Field((), description="stretches to read again; empty: the whole, a first time")
    fresh: bool = Field(False, description="second readings kept before do not count")


class Claim(Frozen):
    """A job that one owner may do now. `alone`: it took a worker down before, so nothing else shares its worker."""

    job: Job
    attempt: int
    alone: bool = False
