"""What stands before every request, whatever page it is for, and around every answer.

A request is turned away when it is not meant for us (Host), when another site's page makes it (Sec-Fetch-Site,
Origin), or when it is too large. Every answer carries a policy under which a browser runs no code and loads no part
that is not ours. An error becomes a plain page; what was asked for is never logged, for it is about people.
"""

import logging
import secrets
import traceback
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analyzer.web.hosts import Hosts

log = logging.getLogger(__name__)

ErrorPage = Callable[[Request, HTTPStatus], Response]

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_METHODS = _SAFE_METHODS | {"POST"}
_OURS = frozenset({"same-origin", "none"})  # none: typed, or opened from outside any page
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


class SecurityMiddleware:
    """ASGI middleware: the app behind it only sees requests of people who opened our own pages."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts, body_bytes: int, error_page: ErrorPage) -> None:
        self._app = app
        self._hosts = hosts
        self._body_bytes = body_bytes
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no sockets here
            await send({"type": "websocket.close", "code": 1008})
            return
        scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(16)
        answer = HeaderSend(send, scope["state"]["nonce"])
        body = LimitedReceive(receive, self._body_bytes)
        problem = self._problem(scope)
        try:
            if problem is None:
                await self._app(scope, body, answer)
                return
        except _TooLargeError:
            problem = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except Exception as error:  # noqa: BLE001 - whatever it is, people get a page and the log a place
            _log(error)
            problem = HTTPStatus.INTERNAL_SERVER_ERROR
        if not answer.begun:
            await self._error_page(Request(scope), problem)(scope, receive, answer)

    def _problem(self, scope: Scope) -> HTTPStatus | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._hosts.allows(hosts[0]):
            return HTTPStatus.MISDIRECTED_REQUEST
        if scope["method"] not in _METHODS:
            return HTTPStatus.METHOD_NOT_ALLOWED
        if not _from_us(scope, headers):
            return HTTPStatus.FORBIDDEN
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._body_bytes:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None


def _from_us(scope: Scope, headers: Headers) -> bool:
    """False for what another site's page makes a browser send.

    A change needs proof that it comes from our page. Our pages send no referrer, so that browsers give `null` as
    Origin of their forms; then Sec-Fetch-Site, which no page can set, must vouch for it.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if scope["method"] in _SAFE_METHODS:
        opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return site is None or site in _OURS or opened
    if site is not None and site != "same-origin":
        return False
    if origin is not None and origin != "null":
        return origin.lower().partition("://")[2] == headers["host"].lower()  # a proxy may add TLS
    return site == "same-origin"


class _TooLargeError(Exception):
    """The body went on after its limit."""


class LimitedReceive:
    """A request's body, cut off with an error where it gets too long, whatever its header promised."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLargeError
        return message


class HeaderSend:
    """The way back: adds the headers that every answer carries."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._policy = _POLICY.format(nonce=nonce)
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = self._policy
            headers.setdefault("Cache-Control", "no-store")
            for name, value in _HEADERS.items():
                headers[name] = value
        await self._send(message)


def _log(error: Exception) -> None:
    """Kind and places of an error; its words may quote what people said or typed, so they stay out."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("%s at %s", type(error).__name__, " < ".join(reversed(places[-6:])))
