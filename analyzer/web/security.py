"""Middleware in front of every route: which requests are answered, and the headers that every response carries.

A request is refused when its Host header is not a name of this app, when another site's page sends it (Sec-Fetch-Site,
Origin), or when it is too large. Every response carries a content security policy under which a browser loads and runs
nothing but this app's own files. An error becomes a plain page. Requests are not logged, for they are about people.
"""

import ipaddress
import logging
import re
import secrets
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

ErrorPage = Callable[[Request, HTTPStatus], Response]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(?::(?P<port>\d{1,5}))?")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_METHODS = _SAFE_METHODS | {"POST"}
_SAME_SITE = frozenset({"same-origin", "none"})  # none: typed, or opened from outside any page
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class AllowedHosts:
    """Names and addresses of this app, in lower case, without brackets or port.

    Another site can point a name of its own at 127.0.0.1 (DNS rebinding), and then only the Host header tells its
    requests from ours. Starlette's TrustedHostMiddleware does not know IPv6 addresses
    (https://github.com/Kludex/starlette/discussions/3321).
    """

    names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> "AllowedHosts":
        """Loopback and `names`."""
        return cls(_LOOPBACK | {name.strip().strip("[]").lower() for name in names})

    def allows(self, header: str) -> bool:
        """Whether a request with this Host header is meant for this app.

        The port does not matter: a tunnel (`ssh -L`) changes it, and another site's page cannot choose the name.
        """
        match = _HOST.fullmatch(header.lower())
        if match is None:
            return False
        return (match["six"] or match["name"]).removesuffix(".") in self.names


def is_loopback(host: str) -> bool:
    """Whether a server that listens at `host` cannot be reached from other machines."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class SecurityMiddleware:
    """ASGI middleware that passes on only what a browser sends for a user of this app's own pages."""

    def __init__(self, app: ASGIApp, *, hosts: AllowedHosts, body_bytes: int, error_page: ErrorPage) -> None:
        self._app = app
        self._hosts = hosts
        self._body_bytes = body_bytes
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # the app has no web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(16)
        response = HeaderSend(send, scope["state"]["nonce"])
        body = LimitedReceive(receive, self._body_bytes)
        problem = self._problem(scope)
        try:
            if problem is None:
                await self._app(scope, body, response)
                return
        except _TooLargeError:
            problem = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except Exception as error:  # noqa: BLE001 - whatever it is, people get a page and the log its place
            _log(error)
            problem = HTTPStatus.INTERNAL_SERVER_ERROR
        if not response.started:
            await self._error_page(Request(scope), problem)(scope, receive, response)

    def _problem(self, scope: Scope) -> HTTPStatus | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._hosts.allows(hosts[0]):
            return HTTPStatus.MISDIRECTED_REQUEST
        if scope["method"] not in _METHODS:
            return HTTPStatus.METHOD_NOT_ALLOWED
        if not _is_same_site(scope, headers):
            return HTTPStatus.FORBIDDEN
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._body_bytes:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None


def _is_same_site(scope: Scope, headers: Headers) -> bool:
    """False for a request that another site's page makes a browser send.

    A POST needs proof that it comes from our page. Our pages send no referrer, so that browsers give `null` as Origin
    of their forms; then Sec-Fetch-Site, which no page can set, must prove it.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if scope["method"] in _SAFE_METHODS:
        opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return site is None or site in _SAME_SITE or opened
    if site is not None and site != "same-origin":
        return False
    if origin is not None and origin != "null":
        return origin.lower().partition("://")[2] == headers["host"].lower()  # a proxy may add TLS
    return site == "same-origin"


class _TooLargeError(Exception):
    """The body is longer than allowed."""


class LimitedReceive:
    """Receives a request's body; raises an error once it is too long, whatever its Content-Length said."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._left = max_bytes

    async def __call__(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLargeError
        return message


class HeaderSend:
    """Sends a response with the security headers added."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._policy = _POLICY.format(nonce=nonce)
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Send one part of the response."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = self._policy
            headers.setdefault("Cache-Control", "no-store")
            for name, value in _HEADERS.items():
                headers[name] = value
        await self._send(message)


def _log(error: Exception) -> None:
    """Log an error's type and places; its message may quote what people said or typed, so it stays out."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("%s at %s", type(error).__name__, " < ".join(reversed(places[-6:])))
