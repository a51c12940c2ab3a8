"""Loaded by every Python process of a test's command: faults at named points, and a stub in the recogniser's place.

FAULT is JSON: `point` is a name of POINTS, `folder` has a file `passings` with a byte for each time that a process was
there. What happens at passing number `nth` is `do`: `kill` ends the whole process group, as a power cut does; `hold`
makes the file `reached` and waits for the file `go`; `count` does nothing.

SEGFAULT names a recording: the process that decodes it ends itself by a native fault, each time. With RECOGNISER=stub
`stub_whisper.py` is loaded instead of the module that runs the model.
"""

import ctypes
import functools
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path

# point -> module, attribute, whether before or after the call
POINTS = {
    "after-claim": ("analyzer.store.job_queue", "Queue.claim", "after"),
    "mid-decode": ("analyzer.audio.packets", "Timeline.finish", "before"),
    "mid-transcription": ("analyzer.asr.whisper", "WhisperRecogniser.decode", "before"),
    "before-keeping": ("analyzer.store.transcripts", "Transcripts.finish", "before"),
    "after-keeping": ("analyzer.store.transcripts", "Transcripts.finish", "after"),
    "before-findings": ("analyzer.jobs.stored_calls", "cached_reports", "before"),
    "after-findings": ("analyzer.store.results", "Reports.put", "after"),
    "mid-export": ("analyzer.files", "write_atomically", "after"),
    "statement": ("sqlalchemy.engine.default", "DefaultDialect.do_execute", "before"),  # most are inside a transaction
}
_WHISPER = "analyzer.asr.whisper"
_MOMENT = 0.02  # seconds


class _Fault:
    def __init__(self, point, folder, nth, do):
        self._folder, self._nth, self._do = Path(folder), nth, do
        self.module, self._dotted, self._when = POINTS[point]

    def wrap(self, module):
        """Put the fault around the function that its point names."""
        owner = module
        *outer, name = self._dotted.split(".")
        for part in outer:
            owner = getattr(owner, part)
        really = getattr(owner, name)

        @functools.wraps(really)
        def wrapped(*args, **kwargs):
            if self._when == "before":
                self._pass()
            result = really(*args, **kwargs)
            if self._when == "after":
                self._pass()
            return result

        setattr(owner, name, wrapped)

    def _pass(self):
        with (self._folder / "passings").open("ab") as file:
            file.write(b"x")
            file.flush()
            number = file.tell()  # this process's own, however many append at once
        if self._do == "count" or number != self._nth:
            return
        if self._do == "kill":
            os.killpg(0, signal.SIGKILL)
        (self._folder / "reached").touch()
        while not (self._folder / "go").exists():
            time.sleep(_MOMENT)


class _FaultFinder(importlib.abc.MetaPathFinder):
    def __init__(self, fault):
        self._fault = fault

    def find_spec(self, fullname, path, target=None):  # noqa: ARG002 - the import system's own signature
        if fullname != self._fault.module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        really = spec.loader.exec_module

        def exec_module(loaded):
            really(loaded)
            self._fault.wrap(loaded)

        spec.loader.exec_module = exec_module
        return spec


class _StubFinder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):  # noqa: ARG002
        if fullname != _WHISPER:
            return None
        return importlib.util.spec_from_file_location(fullname, Path(__file__).with_name("stub_whisper.py"))


def _segfault_on(name):
    import soundfile

    really = soundfile.SoundFile.__init__

    def opened(self, file, *args, **kwargs):
        if Path(str(file)).name == name:
            ctypes.string_at(0)
        really(self, file, *args, **kwargs)

    soundfile.SoundFile.__init__ = opened


if os.environ.get("RECOGNISER") == "stub":
    sys.meta_path.insert(0, _StubFinder())
if os.environ.get("FAULT"):
    sys.meta_path.insert(0, _FaultFinder(_Fault(**json.loads(os.environ["FAULT"]))))
if os.environ.get("SEGFAULT"):
    _segfault_on(os.environ["SEGFAULT"])
