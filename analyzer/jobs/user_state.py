"""What is kept for a user and machine, whatever is scored: the XDG state folder."""

import os
from pathlib import Path


def state_file(name: str) -> Path:
    """A file of ours in `$XDG_STATE_HOME`, or where it is when nobody set that."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "analyzer" / name
