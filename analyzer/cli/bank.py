"""`analyzer bank`: check a phrase bank, and try an utterance on it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from analyzer.cli.options import BankOption, Exit, chosen_bank
from analyzer.cli.rescore import SHOWN, ShownOption, compared
from analyzer.cli.suggest import suggest_command

if TYPE_CHECKING:
    from analyzer.analysis.bank_check import Problem
    from analyzer.analysis.bank_coverage import TargetCoverage
    from analyzer.models.bank import PhraseBank

bank_app = typer.Typer(
    help="Check a phrase bank, try an utterance on it, or find wordings that it lacks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bank_app.command("suggest")(suggest_command)


@bank_app.command("check")
def check_command(
    bank: BankOption = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Folder that `analyzer score --out` has written: show what this bank changes there."),
    ] = None,
    show: ShownOption = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Load a bank, run all its examples against all of it, name what is risky; exit 2 when something is wrong."""
    from analyzer.analysis.bank_check import check_bank
    from analyzer.analysis.bank_coverage import coverage, group_warnings
    from analyzer.analysis.rescore import comparison_table
    from analyzer.bank.load import load_bank
    from analyzer.matching.matcher import Matcher

    folder = chosen_bank(bank)
    loaded = load_bank(folder)
    matcher = Matcher(loaded)
    problems = (*check_bank(loaded, matcher), *group_warnings(loaded))
    covered = coverage(loaded, matcher)
    comparison = compared(against, loaded) if against else None
    if as_json:
        answer = {
            "bank": {"path": str(folder), "id": loaded.id, "version": loaded.version, "sha256": loaded.sha256},
            "problems": [problem.model_dump() for problem in problems],
            "coverage": [target.model_dump() for target in covered],
            "against": comparison and comparison.model_dump(mode="json"),
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print_check(problems, covered)
        if comparison:
            Console().print(comparison_table(comparison, show), highlight=False)
    errors = sum(problem.level == "error" for problem in problems)
    typer.echo(_summary(loaded, covered, errors, len(problems) - errors), err=True)
    if errors:
        raise typer.Exit(Exit.USAGE)


def _print_check(problems: "tuple[Problem, ...]", covered: "tuple[TargetCoverage, ...]") -> None:
    for problem in problems:
        typer.echo(f"{problem.level}: {problem.target}: {problem.text}")
    for target in covered:
        if target.untried:
            names = ", ".join(f"“{name}”" for name in target.untried)
            typer.echo(f"coverage: {target.target}: {target.percent} %, no example for {names}")


def _summary(bank: "PhraseBank", covered: "tuple[TargetCoverage, ...]", errors: int, warnings: int) -> str:
    wordings = bank.targets().values()
    examples = sum(len(wording.must_match) + len(wording.must_not_match) for wording in wordings)
    every = sum(len(wording.phrases) + len(wording.concepts) for wording in wordings)
    tried = every - sum(len(target.untried) for target in covered)
    return (
        f"{bank.id} {bank.version}: {len(bank.steps)} steps, {examples} examples that try {tried} of {every} phrases "
        f"and concepts ({100 * tried // every} %), {errors} errors, {warnings} warnings"
    )


@bank_app.command("try")
@bank_app.command("explain", help="The same as `try`.")
def try_command(
    utterance: Annotated[str, typer.Argument(help="What was said.")],
    bank: BankOption = None,
    speaker: Annotated[Literal["agent", "customer"] | None, typer.Option(help="Who said it. [default: either]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what of the bank an utterance resembles, how much, word by word, and why it counts or does not."""
    from analyzer.analysis.bank_check import single_utterance
    from analyzer.bank.load import load_bank
    from analyzer.cli.explain_table import explanation_table
    from analyzer.matching.matcher import Matcher

    matcher = Matcher(load_bank(chosen_bank(bank)))
    speakers: tuple[Literal["agent", "customer"], ...] = (speaker,) if speaker else ("agent", "customer")
    explained = [matcher.explain(single_utterance(utterance, who), who) for who in speakers]
    if as_json:
        first, *others = [one.model_dump(mode="json") for one in explained]  # words are read alike, whoever says them
        answer = first | {"tried": sum((one["tried"] for one in others), first["tried"])}
        answer["matches"] = {target: names for one in (first, *others) for target, names in one["matches"].items()}
        typer.echo(json.dumps({"utterance": utterance, "speaker": speaker, **answer}, indent=2, ensure_ascii=False))
        return
    console = Console()
    console.print(explanation_table(explained, console.width), highlight=False)
