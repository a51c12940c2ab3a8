"""Where the banks are that come with the program: inside an installed package, or beside it in a checkout."""

from pathlib import Path

from analyzer.errors import UsageError

TEMPLATE = "template"
_BANK = "pln123"


def shipped_bank(name: str = _BANK) -> Path:
    """Folder of the PLN 123 bank, or of the template for new banks."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_phrase_bank" / name, package.parent / "phrase_bank" / name):
        if folder.is_dir():
            return folder
    raise UsageError("The shipped phrase bank is missing from this installation. Install again, or give --bank.")
