"""The log of who opened and heard which call, without a line for every reload and every part of a sound."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from analyzer.models.review import EventKind, Person
from analyzer.review.service import ReviewService

_REMEMBERED = 50_000


class AccessLog:
    """Notes what people see; the same again within a while is the same seeing."""

    def __init__(self, desk: ReviewService, apart: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`apart`: seconds after which it is seen anew."""
        self._desk = desk
        self._apart = apart
        self._clock = clock
        self._last: OrderedDict[tuple[str, EventKind, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, person: Person, kind: EventKind, call: str) -> None:
        """Somebody opened (`view`) or heard (`play`) a call."""
        what, now = (person.name, kind, call), self._clock()
        with self._lock:
            last = self._last.get(what)
            if last is not None and now - last < self._apart:
                return
            self._last[what] = now
            self._last.move_to_end(what)
            while len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
        self._desk.log_access(person, kind, [call])
