"""Saved transcripts as calls, for commands that need no audio."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.errors import AnalyzerError, RecordingError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from analyzer.models.transcript import Transcript

_RESULTS, _KEPT = "results.jsonl", "transcripts"


def read_transcripts(paths: Sequence[Path], console: "Console") -> tuple[list[tuple[str, "Transcript"]], int]:
    """Call id and transcript of every saved transcript under `paths`, and how many could not be read.

    Those are named on `console`. Raises UsageError when there is none at all.
    """
    from analyzer.transcribe.saved import load_transcript

    read: list[tuple[str, Transcript]] = []
    failed = 0
    for path in paths:
        for file in _files(path):
            try:
                transcript = load_transcript(file)
            except RecordingError as error:
                console.print(f"left out: {error}", style="yellow", highlight=False, markup=False)
                failed += 1
                continue
            read.append((transcript.call_id or file.stem, transcript))
    if not read:
        raise UsageError(f"No transcripts found in {', '.join(map(str, paths))}. Give transcript .json files.")
    return read, failed


def _files(path: Path) -> Iterator[Path]:
    from analyzer.transcribe.saved import is_transcript_file

    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise AnalyzerError(f"{path}: no such file or folder.")
    if (path / _RESULTS).is_file() and (path / _KEPT).is_dir():
        raise UsageError(
            f"{path}: transcripts kept by `analyzer score` do not say which call or which side they are; "
            "give transcripts in the format of README.md."
        )
    for file in sorted(path.rglob("*.json")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if not hidden and is_transcript_file(file):
            yield file
