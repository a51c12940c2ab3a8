"""`analyzer status`: what is done, running, failed, and why."""

import dataclasses
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from analyzer.cli.options import StoreOption
from analyzer.store.results_store import results_store

if TYPE_CHECKING:
    from analyzer.store.job_queue import JobCounts
    from analyzer.store.store import FailedRecording, StoreStatus

_NAMES_SHOWN = 5


def status_command(
    results: Annotated[Path, typer.Argument(help="Folder that `analyzer score --out` writes or has written.")],
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say how far the work is: done, running and by whom, waiting, failed and why. May be asked while it runs."""
    from analyzer.store.store import Store

    opened = Store(results_store(results, store))
    status = opened.status()
    opened.close()
    if as_json:
        sys.stdout.write(json.dumps(dataclasses.asdict(status), indent=2, ensure_ascii=False) + "\n")
        return
    console = Console()
    for line in _lines(status):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _lines(status: "StoreStatus") -> Iterator[str]:
    yield f"Recordings: {_counted(status.recordings)}"
    if any(dataclasses.astuple(status.second_looks)):
        yield f"Second looks: {_counted(status.second_looks)}"
    if status.left_seconds:
        yield f"Left: {status.left_seconds / 60:.1f} minutes of audio"
    for running in status.running:
        names = _named(list(running.recordings))
        yield f"Running for {_ago(running.seconds)} in process {_process(running.owner)}: {names}"
    yield from _failed(status.failed)
    if status.crashes:
        yield f"Workers that ended badly so far: {status.crashes} (their recordings were tried again)"
    if status.last is None:
        yield "No run has ended yet."
    else:
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in status.last.verdicts.items())
        yield f"Last run ended {_ago(status.last.seconds)} ago: {status.last.calls} calls ({verdicts})"


def _failed(failed: "tuple[FailedRecording, ...]") -> Iterator[str]:
    """Recordings by reason, told once: a thousand files of one broken recorder are one problem."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for running in failed:
        groups[running.reason.replace(Path(running.recording).name, "...")].append(running.recording)
    if groups:
        yield "Failed (tried again with --retry-failed):"
    for reason, names in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"  {len(names)} x {reason}"
        yield f"      {_named(names)}"


def _counted(counts: "JobCounts") -> str:
    return f"{counts.done} done, {counts.running} running, {counts.pending} waiting, {counts.failed} failed"


def _named(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _process(owner: str) -> str:
    machine, _, rest = owner.partition("/")
    return f"{rest.partition('/')[0] or owner} on {machine.partition(':')[0]}"


def _ago(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
