"""`analyzer bank`: check a phrase bank, and try an utterance on it."""

import json
from typing import Annotated, Literal

import typer
from rich.console import Console

from analyzer.cli.options import BankOption, Exit, chosen_bank
from analyzer.cli.suggest import suggest_command

bank_app = typer.Typer(
    help="Check a phrase bank, try an utterance on it, or find wordings that it lacks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bank_app.command("suggest")(suggest_command)


@bank_app.command("check")
def check_command(bank: BankOption = None) -> None:
    """Load a bank and run all its examples against all of it; exit 2 when something is wrong."""
    from analyzer.analysis.bank_check import check_bank
    from analyzer.bank.load import load_bank
    from analyzer.matching.matcher import Matcher

    loaded = load_bank(chosen_bank(bank))
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


@bank_app.command("explain")
@bank_app.command("try", help="The same as `explain`.")
def explain_command(
    utterance: Annotated[str, typer.Argument(help="What was said.")],
    bank: BankOption = None,
    speaker: Annotated[Literal["agent", "customer"], typer.Option(help="Who said it.")] = "agent",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what of the bank an utterance resembles, how much, word by word, and why it counts or does not."""
    from analyzer.analysis.bank_check import single_utterance as spoken
    from analyzer.bank.load import load_bank
    from analyzer.cli.explain_table import explanation_table
    from analyzer.matching.matcher import Matcher

    matcher = Matcher(load_bank(chosen_bank(bank)))
    explanation = matcher.explain(spoken(utterance, speaker), speaker)
    if as_json:
        said = {"utterance": utterance, "speaker": speaker}
        typer.echo(json.dumps({**said, **explanation.model_dump(mode="json")}, indent=2, ensure_ascii=False))
        return
    console = Console()
    console.print(explanation_table(explanation, console.width), highlight=False)
