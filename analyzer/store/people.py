"""Users of the review app, and the tokens of their browsers. Of passwords and tokens only hashes are stored."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update

from analyzer.models.review import Person
from analyzer.store.database import Database, upsert
from analyzer.store.tables import logins, people

LoginKind = Literal["session", "link"]


@dataclass(frozen=True)
class Account:
    """A person with what signing in needs."""

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
        """Add a person, or change a person's role; password and the rest stay."""

        def upsert_person(connection: Connection) -> None:
            row = {
                **person.model_dump(),
                "password": None,
                "disabled": False,
                "failures": 0,
                "failed_at": None,
                "made_at": self._database.now(connection),
            }
            upsert(connection, people, [row], keep=("password", "disabled", "failures", "failed_at", "made_at"))

        self._database.write(upsert_person)

    def get(self, name: str) -> Account | None:
        """The account with this name."""
        rows = self._database.rows(select(people).where(people.c.name == name))
        return _account(rows[0]) if rows else None

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        return tuple(_account(row) for row in self._database.rows(select(people).order_by(people.c.name)))

    def set_password(self, name: str, password: str | None) -> None:
        """Set the password hash; browsers that are signed in are signed out."""
        self._change(name, sign_out=True, password=password, failures=0, failed_at=None)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Lock a person out, at once, or let them in again."""
        self._change(name, sign_out=disabled, disabled=disabled)

    def record_failure(self, name: str) -> None:
        """Count a wrong password."""

        def count(connection: Connection) -> None:
            now = self._database.now(connection)
            values: dict[str, Any] = {"failures": people.c.failures + 1, "failed_at": now}
            connection.execute(update(people).where(people.c.name == name).values(**values))

        self._database.write(count)

    def record_success(self, name: str) -> None:
        """Reset the count of wrong passwords."""
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
    """Tokens. A `session` is good until it ends; a `link` begins one session, once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, name: str, kind: LoginKind, seconds: float) -> str:
        """A new token that is good for `seconds`; it is returned here and never again."""
        token = secrets.token_urlsafe(32)

        def insert_token(connection: Connection) -> None:
            now = self._database.now(connection)
            connection.execute(delete(logins).where(logins.c.expires_at <= now))
            row = {"hash": _hash(token), "kind": kind, "person": name, "made_at": now, "expires_at": now + seconds}
            upsert(connection, logins, [row])

        self._database.write(insert_token)
        return token

    def person(self, token: str) -> Person | None:
        """The person of a session; None when it ended, or the person was locked out."""
        return self._database.read(lambda connection: self._person(connection, token, "session"))

    def redeem(self, token: str) -> Person | None:
        """The person of a link, which is used up by this; None when it was used already, or is too old."""

        def use(connection: Connection) -> Person | None:
            person = self._person(connection, token, "link")
            use_up = delete(logins).where(logins.c.hash == _hash(token), logins.c.kind == "link")
            return person if connection.execute(use_up).rowcount else None

        return self._database.write(use)

    def close(self, token: str) -> None:
        """End a session."""
        self._database.write(lambda connection: connection.execute(delete(logins).where(logins.c.hash == _hash(token))))

    def _person(self, connection: Connection, token: str, kind: LoginKind) -> Person | None:
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
