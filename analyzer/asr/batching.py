"""What many recordings ask of one recogniser, answered in shared batches by as many threads as it has lanes.

Each lane encodes windows until it has a batch and writes that, whatever the others do: the encoder keeps every core
busy, the decoder waits for memory, so two lanes at different steps do more than one that has both cores for each.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import assert_never

from analyzer.asr.recogniser import Clip, Encoding, Features, Heard, Transcriber
from analyzer.asr.requests import Align, Answer, AskLanguage, Read, Request

_KEPT_BYTES = 192 << 20  # of encodings kept for alignment, 43 windows of `small`; others are encoded again if needed
_PATIENCE = 0.05  # seconds to wait for more windows before a batch is written that is not full


@dataclass(eq=False)
class Asker:
    """Who asks; one request at a time."""

    answers: list[Heard | None] = field(default_factory=list)
    missing: int = 0
    kept_bytes: int = 0
    dead: bool = False
    failed: bool = False


@dataclass(eq=False)
class _Item:
    """One window of a request."""

    asker: Asker
    index: int
    clip: Clip
    features: "Future[Features] | None" = None
    encoding: Encoding | None = None


@dataclass(frozen=True)
class Ends:
    """Where answers go; called from the pool's threads, so they must only pass them on."""

    answered: Callable[[Asker, Answer], None]
    failed: Callable[[Asker, Exception], None]
    more_to_come: Callable[[], bool]


class Pool:
    """Windows waiting to be encoded, encoded ones waiting for a full batch, words waiting for their times."""

    def __init__(self, transcriber: Transcriber, ends: Ends, preparers: int = 1) -> None:
        self._transcriber = transcriber
        self._ends = ends
        self._news = threading.Condition()
        self._reads: list[_Item] = []  # sorted: longest last, so that it is taken first
        self._aligns: list[tuple[Asker, int, Heard]] = []
        self._languages: list[tuple[Asker, Sequence[Clip]]] = []
        self._kept = 0
        self._stopped = False
        self._ahead = ThreadPoolExecutor(preparers, thread_name_prefix="features")
        self._lanes = [
            threading.Thread(target=self._run, name=f"model_{lane}", daemon=True) for lane in range(transcriber.lanes)
        ]
        for lane in self._lanes:
            lane.start()

    def ask(self, asker: Asker, request: Request) -> None:
        """Put a request; its answer comes through `Ends`."""
        with self._news:
            match request:
                case Read(clips):
                    asker.answers, asker.missing = [None] * len(clips), len(clips)
                    self._reads += [_Item(asker, index, clip) for index, clip in enumerate(clips)]
                    self._reads.sort(key=lambda item: item.clip.window.seconds)
                case Align(heard):
                    asker.answers, asker.missing = [None] * len(heard), len(heard)
                    self._aligns += [(asker, index, one) for index, one in enumerate(heard)]
                case AskLanguage(clips):
                    self._languages.append((asker, clips))
                case _:
                    assert_never(request)
            self._news.notify_all()

    def forget(self, asker: Asker) -> None:
        """Nothing more is wanted for this one; what is kept for it is let go."""
        with self._news:
            asker.dead = True
            self._kept -= asker.kept_bytes
            asker.kept_bytes = 0

    def wake(self) -> None:
        """Something changed outside: `more_to_come` may answer differently."""
        with self._news:
            self._news.notify_all()

    def stop(self) -> None:
        """End the threads once nothing is left to do."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        for lane in self._lanes:
            lane.join()
        self._ahead.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        encoded: list[_Item] = []  # this lane's own
        while True:
            with self._news:
                while not self._ready(encoded):
                    if self._stopped and not encoded:
                        return
                    timeout = _PATIENCE if encoded else None
                    if not self._news.wait(timeout):
                        break  # patience is over: write what there is
                work = self._next(encoded)
            if work is not None:
                work()

    def _ready(self, encoded: list[_Item]) -> bool:
        """Whether there is something better to do than to wait."""
        if self._reads or self._aligns or self._languages:
            return True
        return bool(encoded) and not self._ends.more_to_come()

    def _next(self, encoded: list[_Item]) -> Callable[[], None] | None:
        """The most urgent thing: a full batch, then what may finish a recording, then the next windows."""
        size = self._transcriber.batch_size
        self._bury()
        encoded[:] = [item for item in encoded if not item.asker.dead]
        room = size - len(encoded)
        if room <= 0 or (encoded and not (self._reads or self._aligns or self._languages)):
            batch, encoded[:] = encoded[:size], encoded[size:]
            return partial(self._write, batch)
        if self._aligns:
            chosen, self._aligns = self._aligns[:size], self._aligns[size:]
            return partial(self._align, chosen)
        if self._languages:
            return partial(self._language, *self._languages.pop(0))
        return partial(self._encode, self._taken(room), encoded) if self._reads else None

    def _bury(self) -> None:
        self._reads = [item for item in self._reads if not item.asker.dead]
        self._aligns = [one for one in self._aligns if not one[0].dead]

    def _taken(self, room: int) -> list[_Item]:
        """The next windows to encode, at most `room`; the features of those after them are made meanwhile."""
        count = min(room, self._transcriber.encode_size)
        items = [self._reads.pop() for _ in range(min(count, len(self._reads)))]
        for item in (*items, *self._reads[-count * len(self._lanes) :]):
            if item.features is None:
                item.features = self._ahead.submit(self._transcriber.features, item.clip)
        return items

    def _encode(self, items: Sequence[_Item], encoded: list[_Item]) -> None:
        try:
            encodings = self._transcriber.encode([item.features.result() for item in items if item.features])
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever waits for the answer
            self._fail([item.asker for item in items], error)
            return
        for item, encoding in zip(items, encodings, strict=True):
            item.encoding, item.features = encoding, None
        encoded += items

    def _write(self, items: Sequence[_Item]) -> None:
        try:
            found = self._transcriber.write(
                [item.clip for item in items], [item.encoding for item in items if item.encoding is not None]
            )
        except Exception as error:  # noqa: BLE001
            self._fail([item.asker for item in items], error)
            return
        for item, heard in zip(items, found, strict=True):
            self._answer(item.asker, item.index, self._light(item.asker, heard))

    def _light(self, asker: Asker, heard: Heard) -> Heard:
        """With its encoding only while there is room, and when it may be needed."""
        size = heard.encoding.nbytes if heard.encoding is not None else 0
        with self._news:
            if heard.can_align and not asker.dead and self._kept + size <= _KEPT_BYTES:
                self._kept += size
                asker.kept_bytes += size
                return heard
        return replace(heard, encoding=None)

    def _align(self, batch: Sequence[tuple[Asker, int, Heard]]) -> None:
        try:
            found = self._transcriber.align([heard for _, _, heard in batch])
        except Exception as error:  # noqa: BLE001
            self._fail([asker for asker, _, _ in batch], error)
            return
        for (asker, index, _), heard in zip(batch, found, strict=True):
            self._answer(asker, index, replace(heard, encoding=None))

    def _language(self, asker: Asker, clips: Sequence[Clip]) -> None:
        try:
            language = self._transcriber.detect_language(clips)[0]
        except Exception as error:  # noqa: BLE001
            self._fail([asker], error)
            return
        self._ends.answered(asker, language)

    def _answer(self, asker: Asker, index: int, heard: Heard) -> None:
        with self._news:
            if asker.dead:  # another of its windows failed while this one was written
                return
            asker.answers[index] = heard
            asker.missing -= 1
            if asker.missing:
                return
        self._ends.answered(asker, [one for one in asker.answers if one is not None])

    def _fail(self, askers: Sequence[Asker], error: Exception) -> None:
        for asker in dict.fromkeys(askers):
            with self._news:
                failed, asker.failed = asker.failed, True
            if not failed:
                self._ends.failed(asker, error)
