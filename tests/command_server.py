"""Runs `analyzer` commands in forks of one process that has imported the program: starting one anew takes a second.

A command has its own process, arguments, environment, folder and output, as if it were started by a shell. Requests
are lines of JSON on stdin; the answer to each is its exit status.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class CommandServer:
    """That process, seen from the tests; it ends with them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )
        atexit.register(self._process.kill)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, stdout: Path, stderr: Path
    ) -> int:
        """The exit status of a command, after its end."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"arguments": arguments, "environment": dict(environment)}
        files = {"folder": str(folder), "stdout": str(stdout), "stderr": str(stderr)}
        self._process.stdin.write(f"{json.dumps(request | files)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _serve() -> None:
    import analyzer.cli.main
    import analyzer.jobs.scoring_run
    import analyzer.reports.results_folder  # noqa: F401 - what most commands import

    for line in sys.stdin:
        request = json.loads(line)
        stderr = Path(request.pop("stderr"))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writing, 2)
            os.close(reading)
            os.close(writing)
            _become(**request)
        os.close(writing)
        with os.fdopen(reading, "rb") as said:
            stderr.write_bytes(said.read())  # to its end: when all processes of the command have ended, helpers too
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(arguments: list[str], environment: dict[str, str], folder: str, stdout: str) -> None:
    """Run the command in this process, and end it."""
    from analyzer.cli.main import main

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["analyzer", *arguments]
    status: Any = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:  # noqa: BLE001 - as Python itself ends with it
        sys.excepthook(*sys.exc_info())
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))


if __name__ == "__main__":
    _serve()
