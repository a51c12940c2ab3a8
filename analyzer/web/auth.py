"""Who is there: cookies, links that let in once, passwords, and what each role may open."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from analyzer.models.review import Person, PersonRole
from analyzer.store.store import Store
from analyzer.web.context import app_context
from analyzer.web.forms import FormFields, read_fields
from analyzer.web.settings import WebSettings

REVIEWERS: tuple[PersonRole, ...] = ("analyst", "coach", "lead")
_PAGES: tuple[tuple[str, str, tuple[PersonRole, ...]], ...] = (
    ("queue", "/", REVIEWERS),
    ("mine", "/", ("agent",)),
    ("agents", "/agents", REVIEWERS),
    ("calibration", "/calibration", REVIEWERS),
    ("sampling", "/sampling", REVIEWERS),
    ("people", "/people", ("lead",)),
)


@dataclass(frozen=True)
class SignedInUser:
    """Somebody who is signed in, in one browser."""

    person: Person
    token: str

    @property
    def csrf(self) -> str:
        """What forms of this browser carry, and no other page can know."""
        return hashlib.sha256(f"form {self.token}".encode()).hexdigest()

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Name and address of the pages in this person's navigation."""
        return tuple((name, at) for name, at, roles in _PAGES if self.person.role in roles)


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer."""


class SessionAuth:
    """Lets people in and keeps track of who is in."""

    def __init__(
        self, store: Store, settings: WebSettings, *, secure: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`secure`: the app is reached over TLS, and cookies never travel otherwise."""
        self._store = store
        self._settings = settings
        self._secure = secure
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()
        # Browsers send cookies to every port of a machine: the store's own name keeps two of these apps apart.
        name = f"analyzer_{hashlib.sha256(store.shown.encode()).hexdigest()[:10]}"
        self.cookie = f"__Host-{name}" if secure else name

    def visit(self, request: Request) -> SignedInUser | None:
        """Who asks; None when nobody is signed in, or did nothing for too long."""
        token = request.cookies.get(self.cookie)
        person = self._store.logins.person(token) if token else None
        if token is None or person is None or self._idle(token):
            return None
        return SignedInUser(person, token)

    def begin(self, person: Person) -> str:
        """The token of a new session."""
        return self._store.logins.open(person.name, "session", self._settings.session_seconds)

    def remember(self, token: str, response: Response) -> None:
        """Make the browser that gets `response` that of the session with this token."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(self._settings.session_seconds),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def let_out(self, request: Request, response: Response) -> None:
        """End the session of the browser that asks."""
        token = request.cookies.get(self.cookie)
        if token:
            self._store.logins.close(token)
            with self._lock:
                self._seen.pop(token, None)
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")

    def _idle(self, token: str) -> bool:
        now = self._clock()
        with self._lock:
            last = self._seen.get(token)
            if last is not None and now - last > self._settings.idle_seconds:
                self._store.logins.close(token)
                del self._seen[token]
                return True
            self._seen[token] = now
        return False


def current_user(request: Request) -> SignedInUser:
    """Whoever is signed in. Raises SignInNeededError when nobody is."""
    visit = app_context(request).doors.visit(request)
    if visit is None:
        raise SignInNeededError
    request.state.visit = visit
    return visit


CurrentUser = Annotated[SignedInUser, Depends(current_user)]


def _allowed(*roles: PersonRole) -> Callable[[SignedInUser], SignedInUser]:
    def check(visit: CurrentUser) -> SignedInUser:
        if visit.person.role not in roles:
            raise HTTPException(403)
        return visit

    return check


Reviewer = Annotated[SignedInUser, Depends(_allowed(*REVIEWERS))]
Lead = Annotated[SignedInUser, Depends(_allowed("lead"))]


async def verified_form(request: Request, visit: CurrentUser) -> FormFields:
    """The fields of a form of ours. Answers 403 when it is another's."""
    fields = await read_fields(request, app_context(request).settings.form_fields)
    if not hmac.compare_digest(fields["csrf"].encode(), visit.csrf.encode()):
        raise HTTPException(403)
    return fields


VerifiedForm = Annotated[FormFields, Depends(verified_form)]


def redirect(path: str) -> RedirectResponse:
    """Go on at a page, by GET."""
    return RedirectResponse(path, status_code=303)


def local_path(address: str) -> str:
    """`address` when it leads to a page of ours, else the first page: a form may carry anything."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and not parts.scheme and not parts.netloc and "\\" not in address else "/"
