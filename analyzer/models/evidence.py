"""What matching finds in one call, before any rule looks at it."""

from typing import NamedTuple

from pydantic import ConfigDict, Field

from analyzer.models.base import Channel, Frozen, Probability, Seconds
from analyzer.models.finding import Candidate


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
    certainty: Probability = Field(1.0, description="how sure it is who speaks; 1 when channels were recorded apart")
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
