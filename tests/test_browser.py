"""The browser that other tests rely on really notices what goes wrong."""

from pathlib import Path

import pytest

from tests.browser import OpenPage

POLICY = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:\">"


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ("<script>1</script>", ["CSP: script-src-elem"]),
        ("<p style='color:red'>x</p>", ["CSP: style-src-attr"]),
        ("<img src='https://example.com/x.png' alt=''>", ["CSP: img-src", "https://example.com/x.png"]),
    ],
)
def test_what_a_policy_forbids_is_noticed(tmp_path: Path, open_page: OpenPage, body: str, trouble: list[str]):
    (tmp_path / "p.html").write_text(f"<!DOCTYPE html><html lang=en><title>t</title>{POLICY}<main>{body}</main>")
    shown = open_page()
    shown.page.goto((tmp_path / "p.html").as_uri())
    shown.await_problem(*trouble, "Content Security Policy directive")
    assert all(any(text in error for error in shown.errors) for text in trouble)


def test_requests_to_elsewhere_and_exceptions_are_noticed(tmp_path: Path, open_page: OpenPage):
    page = tmp_path / "p.html"
    page.write_text("<!DOCTYPE html><img src='http://192.0.2.1/x.png' alt=''><script>nothing.at.all</script>")
    shown = open_page()
    shown.page.goto(page.as_uri(), wait_until="commit")
    shown.page.wait_for_function("document.images.length === 1 && document.scripts.length === 1")
    shown.await_problem("nothing is not defined", "http://192.0.2.1/x.png")
    assert shown.external == ["http://192.0.2.1/x.png"]
    shown.expected.append("Failed to load resource")  # comes when the machine has no network, and soon or late
    shown.page.goto("about:blank")


def test_only_expected_problems_are_ignored(tmp_path: Path, open_page: OpenPage):
    page = tmp_path / "p.html"
    page.write_text("<!DOCTYPE html><script>console.error('one'); console.error('two')</script>")
    shown = open_page()
    shown.page.goto(page.as_uri())
    shown.await_problem("two")
    with pytest.raises(AssertionError, match=r"^\['one'\]"):
        shown.check()
    shown.await_problem("one")
    shown.check()


def test_what_bars_people_is_found(tmp_path: Path, open_page: OpenPage):
    (tmp_path / "p.html").write_text("<!DOCTYPE html><html><title>t</title><main><button></button></main></html>")
    shown = open_page()
    shown.page.goto((tmp_path / "p.html").as_uri())
    assert {line.split()[1] for line in shown.axe()} == {"button-name:", "html-has-lang:"}
