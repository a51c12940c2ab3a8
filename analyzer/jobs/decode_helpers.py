"""Decoding and voice activity in helper processes, for a GPU that transcribes faster than one process can decode.

Decoding hands every 20 ms of sound to Python, and threads take turns at that: on 16 cores two threads were no faster
than one (measured), and a GPU waited for both. A helper reads pickled requests from its stdin and ends when that
closes, so none outlives its worker. What a helper cannot return (a long recording lies in a temporary file of its
own), or what ended it, the worker decodes itself.
"""

import os
import pickle
import queue
import subprocess
import sys
from contextlib import suppress
from typing import IO, cast

from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.pipeline.transcribe import AudioSettings, Prepared, prepare

HELPERS_MAX = 8  # one decodes 2 minutes of a call in about a second; a large GPU transcribes them in a fifth of that
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}  # one core each, and no GPU

_Answer = Prepared | RecordingError | None
"""None: the helper could not; the caller decodes itself"""


def decode_pool_for(device: str, threads: int) -> "DecodeProcessPool | None":
    """Helpers for a model on a GPU; None on a CPU, whose cores are busy."""
    return DecodeProcessPool(min(threads, HELPERS_MAX)) if device == "cuda" else None


class DecodeProcessPool:
    """Up to `count` processes, each started when it is needed first."""

    def __init__(self, count: int) -> None:
        self.at_once = count
        self._all = [_DecodeProcess() for _ in range(count)]
        self._free: queue.LifoQueue[_DecodeProcess] = queue.LifoQueue()
        for helper in self._all:
            self._free.put(helper)

    def prepare(self, recording: Recording, settings: AudioSettings) -> Prepared:
        """See `Preparer`; from at most `at_once` threads."""
        helper = self._free.get()
        try:
            answer = helper.ask(recording, settings)
        finally:
            self._free.put(helper)
        if isinstance(answer, RecordingError):
            raise answer
        return answer or prepare(recording, settings)

    def close(self) -> None:
        """See `Preparer`; may be called twice."""
        for helper in self._all:
            helper.close()


class _DecodeProcess:
    """One process, replaced when it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, recording: Recording, settings: AudioSettings) -> _Answer:
        try:
            self._process = self._process or _started()
            requests, answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
            pickle.dump((recording, settings), requests)
            requests.flush()
            answer: _Answer = pickle.load(answers)  # noqa: S301 - from our own process
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            return None
        return answer

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # it keeps nothing
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _started() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - this interpreter and this module
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C is for the command, which ends its workers, which end their helpers
    )


def serve() -> None:
    """Run in a helper process: one answer for each request, until stdin closes."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    while True:
        try:
            recording, settings = pickle.load(requests)  # noqa: S301 - from the process that started us
        except EOFError:
            return
        _answer(answers, recording, settings)


def _answer(answers: IO[bytes], recording: Recording, settings: AudioSettings) -> None:
    answer: _Answer
    try:
        answer = prepare(recording, settings)
    except RecordingError as error:
        answer = error
    except Exception:  # noqa: BLE001 - the worker meets it too, where it can be told
        answer = None
    try:
        packed = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except TypeError:  # sound in a temporary file
        packed = pickle.dumps(None)
    with suppress(BrokenPipeError):
        answers.write(packed)
        answers.flush()
