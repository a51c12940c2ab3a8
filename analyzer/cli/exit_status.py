"""Exit statuses (contract)."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script may rely on."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    SOME_FAILED = 3
    BELOW_MARK = 4
    INTERRUPTED = 130
