import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from analyzer.analysis.bank_check import single_utterance
from analyzer.bank.shipped import shipped_bank
from analyzer.cli.explain_table import explanation_table
from analyzer.cli.main import app
from tests.conftest import ROOT, analyzer
from tests.matching.support import MATCHER


def changed_bank(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the shipped bank with one edit."""
    bank = folder / "bank"
    shutil.copytree(shipped_bank(), bank)
    text = (bank / file).read_text("utf-8")
    assert old in text
    (bank / file).write_text(text.replace(old, new, 1), "utf-8")
    return bank


def check(bank: Path, folder: Path):
    return analyzer("bank", "check", "--bank", bank, out=folder / "o")


def test_the_shipped_bank_has_no_errors(tmp_path: Path):
    ran = analyzer("bank", "check", out=tmp_path / "o")
    assert (ran.status, "error:" in ran.stdout) == (0, False)
    assert "6 steps" in ran.stderr


def test_every_command_says_which_bank_it_uses_and_names_one_that_lies_here_unused(tmp_path: Path):
    here = tmp_path / "phrase_bank" / "pln123"
    shutil.copytree(shipped_bank(), here)
    ran = analyzer("bank", "check", out=tmp_path / "o")
    assert f"Bank: {shipped_bank()}\n" in ran.stderr
    assert f"{here} is not used. Give --bank {here} for it." in ran.stderr
    ran = analyzer("bank", "check", "--bank", here, out=tmp_path / "o")
    assert f"Bank: {here}\n" in ran.stderr
    assert "is not used" not in ran.stderr


@pytest.mark.parametrize("here", [".", "pln123"])
def test_a_bank_is_named_too_when_the_working_folder_holds_or_is_one(tmp_path: Path, monkeypatch, here: str):
    bank = tmp_path / "phrase_bank" / "pln123"
    shutil.copytree(shipped_bank(), bank)
    shutil.copytree(shipped_bank(), bank.parent / "template")
    monkeypatch.chdir(bank.parent / here)
    ran = CliRunner().invoke(app, ["bank", "check"])
    assert f"{bank} is not used. Give --bank {bank} for it." in ran.stderr
    assert ran.stderr.count("is not used") == 1


def test_an_example_that_another_step_wins_is_an_error(tmp_path: Path):
    own = "Untuk alamat emailnya mohon disampaikan\n        - Sekalian"
    other = "Apakah nomor telepon ini bisa kami hubungi kembali\n        - Sekalian"
    ran = check(changed_bank(tmp_path, "steps/email_request.yaml", own, other), tmp_path)
    assert ran.status == 2
    assert "email_request: stolen by callback_question" in ran.stdout
    assert "email_request: must match but reaches 0" in ran.stdout


def test_an_example_that_must_not_match_but_does_is_an_error(tmp_path: Path):
    bank = changed_bank(
        tmp_path, "steps/email_request.yaml", "- Untuk alamat rumahnya mohon", "- Untuk alamat emailnya mohon"
    )
    ran = check(bank, tmp_path)
    assert ran.status == 2
    assert "email_request: must not match but reaches 100" in ran.stdout


ENGLISH = ROOT / "tests" / "scoring" / "english_bank.yaml"


def english_bank(folder: Path, *edits: tuple[str, str]) -> Path:
    text = ENGLISH.read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "bank.yaml").write_text(text, "utf-8")
    return folder


def test_what_is_double_unused_or_without_examples_is_a_warning(tmp_path: Path):
    edits = (
        ("hello: [", 'hello: [welcome, "Good morning!", "...", hello, '),
        ("      must_match: [Thanks for calling]\n", ""),
    )
    ran = check(english_bank(tmp_path, *edits), tmp_path)
    assert ran.status == 0
    needless = "“hello” (twice), “welcome” (twice), “Good morning!” (read as “good morning”), “...” (no word)"
    assert ran.stdout.splitlines() == [
        "warning: goodbye_thanks: has no must_match or no must_not_match examples",
        "warning: greeting: has no must_match or no must_not_match examples",
        "warning: goodbye: has no must_match or no must_not_match examples",
        "warning: burning: has no must_match or no must_not_match examples",
        f"warning: groups.hello: entries that add nothing: {needless}",
        "warning: groups.furious: no wording, reply or setting names it",
        "warning: groups.yes: no wording, reply or setting names it",
        "coverage: goodbye_thanks: 0 %, no example for “concept 1 (thanks)”",
        "coverage: greeting: 0 %, no example for “concept 1 (helping + hello)”",
        "coverage: goodbye: 0 %, no example for “concept 1 (thanks + calling)”",
        "coverage: burning: 0 %, no example for “concept 1 (fire)”",
    ]
    counted = "3 steps, 5 examples that try 2 of 6 phrases and concepts (33 %), 0 errors, 7 warnings"
    assert counted in ran.stderr


def test_phrases_and_concepts_that_examples_try_are_counted(tmp_path: Path):
    second = '"this call (is|may be|will be) <recorded>", "we keep what you tell us <recorded> for <purposes>"]'
    bank = english_bank(
        tmp_path, ('"[please note] this call (is|may be|will be) <recorded> [for <purposes>]"]', second)
    )
    answer = json.loads(analyzer("bank", "check", "--json", "--bank", bank, out=tmp_path / "o").stdout)
    assert answer["bank"]["path"] == str(bank)
    assert answer["coverage"][:2] == [
        {
            "target": "recording_notice",
            "percent": 50,
            "untried": ["we keep what you tell us <recorded> for <purposes>"],
        },
        {"target": "account_question", "percent": 100, "untried": []},
    ]
    assert answer["against"] is None
    assert {"level": "warning", "target": "groups.yes", "text": "no wording, reply or setting names it"} in answer[
        "problems"
    ]


def test_an_unknown_key_is_refused_with_file_line_and_key(tmp_path: Path):
    ran = check(changed_bank(tmp_path, "steps/email_request.yaml", "    weight: 1", "    wieght: 1"), tmp_path)
    assert ran.status == 2
    assert "email_request.yaml:" in ran.stderr
    assert "wieght" in ran.stderr


def tried(single_utterance: str, folder: Path, *options: str):
    return analyzer("bank", "try", single_utterance, *options, out=folder / "o")


def test_an_utterance_is_shown_under_the_banks_words(tmp_path: Path):
    ran = tried("Boleh eh minta alamad imelnya Pak", tmp_path)
    assert ran.status == 0
    assert [line.rstrip() for line in ran.stdout.splitlines()] == [
        "read as: boleh eh minta alamat email pak",
        "changed: alamad → alamat (sounds like it), imelnya → email",
        "",
        "email_request  yes  100 (yes from 72, doubtful from 56)",
        "  concept “email + asks_data”",
        "  wanted  <email>  <asks_data>",
        "  heard   imelnya  minta",
        "  why: 100 reaches accept (72)",
        "",
        "callback_yes (customer)  yes  100 (yes from 78, doubtful from 65)",
        "  concept “alone_yes”",
        "  wanted  <alone_yes>",
        "  heard   Boleh",
        "  why: 100 reaches accept (78)",
        "",
        "Less near: 1; --json shows all.",
    ]


def test_every_speaker_is_tried_unless_one_is_told(tmp_path: Path):
    shown = tried("Agus Salim", tmp_path).stdout
    assert "changed: Salim → zalim (sounds like it)" in shown
    assert "angry_words (customer)  yes  97" in shown
    assert "Nothing in the bank resembles it." in tried("Agus Salim", tmp_path, "--speaker", "agent").stdout
    every = json.loads(tried("nanti petugas yang menghubungi Ibu di nomor ini", tmp_path, "--json").stdout)["tried"]
    assert {item["speaker"] for item in every} == {"agent", "customer"}
    blocked = [item["blocked_by"] for item in every if item["blocked_by"]]
    officer = {"key": "none", "group": "officer", "heard": "petugas", "word": 2, "where": "near"}
    assert blocked[0] == [officer]


def test_what_does_not_count_is_shown_with_the_reason(tmp_path: Path):
    near = tried("boleh minta alamat rumahnya Pak", tmp_path).stdout
    assert "email_request  no  " in near
    assert "why: no word of <email> was heard, without which nothing counts" in near
    blocked = tried("Bapak bukan pemilik atau penyewa", tmp_path, "--json").stdout
    whys = [why for item in json.loads(blocked)["tried"] if item["kind"] == "phrase" for why in item["why"]]
    assert whys == ["blocked by `must_not`: “bukan” stands near it (<is_not>), word 2"]
    assert "Nothing in the bank resembles it." in tried("selamat tidur sayang", tmp_path).stdout


def test_an_utterance_can_be_the_customers_and_the_answer_json(tmp_path: Path):
    ran = tried("email saya tidak punya", tmp_path, "--speaker", "customer", "--json")
    answer = json.loads(ran.stdout)
    assert (answer["utterance"], answer["speaker"]) == ("email saya tidak punya", "customer")
    first = next(item for item in answer["tried"] if item["target"] == "email_none")
    assert first["verdict"] == "yes"
    assert {"wanted": "<no_have>", "heard": "tidak punya", "read_as": "tidak punya", "similarity": 100.0} in first[
        "words"
    ]


def test_another_bank_can_be_tried(tmp_path: Path):
    bank = ROOT / "tests" / "scoring" / "english_bank.yaml"
    shown = tried("note this call will uh be recorded", tmp_path, "--bank", str(bank)).stdout
    assert "recording_notice  yes  99.6" in shown
    assert "  heard   this  call  will  uh     be  recorded" in shown


def test_a_long_phrase_is_wrapped_to_the_terminal():
    text = "Jika kami memiliki informasi layanan maka akan kami sampaikan melalui nomor telepon atau email tersebut"
    every = MATCHER.explain(single_utterance(text, "agent"), "agent")
    explanation = every.model_copy(update={"tried": tuple(item for item in every.tried if item.kind == "phrase")})
    screen = StringIO()
    Console(width=60, file=screen).print(explanation_table([explanation], 60), highlight=False)
    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    assert max(map(len, lines)) <= 60
    at = lines.index("  wanted  apabila  ada      informasi  <service>  ·")
    assert lines[at + 1 : at + 5] == [
        "  heard   ·        ·        informasi  layanan    maka",
        "          missing  missing                        extra",
        "  wanted  akan  kami  <convey>   <via>    <medium>",
        "  heard   akan  kami  sampaikan  melalui  nomor",
    ]
