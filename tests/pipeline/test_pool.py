"""Lanes that work side by side: what fails in one harms neither the other nor what comes after."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analyzer.asr.batching import Callbacks, Client, WindowBatcher
from analyzer.asr.recogniser import Clip, DecodedWindow, DecodeRequest, Response
from analyzer.models.base import Span
from analyzer.models.spans import window_of
from tests.fakes import FakeRecogniser

_PATIENCE = 60.0


@dataclass
class Pairs(FakeRecogniser):
    """Two writes begin together, each in its lane; `then` is told which of the two it is, 0 or 1."""

    texts: list[list[str]] = field(default_factory=lambda: [["a"]] * 9)
    batch_size: int = 1
    lanes: int = 2
    then: Callable[[int], None] = lambda _: None
    met: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def decode(self, clips, encodings) -> list[DecodedWindow]:
        place = self.met.wait(_PATIENCE)
        self.then(place)
        return super().decode(clips, encodings)


def windows(count: int) -> DecodeRequest:
    """Of a channel each."""
    return DecodeRequest([Clip(np.zeros(32_000, np.float32), window_of([Span(start=0, end=2)])) for _ in range(count)])


def failing(_: int) -> None:
    raise ZeroDivisionError("a mistake")


def test_who_fails_in_both_lanes_is_told_once():
    told: list[Exception] = []
    pool = WindowBatcher(Pairs(then=failing), Callbacks(lambda *_: None, lambda _, error: told.append(error), lambda: False))
    pool.submit(Client(), windows(2))
    pool.stop()
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_what_is_written_for_who_failed_meanwhile_is_let_go_and_the_lane_goes_on():
    gone = threading.Event()
    answers: list[Response] = []
    used = Pairs(then=lambda place: failing(place) if place == 0 else assert_soon(gone))

    def failed(asker: Client, _: Exception) -> None:
        pool.cancel(asker)
        asker.answers = []
        gone.set()

    pool = WindowBatcher(used, Callbacks(lambda _, answer: answers.append(answer), failed, lambda: False))
    pool.submit(Client(), windows(2))
    assert_soon(gone)
    used.then = lambda _: None
    pool.submit(Client(), windows(2))  # needs both lanes
    pool.stop()
    assert [len(answer) for answer in answers if isinstance(answer, list)] == [2]


def assert_soon(event: threading.Event) -> None:
    assert event.wait(_PATIENCE)
