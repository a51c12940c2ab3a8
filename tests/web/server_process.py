"""`analyzer review` as people start it: a process of its own, its link read from what it prints."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzer.web.serve import Ready, ReviewServerOptions, prepared
from analyzer.web.server import create_server

ROOT = Path(__file__).parents[2]


class Serving:
    """An app inside this process: it starts at once, for tests of pages."""

    def __init__(self, ready: Ready) -> None:
        self.link = ready.link
        self.origin = re.sub(r"(?<=\d)/.*", "", ready.link)


@contextmanager
def serving(results: Path, person: str) -> Iterator[Serving]:
    """What `analyzer review RESULTS --as PERSON --lang en` does, in a thread."""
    request = ReviewServerOptions(str(results), port=0, person=person, lang="en")
    with prepared(request) as ready:
        answering = create_server(ready.context, ready.address)
        thread = threading.Thread(target=answering.run, kwargs={"sockets": [ready.listener]})
        thread.start()
        try:
            yield Serving(ready)
        finally:
            answering.should_exit = True
            thread.join(20)


class Running:
    """A started app."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise AssertionError(process.communicate(timeout=20)[1])
        self.link = line
        self.origin = re.sub(r"(?<=\d)/.*", "", line)

    def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """End it as Ctrl-C does; its status, and all that it wrote to stderr."""
        self._process.send_signal(how)
        _, told = self._process.communicate(timeout=20)
        return self._process.returncode, told


@contextmanager
def running(results: Path | str, *options: object, temporary: Path | None = None) -> Iterator[Running]:
    """Start it on a free port, without a browser, and end it afterwards."""
    own = {"TMPDIR": str(temporary)} if temporary else {}
    command = [sys.executable, "-m", "analyzer", "review", str(results), "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **own},
    )
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
