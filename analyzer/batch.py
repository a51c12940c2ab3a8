"""Many calls: what is kept is reused, the rest is transcribed, every call becomes one report.

One failure is a row, not a stop. Transcripts are kept as they are made, so that the same command goes on where it
was interrupted; reports are made again each time, from transcripts alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer import audio
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, EngineInfo
from analyzer.pipeline import Scorer, SideWish
from analyzer.transcribe.cache import FailedTranscript, Outcome, TranscriptCache, cache_key


@dataclass(frozen=True)
class Job:
    """One recording to transcribe; travels to a worker process."""

    key: str
    sha256: str
    recording: Recording
    seconds: float  # estimated from the header; orders the work and scales the time limit


@dataclass(frozen=True)
class Done:
    """A job that ended; its outcome lies in the cache under its key. `crash` says why there is none."""

    job: Job
    crash: str | None = None


class Executor(Protocol):
    """Runs jobs somewhere and says when each is done, in any order."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """Do all jobs; a worker's death ends only its own job."""


@dataclass(frozen=True)
class BatchOptions:
    """What a run does with outcomes that are kept already."""

    retry_failed: bool = False
    force: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be transcribed, and what is known of every call already."""

    jobs: tuple[Job, ...]
    keys: dict[str, str]  # recording name -> cache key
    unreadable: dict[str, str]  # recording name -> why


Progress = Callable[[Done], None]


def plan(
    recordings: Iterable[Recording], cache: TranscriptCache, engine: EngineInfo, options: BatchOptions
) -> Plan:
    """Identify each recording by its content and find out what is missing, longest first.

    The same audio under two names is one transcript and two calls.
    """
    jobs: dict[str, Job] = {}
    keys: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for recording in recordings:
        if recording.is_transcript:
            continue
        files = [recording.path, *([recording.customer_leg] if recording.customer_leg else [])]
        try:
            sha256 = audio.sha256_of_files(files)
        except RecordingError as error:
            unreadable[recording.name] = str(error)
            continue
        key = keys[recording.name] = cache_key(sha256, engine)
        if key not in jobs and _wanted(cache, key, options):
            seconds = sum(audio.probe_seconds(file) for file in files)
            jobs[key] = Job(key=key, sha256=sha256, recording=recording, seconds=seconds)
    ordered = sorted(jobs.values(), key=lambda job: (-job.seconds, job.recording.name))
    return Plan(tuple(ordered), keys, unreadable)


def _wanted(cache: TranscriptCache, key: str, options: BatchOptions) -> bool:
    if options.force:
        return True
    kept = cache.get(key)
    return kept is None or (options.retry_failed and isinstance(kept, FailedTranscript))


def transcribe(work: Plan, executor: Executor, cache: TranscriptCache, progress: Progress) -> int:
    """Run the plan's jobs; a job whose worker died is kept as a failure. Returns how many ended."""
    count = 0
    for done in executor.run(work.jobs) if work.jobs else ():
        if done.crash is not None:
            cache.put(done.job.key, FailedTranscript(audio_sha256=done.job.sha256, error=done.crash))
        count += 1
        progress(done)
    return count


def score_all(
    recordings: Sequence[Recording],
    work: Plan,
    cache: TranscriptCache,
    scorer: Scorer,
    wish: SideWish,
    engine: EngineInfo,
) -> list[Report]:
    """One report a call, in the order given, from kept transcripts alone."""
    return [_report(recording, work, cache, scorer, wish, engine) for recording in recordings]


def _report(
    recording: Recording, work: Plan, cache: TranscriptCache, scorer: Scorer, wish: SideWish, engine: EngineInfo
) -> Report:
    if recording.is_transcript:
        return scorer.score_transcript(recording)
    if recording.name in work.unreadable:
        return scorer.unscorable(recording, work.unreadable[recording.name], None, engine)
    outcome = cache.get(work.keys[recording.name])
    if outcome is None:
        return scorer.unscorable(
            recording, f"{recording.name}: its transcript is gone. Run the same command again.", None, engine
        )
    return scorer.score_audio(recording, _own_name(outcome, recording), wish, engine)


def _own_name(outcome: Outcome, recording: Recording) -> AudioTranscript | FailedTranscript:
    """A failure kept under another file's name of the same content is told with this file's name."""
    if isinstance(outcome, FailedTranscript) and outcome.name:
        return outcome.model_copy(update={"error": outcome.error.replace(outcome.name, recording.path.name)})
    return outcome
