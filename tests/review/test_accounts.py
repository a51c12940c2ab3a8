"""Signing in: passwords, links, sessions, on stores of both kinds; what is kept gives nothing away."""

import base64
import hashlib

import pytest

import analyzer.review.accounts
from analyzer.errors import RefusedError, UsageError
from analyzer.models.review import Person
from analyzer.review.accounts import FREE_FAILURES, hash_password, sign_in, verify_password
from analyzer.store.store import Store
from tests.review.cases import DEWI, RINI
from tests.store.jobs import rows

PASSWORD = "kabel putus di gang"  # noqa: S105 - of a store that lives as long as one test
HASHED = hash_password(PASSWORD)


@pytest.fixture
def people(store: Store) -> Store:
    store.people.put(RINI)
    store.people.set_password("Rini", HASHED)
    return store


def refused(store: Store, name: str, password: str) -> str:
    with pytest.raises(RefusedError) as caught:
        sign_in(store, name, password, 60)
    return caught.value.key


def test_a_password_matches_its_hash_and_two_hashes_of_it_differ():
    assert verify_password(PASSWORD, HASHED)
    assert not verify_password(PASSWORD + " ", HASHED)
    assert hash_password(PASSWORD) != HASHED
    with pytest.raises(UsageError, match="at least 10 characters"):
        hash_password("short")


def scrypt_hash(password: str) -> str:
    """As versions before argon2 kept it."""
    salt = b"0123456789abcdef"
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=3, maxmem=64 * 2**20, dklen=32)
    return "$".join(["scrypt", str(2**15), "8", "3", *(base64.b64encode(part).decode() for part in (salt, digest))])


def stored_hash(store: Store) -> str:
    account = store.people.get("Rini")
    assert account is not None
    assert account.password is not None
    return account.password


def test_an_old_scrypt_hash_lets_in_and_is_renewed_as_argon2_at_the_next_sign_in(people: Store):
    people.people.set_password("Rini", scrypt_hash(PASSWORD))
    assert refused(people, "Rini", PASSWORD + "x") == "wrong_password"
    assert stored_hash(people).startswith("scrypt$"), "a wrong password renews nothing"
    first = sign_in(people, "Rini", PASSWORD, 60)
    renewed = stored_hash(people)
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(people, "Rini", PASSWORD, 60) != first
    assert stored_hash(people) == renewed
    assert people.logins.person(first) == RINI, "other browsers stay signed in"
    assert refused(people, "Rini", "a wrong guess") == "wrong_password"


def test_a_password_set_meanwhile_is_kept_when_the_old_hash_is_renewed(people: Store):
    people.people.set_password("Rini", hash_password("another password"))
    before = stored_hash(people)
    people.people.renew_hash("Rini", scrypt_hash(PASSWORD), HASHED)
    assert stored_hash(people) == before


def test_what_is_no_hash_matches_no_password():
    assert not verify_password(PASSWORD, "")
    assert not verify_password(PASSWORD, "$argon2id$broken")
    assert not verify_password("\udc80" * 10, HASHED)


def test_the_right_password_opens_a_session_and_only_hashes_are_kept(people: Store):
    token = sign_in(people, "Rini", PASSWORD, 60)
    assert people.logins.person(token) == RINI
    kept = str(rows(people, "SELECT * FROM people")) + str(rows(people, "SELECT * FROM logins"))
    assert PASSWORD not in kept
    assert token not in kept
    people.logins.close(token)
    assert people.logins.person(token) is None


def test_a_refusal_does_not_say_what_was_wrong(people: Store):
    people.people.put(DEWI)  # has no password
    people.people.put(Person(name="Gone", role="lead"))
    people.people.set_password("Gone", HASHED)
    people.people.set_disabled("Gone", disabled=True)
    assert {refused(people, name, PASSWORD) for name in ("Nobody", "Dewi", "Gone")} == {"wrong_password"}
    assert refused(people, "Rini", "a wrong guess") == "wrong_password"


def test_after_some_wrong_guesses_even_the_right_one_has_to_wait(people: Store, monkeypatch: pytest.MonkeyPatch):
    for _ in range(FREE_FAILURES + 3):
        people.people.record_failure("Rini")
    assert refused(people, "Rini", PASSWORD) == "wait"
    account = people.people.get("Rini")
    assert account is not None
    assert account.failed_at is not None
    later = account.failed_at + 2.0**3 + 0.1
    monkeypatch.setattr(people.people, "now", lambda: later)
    sign_in(people, "Rini", PASSWORD, 60)
    again = people.people.get("Rini")
    assert again is not None
    assert again.failures == 0
    assert analyzer.review.accounts._wait(1000) == analyzer.review.accounts.MAX_WAIT_SECONDS


def test_a_link_signs_in_once_and_expires(people: Store):
    link = people.logins.open("Rini", "link", 60)
    assert people.logins.person(link) is None  # it is no session
    assert people.logins.redeem(link) == RINI
    assert people.logins.redeem(link) is None
    assert people.logins.redeem(people.logins.open("Rini", "link", -1)) is None
    session = people.logins.open("Rini", "session", 60)
    assert people.logins.redeem(session) is None
    assert people.logins.person(session) == RINI


def test_a_session_ends_by_time_new_password_or_lock_and_a_new_role_counts_at_once(people: Store):
    assert people.logins.person(people.logins.open("Rini", "session", -1)) is None
    token = people.logins.open("Rini", "session", 60)
    people.people.put(Person(name="Rini", role="lead"))
    person = people.logins.person(token)
    assert person is not None
    assert person.role == "lead"
    people.people.set_password("Rini", hash_password("another password"))
    assert people.logins.person(token) is None
    token = people.logins.open("Rini", "session", 60)
    people.people.set_disabled("Rini", disabled=True)
    assert people.logins.person(token) is None
    people.people.set_disabled("Rini", disabled=False)
    assert people.logins.person(token) is None  # a lock ends sessions for good
    assert [account.person.name for account in people.people.all()] == ["Rini"]


@pytest.mark.parametrize("name", ["", " Rini", "Rini\n", "a\tb", "x" * 81, "nul\0"])
def test_names_are_one_readable_line(name: str):
    with pytest.raises(ValueError, match="validation error"):
        Person(name=name, role="coach")
