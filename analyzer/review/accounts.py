"""Signing in by password, where the app can be reached from other machines."""

import base64
import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from analyzer.errors import RefusedError, UsageError
from analyzer.store.store import Store

MIN_PASSWORD_CHARACTERS = 10
FREE_FAILURES = 5  # wrong passwords in a row before one has to wait; then twice as long each time
MAX_WAIT_SECONDS = 900.0  # short for somebody who forgot a password, but at most 100 guesses a day

# Argon2id with 19 MiB, two passes and one thread: the first choice of OWASP's password storage cheat sheet,
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_LONGEST = 1024  # longer input is no password, but an attempt to use up this machine's time
_SCRYPT_MEMORY = 64 * 2**20


def hash_password(password: str) -> str:
    """The hash to store for a password. Raises UsageError when it is too short or far too long."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= _LONGEST:
        raise UsageError(f"A password needs at least {MIN_PASSWORD_CHARACTERS} characters: take a few words.")
    return _HASHER.hash(_encoded(password))


def verify_password(password: str, stored: str) -> bool:
    """Whether `stored` is a hash of this password; also of the form `scrypt$n$r$p$salt$hash` of earlier versions."""
    data = _encoded(password[:_LONGEST])
    if _is_scrypt(stored):
        _, n, r, p, salt, digest = stored.split("$")
        cost = {"n": int(n), "r": int(r), "p": int(p), "maxmem": _SCRYPT_MEMORY}
        return hmac.compare_digest(
            hashlib.scrypt(data, salt=base64.b64decode(salt), dklen=32, **cost), base64.b64decode(digest)
        )
    try:
        return _HASHER.verify(stored, data)
    except (VerificationError, InvalidHashError):
        return False


def sign_in(store: Store, name: str, password: str, seconds: float) -> str:
    """The token of a new session of `seconds`. A hash of an earlier form is renewed.

    Raises RefusedError: `wrong_password` whatever is wrong, `wait` after many wrong passwords.
    """
    account = store.people.get(name)
    if account is None or account.password is None or account.disabled:
        verify_password(password, _DUMMY_HASH)  # takes the same time, so that nobody learns which names exist
        raise _wrong_password()
    left = (account.failed_at or 0.0) + _wait(account.failures) - store.people.now()
    if left > 0:
        raise RefusedError("wait", f"Too many wrong passwords: try again in {left:.0f} seconds.")
    if not verify_password(password, account.password):
        store.people.record_failure(name)
        raise _wrong_password()
    store.people.record_success(name)
    if _is_scrypt(account.password) or _HASHER.check_needs_rehash(account.password):
        store.people.renew_hash(name, account.password, _HASHER.hash(_encoded(password[:_LONGEST])))
    return store.logins.open(name, "session", seconds)


def _is_scrypt(stored: str) -> bool:
    return stored.startswith("scrypt$")


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _wait(failures: int) -> float:
    """Seconds after the last of so many wrong passwords in a row."""
    return min(MAX_WAIT_SECONDS, 2.0 ** (failures - FREE_FAILURES)) if failures >= FREE_FAILURES else 0.0


def _wrong_password() -> RefusedError:
    return RefusedError("wrong_password", "Name or password is wrong.")


_DUMMY_HASH = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}${'A' * 22}${'A' * 43}"
)
