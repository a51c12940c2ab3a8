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

from analyzer.web.listener import create_server
from analyzer.web.serve import ListeningApp, ReviewServerOptions, listening_app

ROOT = Path(__file__).parents[2]


class InProcessServer:
    """The app in a thread of this process, for tests of pages: it starts quickly."""

    def __init__(self, app: ListeningApp) -> None:
        self.link = app.link
        self.origin = re.sub(r"(?<=\d)/.*", "", app.link)


@contextmanager
def in_process_server(results: Path, person: str) -> Iterator[InProcessServer]:
    """What `analyzer review RESULTS --as PERSON --lang en` does, in a thread."""
    options = ReviewServerOptions(str(results), port=0, person=person, lang="en")
    with listening_app(options) as app:
        server = create_server(app.context, app.address)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [app.listener]})
        thread.start()
        try:
            yield InProcessServer(app)
        finally:
            server.should_exit = True
            thread.join(20)


class ServerProcess:
    """`analyzer review` in a process of its own."""

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
        _, errors = self._process.communicate(timeout=20)
        return self._process.returncode, errors


@contextmanager
def started_server(results: Path | str, *options: object, temporary: Path | None = None) -> Iterator[ServerProcess]:
    """Start it on a free port, without a browser, and end it afterwards."""
    environment = {"TMPDIR": str(temporary)} if temporary else {}
    command = [sys.executable, "-m", "analyzer", "review", str(results), "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
    )
    try:
        yield ServerProcess(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
