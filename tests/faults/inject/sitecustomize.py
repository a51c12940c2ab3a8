"""Loaded by every Python process of a test's command: ends the whole process group at a named point, once.

POINT says where, FIRED names a file that is made when it happened, NTH which passing of the point it is. With
SEGFAULT, the process that decodes a file of this name ends itself by a native fault, each time.
"""

import ctypes
import functools
import importlib.abc
import importlib.util
import os
import signal
import sys
from pathlib import Path

# point -> module, attribute, whether before or after the call
POINTS = {
    "after-claim": ("analyzer.store.queue", "Queue.claim", "after"),
    "mid-decode": ("analyzer.audio.packets", "Timeline.finish", "before"),
    "mid-transcription": ("analyzer.asr.quality_gate", "judge_window", "before"),
    "before-keeping": ("analyzer.store.transcripts", "Transcripts.finish", "before"),
    "after-keeping": ("analyzer.store.transcripts", "Transcripts.finish", "after"),
    "before-findings": ("analyzer.jobs.report_cache", "cached_reports", "before"),
    "after-findings": ("analyzer.store.reports", "Reports.put", "after"),
    "mid-export": ("analyzer.files", "_sync_folder", "before"),
}


def _fire() -> None:
    fired = Path(os.environ["FIRED"])
    with fired.open("a") as file:
        file.write("x")
    if fired.stat().st_size == int(os.environ.get("NTH", "1")):
        os.killpg(0, signal.SIGKILL)


def _wrap(module, dotted, when):
    owner = module
    *outer, name = dotted.split(".")
    for part in outer:
        owner = getattr(owner, part)
    really = getattr(owner, name)

    @functools.wraps(really)
    def wrapped(*args, **kwargs):
        if when == "before":
            _fire()
        result = really(*args, **kwargs)
        if when == "after":
            _fire()
        return result

    setattr(owner, name, wrapped)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):  # noqa: ARG002 - the import system's own signature
        module, dotted, when = POINTS[os.environ["POINT"]]
        if fullname != module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        really = spec.loader.exec_module

        def exec_module(loaded):
            really(loaded)
            _wrap(loaded, dotted, when)

        spec.loader.exec_module = exec_module
        return spec


def _segfault_on(name: str) -> None:
    import soundfile

    really = soundfile.SoundFile.__init__

    def opened(self, file, *args, **kwargs):
        if Path(str(file)).name == name:
            ctypes.string_at(0)
        really(self, file, *args, **kwargs)

    soundfile.SoundFile.__init__ = opened


if os.environ.get("POINT"):
    sys.meta_path.insert(0, _Finder())
if os.environ.get("SEGFAULT"):
    _segfault_on(os.environ["SEGFAULT"])
