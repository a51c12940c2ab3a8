"""Exit statuses and options of commands; those of a scoring run are made from the fields of `ScoringOptions`."""

import inspect
from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import annotated_types
import typer
from pydantic.fields import FieldInfo

from analyzer.locale.catalogue import LANGUAGES
from analyzer.models.base import Frozen

if TYPE_CHECKING:
    LangChoice = str
else:
    LangChoice = Literal[LANGUAGES]  # one choice for each catalogue

LangOption = Annotated[LangChoice, typer.Option(help="Language of the files for people; pages can switch it.")]
PagesOption = Annotated[
    Literal["all", "flagged", "none"],
    typer.Option(help="Calls that get a page of their own: every one, those that need a look, none."),
]
StoreOption = Annotated[
    str | None,
    typer.Option(envvar="ANALYZER_STORE", help="Store of the results. [default: the one that RESULTS names]"),
]
BankOption = Annotated[Path | None, typer.Option(help="Phrase bank. [default: the shipped PLN 123 bank]")]
ResultsArgument = Annotated[Path, typer.Argument(help="Folder that `analyzer score --out` has written.")]
LabelsOption = Annotated[
    Path, typer.Option(help="Right answers, .jsonl or .csv; or a results folder: what its reviewers decided.")
]

_ENVIRONMENT = {"store": "ANALYZER_STORE", "ray_address": "RAY_ADDRESS"}


def options_of(
    model: type[Frozen], *, leave_out: tuple[str, ...]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of `model`, named, described and bounded as the field is.

    The command takes them as keyword arguments, beside parameters of its own.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        parameters = [it for it in inspect.signature(command).parameters.values() if it.kind is not it.VAR_KEYWORD]
        parameters += [_parameter(name, field) for name, field in model.model_fields.items() if name not in leave_out]
        parameters.sort(key=lambda it: it.default is not it.empty)
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what typer reads
        command.__annotations__ = {it.name: it.annotation for it in parameters}
        return command

    return decorate


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    flags = [f"--{name.replace('_', '-')}"] if field.annotation is bool else []
    if field.default is True:
        flags = [f"{flags[0]}/--no-{name.replace('_', '-')}"]
    option = typer.Option(*flags, help=field.description, envvar=_ENVIRONMENT.get(name), **_bounds(field))
    annotation = Annotated[field.annotation, option]  # type: ignore[name-defined] # known at run time only
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=annotation)


def _bounds(field: FieldInfo) -> Mapping[str, Any]:
    bounds: dict[str, Any] = {}
    for limit in field.metadata:
        if isinstance(limit, annotated_types.Ge):
            bounds["min"] = limit.ge
        elif isinstance(limit, annotated_types.Le):
            bounds["max"] = limit.le
    return bounds


class Exit(IntEnum):
    """What a script may rely on."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    SOME_FAILED = 3
    BELOW_MARK = 4
    INTERRUPTED = 130


def chosen_bank(given: Path | None) -> Path:
    """The bank a command uses, by path, said on stderr; so is a bank in the working folder that is not used."""
    from analyzer.bank.shipped import TEMPLATE, shipped_bank

    used = given or shipped_bank()
    typer.echo(f"Bank: {used}", err=True)
    here = Path.cwd()
    places = ("bank.yaml", "*/bank.yaml", "phrase_bank/*/bank.yaml")
    unused = [] if given else [file.parent for place in places for file in sorted(here.glob(place))]
    for folder in unused:
        if folder.name != TEMPLATE and not folder.samefile(used):
            typer.echo(f"{folder} is not used. Give --bank {folder} for it.", err=True)
    return used
