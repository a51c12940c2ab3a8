"""What many recordings ask of one recogniser, answered by one thread in shared batches."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import assert_never

from analyzer.pipeline.listening import Align, Answer, AskLanguage, Read, Request
from analyzer.transcribe.base import Clip, Encoding, Features, Heard, Transcriber

_KEPT_BYTES = 192 << 20  # of encodings kept for alignment, 43 windows of `small`; others are encoded again if needed
_PATIENCE = 0.05  # seconds to wait for more windows before a batch is written that is not full


@dataclass(eq=False)
class Asker:
    """Who asks; one request at a time."""

    answers: list[Heard | None] = field(default_factory=list)
    missing: int = 0
    kept_bytes: int = 0
    dead: bool = False


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
    """Where answers go; called from the pool's thread, so they must only pass them on."""

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
        self._encoded: list[_Item] = []
        self._aligns: list[tuple[Asker, int, Heard]] = []
        self._languages: list[tuple[Asker, Sequence[Clip]]] = []
        self._kept = 0
        self._stopped = False
        self._ahead = ThreadPoolExecutor(preparers, thread_name_prefix="features")
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

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
            self._news.notify()

    def forget(self, asker: Asker) -> None:
        """Nothing more is wanted for this one; what is kept for it is let go."""
        with self._news:
            asker.dead = True
            self._kept -= asker.kept_bytes
            asker.kept_bytes = 0

    def wake(self) -> None:
        """Something changed outside: `more_to_come` may answer differently."""
        with self._news:
            self._news.notify()

    def stop(self) -> None:
        """End the thread once nothing is left to do."""
        with self._news:
            self._stopped = True
            self._news.notify()
        self._thread.join()
        self._ahead.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._ready():
                    if self._stopped and not self._encoded:
                        return
                    timeout = _PATIENCE if self._encoded else None
                    if not self._news.wait(timeout):
                        break  # patience is over: write what there is
            self._work()

    def _ready(self) -> bool:
        """Whether there is something better to do than to wait."""
        if self._reads or self._aligns or self._languages:
            return True
        return bool(self._encoded) and not self._ends.more_to_come()

    def _work(self) -> None:
        """The most urgent thing: a full batch, then what may finish a recording, then the next windows."""
        size = self._transcriber.batch_size
        with self._news:
            self._bury()
            aligns = self._aligns[:size]
            languages = self._languages[:1]
            room = size - len(self._encoded)
            waiting = bool(self._reads)
        if room <= 0 or (self._encoded and not (waiting or aligns or languages)):
            self._write()
        elif aligns:
            self._align(aligns)
        elif languages:
            self._language(*languages[0])
        elif waiting:
            self._encode(room)

    def _bury(self) -> None:
        self._reads = [item for item in self._reads if not item.asker.dead]
        self._encoded = [item for item in self._encoded if not item.asker.dead]
        self._aligns = [one for one in self._aligns if not one[0].dead]

    def _encode(self, room: int) -> None:
        count = min(room, self._transcriber.encode_size)
        with self._news:
            items = [self._reads.pop() for _ in range(min(count, len(self._reads)))]
            for item in (*items, *self._reads[-count:]):  # those of the next round are made while the model works
                if item.features is None:
                    item.features = self._ahead.submit(self._transcriber.features, item.clip)
        try:
            encodings = self._transcriber.encode([item.features.result() for item in items if item.features])
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever waits for the answer
            self._fail([item.asker for item in items], error)
            return
        for item, encoding in zip(items, encodings, strict=True):
            item.encoding, item.features = encoding, None
        self._encoded += items

    def _write(self) -> None:
        size = self._transcriber.batch_size
        items, self._encoded = self._encoded[:size], self._encoded[size:]
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
        with self._news:
            self._aligns = self._aligns[len(batch) :]
        try:
            found = self._transcriber.align([heard for _, _, heard in batch])
        except Exception as error:  # noqa: BLE001
            self._fail([asker for asker, _, _ in batch], error)
            return
        for (asker, index, _), heard in zip(batch, found, strict=True):
            self._answer(asker, index, replace(heard, encoding=None))

    def _language(self, asker: Asker, clips: Sequence[Clip]) -> None:
        with self._news:
            self._languages = self._languages[1:]
        try:
            language = self._transcriber.detect_language(clips)[0]
        except Exception as error:  # noqa: BLE001
            self._fail([asker], error)
            return
        self._ends.answered(asker, language)

    def _answer(self, asker: Asker, index: int, heard: Heard) -> None:
        asker.answers[index] = heard
        asker.missing -= 1
        if not asker.missing and not asker.dead:
            self._ends.answered(asker, [one for one in asker.answers if one is not None])

    def _fail(self, askers: Sequence[Asker], error: Exception) -> None:
        for asker in dict.fromkeys(askers):
            self._ends.failed(asker, error)
