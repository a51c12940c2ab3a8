"""Transcripts of calls, for commands that need no audio: saved ones, or those that a run keeps."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.errors import AnalyzerError, RecordingError, UsageError
from analyzer.store.results_store import has_run, results_store

if TYPE_CHECKING:
    from rich.console import Console

    from analyzer.models.transcript import Transcript
    from analyzer.pipeline.score import Scorer

    Read = tuple[str, Transcript | str]  # call id, and its transcript or why there is none


def read_transcripts(
    paths: Sequence[Path], scorer: "Scorer", console: "Console"
) -> tuple[list[tuple[str, "Transcript"]], int]:
    """Call id and transcript of every call under `paths`, and how many could not be read.

    A path is a transcript file, a folder of them, or a folder that `analyzer score --out` has written; `scorer` finds
    out which side of a recording is the agent. Those left out are named on `console`. Raises UsageError when there is
    none at all.
    """
    read: list[tuple[str, Transcript]] = []
    failed = 0
    for path in paths:
        for call_id, transcript in _calls(path, scorer):
            if isinstance(transcript, str):
                console.print(f"left out: {transcript}", style="yellow", highlight=False, markup=False)
                failed += 1
            else:
                read.append((call_id, transcript))
    if not read:
        raise UsageError(f"No transcripts found in {', '.join(map(str, paths))}. Give transcript .json files.")
    return read, failed


def _calls(path: Path, scorer: "Scorer") -> Iterable["Read"]:
    return _kept(path, scorer) if has_run(path) else _saved(_files(path))


def _saved(files: Iterable[Path]) -> Iterator["Read"]:
    from analyzer.asr.transcript_files import load_transcript

    for file in files:
        try:
            transcript = load_transcript(file)
        except RecordingError as error:
            yield file.stem, str(error)
            continue
        yield transcript.call_id or file.stem, transcript


def _kept(out: Path, scorer: "Scorer") -> Iterator["Read"]:
    from analyzer.jobs.stored_calls import transcript_of
    from analyzer.store.store import Store

    store = Store(results_store(out, None))
    run = store.run_of(out)
    for call in run.calls:
        try:
            transcript = transcript_of(call, run, store, scorer)
        except RecordingError as error:
            yield call.recording.call_id, str(error)
            continue
        own = call.recording.call_id != call.recording.path.stem  # a manifest's id counts before the transcript's own
        yield call.recording.call_id if own else transcript.call_id or call.recording.call_id, transcript


def _files(path: Path) -> Iterator[Path]:
    from analyzer.asr.transcript_files import is_transcript_file

    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise AnalyzerError(f"{path}: no such file or folder.")
    for file in sorted(path.rglob("*.json")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if not hidden and is_transcript_file(file):
            yield file
