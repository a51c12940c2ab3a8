"""Signing in by password, where the app listens beyond this machine."""

import base64
import hashlib
import hmac
import secrets

from analyzer.errors import RefusedError, UsageError
from analyzer.store.store import Store

# 32 MiB and three passes, one of the settings that OWASP's password storage cheat sheet gives for scrypt.
_N, _R, _P = 2**15, 8, 3
_MEMORY = 64 * 2**20
MIN_PASSWORD_CHARACTERS = 10
_LONGEST = 1024  # more is no password but an attack on the time that hashing takes
FREE_FAILURES = 5  # wrong passwords in a row before one has to wait; then twice as long each time
MAX_WAIT_SECONDS = 900.0  # seconds; a forgetful person is back after a coffee, a guessing one tries 100 a day


def hash_password(password: str) -> str:
    """What is kept of a password. Raises UsageError when it is too short."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= _LONGEST:
        raise UsageError(f"A password needs at least {LEAST_CHARACTERS} characters: take a few words.")
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_scrypt(password, salt, _N, _R, _P))])


def verify_password(password: str, kept: str) -> bool:
    """Whether this is the password that was hashed; in constant time for passwords of one length."""
    _, n, r, p, salt, digest = kept.split("$")
    found = _scrypt(password[:_LONGEST], base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(digest))


def sign_in(store: Store, name: str, password: str, seconds: float) -> str:
    """A session's token. Raises RefusedError: `wrong_password` whatever is wrong, `wait` after many wrong ones."""
    account = store.people.get(name)
    if account is None or account.password is None or account.disabled:
        verify_password(password, _NOBODYS)  # takes as long: nobody learns which names there are
        raise _wrong()
    left = (account.failed_at or 0.0) + _wait(account.failures) - store.people.now()
    if left > 0:
        raise RefusedError("wait", f"Too many wrong passwords: try again in {left:.0f} seconds.")
    if not verify_password(password, account.password):
        store.people.failed(name)
        raise _wrong()
    store.people.came_in(name)
    return store.logins.open(name, "session", seconds)


def _wait(failures: int) -> float:
    return min(MAX_WAIT_SECONDS, 2.0 ** (failures - FREE_FAILURES)) if failures >= FREE_FAILURES else 0.0


def _wrong() -> RefusedError:
    return RefusedError("wrong_password", "Name or password is wrong.")


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODYS = "$".join(["scrypt", str(_N), str(_R), str(_P), _text(bytes(16)), _text(bytes(32))])
