"""Reports and transcripts of calls from what the store has; `score` and `rescore` both make them here.

A report made from the same words, bank and program is read from the store; others are made on all cores: 10,000
calls take minutes on one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from analyzer.asr.model_folder import second_pass_key
from analyzer.asr.transcript_files import is_transcript_file, load_transcript, parse_transcript
from analyzer.errors import AnalyzerError, RecordingError, StoreError, UsageError
from analyzer.files import package_sha256
from analyzer.jobs.plan import Plan, absolute
from analyzer.jobs.worker_configuration import process_map
from analyzer.models.bank import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall, StoredRun
from analyzer.models.transcript import AudioTranscript, EngineInfo, FailedTranscript, Outcome, Transcript
from analyzer.pipeline.score import TEXT_ENGINE, AgentChannelOption, Scorer
from analyzer.store.results import StoredReport, call_key
from analyzer.store.results_store import has_run, results_store
from analyzer.store.store import Store

_DECIDING = ("models", "language", "bank", "entities", "asr", "matching", "scoring", "pipeline")
"""packages whose code decides a report"""

ReadTranscript = tuple[str, Transcript | str]
"""call id, and its transcript or why there is none"""


def kept_calls(recordings: Sequence[Recording], work: Plan, second: EngineInfo | None) -> tuple[StoredCall, ...]:
    """Which call's words are kept where, in the order given; `second` made the second readings.

    Paths are kept absolute: whoever listens later may stand in another folder.
    """
    return tuple(
        StoredCall(
            recording=absolute(recording),
            audio_sha256=work.sha256.get(recording.name),
            key=work.keys.get(recording.name),
            second_key=_second_key(recording, work, second),
            unreadable=work.unreadable.get(recording.name),
        )
        for recording in recordings
    )


def _second_key(recording: Recording, work: Plan, second: EngineInfo | None) -> str | None:
    sha256 = work.sha256.get(recording.name)
    return second_pass_key(sha256, second) if sha256 and second and not recording.is_transcript else None


def report_of(call: StoredCall, run: StoredRun, store: Store, scorer: Scorer) -> Report:
    """The report of one call from what is kept alone; whatever a call does to the scorer is that call's row.

    Raises StoreError when the store cannot be read.
    """
    engine = TEXT_ENGINE if call.recording.is_transcript else run.engine
    try:
        return _report_from_store(call, run, store, scorer, engine)
    except StoreError:
        raise
    except RecordingError as error:
        return scorer.unscorable(call.recording, str(error), None, engine)
    except Exception as error:  # noqa: BLE001 - its message is left out: it may hold what was said
        what = f"{call.recording.name}: cannot be scored (internal error: {type(error).__name__}). Please report it."
        return scorer.unscorable(call.recording, what, None, engine)


def _report_from_store(call: StoredCall, run: StoredRun, store: Store, scorer: Scorer, engine: EngineInfo) -> Report:
    recording = call.recording
    if call.key is None:
        return scorer.unscorable(recording, call.unreadable or f"{recording.name}: was not read.", None, engine)
    if recording.is_transcript:
        text = store.transcripts.text(call.key)
        return (
            scorer.score_transcript(recording, text)
            if text is not None
            else scorer.unscorable(recording, _gone(recording), None, engine)
        )
    outcome = store.transcripts.get(call.key)
    if outcome is None:
        return scorer.unscorable(recording, _gone(recording), None, engine)
    readings = store.transcripts.second_pass(call.second_key) if call.second_key else None
    agent_channel = AgentChannelOption(run.side, given=run.side_given)
    return scorer.score_audio(recording, _own_name(outcome, recording), agent_channel, engine, readings)


def transcript_of(call: StoredCall, run: StoredRun, store: Store, scorer: Scorer) -> Transcript:
    """What was heard in one call, by speaker. Raises RecordingError when nothing is kept of it."""
    recording = call.recording
    if call.key is None:
        raise RecordingError(call.unreadable or f"{recording.name}: was not read.")
    if recording.is_transcript:
        text = store.transcripts.text(call.key)
        if text is None:
            raise RecordingError(_gone(recording))
        return parse_transcript(text, recording.path.name)
    outcome = store.transcripts.get(call.key)
    if outcome is None:
        raise RecordingError(_gone(recording))
    if isinstance(outcome, FailedTranscript):
        raise RecordingError(outcome.error)
    return scorer.speakers(recording, outcome, AgentChannelOption(run.side, given=run.side_given))


def _gone(recording: Recording) -> str:
    return f"{recording.name}: its transcript is gone. Run the same `analyzer score` again."


def _own_name(outcome: Outcome, recording: Recording) -> AudioTranscript | FailedTranscript:
    """A failure kept under another file's name of the same content is told with this file's name."""
    if isinstance(outcome, FailedTranscript) and outcome.name:
        return outcome.model_copy(update={"error": outcome.error.replace(outcome.name, recording.path.name)})
    return outcome


def read_transcripts(
    paths: Sequence[Path], scorer: Scorer, tell: Callable[[str], None]
) -> tuple[list[tuple[str, Transcript]], int]:
    """Call id and transcript of every call under `paths`, and how many could not be read.

    A path is a transcript file, a folder of them, or a folder that `analyzer score --out` has written; `scorer` finds
    out which side of a recording is the agent. `tell` is told of those left out. Raises UsageError when there is
    none at all.
    """
    read: list[tuple[str, Transcript]] = []
    failed = 0
    for path in paths:
        for call_id, transcript in _calls(path, scorer):
            if isinstance(transcript, str):
                tell(f"left out: {transcript}")
                failed += 1
            else:
                read.append((call_id, transcript))
    if not read:
        raise UsageError(f"No transcripts found in {', '.join(map(str, paths))}. Give transcript .json files.")
    return read, failed


def _calls(path: Path, scorer: Scorer) -> Iterable[ReadTranscript]:
    return _kept(path, scorer) if has_run(path) else _saved(_files(path))


def _saved(files: Iterable[Path]) -> Iterator[ReadTranscript]:
    for file in files:
        try:
            transcript = load_transcript(file)
        except RecordingError as error:
            yield file.stem, str(error)
            continue
        yield transcript.call_id or file.stem, transcript


def _kept(out: Path, scorer: Scorer) -> Iterator[ReadTranscript]:
    store = Store(results_store(out, None))
    run = store.run_of(out)
    for call in run.calls:
        try:
            transcript = transcript_of(call, run, store, scorer)
        except RecordingError as error:
            yield call.recording.call_id, str(error)
            continue
        # a manifest's id counts before the transcript's own
        from_manifest = call.recording.call_id != call.recording.path.stem
        yield call.recording.call_id if from_manifest else transcript.call_id or call.recording.call_id, transcript


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise AnalyzerError(f"{path}: no such file or folder.")
    for file in sorted(path.rglob("*.json")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if not hidden and is_transcript_file(file):
            yield file


def fresh_reports(run: StoredRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order, made anew. The same whatever the number of processes."""
    return list(_scored(run, run.calls, store, scorer, processes))


def cached_reports(run: StoredRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order; those made from the same before are read, the others made and kept.

    So is the bank: whoever reviews them needs it.
    """
    store.banks.put(scorer.bank)
    keys = [call_key(call) for call in run.calls]
    inputs = _inputs(run, store, scorer)
    known = store.reports.inputs(keys)
    cached = store.reports.get([key for key in keys if known.get(key) == inputs[key]])
    missing = [call for call, key in zip(run.calls, keys, strict=True) if key not in cached]
    made = dict(zip(map(call_key, missing), _scored(run, missing, store, scorer, processes), strict=True))
    store.reports.put([StoredReport(call, made[call_key(call)], inputs[call_key(call)]) for call in missing])
    return [cached.get(key) or made[key] for key in keys]


def _inputs(run: StoredRun, store: Store, scorer: Scorer) -> dict[str, str]:
    """Of each call, everything that its report is made from, as one hash."""
    words = [key for call in run.calls for key in (call.key, call.second_key) if key]
    hashes = store.transcripts.hashes(words)
    common = [run.engine.model_dump_json(), run.side, run.side_given, scorer.bank.sha256, scoring_code_version()]
    return {
        call_key(call): hashlib.sha256(
            json.dumps([common, repr(call), *(hashes.get(key or "") for key in (call.key, call.second_key))]).encode()
        ).hexdigest()
        for call in run.calls
    }


def scoring_code_version() -> str:
    """The code that makes reports: another version makes them again, without anybody counting versions."""
    return package_sha256(*_DECIDING)


def _scored(
    run: StoredRun, calls: Sequence[StoredCall], store: Store, scorer: Scorer, processes: int | None
) -> Iterator[Report]:
    shared = (scorer.bank, run.model_copy(update={"calls": ()}), store.address)
    return process_map(_scoring, shared, calls, local=_scorer_of_calls(run, store, scorer), processes=processes)


def _scoring(bank: PhraseBank, run: StoredRun, address: str) -> Callable[[StoredCall], Report]:
    """What scores a call in a process of its own."""
    return _scorer_of_calls(run, Store(address), Scorer(bank))


def _scorer_of_calls(run: StoredRun, store: Store, scorer: Scorer) -> Callable[[StoredCall], Report]:
    return lambda call: report_of(call, run, store, scorer)
