"""The files of a results folder: what changed is made, what did not is left alone, what is gone is taken away."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs import worker_configuration as process_map
from analyzer.models.bank import PhraseBank
from analyzer.models.base import OutputOptions
from analyzer.reports.call_pages import PageTask, write_pages
from analyzer.reports.results_folder import write_results
from tests.browser import OpenPage
from tests.reports.transcripts import channel, heard
from tests.results.results import GSM, Folder, folder


@pytest.fixture
def made(tmp_path: Path) -> Folder:
    return folder(tmp_path)


@pytest.fixture(scope="module")
def bank() -> PhraseBank:
    return load_bank(shipped_bank())


def write(made: Folder, bank: PhraseBank, **look) -> int:
    """Number of pages that were made."""
    return write_results(made.scored, bank, made.out, OutputOptions(**look)).pages.made


def times(made: Folder) -> dict[str, int]:
    """When each file was written."""
    files = [*(made.out / "calls").iterdir(), made.out / "report.xlsx"]
    return {path.name: path.stat().st_mtime_ns for path in files}


def test_every_call_has_a_page_that_the_report_leads_to(made: Folder, bank: PhraseBank):
    assert write(made, bank) == 2
    rows = data(made.out / "report.html", "data")["calls"]
    assert [made.out / row[8] for row in rows] == [made.page("a"), made.page("b")]
    assert all((made.out / row[8]).is_file() for row in rows)


def test_a_second_run_writes_no_page_again(made: Folder, bank: PhraseBank):
    write(made, bank)
    before = times(made)
    assert write(made, bank) == 0
    assert times(made) == before


def test_a_page_is_made_again_when_its_report_or_its_words_or_the_language_changed(made: Folder, bank: PhraseBank):
    write(made, bank)
    made.replace("a", score=60.0)
    assert write(made, bank) == 1
    store = made.store
    store.transcripts.finish("key-b", "tests", heard(channel(0, [(1.0, "lain sekali")]), channel(1, [])))
    store.close()
    assert write(made, bank) == 1
    assert "lain sekali" in made.page("b").read_text("utf-8")
    assert write(made, bank, lang="en") == 2


def test_a_damaged_or_deleted_page_is_made_again(made: Folder, bank: PhraseBank):
    write(made, bank)
    whole = made.page("a").read_bytes()
    made.page("a").write_bytes(whole[:4000])
    made.page("b").unlink()
    assert write(made, bank) == 2
    assert made.page("a").read_bytes() == whole


def test_flagged_calls_only_or_none_and_what_is_not_wanted_is_taken_away(made: Folder, bank: PhraseBank):
    write(made, bank)
    other = made.out / "calls" / "catatan.html"
    other.write_text("<p>somebody's own</p>")
    assert write(made, bank, pages="flagged") == 0
    assert made.page("a").is_file()
    assert not made.page("b").exists()
    rows = {row[0]: row[8] for row in data(made.out / "report.html", "data")["calls"]}
    assert rows["a"].startswith("calls/")
    assert rows["b"] == "../rekaman/b.wav"
    write(made, bank, pages="none")
    assert [path.name for path in (made.out / "calls").iterdir()] == ["catatan.html"]
    other.unlink()
    write(made, bank, pages="none")
    assert not (made.out / "calls").exists()


def test_the_page_of_a_call_that_is_gone_goes_too(made: Folder, bank: PhraseBank):
    write(made, bank)
    gone = made.page("b")
    made.kept, made.reports = made.kept[:1], made.reports[:1]
    write(made, bank)
    assert not gone.exists()


def test_a_format_that_browsers_do_not_play_gets_a_copy_that_they_play(
    made: Folder, bank: PhraseBank, open_page: OpenPage
):
    made.replace("a", audio=GSM)
    write(made, bank)
    assert (made.out / "audio" / "key-a.ogg").is_file()
    page = open_page().page
    page.goto(made.page("a").as_uri())
    page.locator("#step-1 .play").first.click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 5.5")
    assert page.evaluate("() => document.querySelector('audio').currentSrc").endswith("/audio/key-a.ogg")
    assert write(made, bank) == 0


def test_without_the_recording_the_page_says_where_to_listen(made: Folder, bank: PhraseBank):
    made.replace("a", audio=GSM)
    (made.root / "rekaman" / "a.wav").unlink()
    assert write(made, bank) == 2
    page = made.page("a").read_text("utf-8")
    assert "Rekaman tidak tersedia dari halaman ini; carilah a.wav pada waktu yang tertera." in page
    assert "<audio" not in page
    assert write(made, bank) == 0


def test_transcripts_made_before_there_were_outlines_get_theirs_from_the_recording(made: Folder, bank: PhraseBank):
    old = heard()
    bare = old.model_copy(update={"channels": tuple(c.model_copy(update={"peaks": None}) for c in old.channels)})
    made.add("c", transcript=bare)
    made.add("d", transcript=bare)
    (made.root / "rekaman" / "d.wav").unlink()
    write(made, bank)
    assert [lane["peaks"] != "" for lane in data(made.page("c"))["lanes"]] == [True, True]
    assert [lane["peaks"] != "" for lane in data(made.page("d"))["lanes"]] == [False, False]


def data(page: Path, name: str = "call-data") -> dict[str, Any]:
    """The data block of a page."""
    block = page.read_bytes().split(f'id="{name}">'.encode(), 1)[1].split(b"</script>", 1)[0]
    return dict(json.loads(block))


def test_on_one_channel_the_transcript_names_who_seems_to_speak(made: Folder, bank: PhraseBank):
    said = [
        (0.5, "Selamat pagi PLN 123 dengan Budi ada yang bisa dibantu?"),
        (7.0, "Saya mau lapor listrik padam di rumah saya."),
        (12.0, "Baik Bapak boleh disebutkan alamat emailnya?"),
        (17.0, "Saya tidak punya email."),
    ]
    mono = heard(channel(0, said))
    made.add("m", transcript=mono, agent_side=None, steps=(), exemption=None)
    write(made, bank)
    page = made.page("m").read_text("utf-8")
    assert page.count('<li data-what class="turn c-agent">') == 2
    assert page.count('<li data-what class="turn c-customer">') == 2
    assert page.count('class="speech c-unknown"') == 1  # the sound is still one lane


@pytest.mark.slow
def test_many_pages_are_made_by_several_processes_with_the_same_bytes(
    made: Folder, bank: PhraseBank, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(process_map, "_WORTH_A_PROCESS", 10)
    calls = [
        (call.model_copy(update={"audio_sha256": f"{at:08}"}), report)
        for at in range(20)
        for call, report in zip(made.kept, made.reports, strict=True)
    ]
    task = PageTask(made.out, made.store.address, bank, "id", 600.0)
    progress: list[tuple[int, int]] = []
    written = write_pages(calls, task, "all", processes=2, progress=lambda done, of: progress.append((done, of)))
    assert (len(written.pages), written.made, progress[-1]) == (40, 40, (40, 40))
    assert write_pages(calls, task, "all", processes=2).made == 0
    first = {path.name: path.read_bytes() for path in task.folder.iterdir()}
    for path in list(task.folder.glob("*.html"))[:3]:
        path.unlink()
    assert write_pages(calls, task, "all").made == 3
    assert {path.name: path.read_bytes() for path in task.folder.iterdir()} == first


def test_pages_cannot_be_written_into_a_folder_that_leads_elsewhere_by_name(made: Folder, bank: PhraseBank):
    """Keys name pages, never text from a call."""
    made.add("x")
    made.replace("x", call_id="../../x")
    write(made, bank)
    assert all(len(path.stem) == 32 for path in (made.out / "calls").glob("*.html"))
    assert not os.path.lexists(made.root / "x.html")
