"""First readings and second looks by one loaded model: half the memory, and nothing is loaded again between them."""

from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

from analyzer.asr.cache_keys import is_second
from analyzer.jobs.tasks import Hands, SecondLookTask, TranscribeTask


@dataclass(frozen=True)
class ReadingTask:
    """Both tasks of one model."""

    first: TranscribeTask
    second: SecondLookTask

    @property
    def depth(self) -> int:
        """See `Task`."""
        return self.first.depth

    def using(self, threads: int) -> "ReadingTask":
        """The same for a worker that may use so many threads."""
        return replace(self, first=self.first.using(threads))

    def on_gpu(self, number: int) -> "ReadingTask":
        """See `Task`."""
        return replace(self, first=self.first.on_gpu(number))

    def elsewhere(self) -> "ReadingTask":
        """The same for a worker on another machine."""
        return replace(self, first=self.first.elsewhere())

    def start(self, owner: str) -> Hands:
        """See `Task`."""
        transcriber = self.first.load()
        again = transcriber.with_settings(self.second.transcribe, self.second.engine)
        return _Reading(self.first.hands(transcriber, owner), self.second.hands(again, owner))


class _Reading:
    """Hands for either kind; a second look waits for the first readings before it, for there is one model."""

    def __init__(self, first: Hands, second: Hands) -> None:
        self._first, self._second = first, second
        self._running: set[Future[None]] = set()

    def begin(self, key: str) -> "Future[None]":
        """See `Hands`."""
        if is_second(key):
            wait(self._running)
            self._running.clear()
            return self._second.begin(key)
        begun = self._first.begin(key)
        self._running = {one for one in self._running if not one.done()} | {begun}
        return begun

    def close(self) -> None:
        """See `Hands`."""
        self._first.close()
        self._second.close()
