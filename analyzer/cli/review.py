"""`analyzer review`: the review app in the browser."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import LangChoice, StoreOption
from analyzer.web import PORT

if TYPE_CHECKING:
    from analyzer.web.listener import ListenAddress


def review_command(  # noqa: PLR0913, PLR0917 - one parameter an option is typer's way
    results: Annotated[str, typer.Argument(help="Results folder of `analyzer score`, or the address of a store.")],
    store: StoreOption = None,
    host: Annotated[str, typer.Option(help="Address to listen at; beyond this machine people need passwords.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Port. [default: {PORT}, or a free one]")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    person: Annotated[
        str | None, typer.Option("--as", help="Your name in the history. [default: your name on this machine]")
    ] = None,
    lang: Annotated[
        LangChoice | None, typer.Option(help="Language of those who chose none. [default: the browser's]")
    ] = None,
    recordings: Annotated[
        list[Path] | None, typer.Option(help="Folder that recordings were moved to, or that links lead to.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Further name under which browsers reach this machine.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate (PEM), to serve https.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Review calls in the browser: listen, agree or overrule, coach, and see what changes."""
    from analyzer.web.serve import ReviewServerOptions, serve  # heavy; the other commands go without

    options = ReviewServerOptions(
        results, store, host, port, browser, person, lang,
        recordings=tuple(recordings or ()), allow_host=tuple(allow_host or ()), tls_cert=tls_cert, tls_key=tls_key,
    )  # fmt: skip
    serve(options, _announce)
    typer.echo("Ended. What was decided is kept.", err=True)


def _announce(address: "ListenAddress", link: str) -> None:
    """Say where the app is, and what whoever runs it should know."""
    if address.loopback:
        typer.echo("Open this link; it works once (Ctrl-C ends the app):", err=True)
    else:
        typer.echo("People sign in with name and password at (Ctrl-C ends the app):", err=True)
        if not address.tls:
            typer.echo(
                "Warning: without TLS, passwords and recordings cross the network in the clear. Give --tls-cert and "
                "--tls-key, or let a proxy or tunnel on this machine do it.",
                err=True,
            )
    typer.echo(link)
    sys.stdout.flush()
