import shutil
from pathlib import Path

from analyzer.cli.shipped import shipped_bank
from tests.conftest import analyzer


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


def test_an_utterance_can_be_tried(tmp_path: Path):
    ran = analyzer("bank", "try", "boleh saya minta alamat emailnya Pak", out=tmp_path / "o")
    assert "email_request" in ran.stdout
    assert "yes" in ran.stdout
    nothing = analyzer("bank", "try", "boleh minta alamat rumahnya Pak", out=tmp_path / "o")
    assert "email_request" not in nothing.stdout
