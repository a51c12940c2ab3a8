from pathlib import Path

import pytest

from analyzer.bank.edit import write_accepts
from analyzer.bank.load import load_bank
from analyzer.errors import AnalyzerError, BankError
from tests.analysis.calibration.small import STEPS, small_bank


def test_only_the_number_changes_and_every_comment_stays(tmp_path: Path):
    folder = small_bank(tmp_path)
    main = (folder / "bank.yaml").read_bytes()
    written = write_accepts(folder, load_bank(folder), {"postcode_request": 68.5})
    assert written == (folder / "steps.yaml",)
    assert (folder / "steps.yaml").read_text("utf-8") == STEPS.replace("accept: 90  #", "accept: 68.5  #")
    assert (folder / "bank.yaml").read_bytes() == main
    assert load_bank(folder).step("postcode_request").wording.accept == 68.5
    assert sorted(path.name for path in folder.iterdir()) == ["bank.yaml", "steps.yaml"]


def test_a_bar_left_to_the_default_gets_a_line_of_its_own(tmp_path: Path):
    folder = small_bank(tmp_path)
    write_accepts(folder, load_bank(folder), {"hours_notice": 60, "goodbye": 70})
    text = (folder / "steps.yaml").read_text("utf-8")
    expected = STEPS.replace("      doubt: 50\n", "      accept: 60\n      doubt: 50\n")
    assert text == expected.replace("accept: 80", "accept: 70")
    assert load_bank(folder).step("hours_notice").wording.accept == 60


def test_line_ends_of_another_system_stay(tmp_path: Path):
    folder = small_bank(tmp_path)
    steps = folder / "steps.yaml"
    steps.write_bytes(STEPS.replace("\n", "\r\n").encode())
    write_accepts(folder, load_bank(folder), {"postcode_request": 70})
    assert steps.read_bytes() == STEPS.replace("accept: 90", "accept: 70").replace("\n", "\r\n").encode()


def test_a_bank_that_was_edited_meanwhile_is_left_alone(tmp_path: Path):
    folder = small_bank(tmp_path)
    loaded = load_bank(folder)
    edited = STEPS.replace("accept: 90", "accept: 88")
    (folder / "steps.yaml").write_text(edited, "utf-8")
    with pytest.raises(BankError, match="was changed meanwhile; run calibrate again"):
        write_accepts(folder, loaded, {"postcode_request": 70})
    assert (folder / "steps.yaml").read_text("utf-8") == edited


def test_a_step_that_is_nowhere_stops_before_anything_is_written(tmp_path: Path):
    folder = small_bank(tmp_path)
    with pytest.raises(BankError, match=r"no_such_step: step not found"):
        write_accepts(folder, load_bank(folder), {"postcode_request": 70, "no_such_step": 60})
    assert (folder / "steps.yaml").read_text("utf-8") == STEPS


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = small_bank(tmp_path)
    loaded = load_bank(folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(AnalyzerError, match=r"steps\.yaml: cannot be written"):
        write_accepts(folder, loaded, {"postcode_request": 70})
    assert (folder / "steps.yaml").read_text("utf-8") == STEPS
    assert sorted(path.name for path in folder.iterdir()) == ["bank.yaml", "steps.yaml"]
