"""A piece of transcription work, and a claim on it."""

from pydantic import Field

from analyzer.models.base import Frozen
from analyzer.models.recording import Recording
from analyzer.models.transcript import ChannelSpan


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
