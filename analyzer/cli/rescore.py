"""`analyzer rescore`: kept transcripts against another bank; no audio, no model."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from analyzer.cli.options import Exit, LangOption, PagesOption, ResultsArgument, StoreOption, chosen_bank
from analyzer.store.results_store import results_store

if TYPE_CHECKING:
    from analyzer.analysis.rescore import ResultComparison
    from analyzer.models.bank import PhraseBank

ShownOption = Annotated[int, typer.Option("--show", min=0, help="Rows shown of each list.")]
SHOWN = 20


def rescore_command(  # noqa: PLR0913, PLR0917 - one parameter an option is typer's way
    results: ResultsArgument,
    bank: Annotated[Path | None, typer.Option(help="The other bank. [default: the shipped PLN 123 bank]")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the new results there; the same folder replaces them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that changes as JSON.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. [default: all cores]")] = None,
    show: ShownOption = SHOWN,
    store: StoreOption = None,
    lang: LangOption = "id",
    pages: PagesOption = "all",
) -> None:
    """Score kept transcripts against another bank or version and show which calls and steps change, and why."""
    from analyzer.analysis.rescore import compare, comparison_table
    from analyzer.bank.load import load_bank
    from analyzer.jobs.stored_calls import cached_reports, fresh_reports
    from analyzer.pipeline.score import Scorer
    from analyzer.reports.jsonl import read_jsonl
    from analyzer.store.store import Store

    kept = Store(results_store(results, store))
    run = kept.run_of(results)
    before = read_jsonl(results / "results.jsonl")
    scorer = Scorer(load_bank(chosen_bank(bank)))
    replaces = out is not None and out.resolve() == results.resolve()
    after = (cached_reports if replaces else fresh_reports)(run, kept, scorer, processes=workers)
    result = compare(before, after, scorer.bank)
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        Console().print(comparison_table(result, show), highlight=False)
    if out is not None:
        from analyzer.cli.outputs import write_outputs
        from analyzer.models.base import OutputOptions
        from analyzer.models.run import ScoredRun

        scored = ScoredRun(after, run, kept.address)
        write_outputs(scored, scorer.bank, out, OutputOptions(lang=lang, pages=pages), Console(stderr=True))
    if replaces:
        from analyzer.review.service import ReviewService

        ReviewService(kept).refresh()  # so that nobody who reviews waits for it
    raise typer.Exit(Exit.SOME_FAILED if any(report.error for report in after) else Exit.OK)


def compared(results: Path, bank: "PhraseBank") -> "ResultComparison":
    """What a bank changes on the kept transcripts of a results folder; nothing is written."""
    from analyzer.analysis.rescore import compare
    from analyzer.jobs.stored_calls import fresh_reports
    from analyzer.pipeline.score import Scorer
    from analyzer.reports.jsonl import read_jsonl
    from analyzer.store.store import Store

    kept = Store(results_store(results, None))
    try:
        after = fresh_reports(kept.run_of(results), kept, Scorer(bank))
    finally:
        kept.close()
    return compare(read_jsonl(results / "results.jsonl"), after, bank)
