"""Sessions of the people who are signed in: cookies, their limits, and which pages each role may open."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from analyzer.models.base import PersonRole
from analyzer.models.review import Person
from analyzer.store.store import Store

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
    """A person who is signed in, in one browser."""

    person: Person
    token: str

    @property
    def csrf(self) -> str:
        """The secret that forms of this browser carry and that no other site can know."""
        return hashlib.sha256(f"form {self.token}".encode()).hexdigest()

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Name and path of the pages in this person's navigation."""
        return tuple((name, path) for name, path, roles in _PAGES if self.person.role in roles)


class SessionAuth:
    """Opens and ends the sessions of browsers; a session also ends when nothing was asked for too long."""

    def __init__(
        self,
        store: Store,
        *,
        session_seconds: float,
        idle_seconds: float,
        secure: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`secure`: the app is reached over TLS, and its cookies are never sent without."""
        self._store = store
        self._session_seconds = session_seconds
        self._idle_seconds = idle_seconds
        self._secure = secure
        self._clock = clock
        self._last_request: dict[str, float] = {}
        self._lock = threading.Lock()
        # Browsers send a host's cookies to all its ports: the store's address in the name keeps two apps apart.
        name = f"analyzer_{hashlib.sha256(store.shown.encode()).hexdigest()[:10]}"
        self.cookie = f"__Host-{name}" if secure else name

    def user(self, request: Request) -> SignedInUser | None:
        """Who sent the request; None when nobody is signed in, or the session was idle for too long."""
        token = request.cookies.get(self.cookie)
        person = self._store.logins.person(token) if token else None
        if token is None or person is None or self._is_idle(token):
            return None
        return SignedInUser(person, token)

    def open_session(self, person: Person) -> str:
        """The token of a new session."""
        return self._store.logins.open(person.name, "session", self._session_seconds)

    def set_cookie(self, token: str, response: Response) -> None:
        """Give the session with this token to the browser that gets `response`."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(self._session_seconds),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def sign_out(self, request: Request, response: Response) -> None:
        """End the session of the browser that sent the request."""
        token = request.cookies.get(self.cookie)
        if token:
            self._store.logins.close(token)
            with self._lock:
                self._last_request.pop(token, None)
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")

    def _is_idle(self, token: str) -> bool:
        now = self._clock()
        with self._lock:
            last = self._last_request.get(token)
            if last is not None and now - last > self._idle_seconds:
                self._store.logins.close(token)
                del self._last_request[token]
                return True
            self._last_request[token] = now
        return False
