"""Many calls: what is kept is reused, the rest is transcribed, every call becomes one report.

One failure is a row, not a stop. Transcripts are kept as they are made, so that the same command goes on where it
was interrupted; reports are made again each time, from transcripts alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from analyzer import audio
from analyzer.errors import RecordingError
from analyzer.models.kept import KeptCall, KeptRun
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, ChannelSpan, EngineInfo, SecondReadings, Transcript
from analyzer.pipeline import TEXT_ENGINE, Scorer, SideWish
from analyzer.transcribe import load_transcript
from analyzer.transcribe.cache import FailedTranscript, Outcome, TranscriptCache, cache_key, second_key


@dataclass(frozen=True)
class Job:
    """One recording to transcribe; travels to a worker process."""

    key: str
    sha256: str
    recording: Recording
    seconds: float  # estimated from the header; orders the work and scales the time limit
    spans: tuple[ChannelSpan, ...] = ()  # stretches to read again; empty: the whole recording for the first time
    fresh: bool = False  # readings kept before do not count


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
    sha256: dict[str, str]  # recording name -> of its content
    unreadable: dict[str, str]  # recording name -> why


Progress = Callable[[Done], None]


def plan(
    recordings: Iterable[Recording], cache: TranscriptCache, engine: EngineInfo, options: BatchOptions
) -> Plan:
    """Identify each recording by its content and find out what is missing, longest first.

    The same audio under two names is one transcript and two calls.
    """
    jobs: dict[str, Job] = {}
    work = Plan((), {}, {}, {})
    for recording in recordings:
        files = [recording.path, *([recording.customer_leg] if recording.customer_leg else [])]
        try:
            sha256 = audio.sha256_of_files(files)
            if recording.is_transcript:
                work.keys[recording.name] = cache.put_text(sha256, recording.path)
        except RecordingError as error:
            work.unreadable[recording.name] = str(error)
            continue
        work.sha256[recording.name] = sha256
        if recording.is_transcript:
            continue
        key = work.keys[recording.name] = cache_key(sha256, engine)
        if key not in jobs and _wanted(cache, key, options):
            seconds = sum(audio.probe_seconds(file) for file in files)
            jobs[key] = Job(key=key, sha256=sha256, recording=recording, seconds=seconds)
    ordered = sorted(jobs.values(), key=lambda job: (-job.seconds, job.recording.name))
    return replace(work, jobs=tuple(ordered))


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


def kept_calls(
    recordings: Sequence[Recording], work: Plan, second: EngineInfo | None
) -> tuple[KeptCall, ...]:
    """Which call's words are kept where, in the order given; `second` made the second readings."""
    return tuple(
        KeptCall(
            recording=recording,
            key=work.keys.get(recording.name),
            second_key=_second_key(recording, work, second),
            unreadable=work.unreadable.get(recording.name),
        )
        for recording in recordings
    )


def _second_key(recording: Recording, work: Plan, second: EngineInfo | None) -> str | None:
    sha256 = work.sha256.get(recording.name)
    return second_key(sha256, second) if sha256 and second and not recording.is_transcript else None


def report_of(call: KeptCall, run: KeptRun, cache: TranscriptCache, scorer: Scorer) -> Report:
    """The report of one call from what is kept alone, whoever asks: `score` and `rescore` cannot differ."""
    recording = call.recording
    engine = TEXT_ENGINE if recording.is_transcript else run.engine
    if call.key is None:
        return scorer.unscorable(recording, call.unreadable or f"{recording.name}: was not read.", None, engine)
    gone = f"{recording.name}: its transcript is gone. Run the same `analyzer score` again."
    if recording.is_transcript:
        copy = cache.text_path(call.key)
        return scorer.score_transcript(recording, copy) if copy else scorer.unscorable(recording, gone, None, engine)
    outcome = cache.get(call.key)
    if outcome is None:
        return scorer.unscorable(recording, gone, None, engine)
    readings = cache.readings(call.second_key) if call.second_key else None
    wish = SideWish(run.side, given=run.side_given)
    return scorer.score_audio(recording, _own_name(outcome, recording), wish, engine, readings)


def transcript_of(call: KeptCall, run: KeptRun, cache: TranscriptCache, scorer: Scorer) -> Transcript:
    """What was heard in one call, by speaker. Raises RecordingError when nothing is kept of it."""
    recording = call.recording
    if call.key is None:
        raise RecordingError(call.unreadable or f"{recording.name}: was not read.")
    if recording.is_transcript:
        return load_transcript(cache.path(call.key), recording.path.name)
    outcome = cache.get(call.key)
    if outcome is None:
        raise RecordingError(f"{recording.name}: its transcript is gone. Run the same `analyzer score` again.")
    if isinstance(outcome, FailedTranscript):
        raise RecordingError(outcome.error)
    return scorer.speakers(recording, outcome, SideWish(run.side, given=run.side_given))


def _own_name(outcome: Outcome, recording: Recording) -> AudioTranscript | FailedTranscript:
    """A failure kept under another file's name of the same content is told with this file's name."""
    if isinstance(outcome, FailedTranscript) and outcome.name:
        return outcome.model_copy(update={"error": outcome.error.replace(outcome.name, recording.path.name)})
    return outcome


def looks(
    recordings: Sequence[Recording],
    reports: Sequence[Report],
    cache: TranscriptCache,
    scorer: Scorer,
    second: EngineInfo,
    options: BatchOptions,
) -> tuple[Job, ...]:
    """What is to be read a second time because steps are undecided there and it was not read yet, longest first."""
    wanted: dict[str, Job] = {}
    for recording, report in zip(recordings, reports, strict=True):
        spans = scorer.undecided(report)
        if not spans or report.audio is None or report.audio_sha256 is None:
            continue
        key = second_key(report.audio_sha256, second)
        kept = None if options.force else cache.readings(key)
        if kept and kept.error and options.retry_failed:
            kept = kept.model_copy(update={"error": None})
        missing = kept.missing(spans) if kept else spans
        if missing:
            known = wanted[key].spans if key in wanted else ()
            seconds = report.audio.decoded_seconds
            wanted[key] = Job(key, report.audio_sha256, recording, seconds, (*known, *missing), options.force)
    return tuple(sorted(wanted.values(), key=lambda job: (-job.seconds, job.recording.name)))


def look_again(
    jobs: Sequence[Job], executor: Executor, cache: TranscriptCache, second: EngineInfo, progress: Progress
) -> None:
    """Run second looks; one whose worker died is kept as failed, and its steps stay as they are."""
    for done in executor.run(jobs):
        if done.crash is not None:
            kept = cache.readings(done.job.key) or SecondReadings(audio_sha256=done.job.sha256, engine=second)
            cache.put_readings(done.job.key, kept.model_copy(update={"error": done.crash}))
        progress(done)
