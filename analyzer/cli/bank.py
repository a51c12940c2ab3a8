"""`analyzer bank`: check a phrase bank, and try an utterance on it."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.cli.exits import Exit
from analyzer.cli.shipped import shipped_bank
from analyzer.cli.suggest import suggest_command

bank_app = typer.Typer(
    help="Check a phrase bank, try an utterance on it, or find wordings that it lacks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bank_app.command("suggest")(suggest_command)
_Bank = Annotated[Path | None, typer.Option(help="Phrase bank. [default: the shipped PLN 123 bank]")]


@bank_app.command("check")
def check_command(bank: _Bank = None) -> None:
    """Load a bank and run all its examples against all of it; exit 2 when something is wrong."""
    from analyzer.match import Matcher
    from analyzer.match.check import check_bank
    from analyzer.phrases import load_bank

    loaded = load_bank(bank or shipped_bank())
    problems = check_bank(loaded, Matcher(loaded))
    for problem in problems:
        typer.echo(f"{problem.level}: {problem.target}: {problem.text}")
    errors = sum(problem.level == "error" for problem in problems)
    examples = sum(len(w.must_match) + len(w.must_not_match) for w in loaded.targets().values())
    typer.echo(
        f"{loaded.id} {loaded.version}: {len(loaded.steps)} steps, {examples} examples, {errors} errors, "
        f"{len(problems) - errors} warnings",
        err=True,
    )
    if errors:
        raise typer.Exit(Exit.USAGE)


@bank_app.command("try")
def try_command(
    utterance: Annotated[str, typer.Argument(help="What was said.")],
    bank: _Bank = None,
    speaker: Annotated[Literal["agent", "customer"], typer.Option(help="Who said it.")] = "agent",
) -> None:
    """Show what of the bank an utterance resembles, how much, and which words carry it."""
    from analyzer.match import Matcher
    from analyzer.match.check import candidates_in
    from analyzer.phrases import load_bank

    loaded = load_bank(bank or shipped_bank())
    wordings = loaded.targets()
    table = Table("target", "similarity", "verdict", "words", "compared with")
    for candidate in candidates_in(Matcher(loaded), utterance, speaker):
        wording = wordings[candidate.target]
        verdict = "yes" if candidate.similarity >= wording.accept else "doubtful"
        bar = f"{candidate.similarity:.0f} (yes from {wording.accept:.0f}, doubtful from {wording.doubt:.0f})"
        table.add_row(candidate.target, bar, verdict, Text(candidate.heard), Text(candidate.phrase))
    if table.row_count:
        Console().print(table)
    else:
        typer.echo("Nothing in the bank resembles it.")
