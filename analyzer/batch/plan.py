"""What is there, what is known of it, and what is to be done."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer import audio
from analyzer.errors import RecordingError
from analyzer.models.job import Job
from analyzer.models.recording import Recording
from analyzer.models.transcript import EngineInfo
from analyzer.store import Store
from analyzer.store.files import FileState
from analyzer.transcribe.keys import cache_key, text_key
from analyzer.transcribe.saved import read_saved


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


def plan(recordings: Iterable[Recording], store: Store, engine: EngineInfo, options: BatchOptions) -> Plan:
    """Identify each recording by its content and find out what is missing, longest first.

    The same audio under two names is one transcript and two calls. Transcripts that were handed in are kept here.
    """
    recordings = tuple(recordings)
    work = Plan((), {}, {}, {})
    known = {} if options.force else store.files.known([_place(file) for r in recordings for file in _files(r)])
    seen: dict[str, FileState] = {}
    wanted: dict[str, Recording] = {}
    for recording in recordings:
        try:
            sha256 = _sha256(recording, known, seen)
            if recording.is_transcript:
                work.keys[recording.name] = _keep_text(recording, sha256, store)
        except RecordingError as error:
            work.unreadable[recording.name] = str(error)
            continue
        work.sha256[recording.name] = sha256
        if not recording.is_transcript:
            key = work.keys[recording.name] = cache_key(sha256, engine)
            wanted.setdefault(key, recording)
    store.files.put({place: state for place, state in seen.items() if known.get(place) != state})
    states = store.queue.states(list(wanted))
    jobs = [
        _job(key, work.sha256[recording.name], recording)
        for key, recording in wanted.items()
        if _to_do(states.get(key), options)
    ]
    return replace(work, jobs=longest_first(jobs))


def longest_first(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """The order of work: a long recording begun last would keep everybody waiting."""
    return tuple(sorted(jobs, key=lambda job: (-job.seconds, job.recording.name)))


def absolute(recording: Recording) -> Recording:
    """The recording by paths that hold in any process; links stay links, the name stays."""
    leg = recording.customer_leg
    places = {"path": recording.path.absolute(), "customer_leg": leg.absolute() if leg else None}
    return recording.model_copy(update=places)


def _to_do(state: str | None, options: BatchOptions) -> bool:
    if state is None or options.force:
        return True
    return state in ("pending", "running") or (state == "failed" and options.retry_failed)


def _job(key: str, sha256: str, recording: Recording) -> Job:
    seconds = sum(audio.probe_seconds(file) for file in _files(recording))
    return Job(key=key, sha256=sha256, recording=absolute(recording), seconds=seconds)


def _files(recording: Recording) -> Sequence[Path]:
    return [recording.path, *([recording.customer_leg] if recording.customer_leg else [])]


def _place(file: Path) -> str:
    return os.fsencode(file.absolute()).decode("utf-8", "backslashreplace")


def _sha256(recording: Recording, known: dict[str, FileState], seen: dict[str, FileState]) -> str:
    """Content identity; files whose size and time did not change are not read again."""
    files = _files(recording)
    if len(files) > 1:
        return audio.sha256_of_files(files)  # a pair's identity is its own; the cache holds single files
    (file,) = files
    place = _place(file)
    try:
        about = file.stat()
    except OSError:
        return audio.sha256_of_files(files)  # it raises the message that people know
    state = known.get(place)
    if state is None or (state.size, state.mtime_ns) != (about.st_size, about.st_mtime_ns):
        state = FileState(about.st_size, about.st_mtime_ns, audio.sha256_of_files(files))
    seen[place] = state
    return state.sha256


def _keep_text(recording: Recording, sha256: str, store: Store) -> str:
    key = text_key(sha256)
    if store.transcripts.text(key) is None:
        store.transcripts.put_text(key, sha256, read_saved(recording.path, recording.path.name))
    return key
