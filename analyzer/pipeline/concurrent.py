"""Many recordings through one loaded model.

Decoding, voice activity and features of the next recordings run in threads while the model works. Windows of all
channels and recordings in flight are written in shared batches, longest first, for a short call alone fills none.
What a recording becomes depends on itself alone (see `transcribe`).
"""

import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from analyzer.asr.batching import Callbacks, Client, WindowBatcher
from analyzer.asr.recogniser import Recogniser, Request, Response, TranscribeSettings
from analyzer.models.recording import Recording
from analyzer.models.transcript import AudioTranscript, FailedTranscript
from analyzer.pipeline.process import ProcessedCall, Stages, process_call
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings, InlinePreparer, Prepared, Preparer, TranscriptionSession

_PREPARED_SECONDS = 112.5  # of decoded channels for each window of a batch; below it one more recording is decoded
_BEING_PREPARED = 2  # calls besides those whose windows fill the batch


def max_calls_in_flight(batch_size: int) -> int:
    """Recordings that should be in flight so that batches fill: the shortest have about two windows."""
    return batch_size // 2 + _BEING_PREPARED


@dataclass(eq=False)
class _InFlightCall(Client):
    """A recording on its way."""

    recording: Recording | None = None
    sha256: str = ""
    future: "Future[AudioTranscript | FailedTranscript]" = field(default_factory=Future)
    work: Generator[Request, Any, ProcessedCall] | None = None
    decoded_seconds: float = 0.0  # of its channels in memory


class ConcurrentSession:
    """Recordings in, transcripts out, in any order.

    Sound in memory: at most `_PREPARED_SECONDS` for each window of a batch and one recording more for each that is
    prepared at once, 64 kB a second: 170 MB on a CPU. What is longer than `audio.IN_MEMORY_SECONDS` lies in temporary
    files, at most as many such recordings as are prepared at once.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        audio_settings: AudioSettings,
        transcribe_settings: TranscribeSettings,
        selection: SelectionPolicy | None = None,
        preparer: Preparer | None = None,
    ) -> None:
        self._settings = audio_settings
        self._preparer = preparer or InlinePreparer()
        self._session = TranscriptionSession(
            audio_settings, transcribe_settings, selection, recogniser.window_seconds, recogniser.engine
        )
        self._decoded_limit = _PREPARED_SECONDS * recogniser.batch_size
        self._state = threading.Condition()
        self._in_flight = 0
        self._not_waiting = 0  # recordings being decoded, or deciding what to ask for next
        self._decoded_seconds = 0.0
        self._closed = False
        self._prepare_thread = ThreadPoolExecutor(self._preparer.at_once, thread_name_prefix="prepare")
        self._advance_thread = ThreadPoolExecutor(1, thread_name_prefix="listen")
        ends = Callbacks(self._answered, self._failed, lambda: self._not_waiting > 0)
        self._batcher = WindowBatcher(recogniser, ends, self._preparer.at_once)
        self.max_in_flight = max_calls_in_flight(recogniser.batch_size)

    def submit(self, recording: Recording, sha256: str) -> "Future[AudioTranscript | FailedTranscript]":
        """Start with a recording as soon as there is room. A bad one gives a FailedTranscript, never an exception."""
        call = _InFlightCall(recording=recording, sha256=sha256)
        call.future.set_running_or_notify_cancel()
        with self._state:
            if self._closed:
                raise RuntimeError("this stream is closed")
            self._in_flight += 1
            self._not_waiting += 1
        self._prepare_thread.submit(self._prepare, call)
        return call.future

    def close(self) -> None:
        """Let what was submitted finish, then stop all threads. May be called twice."""
        with self._state:
            if self._closed:
                return
            self._closed = True
            self._state.wait_for(lambda: self._in_flight == 0)
        self._prepare_thread.shutdown()
        self._advance_thread.shutdown()
        self._batcher.stop()
        self._preparer.close()

    def _prepare(self, call: _InFlightCall) -> None:
        """Decode, find speech, ask for the first windows."""
        if call.recording is None:
            return
        with self._state:
            self._state.wait_for(lambda: self._decoded_seconds < self._decoded_limit)
        stages = Stages(partial(self._decoded, call), self._session)
        call.work = process_call(call.recording, call.sha256, stages)
        self._advance(call, None)

    def _decoded(self, call: _InFlightCall, recording: Recording) -> Prepared:
        """Decode one recording, and count what it takes in memory."""
        prepared = self._preparer.prepare(recording, self._settings)
        call.decoded_seconds = prepared.decoded.facts.decoded_seconds * len(prepared.speech)
        with self._state:
            self._decoded_seconds += call.decoded_seconds
        return prepared

    def _advance(self, call: _InFlightCall, answer: Response | None) -> None:
        """Hand an answer to a recording, which then asks again or is done."""
        if call.work is None or call.cancelled:
            return
        try:
            request = call.work.send(answer)
        except StopIteration as done:
            self._finish(call, done.value.transcript)
        except Exception as error:  # noqa: BLE001
            self._finish(call, error)
        else:
            self._batcher.submit(call, request)
            self._back()

    def _answered(self, asker: Client, answer: Response) -> None:
        if isinstance(asker, _InFlightCall):
            with self._state:
                self._not_waiting += 1
            self._advance_thread.submit(self._advance, asker, answer)

    def _failed(self, asker: Client, error: Exception) -> None:
        if isinstance(asker, _InFlightCall) and not asker.cancelled:
            with self._state:
                self._not_waiting += 1
            self._finish(asker, error)

    def _back(self) -> None:
        """The recording waits for the model again."""
        with self._state:
            self._not_waiting -= 1
        self._batcher.wake()

    def _finish(self, call: _InFlightCall, outcome: AudioTranscript | FailedTranscript | Exception) -> None:
        """Release what the call holds, then answer: whoever gets the answer may submit the next call."""
        self._batcher.cancel(call)
        call.work = None
        call.answers = []
        with self._state:
            self._not_waiting -= 1
            self._in_flight -= 1
            self._decoded_seconds -= call.decoded_seconds
            self._state.notify_all()
        self._batcher.wake()
        if isinstance(outcome, Exception):
            call.future.set_exception(outcome)
        else:
            call.future.set_result(outcome)
