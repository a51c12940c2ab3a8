"""How many processes and threads: as `analyzer bench` chose for this machine, or as usual; mapping over processes."""

import json
import multiprocessing
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from analyzer.asr.model_folder import ModelFolder, gpu_count
from analyzer.errors import AnalyzerError
from analyzer.files import write_atomically
from analyzer.jobs.worker_pool import THREADS_PER_WORKER
from analyzer.models.base import Frozen

_WORTH_A_PROCESS = 200  # items of some milliseconds each; a process takes about two seconds to start
_CHUNK = 25

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerChoice(Frozen):
    """How `score` uses a machine with one model."""

    workers: int = Field(ge=1, description="processes")
    threads: int = Field(ge=1, description="of each process")
    batch_size: int | None = Field(None, ge=1, description="as in TranscribeSettings; None: its own default")
    speed: float = Field(gt=0, description="seconds of audio transcribed a second, all processes together")


def machine_name() -> str:
    """This machine as far as speed goes: its name, its processor, and the cores that we may use."""
    return f"{platform.node()}, {_processor()}, {cores()} cores"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_choice(file: Path, model: ModelFolder) -> WorkerChoice | None:
    """What was chosen for this machine and model; None when nothing was, or the file cannot be used."""
    try:
        return WorkerChoice.model_validate(_all(file).get(_key(model)))
    except ValidationError:
        return None


def save_choice(file: Path, model: ModelFolder, choice: WorkerChoice) -> None:
    """Keep a choice beside those of other models and machines. Raises AnalyzerError naming the file and the cure."""
    every = {**_all(file), _key(model): choice.model_dump()}
    write_atomically(file, (json.dumps(every, indent=2, sort_keys=True) + "\n").encode())


def workers_and_threads(
    wanted: int | None, jobs: int, device: str, choice: WorkerChoice | None = None
) -> tuple[int, int]:
    """Worker processes and threads of each: together never more than the cores.

    As many as are `wanted`, or as `analyzer bench` chose, or as usual; never more than there are jobs.
    """
    count = cores()
    usual = gpu_count() if device == "cuda" else max(1, count // THREADS_PER_WORKER)
    workers = min(wanted or (choice.workers if choice else usual), max(1, jobs))
    if choice and workers == choice.workers:
        return workers, choice.threads
    return workers, max(1, count // workers)


def state_file(name: str) -> Path:
    """A file of ours in `$XDG_STATE_HOME`, or where it is when nobody set that."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "analyzer" / name


def _key(model: ModelFolder) -> str:
    return f"{machine_name()}; {model.name} {model.sha256[:16]}; {model.device} {model.compute_type}"


def _all(file: Path) -> dict[str, object]:
    """Everything in the file; nothing when it is not there, or is something else."""
    try:
        choices = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise AnalyzerError(f"{file}: cannot be read ({error}); delete it and run `analyzer bench` again.") from error
    return choices if isinstance(choices, dict) else {}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def process_map(
    start: Callable[..., Callable[[Item], Result]],
    shared: tuple[object, ...],
    items: Sequence[Item],
    *,
    local: Callable[[Item], Result],
    processes: int | None = None,
) -> Iterator[Result]:
    """`function(item)` for each item, in order; the function is `local` here, `start(*shared)` in other processes.

    `start` is a top-level function of a module, called once in each process. `processes`: at most; None: all cores.
    """
    count = min(processes or cores(), max(1, len(items) // _WORTH_A_PROCESS))
    if count == 1:
        yield from map(local, items)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(start, shared)) as pool:
        yield from pool.map(_call, items, chunksize=_CHUNK)


_function: list[Callable[[Any], Any]] = []  # of this process, set when it starts


def _start(start: Callable[..., Callable[[Item], Result]], shared: tuple[object, ...]) -> None:
    _function[:] = [start(*shared)]


def _call(item: Item) -> Any:  # noqa: ANN401 - what `start`'s function returns
    return _function[0](item)
