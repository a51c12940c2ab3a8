"""Model threads in parallel: an error in one harms neither the others nor what comes after."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analyzer.asr.batching import Callbacks, Client, WindowBatcher
from analyzer.asr.recogniser import AudioWindow, DecodedWindow, DecodeRequest, Response
from analyzer.models.base import Span, window_of
from tests.fakes import FakeRecogniser

_PATIENCE = 60.0


@dataclass
class TwoThreads(FakeRecogniser):
    """Two batches are decoded at once, one in each thread; `then` is called with the thread's number, 0 or 1."""

    texts: list[list[str]] = field(default_factory=lambda: [["a"]] * 9)
    batch_size: int = 1
    model_threads: int = 2
    then: Callable[[int], None] = lambda _: None
    both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def decode(self, windows, encodings) -> list[DecodedWindow]:
        thread = self.both.wait(_PATIENCE)
        self.then(thread)
        return super().decode(windows, encodings)


def windows(count: int) -> DecodeRequest:
    """Of a channel each."""
    window = window_of([Span(start=0, end=2)])
    return DecodeRequest([AudioWindow(np.zeros(32_000, np.float32), window) for _ in range(count)])


def failing(_: int) -> None:
    raise ZeroDivisionError("a mistake")


def test_a_client_that_fails_in_both_threads_is_told_once():
    errors: list[Exception] = []
    callbacks = Callbacks(lambda *_: None, lambda _, error: errors.append(error), lambda: False)
    batcher = WindowBatcher(TwoThreads(then=failing), callbacks)
    batcher.submit(Client(), windows(2))
    batcher.stop()
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_windows_of_a_client_that_failed_meanwhile_are_dropped_and_the_thread_goes_on():
    cancelled = threading.Event()
    responses: list[Response] = []
    recogniser = TwoThreads(then=lambda thread: failing(thread) if thread == 0 else assert_soon(cancelled))

    def failed(client: Client, _: Exception) -> None:
        batcher.cancel(client)
        client.answers = []
        cancelled.set()

    batcher = WindowBatcher(
        recogniser, Callbacks(lambda _, response: responses.append(response), failed, lambda: False)
    )
    batcher.submit(Client(), windows(2))
    assert_soon(cancelled)
    recogniser.then = lambda _: None
    batcher.submit(Client(), windows(2))  # needs both model_threads
    batcher.stop()
    assert [len(response) for response in responses if isinstance(response, list)] == [2]


def assert_soon(event: threading.Event) -> None:
    assert event.wait(_PATIENCE)
