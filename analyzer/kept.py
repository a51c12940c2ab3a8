"""The folder of kept transcripts: words made once, and the list that says which call they belong to."""

from pathlib import Path

from pydantic import ValidationError

from analyzer.errors import UsageError
from analyzer.files import write_atomically
from analyzer.models.kept import KeptRun

FOLDER = "transcripts"  # inside --out
_CALLS = "calls.json"


def transcripts_folder(out: Path) -> Path:
    """Where a results folder keeps its transcripts."""
    return out / FOLDER


def write_run(out: Path, run: KeptRun) -> None:
    """Keep the list of a run's calls; it replaces that of an earlier run as results.jsonl does."""
    file = transcripts_folder(out) / _CALLS
    data = (run.model_dump_json(exclude_none=True) + "\n").encode()
    if not file.is_file() or file.read_bytes() != data:  # a run that changes nothing touches nothing
        write_atomically(file, data)


def has_run(out: Path) -> bool:
    """True when `out` is a results folder whose calls can be scored again."""
    return (transcripts_folder(out) / _CALLS).is_file()


def read_run(out: Path) -> KeptRun:
    """The calls of a results folder. Raises UsageError naming the folder and the cure."""
    file = transcripts_folder(out) / _CALLS
    if not file.is_file():
        raise UsageError(f"{out}: no kept transcripts there. Give a folder that `analyzer score --out` has written.")
    try:
        return KeptRun.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        problem = " ".join(str(error).split())[:200]
        raise UsageError(f"{file}: cannot be read ({problem}). Run the same `analyzer score` again.") from error
