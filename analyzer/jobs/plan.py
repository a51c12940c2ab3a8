"""What is to be done: recordings identified by their content, compared with what the store has, as jobs.

A file that did not change in size and time (a remote one: in size and stamp) is not read again.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analyzer.asr.model_folder import cache_key, second_pass_key, transcript_input_key
from analyzer.asr.transcript_files import read_transcript_bytes
from analyzer.audio.identity import guess_seconds, probe_seconds, sha256_of_files
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import Job, StoredCall
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline.score import Scorer
from analyzer.sources.remote.download_cache import DownloadCache
from analyzer.store.store import Store
from analyzer.store.transcripts import FileState

_FETCHES = 8  # at once; a storage takes 20 to 100 ms to begin to answer


@dataclass(frozen=True)
class BatchOptions:
    """What a run does with outcomes that are kept already."""

    retry_failed: bool = False
    force: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be transcribed, and what is known of every call already."""

    jobs: tuple[Job, ...]
    keys: dict[str, str]  # recording name -> transcript key
    sha256: dict[str, str]  # recording name -> of its content
    unreadable: dict[str, str]  # recording name -> why


@dataclass(frozen=True)
class Identity:
    """What a recording is; `seconds` of audio when it was looked into, `unreadable` why it could not be read."""

    sha256: str = ""
    seconds: float | None = None
    unreadable: str | None = None


def plan(recordings: Iterable[Recording], store: Store, engine: EngineInfo, options: BatchOptions) -> Plan:
    """Identify each recording by its content and find out what is missing, longest first.

    The same audio under two names is one transcript and two calls. Transcripts that were handed in are kept here.
    """
    recordings = tuple(recordings)
    work = Plan((), {}, {}, {})
    seconds: dict[str, float | None] = {}
    wanted: dict[str, Recording] = {}
    for recording, identity in zip(recordings, identify(recordings, store, anew=options.force), strict=True):
        if identity.unreadable is not None:
            work.unreadable[recording.name] = identity.unreadable
            continue
        if recording.is_transcript:
            try:
                work.keys[recording.name] = _keep_text(recording, identity.sha256, store)
            except RecordingError as error:
                work.unreadable[recording.name] = str(error)
                continue
        else:
            key = work.keys[recording.name] = cache_key(identity.sha256, engine)
            wanted.setdefault(key, recording)
            seconds.setdefault(key, identity.seconds)
        work.sha256[recording.name] = identity.sha256
    states = store.queue.states(list(wanted))
    to_do = {key: recording for key, recording in wanted.items() if _to_do(states.get(key), options)}
    known = store.queue.seconds([key for key, recording in to_do.items() if recording.remote])
    jobs = [
        _job(key, work.sha256[recording.name], recording, seconds[key] or known.get(key))
        for key, recording in to_do.items()
    ]
    return replace(work, jobs=longest_first(jobs))


def second_pass_jobs(
    calls: Sequence[StoredCall],
    reports: Sequence[Report],
    store: Store,
    scorer: Scorer,
    second: EngineInfo,
    options: BatchOptions,
) -> tuple[Job, ...]:
    """What is to be read a second time and was not read yet, longest first."""
    again = options.force or options.retry_failed
    keys = {sha256: second_pass_key(sha256, second) for report in reports if (sha256 := report.audio_sha256)}
    states = store.queue.states(list(keys.values()))
    wanted: dict[str, Job] = {}
    for call, report in zip(calls, reports, strict=True):
        spans = scorer.undecided(report)
        if not spans or report.audio is None or report.audio_sha256 is None:
            continue
        key = keys[report.audio_sha256]
        if states.get(key) == "failed" and not again:
            continue  # it was given up; a person may ask for it
        kept = None if options.force else store.transcripts.second_pass(key)
        if kept and kept.error:
            kept = kept.model_copy(update={"error": None})
        missing = kept.missing(spans) if kept else spans
        if missing:
            known = wanted[key].spans if key in wanted else ()
            wanted[key] = Job(
                key=key,
                sha256=report.audio_sha256,
                recording=absolute(call.recording),
                seconds=report.audio.decoded_seconds,
                spans=(*known, *missing),
                fresh=options.force,
            )
    return longest_first(wanted.values())


def identify(recordings: Sequence[Recording], store: Store, *, anew: bool) -> tuple[Identity, ...]:
    """Each recording's content identity, in order; what was read is remembered in the store.

    `anew`: read everything, whatever is known. Remote ones that nobody knows are fetched for it, several at once.
    Raises SourceError when a storage cannot be reached.
    """
    locations = [location for recording in recordings for location in _locations(recording)]
    known = {} if anew else store.files.known(locations)
    seen: dict[str, FileState] = {}
    with ThreadPoolExecutor(_FETCHES) as fetchers, DownloadCache() as downloads:
        identify_remote = partial(_remote, downloads=downloads, known=known, seen=seen)
        remote = fetchers.map(identify_remote, [recording for recording in recordings if recording.remote])
        identities = tuple(
            next(remote) if recording.remote else _local(recording, known, seen) for recording in recordings
        )
    store.files.put({location: state for location, state in seen.items() if known.get(location) != state})
    return identities


def longest_first(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """The order of work: a long recording begun last would keep everybody waiting."""
    return tuple(sorted(jobs, key=lambda job: (-job.seconds, job.recording.name)))


def absolute(recording: Recording) -> Recording:
    """The recording by paths that hold in any process; links stay links, the name stays."""
    if recording.remote:
        return recording
    leg = recording.customer_leg
    places = {"path": recording.path.absolute(), "customer_leg": leg.absolute() if leg else None}
    return recording.model_copy(update=places)


def _to_do(state: str | None, options: BatchOptions) -> bool:
    if state is None or options.force:
        return True
    return state in ("pending", "running") or (state == "failed" and options.retry_failed)


def _job(key: str, sha256: str, recording: Recording, seconds: float | None) -> Job:
    if seconds is None:
        sizes = [file.size for file in recording.remote]
        lengths = map(guess_seconds, sizes) if sizes else map(probe_seconds, recording.files)
        seconds = sum(lengths)
    return Job(key=key, sha256=sha256, recording=absolute(recording), seconds=seconds)


def _keep_text(recording: Recording, sha256: str, store: Store) -> str:
    key = transcript_input_key(sha256)
    if store.transcripts.text(key) is None:
        with DownloadCache() as downloads, downloads.local_copy(recording) as here:
            store.transcripts.put_text(key, sha256, read_transcript_bytes(here.path, here.path.name))
    return key


def _local(recording: Recording, known: dict[str, FileState], seen: dict[str, FileState]) -> Identity:
    try:
        return Identity(_sha256(recording.files, known, seen))
    except RecordingError as error:
        return Identity(unreadable=str(error))


def _sha256(files: Sequence[Path], known: dict[str, FileState], seen: dict[str, FileState]) -> str:
    if len(files) > 1:
        return sha256_of_files(files)  # a pair's identity is its own; the cache holds single files
    (file,) = files
    location = _location(file)
    try:
        about = file.stat()
    except OSError:
        return sha256_of_files(files)  # it raises the message that people know
    state = known.get(location)
    if state is None or (state.size, state.mtime_ns) != (about.st_size, about.st_mtime_ns):
        state = FileState(about.st_size, about.st_mtime_ns, sha256_of_files(files))
    seen[location] = state
    return state.sha256


def _remote(
    recording: Recording, downloads: DownloadCache, known: dict[str, FileState], seen: dict[str, FileState]
) -> Identity:
    size = sum(file.size for file in recording.remote)
    stamp = _number(recording)
    state = known.get(_url(recording))
    if state is not None and stamp is not None and (state.size, state.mtime_ns) == (size, stamp):
        return Identity(state.sha256)
    try:
        with downloads.local_copy(recording) as here:
            files = here.files
            sha256 = sha256_of_files(files)
            seconds = None if recording.is_transcript else sum(map(probe_seconds, files))
    except RecordingError as error:
        return Identity(unreadable=str(error))
    if stamp is not None:
        seen[_url(recording)] = FileState(size, stamp, sha256)
    return Identity(sha256, seconds)


def _url(recording: Recording) -> str:
    """What a remote recording is known by: its files' URLs."""
    return "\n".join(file.url for file in recording.remote)


def _number(recording: Recording) -> int | None:
    """The stamps as one number, which takes the place of a local file's time; None when a storage gives none."""
    stamps = [file.stamp for file in recording.remote]
    if not all(stamps):
        return None
    return int.from_bytes(hashlib.sha256("\n".join(stamps).encode()).digest()[:7])  # 56 bits: a column holds 63


def _locations(recording: Recording) -> Sequence[str]:
    """By what the store knows a recording: its URLs, or each of its files."""
    return [_url(recording)] if recording.remote else [_location(file) for file in recording.files]


def _location(file: Path) -> str:
    return os.fsencode(file.absolute()).decode("utf-8", "backslashreplace")
