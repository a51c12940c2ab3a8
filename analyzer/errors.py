"""Every error this package raises on purpose, under one base.

A message names the file and says how to fix it: it is shown to a QA analyst as it is, without a traceback.
"""

from pathlib import Path


class AnalyzerError(Exception):
    """Base of all errors that a user can do something about."""


class UsageError(AnalyzerError):
    """The command's arguments do not fit together or name something that does not exist (exit 2)."""


class BankError(AnalyzerError):
    """A phrase bank cannot be used (exit 2); the message names file, line and key."""

    def __init__(self, path: Path | str, line: int | None, key: str, problem: str) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class ModelUnavailableError(AnalyzerError):
    """The Whisper model is neither a folder nor cached nor downloadable now (exit 2)."""


class RecordingError(AnalyzerError):
    """One recording cannot be processed; it becomes an `unscorable` row, the batch goes on (exit 3)."""


class RecordingChangedError(RecordingError):
    """A recording is not any more what it was when it was found: written on, or gone. Nothing is kept of it."""


class StoreError(AnalyzerError):
    """The store cannot be read or written now; what was acknowledged is kept, the same command goes on (exit 2)."""


class SourceError(AnalyzerError):
    """Where recordings are kept cannot be reached now; none is given up for it, the same command goes on (exit 2)."""


class RefusedError(AnalyzerError):
    """A person may not do this, or not now; `key` is the machine key under which review has words for it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
