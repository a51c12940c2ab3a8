"""Ctrl-C in the midst of a transaction waits until it is over: neither SQLAlchemy nor SQLite can be left half-way.

An interrupt between two lines of theirs leaves a transaction open that nobody knows of; the lock that it holds then
keeps out the very process that wants to give back its claims, for as long as it waits for the lock: minutes.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_pending_signals: list[int] = []


class Interrupted(Exception):  # noqa: N818 - it ends a transaction that has not begun, and never gets further
    """Something that can be left at once found an interrupt waiting."""


def raise_if_interrupted() -> None:
    """End the transaction here, where nothing is done yet, when an interrupt waits. For loops that wait for a lock."""
    if _pending_signals and threading.current_thread() is threading.main_thread():
        raise Interrupted


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Signals that Python code handles are handled when the block is over; a second one at once.

    Only in the main thread, which alone handles signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {one: signal.getsignal(one) for one in _SIGNALS}
    swapped = {one: handler for one, handler in handlers.items() if callable(handler)}

    def later(number: int, frame: FrameType | None) -> None:
        if _pending_signals:
            swapped[signal.Signals(number)](number, frame)
        _pending_signals.append(number)

    for one in swapped:
        signal.signal(one, later)
    try:
        yield
    finally:
        for one, handler in swapped.items():
            signal.signal(one, handler)
        came, _pending_signals[:] = _pending_signals[:1], []
        for number in came:
            swapped[signal.Signals(number)](number, None)
