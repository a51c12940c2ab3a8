"""An evidence pack: whole, playable, and without personal data in its text, its JSON and its sound."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.entities.redaction import MASK
from analyzer.errors import AnalyzerError, UsageError
from analyzer.models.base import Span
from analyzer.models.finding import Captured, RecordCheckItem
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript
from analyzer.reports.call_view import call_view
from analyzer.reports.evidence_pack import make_pack
from tests.browser import OpenPage
from tests.reports.samples import LABELS
from tests.reports.transcripts import AGENT, CUSTOMER, channel, heard, heard_report, write_sound

BANK = load_bank(shipped_bank())
EMAIL = "budi.santoso@gmail.com"


def said() -> AudioTranscript:
    """The customer dictates an address at 15 s; the agent reads it back before he thanks."""
    agent = [*AGENT[:3], (19.0, "budi titik santoso et gmail titik com")]
    return heard(channel(0, agent), channel(1, CUSTOMER))


def asked(**changes: Any) -> Report:
    check = {"email": RecordCheckItem(field="Email", outcome="match", recorded=EMAIL, said=EMAIL)}
    values = {
        "captured": Captured(email=EMAIL), "email_reply": "given", "record_check": check, "exemption": None,
        "metadata": {"catatan": "hubungi 081234567890"}, "recording": "in-081234567890-3201.wav",
    }  # fmt: skip
    return heard_report(**{**values, **changes})


def pack(
    folder: Path, report: Report | None = None, words: AudioTranscript | None = None, **options: Any
) -> dict[str, bytes]:
    """Files of a pack."""
    sound = write_sound(folder / "suara.wav")
    view = call_view(report or asked(), words or said(), LABELS, key="k" * 32)
    recording = Recording(call_id="c", path=sound, name=sound.name)
    given: dict[str, Any] = {"unmasked": False, "max_seconds": 600.0, **options}
    made = make_pack(view, recording, BANK, LABELS, **given)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def data(files: dict[str, bytes]) -> Any:
    return json.loads(files["call.json"])


def loud(clip: bytes) -> np.ndarray:
    """Loudness of each tenth of a second."""
    samples, rate = soundfile.read(io.BytesIO(clip))
    tenth = rate // 10
    count = len(samples) // tenth
    found: np.ndarray = np.abs(samples[: count * tenth]).reshape(count, -1).max(axis=1)
    return found


def test_a_pack_is_a_page_json_and_a_clip_of_each_step_that_has_a_place(tmp_path: Path):
    files = pack(tmp_path)
    assert set(files) == {
        "call.html", "call.json", "clips/1-owner_tenant_question.ogg", "clips/2-email_request.ogg",
        "clips/3-closing_thanks.ogg",
    }  # fmt: skip
    seconds = len(loud(files["clips/1-owner_tenant_question.ogg"])) / 10
    assert seconds == pytest.approx(8.5 - 7.0 + 3.0, abs=0.2)  # with a second and a half on both sides
    assert min(loud(files["clips/1-owner_tenant_question.ogg"])) > 0.1


def test_no_value_is_left_in_any_text(tmp_path: Path):
    files = pack(tmp_path)
    text = (files["call.html"] + files["call.json"]).decode("utf-8").lower()
    for secret in (EMAIL, "budi", "santoso", "et gmail", "81234567890"):
        assert secret not in text, secret
    written = data(files)
    assert written["report"]["captured"] == {"email": MASK, "phone": None}
    assert written["report"]["record_check"]["email"]["recorded"] == MASK
    assert written["report"]["metadata"] == {"catatan": f"hubungi {MASK}"}
    assert written["report"]["recording"] == f"in-{MASK}-3201.wav"


def test_words_keep_their_times_but_not_their_text(tmp_path: Path):
    (turn,) = [turn for turn in data(pack(tmp_path))["transcript"] if turn["start"] == 15.0]
    assert {word["text"] for word in turn["words"]} == {MASK}
    assert [word["start"] for word in turn["words"]] == [15.0 + 0.5 * at for at in range(7)]
    assert turn["text"] == " ".join([MASK] * 7)


def test_the_sound_is_silent_where_a_value_is_said_and_a_quarter_of_a_second_around_it(tmp_path: Path):
    files = pack(tmp_path)
    spans = [Span(**span) for span in data(files)["silenced"]]
    assert any(span.start <= 14.75 and span.end >= 18.75 for span in spans)
    clip = loud(files["clips/3-closing_thanks.ogg"])  # 15.0 to 21.5
    assert clip[:35].max() < 0.02
    whole = pack(tmp_path, unmasked=True)
    assert loud(whole["clips/3-closing_thanks.ogg"])[:35].min() > 0.1


def test_rough_word_times_are_silenced_more_widely(tmp_path: Path):
    rough = said()
    channels = [
        one.model_copy(update={"segments": tuple(s.model_copy(update={"aligned": False}) for s in one.segments)})
        for one in rough.channels
    ]
    spans = data(pack(tmp_path, words=rough.model_copy(update={"channels": tuple(channels)})))["silenced"]
    assert any(span["start"] <= 14.0 for span in spans)


def test_speech_that_nobody_transcribed_is_silent_too(tmp_path: Path):
    extra = channel(1, CUSTOMER)
    extra = extra.model_copy(update={"speech": (*extra.speech, Span(start=21.0, end=23.5))})
    spans = data(pack(tmp_path, words=heard(channel(0, AGENT), extra)))["silenced"]
    assert any(span["start"] <= 21.0 and span["end"] >= 23.5 for span in spans)


def test_a_number_said_in_parts_with_the_other_side_between_is_masked_whole(tmp_path: Path):
    customer = [(14.5, "nol delapan satu"), (17.0, "dua tiga"), (19.0, "empat lima enam")]
    agent = [(6.0, "Apakah Bapak pemilik atau penyewa"), (12.0, "boleh minta alamat emailnya"), (16.2, "ya")]
    words = heard(channel(0, agent), channel(1, customer))
    report = asked(captured=Captured(), email_reply=None, record_check={})
    turns = data(pack(tmp_path, report, words))["transcript"]
    assert {word["text"] for turn in turns if turn["speaker"] == "customer" for word in turn["words"]} == {MASK}


def test_a_value_whose_words_are_not_found_is_masked_with_all_that_was_said_around_it(tmp_path: Path):
    words = heard(channel(0, AGENT), channel(1, [(15.0, "apa saja begitu")]))
    files = pack(tmp_path, asked(record_check={}), words)
    assert "not found word by word: everything said from 0:14 to 0:24 is masked" in " ".join(data(files)["notes"])
    late = [turn for turn in data(files)["transcript"] if turn["start"] >= 14.5]
    assert {word["text"] for turn in late for word in turn["words"]} == {MASK}
    assert loud(files["clips/3-closing_thanks.ogg"]).max() < 0.02


def test_a_value_without_any_place_is_refused(tmp_path: Path):
    steps = tuple(
        step.model_copy(update={"start": None, "end": None, "heard": None}) if step.id == "email_request" else step
        for step in asked().steps
    )
    words = heard(channel(0, AGENT), channel(1, []))
    with pytest.raises(UsageError, match=r"cannot be found, so it cannot be masked\..*--unmasked"):
        pack(tmp_path, asked(steps=steps, record_check={}), words)
    assert "call.html" in pack(tmp_path, asked(steps=steps, record_check={}), words, unmasked=True)


def test_nothing_is_written_when_a_known_value_is_left_somewhere(tmp_path: Path):
    report = asked(agent=f"agen {EMAIL}")  # agents' names are not masked
    with pytest.raises(AnalyzerError, match="no pack was written"):
        pack(tmp_path, report)


def test_unmasked_holds_everything_and_says_so(tmp_path: Path):
    files = pack(tmp_path, unmasked=True)
    assert EMAIL in files["call.json"].decode()
    assert "Data pribadi TIDAK disamarkan." in files["call.html"].decode()
    assert data(files)["silenced"] == []


def test_without_the_recording_there_is_still_a_page_that_says_so(tmp_path: Path):
    view = call_view(asked(), said(), LABELS, key="k" * 32)
    gone = Recording(call_id="c", path=tmp_path / "gone.wav", name="gone.wav")
    made = make_pack(view, gone, BANK, LABELS, unmasked=False, max_seconds=600.0)
    assert made.clips == 0
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert "Tanpa suara" in archive.read("call.html").decode()


def test_the_same_call_gives_the_same_page_and_json(tmp_path: Path):
    first, again = pack(tmp_path), pack(tmp_path)
    assert (first["call.html"], first["call.json"]) == (again["call.html"], again["call.json"])


def test_the_page_opens_from_the_unpacked_folder_and_its_clips_play(tmp_path: Path, open_page: OpenPage):
    for name, content in pack(tmp_path).items():
        path = tmp_path / "bukti" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shown = open_page()
    shown.page.goto((tmp_path / "bukti" / "call.html").as_uri())
    clip = shown.page.locator("#step-1 audio")
    clip.evaluate("(audio) => audio.play()")
    shown.page.wait_for_function("() => document.querySelector('#step-1 audio').currentTime > 0.2")
    assert clip.evaluate("(audio) => audio.duration") == pytest.approx(4.5, abs=0.2)
    shown.page.get_by_role("button", name="English").click()
    assert "are masked" in shown.page.locator(".alert").first.inner_text()
    assert shown.axe() == []
