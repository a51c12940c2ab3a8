"""Who gets in, how, for how long, and how somebody gets out."""

import re

import pytest

from analyzer.web.dependencies import local_path
from analyzer.web.throttling import LoginThrottle
from tests.review.cases import LEA, RINI
from tests.web.app_client import AppUnderTest

PASSWORD = "four words are fine"  # noqa: S105


def cookie_of(answer) -> str:
    return str(answer.headers["set-cookie"])


def test_a_link_signs_in_once_with_a_cookie_hidden_from_scripts_and_other_sites(served: AppUnderTest):
    served.store.people.put(RINI)
    token = served.store.logins.open("Rini", "link", 60)
    browser = served.browser()
    page = browser.get(f"/enter?token={token}")
    assert page.status_code == 200
    assert "set-cookie" not in page.headers, "looking at a link must not use it up: mail filters look at links"
    entered = browser.submit("/enter", token=token)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = cookie_of(entered)
    assert re.search(r"HttpOnly", cookie)
    assert re.search(r"SameSite=strict", cookie, re.IGNORECASE)
    assert "Path=/" in cookie
    assert token not in cookie
    assert browser.get("/").status_code == 200
    again = served.browser()
    assert again.submit("/enter", token=token).status_code == 401
    assert "used already" in again.submit("/enter", token=token).text
    assert again.get("/").status_code == 303


def test_a_session_token_is_no_link_and_a_link_token_no_session(served: AppUnderTest):
    served.store.people.put(RINI)
    link, session = (served.store.logins.open("Rini", kind, 60) for kind in ("link", "session"))
    assert served.browser().submit("/enter", token=session).status_code == 401
    browser = served.browser()
    browser.cookies.set(served.context.auth.cookie, link)
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "%00", "' OR 1=1 --"])
def test_a_made_up_token_opens_nothing(served: AppUnderTest, token):
    browser = served.browser()
    assert browser.submit("/enter", token=token).status_code in (400, 401)
    browser.cookies.set(served.context.auth.cookie, token.replace("%00", "") or "x")
    assert browser.get("/").status_code == 303


def test_a_link_that_is_too_old_opens_nothing(served: AppUnderTest):
    served.store.people.put(RINI)
    assert served.browser().submit("/enter", token=served.store.logins.open("Rini", "link", -1)).status_code == 401


def test_signing_out_ends_the_session_for_good(served: AppUnderTest):
    browser = served.browser(RINI)
    session = browser.cookies[served.context.auth.cookie]
    assert browser.submit("/logout").headers["location"] == "/login"
    thief = served.browser()
    thief.cookies.set(served.context.auth.cookie, session)
    assert thief.get("/").status_code == 303


def test_an_idle_session_ends(served: AppUnderTest, monkeypatch):
    browser = served.browser(RINI)
    assert browser.get("/").status_code == 200
    now = served.context.auth._clock()
    monkeypatch.setattr(served.context.auth, "_clock", lambda: now + served.context.settings.idle_seconds + 1)
    assert browser.get("/").status_code == 303
    monkeypatch.setattr(served.context.auth, "_clock", lambda: now)
    assert browser.get("/").status_code == 303, "it does not come back"


def test_a_locked_account_is_signed_out_at_once(served: AppUnderTest):
    browser = served.browser(RINI)
    served.store.people.set_disabled("Rini", disabled=True)
    assert browser.get("/").status_code == 303


def test_over_tls_the_cookie_is_secure(served: AppUnderTest):
    from fastapi import Response

    from analyzer.web.auth import SessionAuth

    auth = SessionAuth(served.store, session_seconds=60, idle_seconds=60, secure=True)
    served.store.people.put(RINI)
    answer = Response()
    auth.set_cookie(auth.open_session(RINI), answer)
    assert cookie_of(answer).startswith("__Host-")
    assert "Secure" in cookie_of(answer)


def test_name_and_password_sign_in_and_all_wrong_ones_get_the_same_answer(served: AppUnderTest):
    from analyzer.review.accounts import hash_password

    served.store.people.put(LEA)
    served.store.people.set_password("Lea", hash_password(PASSWORD))
    browser = served.browser()
    wrong = browser.submit("/login", name="Lea", password=PASSWORD[::-1])
    unknown = browser.submit("/login", name="Nobody", password=PASSWORD[::-1])
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    alert = re.compile(r'role="alert">([^<]+)')
    assert alert.findall(wrong.text) == alert.findall(unknown.text)
    right = browser.submit("/login", name="Lea", password=PASSWORD, next="/agents?x=1")
    assert (right.status_code, right.headers["location"]) == (303, "/agents?x=1")
    assert browser.get("/").status_code == 200


def test_guessing_passwords_is_throttled(served: AppUnderTest):
    from analyzer.review.accounts import hash_password

    served.store.people.put(LEA)
    served.store.people.set_password("Lea", hash_password(PASSWORD))
    browser = served.browser()
    most = served.context.settings.login_tries
    codes = [browser.submit("/login", name=f"guess {n}", password=PASSWORD[::-1]).status_code for n in range(most + 1)]
    assert codes == [401] * most + [429]
    late = browser.submit("/login", name="Lea", password=PASSWORD)
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0


def test_failures_outside_the_window_do_not_count():
    now = 0.0
    throttle = LoginThrottle(2, 100.0, clock=lambda: now)
    throttle.failed("a")
    now = 60.0
    throttle.failed("a")
    assert throttle.wait("a") == pytest.approx(40.0)
    assert throttle.wait("b") == 0
    now = 100.0
    assert throttle.wait("a") == 0


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("/agents?x=1", "/agents?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
        ("call", "/"),
        ("/[", "/["),
        ("//[", "/"),
    ],
)
def test_signing_in_redirects_to_this_app_only(given, taken):
    assert local_path(given) == taken


def test_the_language_is_remembered_by_the_browser_and_follows_it_at_first(served: AppUnderTest):
    served.context.renderer._default = None
    indonesian = served.browser(language="id-ID,id;q=0.9")
    english = served.browser(language="en-GB,en;q=0.8")
    assert '<html lang="id">' in indonesian.get("/login").text
    assert '<html lang="en">' in english.get("/login").text
    chosen = english.submit("/language", language="id", back="/login?next=%2Fagents")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/login?next=%2Fagents")
    assert '<html lang="id">' in english.get("/login").text
    assert "set-cookie" not in english.submit("/language", language="xx", back="/").headers


def test_a_link_followed_from_another_site_finds_the_signed_in_user(served: AppUnderTest):
    """The cookie is not sent with another site's link: the page loads itself again from here."""
    path = f"/call/{served.keys['first']}"
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = served.browser().get(path, headers=followed)
    assert page.status_code == 200
    assert f'http-equiv="refresh" content="0;url={path}"' in page.text
    assert served.browser().get(path).headers["location"] == f"/login?next=%2Fcall%2F{served.keys['first']}"
