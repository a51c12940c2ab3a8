"""Who uses the review app, and the tokens by which a browser is known. Of passwords and tokens only hashes are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update

from analyzer.models.review import Person
from analyzer.store.database import Database
from analyzer.store.rows import upsert
from analyzer.store.tables import logins, people

LoginKind = Literal["session", "link"]


@dataclass(frozen=True)
class Account:
    """A person with what is needed to let them in."""

    person: Person
    password: str | None
    """hash, as `analyzer.review.accounts` makes it; None: no password, only links"""
    disabled: bool
    failures: int
    """wrong passwords in a row"""
    failed_at: float | None
    """when the last of them was given, by the store's clock"""


class People:
    """The people of one store, by name. Nobody is deleted: the history names them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, person: Person) -> None:
        """Add somebody, or give somebody another role; password and the rest stay."""

        def keep(connection: Connection) -> None:
            row = {
                **person.model_dump(),
                "password": None,
                "disabled": False,
                "failures": 0,
                "failed_at": None,
                "made_at": self._database.now(connection),
            }
            upsert(connection, people, [row], keep=("password", "disabled", "failures", "failed_at", "made_at"))

        self._database.write(keep)

    def get(self, name: str) -> Account | None:
        """The account with this name."""
        wanted = select(people).where(people.c.name == name)
        row = self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return _account(row) if row else None

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        wanted = select(people).order_by(people.c.name)
        return tuple(_account(row) for row in self._database.read(lambda c: c.execute(wanted).all()))

    def set_password(self, name: str, password: str | None) -> None:
        """Another password hash; browsers that are signed in are signed out."""
        self._change(name, sign_out=True, password=password, failures=0, failed_at=None)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Lock somebody out, at once, or let them in again."""
        self._change(name, sign_out=disabled, disabled=disabled)

    def record_failure(self, name: str) -> None:
        """A wrong password was given."""

        def note(connection: Connection) -> None:
            now = self._database.now(connection)
            values: dict[str, Any] = {"failures": people.c.failures + 1, "failed_at": now}
            connection.execute(update(people).where(people.c.name == name).values(**values))

        self._database.write(note)

    def record_success(self, name: str) -> None:
        """The right password was given."""
        self._change(name, failures=0, failed_at=None)

    def renew_hash(self, name: str, old: str, new: str) -> None:
        """Store another hash of the same password: sessions stay, and so does a password that was set meanwhile."""
        renewed = update(people).where(people.c.name == name, people.c.password == old).values(password=new)
        self._database.write(lambda connection: connection.execute(renewed))

    def now(self) -> float:
        """The store's clock."""
        return self._database.read(self._database.now)

    def _change(self, name: str, *, sign_out: bool = False, **values: str | float | bool | None) -> None:
        def change(connection: Connection) -> None:
            connection.execute(update(people).where(people.c.name == name).values(**values))
            if sign_out:
                connection.execute(delete(logins).where(logins.c.person == name))

        self._database.write(change)


class Logins:
    """Who is signed in. A `session` holds until it ends; a `link` begins one session, once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, name: str, kind: LoginKind, seconds: float) -> str:
        """A new token that is good for so long; it is told here and never again."""
        token = secrets.token_urlsafe(32)

        def keep(connection: Connection) -> None:
            now = self._database.now(connection)
            connection.execute(delete(logins).where(logins.c.expires_at <= now))
            row = {"hash": _hash(token), "kind": kind, "person": name, "made_at": now, "expires_at": now + seconds}
            upsert(connection, logins, [row])

        self._database.write(keep)
        return token

    def person(self, token: str) -> Person | None:
        """Whose session this is; None when it ended, or the person was locked out."""
        return self._database.read(lambda connection: self._found(connection, token, "session"))

    def redeem(self, token: str) -> Person | None:
        """Whom this link lets in. From then on it is used up; None when it was already, or is too old."""

        def use(connection: Connection) -> Person | None:
            found = self._found(connection, token, "link")
            used = delete(logins).where(logins.c.hash == _hash(token), logins.c.kind == "link")
            return found if connection.execute(used).rowcount else None

        return self._database.write(use)

    def close(self, token: str) -> None:
        """End a session."""
        self._database.write(lambda connection: connection.execute(delete(logins).where(logins.c.hash == _hash(token))))

    def _found(self, connection: Connection, token: str, kind: LoginKind) -> Person | None:
        row = connection.execute(
            select(people)
            .join(logins, logins.c.person == people.c.name)
            .where(
                logins.c.hash == _hash(token),
                logins.c.kind == kind,
                logins.c.expires_at > self._database.now(connection),
                people.c.disabled.is_(False),
            )
        ).one_or_none()
        return _account(row).person if row else None


def _hash(token: str) -> str:
    # A random token of 256 bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _account(row: Row[Any]) -> Account:
    person = Person(name=row.name, role=row.role, agent=row.agent)
    return Account(person, row.password, row.disabled, row.failures, row.failed_at)
