"""What a run keeps so that it can be scored again without audio: which call is which transcript."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from analyzer.models.base import Frozen
from analyzer.models.recording import ChannelSide, Recording
from analyzer.models.report import Report
from analyzer.models.transcript import EngineInfo


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
