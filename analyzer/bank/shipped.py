"""Where the shipped phrase bank is: inside an installed package, or beside it in a checkout."""

from pathlib import Path

from analyzer.errors import UsageError

_BANK = "pln123"


def shipped_bank() -> Path:
    """Folder of the PLN 123 bank."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_phrase_bank" / _BANK, package.parent / "phrase_bank" / _BANK):
        if folder.is_dir():
            return folder
    raise UsageError("The shipped phrase bank is missing from this installation. Install again, or give --bank.")
