import json
import shutil
from io import StringIO
from pathlib import Path

from rich.console import Console

from analyzer.analysis.bank_check import single_utterance
from analyzer.bank.shipped import shipped_bank
from analyzer.cli.explain_table import explanation_table
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
    assert (ran.status, ran.stdout) == (0, "")
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


def test_an_unknown_key_is_refused_with_file_line_and_key(tmp_path: Path):
    ran = check(changed_bank(tmp_path, "steps/email_request.yaml", "    weight: 1", "    wieght: 1"), tmp_path)
    assert ran.status == 2
    assert "email_request.yaml:" in ran.stderr
    assert "wieght" in ran.stderr


def tried(single_utterance: str, folder: Path, *options: str):
    return analyzer("bank", "explain", single_utterance, *options, out=folder / "o")


def test_an_utterance_is_shown_under_the_banks_words(tmp_path: Path):
    ran = tried("Boleh eh minta alamat imelnya Pak", tmp_path)
    assert ran.status == 0
    lines = [line.rstrip() for line in ran.stdout.splitlines()]
    assert lines[0] == "read as: boleh eh minta alamat email pak"
    at = next(i for i, line in enumerate(lines) if line.startswith("  phrase “(boleh|bisa)"))
    assert lines[at - 1] == "email_request  yes  99.4 (yes from 72, doubtful from 56)"
    assert lines[at + 1 : at + 5] == [
        "  wanted  boleh  ·      minta  alamat  <email>",
        "  heard   Boleh  eh     minta  alamat  imelnya",
        "                 extra",
        "  why: 99.4 reaches accept (72)",
    ]


def test_what_does_not_count_is_shown_with_the_reason(tmp_path: Path):
    near = tried("boleh minta alamat rumahnya Pak", tmp_path).stdout
    assert "email_request  no  " in near
    assert "why: no word of <email> was heard, without which nothing counts" in near
    blocked = tried("Bapak bukan pemilik atau penyewa", tmp_path, "--json").stdout
    whys = [why for item in json.loads(blocked)["tried"] if item["kind"] == "phrase" for why in item["why"]]
    assert whys == ["blocked because “bukan” stands near it (<is_not>)"]
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
    explanation = MATCHER.explain(single_utterance(text, "agent"), "agent")
    screen = StringIO()
    Console(width=60, file=screen).print(explanation_table(explanation, 60), highlight=False)
    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    assert max(map(len, lines)) <= 60
    at = lines.index("  wanted  apabila  ada      informasi  <service>  ·")
    assert lines[at + 1 : at + 5] == [
        "  heard   ·        ·        informasi  layanan    maka",
        "          missing  missing                        extra",
        "  wanted  akan  kami  <convey>   <via>    <medium>",
        "  heard   akan  kami  sampaikan  melalui  nomor",
    ]
