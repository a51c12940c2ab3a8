"""Shared batches: windows of many recordings through one recogniser, by its model threads.

Each thread encodes windows until it has a batch and decodes that batch, independently of the others. The encoder keeps
every core busy and the decoder waits for memory, so two threads at different steps do more than one with both cores.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import assert_never

from analyzer.asr.recogniser import (
    AlignRequest,
    AudioWindow,
    DecodedWindow,
    DecodeRequest,
    DetectLanguageRequest,
    Encoding,
    Features,
    Recogniser,
    Request,
    Response,
)

_KEPT_BYTES = 192 << 20  # of encodings kept for alignment, 43 windows of `small`; others are encoded again if needed
_BATCH_WAIT = 0.05  # seconds to wait for more windows before a batch is decoded that is not full


@dataclass(eq=False)
class Client:
    """Who sends requests, one at a time: a recording."""

    answers: list[DecodedWindow | None] = field(default_factory=list)
    missing: int = 0
    kept_bytes: int = 0
    cancelled: bool = False
    failed: bool = False


@dataclass(eq=False)
class _QueuedWindow:
    """One window of a request."""

    client: Client
    index: int
    audio: AudioWindow
    features: "Future[Features] | None" = None
    encoding: Encoding | None = None


@dataclass(frozen=True)
class Callbacks:
    """Where responses go; called from the model threads, so they must only pass them on."""

    answered: Callable[[Client, Response], None]
    failed: Callable[[Client, Exception], None]
    more_expected: Callable[[], bool]


class WindowBatcher:
    """Queues of windows to encode, encoded windows to decode in full batches, and decoded windows to align."""

    def __init__(self, recogniser: Recogniser, callbacks: Callbacks, feature_threads: int = 1) -> None:
        self._recogniser = recogniser
        self._callbacks = callbacks
        self._changed = threading.Condition()
        self._to_decode: list[_QueuedWindow] = []  # sorted: longest last, so that it is taken first
        self._to_align: list[tuple[Client, int, DecodedWindow]] = []
        self._to_detect: list[tuple[Client, Sequence[AudioWindow]]] = []
        self._kept_bytes = 0
        self._stopped = False
        self._feature_pool = ThreadPoolExecutor(feature_threads, thread_name_prefix="features")
        self._model_threads = [
            threading.Thread(target=self._run, name=f"model_{index}", daemon=True)
            for index in range(recogniser.model_threads)
        ]
        for thread in self._model_threads:
            thread.start()

    def submit(self, client: Client, request: Request) -> None:
        """Queue a request; the response comes through `Callbacks`."""
        with self._changed:
            match request:
                case DecodeRequest(windows):
                    client.answers, client.missing = [None] * len(windows), len(windows)
                    self._to_decode += [_QueuedWindow(client, index, window) for index, window in enumerate(windows)]
                    self._to_decode.sort(key=lambda queued: queued.audio.window.seconds)
                case AlignRequest(windows):
                    client.answers, client.missing = [None] * len(windows), len(windows)
                    self._to_align += [(client, index, window) for index, window in enumerate(windows)]
                case DetectLanguageRequest(windows):
                    self._to_detect.append((client, windows))
                case _:
                    assert_never(request)
            self._changed.notify_all()

    def cancel(self, client: Client) -> None:
        """Answer this client no more, and free what is kept for it."""
        with self._changed:
            client.cancelled = True
            self._kept_bytes -= client.kept_bytes
            client.kept_bytes = 0

    def wake(self) -> None:
        """Make the model threads look again: `more_expected` may answer differently now."""
        with self._changed:
            self._changed.notify_all()

    def stop(self) -> None:
        """End the threads once nothing is queued."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._model_threads:
            thread.join()
        self._feature_pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        encoded: list[_QueuedWindow] = []  # of this thread
        while True:
            with self._changed:
                while not self._ready(encoded):
                    if self._stopped and not encoded:
                        return
                    timeout = _BATCH_WAIT if encoded else None
                    if not self._changed.wait(timeout):
                        break  # waited long enough: decode what there is
                work = self._next(encoded)
            if work is not None:
                work()

    def _ready(self, encoded: list[_QueuedWindow]) -> bool:
        """Whether there is something better to do than to wait."""
        if self._to_decode or self._to_align or self._to_detect:
            return True
        return bool(encoded) and not self._callbacks.more_expected()

    def _next(self, encoded: list[_QueuedWindow]) -> Callable[[], None] | None:
        """The most urgent work: a full batch, then what may finish a recording, then the next windows."""
        size = self._recogniser.batch_size
        self._drop_cancelled()
        encoded[:] = [queued for queued in encoded if not queued.client.cancelled]
        room = size - len(encoded)
        if room <= 0 or (encoded and not (self._to_decode or self._to_align or self._to_detect)):
            batch, encoded[:] = encoded[:size], encoded[size:]
            return partial(self._decode, batch)
        if self._to_align:
            chosen, self._to_align = self._to_align[:size], self._to_align[size:]
            return partial(self._align, chosen)
        if self._to_detect:
            return partial(self._detect_language, *self._to_detect.pop(0))
        return partial(self._encode, self._take(room), encoded) if self._to_decode else None

    def _drop_cancelled(self) -> None:
        self._to_decode = [queued for queued in self._to_decode if not queued.client.cancelled]
        self._to_align = [item for item in self._to_align if not item[0].cancelled]

    def _take(self, room: int) -> list[_QueuedWindow]:
        """The next windows to encode, at most `room`; the features of those after them are made meanwhile."""
        count = min(room, self._recogniser.encode_size)
        taken = [self._to_decode.pop() for _ in range(min(count, len(self._to_decode)))]
        for queued in (*taken, *self._to_decode[-count * len(self._model_threads) :]):
            if queued.features is None:
                queued.features = self._feature_pool.submit(self._recogniser.features, queued.audio)
        return taken

    def _encode(self, batch: Sequence[_QueuedWindow], encoded: list[_QueuedWindow]) -> None:
        try:
            encodings = self._recogniser.encode([queued.features.result() for queued in batch if queued.features])
        except Exception as error:  # noqa: BLE001 - any error belongs to the client that waits for the response
            self._fail([queued.client for queued in batch], error)
            return
        for queued, encoding in zip(batch, encodings, strict=True):
            queued.encoding, queued.features = encoding, None
        encoded += batch

    def _decode(self, batch: Sequence[_QueuedWindow]) -> None:
        try:
            windows = self._recogniser.decode(
                [queued.audio for queued in batch],
                [queued.encoding for queued in batch if queued.encoding is not None],
            )
        except Exception as error:  # noqa: BLE001
            self._fail([queued.client for queued in batch], error)
            return
        for queued, window in zip(batch, windows, strict=True):
            self._answer(queued.client, queued.index, self._with_encoding_if_room(queued.client, window))

    def _with_encoding_if_room(self, client: Client, window: DecodedWindow) -> DecodedWindow:
        """The window with its encoding only when alignment may need it and there is room for it."""
        size = window.encoding.nbytes if window.encoding is not None else 0
        with self._changed:
            if window.can_align and not client.cancelled and self._kept_bytes + size <= _KEPT_BYTES:
                self._kept_bytes += size
                client.kept_bytes += size
                return window
        return replace(window, encoding=None)

    def _align(self, batch: Sequence[tuple[Client, int, DecodedWindow]]) -> None:
        try:
            windows = self._recogniser.align([window for _, _, window in batch])
        except Exception as error:  # noqa: BLE001
            self._fail([client for client, _, _ in batch], error)
            return
        for (client, index, _), window in zip(batch, windows, strict=True):
            self._answer(client, index, replace(window, encoding=None))

    def _detect_language(self, client: Client, windows: Sequence[AudioWindow]) -> None:
        try:
            language = self._recogniser.detect_language(windows)[0]
        except Exception as error:  # noqa: BLE001
            self._fail([client], error)
            return
        self._callbacks.answered(client, language)

    def _answer(self, client: Client, index: int, window: DecodedWindow) -> None:
        with self._changed:
            if client.cancelled:  # another of its windows failed while this one was decoded
                return
            client.answers[index] = window
            client.missing -= 1
            if client.missing:
                return
        self._callbacks.answered(client, [answer for answer in client.answers if answer is not None])

    def _fail(self, clients: Sequence[Client], error: Exception) -> None:
        for client in dict.fromkeys(clients):
            with self._changed:
                failed, client.failed = client.failed, True
            if not failed:
                self._callbacks.failed(client, error)
