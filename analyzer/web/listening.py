"""Where the review app listens, who can reach it there, and running it until somebody ends it."""

import logging
import socket
import ssl
import sys
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from analyzer.errors import UsageError
from analyzer.web.hosts import Hosts, is_loopback

if TYPE_CHECKING:
    import uvicorn

    from analyzer.web.context import AppContext

_HEADER_BYTES = 16_384  # a cookie, a filter and a text to look for fit many times
_CALLERS = 200  # at once: a room of reviewers, each with a player that asks for parts
_PARTING_SECONDS = 3  # what is still being answered when it ends


@dataclass(frozen=True)
class Reach:
    """From where the app can be reached, under which names, and how."""

    host: str
    loopback: bool
    names: frozenset[str]
    tls: tuple[Path, Path] | None

    @classmethod
    def of(cls, host: str, names: Sequence[str], cert: Path | None, key: Path | None) -> "Reach":
        """What the options ask for. Raises UsageError when they do not fit together."""
        if (cert is None) != (key is None):
            raise UsageError("--tls-cert and --tls-key go together: give the certificate and its private key.")
        tls = (cert, key) if cert and key else None
        if tls:
            _check_tls(*tls)
        loopback = is_loopback(host)
        return cls(host, loopback, frozenset({*names, *(() if loopback else _own_names(host))}), tls)

    @property
    def hosts(self) -> Hosts:
        """Names that requests may come under."""
        return Hosts.of(self.names)

    def url(self, port: int) -> str:
        """Where a browser finds the app."""
        host = "127.0.0.1" if self.loopback and self.host != "::1" else self.host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            host = socket.gethostname()
        name = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{name}:{port}"


def _check_tls(cert: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or getattr(error, "reason", None) or type(error).__name__
        raise UsageError(f"--tls-cert {cert} --tls-key {key}: cannot be used ({reason}). Give PEM files.") from error


def _own_names(host: str) -> set[str]:
    """Names and addresses of this machine, under which others reach it."""
    import psutil

    addresses = {one.address.partition("%")[0] for every in psutil.net_if_addrs().values() for one in every}
    return {host, socket.gethostname(), socket.getfqdn(), *addresses}


@contextmanager
def listening(host: str, port: int | None, *, usual: int) -> Iterator[socket.socket]:
    """A socket that listens. Without a `port` the usual one, or a free one when that is taken."""
    last: OSError | None = None
    for wanted in (usual, 0) if port is None else (port,):
        try:
            family, *_, address = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            listener = socket.create_server(address[:2], family=family, backlog=128)
        except OSError as error:
            last = error
            continue
        with listener:
            yield listener
        return
    reason = last.strerror if last else ""
    raise UsageError(f"--host {host}{f' --port {port}' if port else ''}: cannot listen there ({reason}). Give another.")


def server(site: "AppContext", reach: Reach) -> "uvicorn.Server":
    """What answers requests, with its limits; `run(sockets=[...])` ends with KeyboardInterrupt."""
    import uvicorn

    from analyzer.web.app import create_app

    cert, key = reach.tls or (None, None)
    config = uvicorn.Config(
        create_app(site, reach.hosts),
        access_log=False,  # what people look at is nobody's business but the history's
        log_config=None,
        log_level=logging.WARNING,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        limit_concurrency=_CALLERS,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=_PARTING_SECONDS,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config)


def open_browser(link: str) -> None:
    """Open it without waiting: the page comes once there is somebody to answer."""
    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def tell(reach: Reach, link: str) -> None:
    """Say where the app is, and what whoever runs it should know."""
    if reach.loopback:
        typer.echo("Open this link; it works once (Ctrl-C ends the app):", err=True)
    else:
        typer.echo("People sign in with name and password at (Ctrl-C ends the app):", err=True)
        if not reach.tls:
            typer.echo(
                "Warning: without TLS, passwords and recordings cross the network in the clear. Give --tls-cert and "
                "--tls-key, or let a proxy or tunnel on this machine do it.",
                err=True,
            )
    typer.echo(link)
    sys.stdout.flush()
