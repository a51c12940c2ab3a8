"""Where the review app listens, who can reach it there, and the server that answers."""

import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.errors import UsageError
from analyzer.web.security import AllowedHosts, is_loopback

if TYPE_CHECKING:
    import uvicorn

    from analyzer.web.context import AppContext

_HEADER_BYTES = 16_384  # a cookie, a filter and a text to look for fit many times
_CONNECTIONS_MAX = 200  # a room of reviewers, each with a player that asks for parts
_SHUTDOWN_SECONDS = 3  # for what is still being answered when it ends


@dataclass(frozen=True)
class ListenAddress:
    """From where the app can be reached, under which names, and how."""

    host: str
    loopback: bool
    names: frozenset[str]
    tls: tuple[Path, Path] | None

    @classmethod
    def of(cls, host: str, names: Sequence[str], cert: Path | None, key: Path | None) -> "ListenAddress":
        """What the options ask for. Raises UsageError when they do not fit together."""
        if (cert is None) != (key is None):
            raise UsageError("--tls-cert and --tls-key go together: give the certificate and its private key.")
        tls = (cert, key) if cert and key else None
        if tls:
            _check_tls(*tls)
        loopback = is_loopback(host)
        return cls(host, loopback, frozenset({*names, *(() if loopback else _machine_names(host))}), tls)

    @property
    def hosts(self) -> AllowedHosts:
        """Names that requests may come under."""
        return AllowedHosts.of(self.names)

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


def _machine_names(host: str) -> set[str]:
    """Names and addresses of this machine, under which others reach it."""
    import psutil

    addresses = {it.address.partition("%")[0] for card in psutil.net_if_addrs().values() for it in card}
    return {host, socket.gethostname(), socket.getfqdn(), *addresses}


@contextmanager
def listening_socket(host: str, port: int | None, *, usual: int) -> Iterator[socket.socket]:
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


def create_server(context: "AppContext", address: ListenAddress) -> "uvicorn.Server":
    """What answers requests, with its limits; `run(sockets=[...])` ends with KeyboardInterrupt."""
    import uvicorn

    from analyzer.web.app import create_app

    cert, key = address.tls or (None, None)
    config = uvicorn.Config(
        create_app(context, address.hosts),
        access_log=False,  # what people look at is nobody's business but the history's
        log_config=None,
        log_level=logging.WARNING,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        limit_concurrency=_CONNECTIONS_MAX,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    config.load()
    return uvicorn.Server(config)
