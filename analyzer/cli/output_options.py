"""Options of every command that writes files for people."""

from typing import Annotated, Literal

import typer

LangOption = Annotated[
    Literal["id", "en"], typer.Option(help="Language of the files for people; pages can switch it.")
]
PagesOption = Annotated[
    Literal["all", "flagged", "none"],
    typer.Option(help="Calls that get a page of their own: every one, those that need a look, none."),
]
