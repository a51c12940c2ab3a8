"""Pages of other sites, names that are not ours, and requests that are too large never reach the app."""

import hashlib
import logging
import re
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute

from analyzer.web.app import ROUTERS
from analyzer.web.security import AllowedHosts, is_loopback
from tests.review.cases import DEWI, LEA, RINI
from tests.web.app_client import BASE, OURS, AppUnderTest

NOBODY = {"/login", "/enter", "/language"}
"""what is served to people who are not signed in"""


def routes(served: AppUnderTest, method: str) -> list[str]:
    every = [route for router in ROUTERS for route in router.routes]
    paths = [route.path for route in every if isinstance(route, APIRoute) and method in (route.methods or ())]
    assert len(paths) > 8
    return [re.sub(r"\{key\}", served.keys["first"], re.sub(r"\{number\}", "1", path)) for path in paths]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8123", "", "127.0.0.1@evil", "10.0.0.1"]
)
def test_a_host_that_is_not_ours_is_refused(served, host):
    answer = served.browser(RINI).get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "Dewi" not in answer.text
    assert served.browser().post("/login", headers={**OURS, "Host": host}).status_code == 421


def test_two_host_headers_are_refused(served):
    scope = served.browser().build_request("GET", "/").headers
    answer = served.browser().get("/", headers=[("Host", "127.0.0.1"), ("Host", "evil.example")])
    assert scope is not None
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost:9999", "127.0.0.1", "[::1]:8123", "LOCALHOST", "localhost."])
def test_loopback_names_are_answered_at_any_port(served, host):
    assert served.browser().get("/login", headers={"Host": host}).status_code == 200


def test_allowed_hosts_are_answered():
    hosts = AllowedHosts.of(["Review.Example", "192.168.1.5", "fe80::1"])
    assert [hosts.allows(name) for name in ("review.example:80", "192.168.1.5", "[fe80::1]:8123")] == [True] * 3
    assert not hosts.allows("example")
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.5", "review.example")] == [False] * 4  # noqa: S104


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8123", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(served, headers):
    browser = served.browser(LEA)
    before = len(served.store.history.of(served.keys["first"]))
    for path in routes(served, "POST"):
        fields = {"csrf": browser.csrf, "kind": "reviewed", "language": "id", "token": "x"}
        answer = browser.post(path, data=fields, headers=headers)
        assert answer.status_code == 403, path
        assert "set-cookie" not in answer.headers, path
    assert len(served.store.history.of(served.keys["first"])) == before


@pytest.mark.parametrize("headers", [OURS, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": BASE}])
def test_a_form_of_our_own_page_is_accepted(served, headers):
    browser = served.browser(RINI)
    answer = browser.post(
        f"/call/{served.keys['first']}/act", data={"csrf": browser.csrf, "kind": "reviewed"}, headers=headers
    )
    assert answer.status_code == 303
    assert served.context.service.call(RINI, served.keys["first"]).state.reviewed is not None


def test_a_form_without_its_csrf_token_is_refused(served):
    browser, other = served.browser(LEA), served.browser(RINI)
    open_to_all = {"/login", "/enter", "/language"}
    for path in set(routes(served, "POST")) - open_to_all:
        for csrf in ("", "0" * 64, other.csrf):
            assert browser.submit(path, csrf=csrf, kind="reviewed").status_code == 403, path
    assert served.context.service.call(LEA, served.keys["first"]).state.reviewed is None


def test_another_site_cannot_embed_pages_or_recordings(served):
    browser = served.browser(RINI)
    sound = f"/audio/{served.keys['first']}"
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "audio"}
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert browser.get(sound, headers=embedded).status_code == 403
    assert browser.get("/", headers=framed).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert browser.get("/", headers=followed).status_code == 200, "a link in a mail may be followed"


def test_get_changes_nothing(served):
    browser = served.browser(LEA)
    before = served.store.history.of(served.keys["first"])
    people = served.store.people.all()
    for path in set(routes(served, "POST")):
        answer = browser.get(path, params={"csrf": browser.csrf, "kind": "reviewed", "token": "x", "language": "id"})
        assert answer.status_code in (200, 303, 404, 405), path
        assert "set-cookie" not in answer.headers, path
    assert [e for e in served.store.history.of(served.keys["first"]) if e.kind != "view"] == list(before)
    assert served.store.people.all() == people


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(served, method):
    assert served.browser(RINI).request(method, "/").status_code == 405


def test_only_sign_in_pages_are_open_to_strangers(served):
    stranger = served.browser()
    for path in set(routes(served, "GET")) - NOBODY:
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path
    for path in set(routes(served, "POST")) - NOBODY:
        answer = stranger.submit(path, kind="reviewed")
        assert answer.status_code == 401, path


def test_every_response_has_a_strict_content_security_policy(served):
    browser = served.browser(RINI)
    key = served.keys["first"]
    paths = ["/", f"/call/{key}", f"/audio/{key}", "/no-such-page", "/static/app.css", "/static/no.css", "/login"]
    answers = [browser.get(path) for path in paths]
    answers.append(browser.get("/", headers={"Host": "evil.example"}))
    answers.append(browser.submit("/login", {"Sec-Fetch-Site": "cross-site"}))
    nonces = set()
    for answer in answers:
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", policy["script-src"])
        assert nonce
        nonces.add(nonce[1])
        assert policy["style-src"] == policy["script-src"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert len(nonces) == len(answers), "a nonce that returns is none"
    assert all("no-store" in answer.headers["cache-control"] for answer in answers if answer is not answers[4])
    assert "immutable" in answers[4].headers["cache-control"]


def test_pages_have_no_code_without_the_nonce(served):
    browser = served.browser(RINI)
    for path in ("/", f"/call/{served.keys['first']}", "/login", "/enter?token=x"):
        page = browser.get(path)
        nonce = re.search(r"nonce-([\w-]+)", page.headers["content-security-policy"])
        assert nonce
        code = r"<(?:script(?! type=\"application/json)|style|link rel=\"stylesheet\")[^>]*>"
        for tag in re.findall(code, page.text):
            assert f'nonce="{nonce[1]}"' in tag, path
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", page.text), path


def test_a_body_that_is_too_large_is_refused(served):
    browser = served.browser(RINI)
    path = f"/call/{served.keys['first']}/act"
    assert browser.submit(path, kind="comment", text="x" * 70_000).status_code == 413
    parts = (b"text=" if at == 0 else b"x" * 10_000 for at in range(20))
    headers = {**OURS, "Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post(path, content=parts, headers=headers).status_code == 413
    for length in ("-1", "abc", "999999999999"):
        assert browser.post(path, content=b"a=b", headers={**headers, "Content-Length": length}).status_code == 413


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=b&" * 3000, "application/x-www-form-urlencoded", 400),
        (b"text=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"text=\xff", "application/x-www-form-urlencoded", 400),
        (b"text=a%00b", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"x", "multipart/form-data; boundary=x", 415),
    ],
)
def test_a_malformed_form_is_refused_with_an_error_page(served, body, kind, status):
    browser = served.browser(RINI)
    path = f"/call/{served.keys['first']}/act"
    answer = browser.post(path, content=body, headers={**OURS, "Content-Type": kind})
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


def test_a_form_s_fields_arrive_as_they_were_typed(served):
    browser = served.browser(RINI)
    text = "a+b & c=d; e%20f \u00e9 \U0001f600\nsecond line"
    assert browser.submit(f"/call/{served.keys['first']}/act", kind="comment", text=f"  {text} ").status_code == 303
    assert served.context.service.call(RINI, served.keys["first"]).state.comments[-1].text == text


def test_an_error_shows_no_traceback_and_logs_no_personal_data(served, monkeypatch, caplog):
    def broken(*_: object, **__: object) -> None:
        raise ValueError("budi@example.com said 0812")

    monkeypatch.setattr(served.context.service, "queue", broken)
    with caplog.at_level(logging.DEBUG, "analyzer"):
        answer = served.browser(RINI).get("/?q=rahasia")
    assert answer.status_code == 500
    assert not re.search(r"ValueError|Traceback|budi@", answer.text)
    assert "ValueError" in caplog.text
    assert "test_security.py" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("analyzer")]
    assert not re.search(r"budi@|0812|rahasia|Rini", "\n".join(ours))


def test_static_files_are_a_fixed_set_that_browsers_cache(served):
    stranger = served.browser()
    urls = served.context.static_files.urls
    assert sorted(urls) == ["app.css", "app.js", "call.js", "call_view.css", "call_view.js", "mark.svg"]
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    for name, url in urls.items():
        whole = stranger.get(url)
        assert (whole.status_code, whole.headers["content-type"]) == (200, types[name.rpartition(".")[2]]), name
        assert "immutable" in whole.headers["cache-control"], name
        assert hashlib.sha256(whole.content).hexdigest().startswith(url.rpartition("=")[2]), name
        head = stranger.head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content))), name
    whole = stranger.get(urls["app.css"])
    part = stranger.get(urls["app.css"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    unchanged = stranger.get(urls["app.css"], headers={"If-None-Match": whole.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert stranger.post(urls["call_view.js"], headers=OURS).status_code == 405


@pytest.mark.parametrize(
    "name", ["", ".", "base.css", "wave.js", "vendor", "vendor/", "vendor/wavesurfer-8.0.1/LICENSE"]
)
def test_no_directory_and_no_other_asset_is_served(served, name):
    answer = served.browser(RINI).get(f"/static/{name}")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_static_names_cannot_leave_the_folder(served):
    browser = served.browser(RINI)
    for name in ("..%2fapp.py", "%2e%2e/app.py", "../app.py", "app.css%00", "..\\app.py", "/etc/passwd", "__init__.py"):
        assert browser.get(f"/static/{name}").status_code in (404, 303), name


@pytest.mark.parametrize(
    "key",
    ["%2e%2e%2f", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a.wav", "0" * 31, "0" * 33, "G" * 32, "%00", "0" * 32],
)
def test_a_recording_is_served_by_its_key_only(served, key):
    answer = served.browser(RINI).get(f"/audio/{key}")
    assert answer.status_code == 404
    assert b"RIFF" not in answer.content


def test_a_recording_is_served_in_one_range_at_a_time(served):
    browser = served.browser(RINI)
    path = f"/audio/{served.keys['first']}"
    whole = browser.get(path)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    part = browser.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert browser.get(path, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    many = "bytes=" + ",".join(f"{at}-{at + 1}" for at in range(0, 4000, 2))
    assert browser.get(path, headers={"Range": many}).status_code == 416
    assert browser.get(path, headers={"Range": "bytes=" + "0" * 9000}).status_code in (200, 400, 416)


def test_a_symlink_to_elsewhere_and_a_changed_file_are_not_served(served, tmp_path):
    browser = served.browser(RINI)
    recording = served.calls / "first.wav"
    content = recording.read_bytes()
    elsewhere = tmp_path / "secret.wav"
    elsewhere.write_bytes(content)
    recording.unlink()
    recording.symlink_to(elsewhere)
    path, page = f"/audio/{served.keys['first']}", f"/call/{served.keys['first']}"
    assert browser.get(path).status_code == 404
    assert "--recordings FOLDER" in browser.get(page).text
    recording.unlink()
    recording.write_bytes(b"RIFF another")
    assert browser.get(path).status_code == 404
    assert "not the recording that was scored" in browser.get(page).text


def test_an_agent_hears_only_their_own_calls(served):
    dewi = served.browser(DEWI)
    assert dewi.get(f"/audio/{served.keys['first']}").status_code == 200
    assert dewi.get(f"/audio/{served.keys['third']}").status_code == 404
    assert dewi.get(f"/call/{served.keys['third']}").status_code == 404


def test_text_from_outside_is_escaped(tmp_path):
    from analyzer.store.store import Store
    from tests.review.cases import new_event, scored_report
    from tests.web.app_client import app_over

    nasty = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    store = Store(tmp_path / "analyzer.db")
    served = app_over(tmp_path, store, scored_report("bad", "xxxxxx", agent=nasty, started_at=nasty))
    served.context.service.add_event(RINI, new_event(served.keys["bad"], "comment", text=nasty))
    browser = served.browser(LEA)
    asked = ("/?q=", "/login?next=", "/enter?token=", "/agent?name=", "/sampling?seed=")
    for path in ("/?list=all", f"/call/{served.keys['bad']}", "/agents", *(f"{path}{quote(nasty)}" for path in asked)):
        page = browser.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    served.context.audio.close()
    store.close()
