"""`analyzer bench`: measure this machine with a model, print the table, keep the choice for `score`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analyzer.cli.options import chosen_bank

if TYPE_CHECKING:
    from rich.table import Table

    from analyzer.analysis.bench.benchmark import BenchResult


def bench_command(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Recordings to measure with. [default: made-up speech]")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Whisper model: a folder or a name. [default: large-v3-turbo, small on CPU]")
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the model runs.")] = "auto",
    beam_size: Annotated[int, typer.Option(min=1, max=20, help="Readings kept while decoding.")] = 5,
    minutes: Annotated[float, typer.Option(min=0.1, help="About how long it may take.")] = 5.0,
) -> None:
    """Find out how many processes and threads transcribe fastest on this machine; `score` and `watch` then use them.

    Leave the machine alone meanwhile.
    """
    from rich.console import Console

    from analyzer.analysis.bench.benchmark import BenchOptions, bench_machine, reliability_note

    chosen_bank(None)  # whose word groups decide which speech is decoded
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    result = bench_machine(BenchOptions(tuple(paths or ()), model, device, beam_size, minutes), errors.print)
    console = Console(highlight=False, soft_wrap=True)
    console.print(result.title)
    console.print(_table(result))
    if note := reliability_note(result.best):
        errors.print(note)
    errors.print(f"Kept in {result.saved_in}. `score` and `watch` use it for this model; --workers still wins.")


def _table(result: "BenchResult") -> "Table":
    from rich.table import Table

    batches = any(row.configuration.batch_size for row in result.measured)
    table = Table(box=None, pad_edge=False)
    columns = ["", "processes", "threads", *(["batch"] if batches else []), "x real time", "lowest", "highest", "GiB"]
    for name in columns:
        table.add_column(name, justify="right")
    table.add_column("")
    for row in result.measured:
        way = row.configuration
        notes = [note for note, true in (("chosen", row is result.best), ("usual", way == result.usual)) if true]
        table.add_row(
            "*" if row is result.best else "",
            str(way.workers),
            str(way.threads),
            *([str(way.batch_size)] if batches else []),
            f"{row.speed:.2f}",
            f"{min(row.speeds):.2f}",
            f"{max(row.speeds):.2f}",
            f"{way.workers * row.worker_bytes / 2**30:.1f}",
            ", ".join(notes),
        )
    return table
