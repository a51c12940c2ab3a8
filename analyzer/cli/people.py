"""`analyzer people`: who may use the review app, as what."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import ResultsArgument, StoreOption
from analyzer.errors import UsageError
from analyzer.models.base import PersonRole
from analyzer.store.results_store import results_store

if TYPE_CHECKING:
    from analyzer.store.store import Store

people_app = typer.Typer(
    help="Who may use the review app: analysts, coaches, leads, and agents for their own calls.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Name = Annotated[str, typer.Argument(help="Name, as the history shows it.")]


@people_app.command("list")
def list_people(results: ResultsArgument, store: StoreOption = None) -> None:
    """Print name, role, the agent's name in the manifest, and whether they can sign in."""
    with _opened(results, store) as opened:
        for account in opened.people.all():
            person = account.person
            state = "disabled" if account.disabled else "password" if account.password else "by link only"
            typer.echo("\t".join([person.name, person.role, person.agent or "-", state]))


@people_app.command("add")
def add_person(
    results: ResultsArgument,
    name: _Name,
    role: Annotated[PersonRole, typer.Option(help="What they may do.")],
    agent: Annotated[
        str | None, typer.Option(help="For agents: their name in the manifest. [default: NAME]")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Add somebody, or change their role. Sets no password: see `password`."""
    if agent is not None and role != "agent":
        raise UsageError(f"--agent is for the role agent; {name} would be a {role}.")
    from pydantic import ValidationError

    from analyzer.models.review import Person

    try:
        person = Person(name=name, role=role, agent=(agent or name) if role == "agent" else None)
    except ValidationError as error:
        raise UsageError(f"{name!r}: {error.errors()[0]['msg']}.") from error
    with _opened(results, store) as opened:
        opened.people.put(person)


@people_app.command("password")
def set_password(results: ResultsArgument, name: _Name, store: StoreOption = None) -> None:
    """Set a password, asked for on the terminal or read as one line from stdin; signs them out everywhere."""
    from analyzer.review.accounts import hash_password

    with _opened(results, store) as opened:
        _known(opened, name)
        opened.people.set_password(name, hash_password(_read_password()))


@people_app.command("disable")
def disable_person(results: ResultsArgument, name: _Name, store: StoreOption = None) -> None:
    """Lock somebody out at once. Nobody is deleted: the history names them."""
    with _opened(results, store) as opened:
        _known(opened, name)
        opened.people.set_disabled(name, disabled=True)


@people_app.command("enable")
def enable_person(results: ResultsArgument, name: _Name, store: StoreOption = None) -> None:
    """Let somebody in again."""
    with _opened(results, store) as opened:
        _known(opened, name)
        opened.people.set_disabled(name, disabled=False)


@contextmanager
def _opened(results: Path, given: str | None) -> "Iterator[Store]":
    from analyzer.store.store import Store

    opened = Store(results_store(results, given))
    try:
        yield opened
    finally:
        opened.close()


def _known(opened: "Store", name: str) -> None:
    if opened.people.get(name) is None:
        raise UsageError(f"Nobody is called {name!r} there. `analyzer people list` shows who is.")


def _read_password() -> str:
    """The password, from the terminal or a line of stdin; never an option, which everybody on the machine can see."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")
