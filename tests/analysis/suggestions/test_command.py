import json
from pathlib import Path

import pytest

from tests.analysis.calibration.small import STEPS, save_call, save_labels, small_bank, spoken
from tests.conftest import MadeOnce, Ran, analyzer

pytestmark = pytest.mark.slow  # runs whole commands

STEP = "postcode_request"


@pytest.fixture
def scored(made_once: MadeOnce, tmp_path: Path) -> Path:
    """Two scored calls whose agents ask in a wording that the bank lacks."""
    made_once.copy("suggested", _score, tmp_path)
    return tmp_path / "o"


def _score(folder: Path) -> None:
    for name, sir in (("one", "sir"), ("two", "madam")):
        save_call(folder / "calls", name, spoken(f"a: tell me your postcode then {sir}", "c: it is nine"))
    save_labels(folder / "labels.jsonl", {"one": {STEP: "met"}, "two": {STEP: "met"}})
    small_bank(folder)
    out = folder / "o"
    ran = analyzer("score", folder / "calls", "--bank", folder / "shop", "--out", out, out=out)
    assert ran.status == 0, ran.stderr


def run(scored: Path, *options: object) -> Ran:
    return analyzer("bank", "suggest", scored, "--bank", scored.parent / "shop", *options, out=scored)


def test_variants_are_shown_with_quotes_flips_and_the_yaml_to_paste(scored: Path):
    folder = scored.parent
    ran = run(scored, "--labels", folder / "labels.jsonl", "--transcripts", folder / "calls")
    assert ran.status == 0, ran.stderr
    assert "two at 0.5 s: “tell me your postcode then madam”" in ran.stdout
    assert "2 findings in 2 calls would change: 2 right." in ran.stdout
    assert '        - "tell me your postcode then"  # 2 calls, 59 before, 100 with it' in ran.stdout
    assert "Warning" not in ran.stdout
    assert (folder / "shop" / "steps.yaml").read_text("utf-8") == STEPS


def test_transcripts_kept_by_the_run_are_used_unasked(scored: Path):
    (proposal,) = json.loads(run(scored, "--json").stdout)["proposals"]
    assert (proposal["step"], proposal["text"]) == (STEP, "tell me your postcode then")
    assert len(proposal["flips"]) == 2


def test_without_transcripts_only_the_words_that_resemble_the_step_are_known(scored: Path):
    alone = scored.parent / "alone"
    alone.mkdir()
    (alone / "results.jsonl").write_bytes((scored / "results.jsonl").read_bytes())
    data = json.loads(run(scored.parent / "alone", "--json").stdout)
    (proposal,) = data["proposals"]
    assert (proposal["step"], proposal["text"], proposal["advice"]) == (STEP, "tell me your postcode", "weigh")
    assert proposal["flips"] is None


def test_results_of_another_bank_version_are_warned_about(scored: Path):
    steps = scored.parent / "shop" / "steps.yaml"
    steps.write_text(STEPS + "# edited\n", "utf-8")
    assert "2 of the 2 results were scored with another version" in run(scored).stdout


def test_missing_results_end_with_status_2(tmp_path: Path):
    ran = analyzer("bank", "suggest", tmp_path / "none", out=tmp_path / "o")
    assert ran.status == 2
    assert "Run `analyzer score` first" in ran.stderr
