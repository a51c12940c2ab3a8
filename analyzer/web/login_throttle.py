"""How often somebody may be wrong before having to wait."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_KEYS_MAX = 10_000  # names and addresses remembered at once; more are an attack, and the oldest go first


class LoginThrottle:
    """Counts failures by key (a name, an address) within a window that moves."""

    def __init__(self, most: int, window: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Let `most` failures of one key pass in `window` seconds."""
        self._most = most
        self._window = window
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> float:
        """Seconds until another try with all these keys is allowed; 0 when it is now."""
        now = self._clock()
        with self._lock:
            return max((self._left(key, now) for key in keys), default=0.0)

    def failed(self, *keys: str) -> None:
        """Note a failure."""
        now = self._clock()
        with self._lock:
            for key in keys:
                self._failures.setdefault(key, deque(maxlen=self._most)).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _KEYS_MAX:
                self._failures.popitem(last=False)

    def _left(self, key: str, now: float) -> float:
        times = self._failures.get(key, ())
        recent = [moment for moment in times if now - moment < self._window]
        return self._window - (now - recent[0]) if len(recent) >= self._most else 0.0
