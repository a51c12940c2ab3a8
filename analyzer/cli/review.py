"""`analyzer review`: parse here, serve in `serve`."""

import getpass
import socket
import sys
import webbrowser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analyzer.cli.exits import Exit
from analyzer.cli.store import StoreOption, results_store
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from analyzer.models.review import Person
    from analyzer.review.web.site import Site
    from analyzer.store import Store

_PORT = 8123  # tried first, so that bookmarks and a tunnel's command stay good
_ANYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - recognised, not bound


@dataclass(frozen=True)
class ReviewRequest:
    """What one `analyzer review` is asked to do."""

    results: str
    store: str | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    browser: bool = True
    person: str | None = None
    lang: Literal["id", "en"] | None = None
    recordings: tuple[Path, ...] = ()
    allow_host: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None


def review_command(  # noqa: PLR0913, PLR0917 - one parameter an option is typer's way
    results: Annotated[str, typer.Argument(help="Results folder of `analyzer score`, or the address of a store.")],
    store: StoreOption = None,
    host: Annotated[str, typer.Option(help="Address to listen at; beyond this machine people need passwords.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Port. [default: {_PORT}, or a free one]")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    person: Annotated[
        str | None, typer.Option("--as", help="Your name in the history. [default: your name on this machine]")
    ] = None,
    lang: Annotated[
        Literal["id", "en"] | None, typer.Option(help="Language of those who chose none. [default: the browser's]")
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
    request = ReviewRequest(
        results=results,
        store=store,
        host=host,
        port=port,
        browser=browser,
        person=person,
        lang=lang,
        recordings=tuple(recordings or ()),
        allow_host=tuple(allow_host or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
    raise typer.Exit(run_review(request))


def run_review(request: ReviewRequest) -> Exit:
    """Serve until Ctrl-C, which is how it ends (0). Raises AnalyzerError for what the user must mend first."""
    from analyzer.cli.serving import Reach, listening, serve
    from analyzer.store import Store

    reach = Reach.of(request.host, request.allow_host, request.tls_cert, request.tls_key)
    folder, address = _place(request)
    store = Store(address)
    try:
        if not reach.loopback:
            _passwords_needed(store, request.host)
        with listening(request.host, request.port, usual=_PORT) as listener, _site(request, store, folder, reach) as site:
            link = _link(request, store, reach, listener.getsockname()[1])
            _tell(reach, link)
            return serve(site, reach, listener, open_at=link if request.browser and reach.loopback else None)
    finally:
        store.close()


def _place(request: ReviewRequest) -> tuple[Path | None, str | Path]:
    """The results folder, when one was given, and the address of the store."""
    if "://" in request.results or request.results.endswith(".db"):
        return None, request.results
    folder = Path(request.results)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Run `analyzer score CALLS --out {folder}` first.")
    return folder, results_store(folder, request.store)
