"""The review app as people use it: `analyzer review` on calls that were really scored, in a real Chromium."""

import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analyzer.models.review import CallFilter
from analyzer.store.listing import Scope
from analyzer.store.store import Store
from tests.browser import OpenPage, WatchedPage
from tests.conftest import Ran
from tests.web.server_process import InProcessServer, ServerProcess, in_process_server, started_server

FLAGGED = "customer-says-it"  # misses the e-mail request, the callback question and the notice
VIOLATION = "refused-to-process"


@pytest.fixture
def results(scored_calls: Ran, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored_calls.out, tmp_path / "out"))


@pytest.fixture
def app(results: Path) -> Iterator[InProcessServer]:
    with in_process_server(results, "Dewi Lestari") as started:
        yield started


def enter(
    open_page: OpenPage, app: InProcessServer | ServerProcess, link: str | None = None, **look: object
) -> WatchedPage:
    """A browser of its own that opened a link."""
    shown = open_page(origin=app.origin, **look)
    shown.page.goto(link or app.link)
    shown.page.wait_for_url(f"{app.origin}/")
    return shown


def open_call(page: Page, app: InProcessServer | ServerProcess, call_id: str) -> None:
    page.goto(f"{app.origin}/?list=all&q={call_id}")
    page.get_by_role("link", name=call_id).click()
    expect(page.get_by_role("heading", name=call_id, level=1)).to_be_visible()
    page.wait_for_load_state("load")  # the scripts have begun: a key pressed before would be lost


def step(page: Page, name: str):
    return page.locator(".step", has=page.get_by_role("heading", name=name))


def link_for(lead: Page, app: InProcessServer | ServerProcess, name: str, role: str, agent: str = "") -> str:
    """Add somebody on the page People and make a link for them."""
    lead.goto(f"{app.origin}/people")
    lead.get_by_label("Name", exact=True).fill(name)
    lead.get_by_label("Role").select_option(role)
    lead.get_by_label("Agent's name").fill(agent)
    lead.get_by_role("button", name="Add").click()
    lead.get_by_role("button", name=f"Make a sign-in link {name}").click()
    return str(lead.get_by_label("Link", exact=True).input_value())


def leave(page: Page, address: str) -> None:
    """Wait until the page is another."""
    page.wait_for_url(lambda url: url != address)


def choose(page: Page, status: str, reason: str) -> None:
    """Fill the open form of a step."""
    form = page.locator("details.act[open] form")
    form.get_by_text(status, exact=True).click()
    form.get_by_role("textbox").fill(reason)
    form.get_by_role("button").click()


def playing_at(page: Page) -> float:
    """Where the sound is, once it moves."""
    moves = "() => { const a = document.querySelector('audio'); return !a.paused && a.currentTime > 0; }"
    page.wait_for_function(moves)
    return float(page.evaluate("document.querySelector('audio').currentTime"))


def test_from_the_link_to_three_flagged_calls_reviewed_by_one_key_each(open_page, app, results):
    page = enter(open_page, app).page
    expect(page.get_by_role("heading", name="Review queue")).to_be_visible()
    waiting = page.locator("tbody tr").count()
    assert waiting >= 3
    expect(page.locator("tbody tr").first).to_contain_text("A violation, perhaps")
    page.keyboard.press("d")
    for _ in range(3):
        page.wait_for_url(re.compile(r"/call/"))
        before = page.url
        page.keyboard.press("a")
        expect(page.locator("#said")).to_contain_text("Saved.")
        page.keyboard.press("d")
        leave(page, before)
    page.goto(app.origin)
    expect(page.locator("tbody tr")).to_have_count(waiting - 3)
    page.goto(f"{app.origin}/?list=reviewed")
    expect(page.locator("tbody tr")).to_have_count(3)


def test_a_step_plays_at_its_evidence_and_a_word_at_its_time(open_page, app):
    page = enter(open_page, app).page
    open_call(page, app, VIOLATION)
    card = step(page, "Asked whether the number may be called back")
    start = float(card.locator("[data-play]").first.get_attribute("data-play"))
    assert start > 20
    name = re.compile("Play from 0:4.: Asked whether the number")
    expect(card.locator("[data-play]").first).to_have_accessible_name(name)
    card.locator("[data-play]").first.click()
    assert start - 2 <= playing_at(page) <= start + 2
    word = page.locator(".w", has_text="sewa").first
    word.click()
    page.wait_for_function("(start) => document.querySelector('audio').currentTime < start - 10", arg=start)
    assert 15 < playing_at(page) < 25
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('audio').paused")
    page.keyboard.press("5")
    expected = float(step(page, "Announced").locator("[data-play]").first.get_attribute("data-play"))
    page.wait_for_function("(at) => Math.abs(document.querySelector('audio').currentTime - at) < 3", arg=expected)


def test_an_overruled_step_changes_score_and_history_while_the_call_plays_on(open_page, app, results):
    page = enter(open_page, app).page
    open_call(page, app, FLAGGED)
    address = page.url
    expect(page.locator("#machine-score")).to_have_text("40")
    page.get_by_role("button", name="Play", exact=True).click()
    playing_at(page)
    card = step(page, "Asked for the e-mail address")
    card.get_by_text("Overrule").click()
    choose(page, "Met", "Terdengar di 0:25")
    expect(page.locator("#now-score")).to_contain_text("60")
    expect(page.locator("#said")).to_contain_text("Saved. Score 40 → 60, Fail.")
    assert page.url == address, "the page stays, and so does the sound"
    assert not page.evaluate("document.querySelector('audio').paused")
    expect(card).to_contain_text("Terdengar di 0:25")
    expect(card.locator(".was")).to_have_text("Missed")
    expect(step(page, "Thanked for the e-mail answer")).to_contain_text("follows from another decision")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#history li").first).to_contain_text("changed “Asked for the e-mail address” to Met")
    page.reload()
    expect(page.locator("#now-score")).to_contain_text("60")
    page.keyboard.press("u")
    expect(page.locator("#now-score")).to_have_count(0)
    expect(page.locator("#machine-score")).to_have_text("40")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#history")).to_contain_text("(undone)")


def test_a_text_being_written_survives_another_decision(open_page, app):
    page = enter(open_page, app).page
    open_call(page, app, FLAGGED)
    page.keyboard.press("g")
    page.locator("#coaching textarea").fill("Belum selesai menulis")
    step(page, "Thanked in the closing").get_by_role("button", name="Agree").click()
    expect(step(page, "Thanked in the closing")).to_contain_text("Confirmed")
    expect(page.locator("#coaching textarea")).to_have_value("Belum selesai menulis")


def test_keys_alone_do_everything_and_never_inside_a_text_field(open_page, app):
    page = enter(open_page, app).page
    open_call(page, app, FLAGGED)
    address = page.url
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("d")
    assert page.url == address, "no key works behind a dialog"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Until the next frame the closed dialog's button has the focus still, and so the next key.
    page.locator("#keys button").dispatch_event("keydown", {"key": "n"})
    expect(page.locator("#step-1")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#step-2")).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("#step-2 input:focus")).to_have_count(1)
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("a d s n u 1 ? dengan jelas")
    assert page.url == address
    expect(page.locator("#step-2 textarea")).to_have_value("a d s n u 1 ? dengan jelas")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Saved.")
    page.keyboard.press("c")
    page.keyboard.type("komentar")
    page.keyboard.press("Escape")
    expect(page.locator("#panel-remarks summary").first).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#now-score")).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("s")
    page.wait_for_timeout(200)
    assert page.url == address, "keys can be switched off"
    page.reload()
    page.keyboard.press("s")
    page.wait_for_timeout(200)
    assert page.url == address, "and stay off"


def test_an_agent_disputes_by_link_and_the_lead_decides(open_page, app):
    lead = enter(open_page, app).page
    link = link_for(lead, app, "Melati", "agent", "Melati")
    agent = enter(open_page, app, link).page
    expect(agent.get_by_role("heading", name="My calls")).to_be_visible()
    expect(agent.locator("tbody tr")).to_have_count(1)
    agent.get_by_role("link", name=FLAGGED).click()
    agent.get_by_role("button", name="I have read this").click()
    expect(agent.locator("#acknowledged")).to_contain_text("You have read this")
    card = step(agent, "Asked whether the number may be called back")
    card.get_by_text("Dispute", exact=True).first.click()
    card.get_by_role("textbox").fill("Saya tanyakan sebelum menutup")
    card.locator("form").get_by_role("button", name="Dispute").click()
    expect(card).to_contain_text("Waiting for a lead")
    lead.goto(app.origin)
    expect(lead.locator("tbody tr").first).to_contain_text("The agent disputes it")
    lead.get_by_role("link", name=FLAGGED).click()
    asked = step(lead, "Asked whether the number may be called back")
    asked.get_by_text("Accept", exact=True).first.click()
    choose(lead, "Met", "Betul, 0:58")
    expect(asked).to_contain_text("Dispute accepted")
    expect(lead.locator("#now-score")).to_contain_text("60")
    agent.reload()
    expect(card).to_contain_text("Dispute accepted")
    expect(card).to_contain_text("Betul, 0:58")
    agent.get_by_role("tab", name="History").click()
    expect(agent.locator("#history")).to_contain_text("accepted the dispute")
    used = open_page(origin=app.origin)
    used.page.goto(link)
    expect(used.page.get_by_role("alert")).to_contain_text("used already")
    used.await_problem("401")  # Chromium writes the refusal to its console


def test_two_score_a_session_blind_and_then_see_where_they_differ(open_page, app):
    lead = enter(open_page, app).page
    rini = enter(open_page, app, link_for(lead, app, "Rini", "coach")).page
    budi = enter(open_page, app, link_for(lead, app, "Budi", "analyst")).page
    lead.goto(f"{app.origin}/calibration")
    lead.get_by_label("Name", exact=True).fill("November")
    lead.get_by_label("Or these calls").fill(f"{FLAGGED} angry")
    for name in ("Rini", "Budi"):
        lead.get_by_role("checkbox", name=name).check()
    lead.get_by_label("Expert").select_option("Budi")
    lead.get_by_role("button", name="Start the session").click()
    for page, status in ((rini, "Met"), (budi, "Missed")):
        page.goto(f"{app.origin}/?list=all&q={FLAGGED}")
        expect(page.locator("tbody tr")).to_have_count(0)
        page.get_by_role("link", name="Calibration").click()
        page.get_by_role("link", name="November").click()
        page.wait_for_url(re.compile(r"/calibration/\d+$"))
        page.keyboard.press("d")
        for _ in range(2):
            page.wait_for_url(re.compile(r"/calibration/\d+/[0-9a-f]{32}"))
            expect(page.locator(".step")).to_have_count(6)
            assert not re.search(r"Heard:|Confidence|by the machine", page.locator("main").inner_text(), re.IGNORECASE)
            for card in page.locator(".step").all():
                card.get_by_text(status, exact=True).click()
            before = page.url
            page.get_by_role("button", name="Save, next").click()
            leave(page, before)
    lead.reload()
    expect(lead.locator(".bars")).to_contain_text("12 / 12")
    lead.get_by_role("button", name="Close the session").click()
    expect(lead.get_by_text("Where raters differ (12)")).to_be_visible()
    expect(lead.get_by_role("row", name=re.compile("All steps"))).to_contain_text("0 %")
    expect(lead.get_by_role("columnheader", name="Budi ★")).to_be_visible()
    rini.goto(f"{app.origin}/?list=all&q={FLAGGED}")
    expect(rini.locator("tbody tr")).to_have_count(1)


def test_two_reviewers_at_once_are_informed_and_nothing_is_lost(open_page, app):
    dewi = enter(open_page, app).page
    rini = enter(open_page, app, link_for(dewi, app, "Rini", "coach")).page
    for page in (dewi, rini):
        open_call(page, app, FLAGGED)
    for page, status, reason in ((rini, "Met", "jelas"), (dewi, "Unsure", "tidak jelas")):
        step(page, "Asked for the e-mail address").get_by_text("Overrule").click()
        choose(page, status, reason)
        expect(page.locator("#said")).to_contain_text("Saved.")
    expect(dewi.locator("#said")).to_contain_text("Rini has just decided")
    expect(step(dewi, "Asked for the e-mail address")).to_contain_text("Unsure")
    dewi.get_by_role("tab", name="History").click()
    expect(dewi.locator("#history")).to_contain_text("tidak jelas")
    expect(dewi.locator("#history")).to_contain_text("Rini changed")


def test_the_language_is_switched_and_remembered_through_a_restart(open_page, results):
    with started_server(results, "--as", "Dewi Lestari", "--lang", "en") as app:
        shown = enter(open_page, app)
        before_the_restart(shown.page, app)
        assert app.stop(signal.SIGINT)[0] == 0
    with started_server(results, "--as", "Dewi Lestari", "--lang", "en", "--port", app.origin.rpartition(":")[2]):
        shown.page.reload()
        expect(shown.page.get_by_role("heading", name="Langkah SOP")).to_be_visible()
        expect(shown.page.locator("#now-score")).to_contain_text("60")
        shown.settle()


def before_the_restart(page: Page, app: ServerProcess) -> None:
    page.goto(f"{app.origin}/?list=all&agent=Melati")
    page.get_by_role("button", name="Indonesia").click()
    expect(page.get_by_role("heading", name="Antrean tinjauan")).to_be_visible()
    assert page.url.endswith("?list=all&agent=Melati"), "where one was"
    open_call(page, app, FLAGGED)
    expect(page.get_by_role("heading", name="Langkah SOP")).to_be_visible()
    expect(page.get_by_role("button", name="Putar", exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "id"
    step(page, "Meminta").first.get_by_text("Ubah").click()
    choose(page, "Terpenuhi", "jelas")
    expect(page.locator("#said")).to_contain_text("Tersimpan.")


def test_filters_narrow_the_queue_and_words_of_the_call_find_it(open_page, app):
    page = enter(open_page, app).page
    page.get_by_role("combobox", name="Show").select_option("all")
    expect(page.locator("tbody tr")).to_have_count(21)
    page.get_by_role("combobox", name="Agent", exact=True).select_option("Melati")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear filters").click()
    page.get_by_role("combobox", name="Step", exact=True).select_option(label="Asked whether owner or tenant")
    page.get_by_role("combobox", name="Status", exact=True).select_option("missed")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("tbody tr")).to_have_count(21)
    page.wait_for_load_state("load")
    page.keyboard.press("/")
    page.keyboard.type('"jalan merdeka"')
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(FLAGGED)


def test_without_scripts_everything_still_works(open_page, app):
    shown = open_page(origin=app.origin, java_script_enabled=False)
    page = shown.page
    page.goto(app.link)
    page.get_by_role("button", name="Open the review").click()
    page.get_by_role("link", name=FLAGGED).click()
    expect(page.locator("audio[controls]")).to_be_visible()
    step(page, "Asked for the e-mail address").get_by_text("Overrule").click()
    choose(page, "Met", "jelas")
    expect(page.locator("#now-score")).to_contain_text("60")
    expect(page.locator("#said")).to_contain_text("Saved. Score 40 → 60, Fail.")
    page.get_by_role("button", name="Done, next").click()
    page.get_by_role("button", name="Indonesia").click()
    expect(page.locator("html")).to_have_attribute("lang", "id")


PAGES = ("/", "/?list=all", "/agents", "/agent?name=Melati", "/sampling", "/calibration", "/people", "/account")


@pytest.mark.parametrize(("width", "colour"), [(1280, "light"), (390, "dark")], ids=["wide, light", "narrow, dark"])
def test_pages_fit_and_everybody_can_use_them(open_page, app, results, width, colour):
    shown = enter(open_page, app, width=width, height=844, colour=colour)
    page = shown.page
    link_for(page, app, "Rini", "coach")
    page.goto(f"{app.origin}/calibration")
    page.get_by_label("Name", exact=True).fill("November")
    page.get_by_label("Or these calls").fill("angry hold")
    for name in ("Rini", "Dewi Lestari"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Start the session").click()
    page.locator(".plan a").first.click()
    looks(shown)
    for path in PAGES:
        page.goto(app.origin + path)
        looks(shown)
    open_call(page, app, VIOLATION)
    for tab in ("Transcript", "Notes", "History", "About the call"):
        page.get_by_role("tab", name=tab).click()
        looks(shown)
    page.keyboard.press("o")
    looks(shown)
    page.goto(f"{app.origin}/calibration/1")
    page.get_by_role("button", name="Close the session").click()
    looks(shown)
    page.get_by_role("button", name="Sign out").click()
    looks(shown)


def looks(shown: WatchedPage) -> None:
    """The page has no serious fault that axe-core knows, one main heading, and nothing beside the screen."""
    page = shown.page
    assert shown.axe() == [], page.url
    assert page.locator("h1").count() == 1, page.url
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url


def test_listening_is_logged(open_page, app, results):
    page = enter(open_page, app).page
    open_call(page, app, FLAGGED)
    page.get_by_role("button", name="Play", exact=True).click()
    playing_at(page)
    page.wait_for_timeout(200)
    store = Store(results / "analyzer.db")
    calls = {call.call_id: call.call for call in store.listing.every(Scope(), CallFilter())}
    kinds = [event.kind for event in store.history.of(calls[FLAGGED])]
    store.close()
    assert kinds == ["view", "play"]
