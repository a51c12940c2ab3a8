"""A call's page as people use it: in a real Chromium, opened from a folder."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analyzer.models.finding import RecordCheckItem, Violation
from analyzer.models.recording import AudioFacts
from analyzer.models.report import Report
from analyzer.reports.call_view import call_view
from analyzer.reports.page_files import HASH_BYTES, AudioLinks, call_page, made_of, page_hash, shared_files
from tests.browser import OpenPage, WatchedPage
from tests.reports.samples import LABELS, finding
from tests.reports.transcripts import heard, heard_report, write_sound

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;{{7*7}}\u202e"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a page with the files it shares, and a recording beside it."""

    def page(
        report: Report | None = None, *, sound: AudioLinks | None = None, lang: str = "id", words: Any = None
    ) -> Path:
        folder = tmp_path / "calls"
        folder.mkdir(exist_ok=True)
        for name, data in shared_files().items():
            (folder / name).write_bytes(data)
        write_sound(tmp_path / "suara.wav")
        shown = call_view(report or heard_report(), words or heard(), LABELS, key="k1")
        links = sound or AudioLinks("../suara.wav", "../suara.wav")
        (folder / "k1.html").write_bytes(call_page(shown, links, made_of=page_hash("x"), lang=lang))
        return folder / "k1.html"

    return page


# Sound goes on while a busy machine looks: where it was moved to is told by the moves themselves.
NOTE_MOVES = """document.addEventListener("seeking", (event) => {
  (window.moves ??= []).push(event.target.currentTime);
}, true);"""


def opened(open_page: OpenPage, path: Path, address: str = "", **look: Any) -> WatchedPage:
    shown = open_page(**look)
    shown.context.add_init_script(NOTE_MOVES)
    shown.page.goto(path.as_uri() + address)
    return shown


def time_of(page: Page) -> float:
    at: float = page.evaluate("document.querySelector('audio').currentTime")
    return at


def wait_until_at(page: Page, seconds: float) -> None:
    """The sound was really moved there."""
    page.wait_for_function(f"() => Math.abs((window.moves ?? []).at(-1) - {seconds}) < 0.02")


def word(page: Page, text: str, nth: int = 0) -> Any:
    return page.locator(".w", has_text=re.compile(f"^{text}$")).nth(nth)


def test_a_click_on_a_word_plays_from_it_with_a_little_lead_in(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    word(page, "emailnya").click()
    page.wait_for_function("() => !document.querySelector('audio').paused")
    wait_until_at(page, 13.5 - 0.4)
    expect(page.locator("[data-do=toggle]")).to_contain_text("Jeda")
    page.locator("[data-do=toggle]").click()
    assert page.evaluate("document.querySelector('audio').paused")


def test_the_word_that_is_heard_is_marked_and_none_in_silence(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    for at, text in ((13.7, "emailnya"), (9.2, "saya")):
        page.evaluate(f"document.querySelector('audio').currentTime = {at}")
        expect(page.locator(".w.now")).to_have_text(text)
    page.evaluate("document.querySelector('audio').currentTime = 23")
    expect(page.locator(".w.now")).to_have_count(0)


def test_a_step_plays_its_moment_and_a_missed_one_the_place_where_it_belongs(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    page.locator("#step-1 .play").first.click()
    wait_until_at(page, 7.0 - 1.5)
    page.locator("#step-3 .play").click()
    wait_until_at(page, 16.5 - 1.5)
    page.locator("a.spot", has_text="2").click()
    wait_until_at(page, 12.0 - 1.5)
    expect(page.locator("#step-2")).to_have_class(re.compile("current"))
    page.locator(".place .play").click()
    wait_until_at(page, 16.5 - 1.5)


def test_a_click_on_the_waveform_moves_there(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    page.locator(".cv-wave canvas").first.wait_for(state="attached")
    box = page.locator(".cv-wave").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_function("() => Math.abs((window.moves ?? []).at(-1) - 12) < 0.1")


def test_fifteen_seconds_back_and_another_speed(write: Write, open_page: OpenPage):
    page = opened(open_page, write(), "#t=20").page
    wait_until_at(page, 20.0)
    page.locator("[data-do=back]").click()
    wait_until_at(page, 5.0)
    page.locator("[data-do=speed]").select_option("1.5")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.5


def test_everything_is_done_by_keys_and_keys_never_fire_inside_text_fields(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    page.keyboard.press("2")
    wait_until_at(page, 12.0 - 1.5)
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('audio').paused")
    at = time_of(page)
    page.keyboard.press("j")
    wait_until_at(page, max(0.0, at - 15))
    page.keyboard.press(".")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25
    page.keyboard.press("?")
    expect(page.locator("#cv-keys")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "step-3"
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    before = time_of(page)
    page.keyboard.type("kjl2?")
    assert page.locator("textarea").input_value() == "kjl2?"
    assert time_of(page) == before
    page.locator("[data-do=keys]").uncheck()
    page.locator("body").press("2")
    assert time_of(page) == before
    page.reload()  # remembered
    assert not page.locator("[data-do=keys]").is_checked()


def test_in_the_transcript_arrows_go_from_turn_to_turn_and_word_to_word(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    buttons = page.locator(".by .play")
    assert [buttons.nth(at).get_attribute("tabindex") for at in range(3)] == ["0", "-1", "-1"]
    buttons.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "▶ 0:06"
    page.keyboard.press("ArrowRight")
    wait_until_at(page, 6.0)
    page.locator("audio").evaluate("(audio) => audio.pause()")
    page.keyboard.press("ArrowRight")
    wait_until_at(page, 6.5)


def test_an_address_with_a_step_opens_there_without_playing(write: Write, open_page: OpenPage):
    page = opened(open_page, write(), "#step-2").page
    wait_until_at(page, 12.0 - 1.5)
    assert page.evaluate("[document.activeElement.id, document.querySelector('audio').paused]") == ["step-2", True]


def test_the_language_switches_everywhere_and_is_remembered(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    expect(page.locator("#step-2 .reason")).to_have_text(
        "Terdengar kata-kata yang mirip, tetapi kurang jelas untuk diputuskan."
    )
    page.get_by_role("button", name="English").click()
    expect(page.locator("#step-2 .reason")).to_have_text(
        "Words like it were heard, but not clearly enough to decide."
    )
    expect(page.locator("html")).to_have_attribute("lang", "en")
    label = "Play from 0:07: Asks whether owner or tenant"
    expect(page.locator("#step-1 .play").first).to_have_attribute("aria-label", label)
    expect(page.locator(".cv-verdict .score")).to_contain_text("33.3–66.7")
    page.reload()
    expect(page.locator("#cv-transcript-h")).to_have_text("Transcript")


def test_the_page_starts_in_the_language_it_was_written_in(write: Write, open_page: OpenPage):
    page = opened(open_page, write(lang="en")).page
    expect(page.locator("#cv-steps-h")).to_have_text("SOP steps")
    expect(page.locator(".cv-about")).to_contain_text("2 Mar 2026 08:15")


@pytest.mark.parametrize("colour", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_bars_people_and_nothing_is_wider_than_the_screen(
    write: Write, open_page: OpenPage, colour: str, width: int
):
    report = heard_report(
        violations=(Violation(id="refused_to_process", heard="boleh minta", start=12.0),),
        flags=("mono",),
        record_check={"phone": RecordCheckItem(field="HP", outcome="mismatch", recorded="0811", said="+62812")},
        caller_role="tenant",
    )
    shown = opened(open_page, write(report), colour=colour, width=width)
    shown.page.locator("[data-do=help]").evaluate("(button) => button.click()")
    assert shown.axe() == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_by_itself_for_people_who_ask_for_less_motion(write: Write, open_page: OpenPage):
    page = opened(open_page, write(), motion="reduce").page
    assert page.evaluate("getComputedStyle(document.querySelector('.pane')).scrollBehavior") == "auto"


def test_without_scripts_everything_can_be_read_and_the_recording_is_there(write: Write, open_page: OpenPage):
    page = opened(open_page, write(), java_script_enabled=False).page
    for text in ("Meminta alamat e-mail", "saya penyewanya", "Tidak terdengar: Terima kasih penutup"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.locator("audio")).to_be_visible()


def test_on_paper_the_transcript_is_whole_and_controls_are_gone(write: Write, open_page: OpenPage):
    page = opened(open_page, write()).page
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="print")
    expect(page.locator(".cv-controls")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.pane')).maxHeight") == "none"


def test_a_recording_that_cannot_be_played_is_said_so(write: Write, open_page: OpenPage):
    facts = AudioFacts(decoded_seconds=24.0, channels=2, codec="gsm_ms")
    shown = opened(open_page, write(heard_report(audio=facts), sound=AudioLinks("../suara.wav", None)))
    expect(shown.page.locator(".cv-player .note")).to_contain_text("panggilan-1.wav")
    assert shown.page.locator(".cv-audio, .play").count() == 0
    expect(shown.page.locator("#step-1 .time")).to_have_text("0:07")
    gone = opened(open_page, write(sound=AudioLinks("../hilang.wav", "../hilang.wav")))
    gone.page.locator("#step-1 .play").first.click()
    expect(gone.page.locator(".cv-broken")).to_be_visible()
    gone.await_problem("ERR_FILE_NOT_FOUND")


def test_whatever_a_call_holds_adds_no_element_and_runs_nothing(write: Write, open_page: OpenPage):
    def skeleton(text: str) -> Any:
        steps = (finding("email_request", "unsure", heard=text, phrase=text, reason=text, start=12.0, end=14.0),)
        report = heard_report(
            recording=text, agent=text, started_at=text, flags=(text,), metadata={text: text}, steps=steps,
            violations=(Violation(id=text, heard=text, start=12.0),), exemption=None,
        )  # fmt: skip
        page = opened(open_page, write(report.model_copy(update={"call_id": text}))).page
        page.get_by_role("button", name="English").click()
        return page.evaluate(
            "[...document.querySelectorAll('*')].map((node) => node.tagName + [...node.attributes].map((a) => a.name))"
        )

    evil, tame = skeleton(EVIL), skeleton("x")
    assert [tag for tag in evil if not tag.startswith("SPAN")] == [tag for tag in tame if not tag.startswith("SPAN")]


def test_the_same_call_gives_the_same_bytes_and_the_page_tells_what_it_was_made_of(write: Write):
    path = write()
    first = path.read_bytes()
    assert write().read_bytes() == first
    assert made_of(first[-HASH_BYTES:]) == page_hash("x")
    assert made_of(first[: len(first) // 2][-HASH_BYTES:]) is None
    assert page_hash("ab", "c") != page_hash("a", "bc")


def test_a_page_stays_small(write: Write):
    size = write().stat().st_size
    assert size < 20_000
    block = re.search(rb'id="call-data">(.*?)</script>', write().read_bytes())
    assert block is not None
    assert set(json.loads(block[1])) == {"seconds", "lanes"}
