"""The address of the store that a results folder was made with. Imports nothing heavy: commands use it first."""

from pathlib import Path

from analyzer.errors import UsageError
from analyzer.files import write_atomically

DATABASE_NAME = "analyzer.db"  # of the SQLite store in a results folder
_NOTE = "store.txt"  # in a results folder whose store is elsewhere: its address, without a password


def has_run(out: Path) -> bool:
    """True when `out` is a results folder whose calls can be scored again."""
    return (out / DATABASE_NAME).is_file() or (out / _NOTE).is_file()


def results_store(out: Path, given: str | None) -> str | Path:
    """Address of the store of a results folder. Raises UsageError, which says how to fix it, when there is none."""
    if given:
        return given
    if (out / DATABASE_NAME).is_file():
        return out / DATABASE_NAME
    note = out / _NOTE
    if note.is_file():
        return note.read_text("utf-8").strip()
    raise UsageError(f"{out}: no kept transcripts there. Give a folder that `analyzer score --out` has written.")


def write_store_note(out: Path, shown: str) -> None:
    """Write the store's address (without password) into a results folder whose store is elsewhere."""
    data = f"{shown}\n".encode()
    note = out / _NOTE
    if not note.is_file() or note.read_bytes() != data:
        write_atomically(note, data)
