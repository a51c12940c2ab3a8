"""`analyzer report`: files for people, made again from what a run keeps; one call as a file to hand on."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analyzer.cli.options import LangOption, PagesOption, ResultsArgument, StoreOption, chosen_bank
from analyzer.errors import UsageError
from analyzer.store.results_store import results_store

report_app = typer.Typer(help="Files for people again, or one call's evidence as a file.", no_args_is_help=True)


@report_app.command("write")
def write_command(
    results: ResultsArgument,
    lang: LangOption = "id",
    pages: PagesOption = "all",
    bank: Annotated[Path | None, typer.Option(help="Bank that names the steps. [default: the shipped one]")] = None,
    store: StoreOption = None,
) -> None:
    """Write report.html, report.xlsx, the pages of calls and the tables again: in another language, say."""
    from analyzer.bank.load import load_bank
    from analyzer.cli.outputs import read_results, write_outputs
    from analyzer.models.base import OutputOptions
    from analyzer.models.run import ScoredRun
    from analyzer.store.store import Store

    reports = read_results(results)
    kept = Store(results_store(results, store))
    run = kept.run_of(results)
    if [call.recording.name for call in run.calls] != [report.recording for report in reports]:
        raise UsageError(f"{results}: results.jsonl is not of the newest run. Run the same `analyzer score` again.")
    scored, output = ScoredRun(reports, run, kept.address), OutputOptions(lang=lang, pages=pages)
    write_outputs(scored, load_bank(chosen_bank(bank)), results, output, Console(stderr=True))


@report_app.command("evidence")
@report_app.command("pack", help="The same as `evidence`.")
def evidence_command(
    call: Annotated[str, typer.Argument(help="Its call_id, as the report shows it.")],
    results: Annotated[Path, typer.Option(help="Folder that `analyzer score --out` has written.")],
    out: Annotated[Path | None, typer.Option(help="The zip. [default: evidence-KEY.zip in RESULTS]")] = None,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Leave personal data in it.")] = False,
    lang: LangOption = "id",
    bank: Annotated[Path | None, typer.Option(help="Bank that names the steps. [default: the shipped one]")] = None,
    store: StoreOption = None,
) -> None:
    """Pack one call's evidence into a zip: a page, the sound of each step, JSON; personal data is masked."""
    from analyzer.bank.load import load_bank
    from analyzer.cli.outputs import read_results
    from analyzer.files import write_atomically
    from analyzer.pipeline.score import Scorer
    from analyzer.reports.call_pages import infer_speakers, labels_of, stored_transcript
    from analyzer.reports.call_view import call_view
    from analyzer.reports.evidence_pack import make_pack
    from analyzer.store.results import call_key
    from analyzer.store.store import Store

    kept = Store(results_store(results, store))
    run = kept.run_of(results)
    matching = [report for report in read_results(results) if report.call_id == call]
    known = {stored.recording.name: stored for stored in run.calls}
    if len(matching) != 1 or matching[0].recording not in known:
        raise UsageError(_not_one(call, results, [report.recording for report in matching]))
    stored, sop = known[matching[0].recording], load_bank(chosen_bank(bank))
    words = stored_transcript(stored, kept)
    apart = infer_speakers(words, lambda: Scorer(sop))
    view = call_view(matching[0], words, labels_of(sop), key=call_key(stored), with_inferred_speakers=apart)
    pack = make_pack(
        view, stored.recording, sop, labels_of(sop), unmasked=unmasked, max_seconds=run.max_seconds, lang=lang
    )
    path = out or results / f"evidence-{view.key[:12]}.zip"
    write_atomically(path, pack.data)
    what = "with personal data" if unmasked else "personal data masked"
    Console(stderr=True).print(f"{pack.clips} clips, {what}", highlight=False, markup=False)
    typer.echo(str(path))


def _not_one(call: str, results: Path, recordings: list[str]) -> str:
    if not recordings:
        return f"{results}: no call {call!r} there. The column call_id of calls.csv names them."
    if len(recordings) > 1:
        return f"{results}: {len(recordings)} calls are named {call!r} ({', '.join(recordings)}). Name them apart."
    return f"{results}: call {call!r} is not of the newest run. Run the same `analyzer score` again."
