"""The real command under faults: what happens at a named point of it, and waiting for what it does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests import conftest
from tests.conftest import FAULTS, ROOT, SAMPLES, Ran, Recogniser, command_environment

PATIENCE = 180.0  # seconds


@dataclass(frozen=True)
class Fault:
    """Of one command; see `inject/sitecustomize.py`. The folder is the fault's own, and is made."""

    folder: Path
    point: str
    nth: int = 1
    do: Literal["kill", "hold", "count"] = "kill"

    def __post_init__(self) -> None:
        self.folder.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        fault = {"point": self.point, "folder": str(self.folder), "nth": self.nth, "do": self.do}
        return {"FAULT": json.dumps(fault), "PYTHONPATH": f"{FAULTS}{os.pathsep}{ROOT}"}

    @property
    def passings(self) -> int:
        """How often the point was passed so far."""
        file = self.folder / "passings"
        return file.stat().st_size if file.exists() else 0

    @property
    def reached(self) -> bool:
        """Whether a process is held at the point."""
        return (self.folder / "reached").exists()

    def let_go(self) -> None:
        (self.folder / "go").touch()


def start(
    recordings: Path,
    out: Path,
    fault: Fault | None = None,
    *options: str,
    recogniser: Recogniser = "stub",
    **environment: str,
) -> "subprocess.Popen[bytes]":
    """`analyzer score` in a process group of its own, so that the whole of it can die at once, as in a power cut."""
    given = (str(recordings), "--model", str(SAMPLES / "model"), "--out", str(out), *options)
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", "score", *given],
        env=command_environment(recogniser, **(fault.environment if fault else {}), **environment),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def score(*arguments: object, out: Path, recogniser: Recogniser = "stub") -> Ran:
    """The same to its end, without a fault."""
    return conftest.score(*arguments, out=out, recogniser=recogniser)


def same_results(out: Path, undisturbed: Ran) -> bool:
    return (out / "results.jsonl").read_bytes() == (undisturbed.out / "results.jsonl").read_bytes()


def until(happened: Callable[[], object], running: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """Wait while the command runs."""
    began = time.monotonic()
    while not happened():
        assert running.poll() is None, "it was over before anything was tested"
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.02)
