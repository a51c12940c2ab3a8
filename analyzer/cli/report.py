"""`analyzer report`: files for people, made again from what a run keeps; one call as a file to hand on."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analyzer.cli.look import LangOption, PagesOption
from analyzer.cli.shipped import shipped_bank
from analyzer.cli.store import StoreOption, results_store
from analyzer.errors import UsageError

report_app = typer.Typer(help="Files for people again, or one call's evidence as a file.", no_args_is_help=True)


@report_app.command("write")
def write_command(
    results: Annotated[Path, typer.Argument(help="Folder that `analyzer score --out` has written.")],
    lang: LangOption = "id",
    pages: PagesOption = "all",
    bank: Annotated[Path | None, typer.Option(help="Bank that names the steps. [default: the shipped one]")] = None,
    store: StoreOption = None,
) -> None:
    """Write report.html, report.xlsx, the pages of calls and the tables again: in another language, say."""
    from analyzer.cli.outputs import read_results, write_outputs
    from analyzer.export import Scored
    from analyzer.models.look import Look
    from analyzer.phrases import load_bank
    from analyzer.store import Store

    reports = read_results(results)
    kept = Store(results_store(results, store))
    run = kept.run_of(results)
    if [call.recording.name for call in run.calls] != [report.recording for report in reports]:
        raise UsageError(f"{results}: results.jsonl is not of the newest run. Run the same `analyzer score` again.")
    scored, look = Scored(reports, run, kept.address), Look(lang=lang, pages=pages)
    write_outputs(scored, load_bank(bank or shipped_bank()), results, look, Console(stderr=True))
