"""What the app remembers of recent requests: failed sign-ins, and which access is logged already."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from analyzer.models.review import EventKind, Person
from analyzer.review.service import ReviewService

_THROTTLED_KEYS = 10_000  # remembered at once; more are an attack, and the oldest go first
_LOGGED_KEYS = 50_000


class LoginThrottle:
    """Counts failed sign-ins by key (a name, an address) within a sliding window."""

    def __init__(self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `limit` failures of one key in `window` seconds."""
        self._limit = limit
        self._window = window
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> float:
        """Seconds until another attempt with all these keys is allowed; 0 when it is now."""
        now = self._clock()
        with self._lock:
            return max((self._left(key, now) for key in keys), default=0.0)

    def failed(self, *keys: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            for key in keys:
                self._failures.setdefault(key, deque(maxlen=self._limit)).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _THROTTLED_KEYS:
                self._failures.popitem(last=False)

    def _left(self, key: str, now: float) -> float:
        times = self._failures.get(key, ())
        recent = [moment for moment in times if now - moment < self._window]
        return self._window - (now - recent[0]) if len(recent) >= self._limit else 0.0


class AccessLog:
    """Logs who opened and played which call, but not again for reloads and the parts of one recording."""

    def __init__(self, service: ReviewService, interval: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`interval`: seconds after which the same access is logged again."""
        self._service = service
        self._interval = interval
        self._clock = clock
        self._last: OrderedDict[tuple[str, EventKind, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, person: Person, kind: EventKind, call: str) -> None:
        """Log that a person opened (`view`) or played a call."""
        key, now = (person.name, kind, call), self._clock()
        with self._lock:
            last = self._last.get(key)
            if last is not None and now - last < self._interval:
                return
            self._last[key] = now
            self._last.move_to_end(key)
            while len(self._last) > _LOGGED_KEYS:
                self._last.popitem(last=False)
        self._service.log_access(person, kind, [call])
