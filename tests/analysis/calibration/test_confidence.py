"""Weights of the confidence from labels."""

import json
import random
from pathlib import Path

import pytest

from analyzer.analysis.calibration.confidence import LabelledFinding, calibrate_confidence
from analyzer.models.bank_settings import ConfidenceModel
from analyzer.models.finding import Grounds
from analyzer.scoring.confidence import confidence_of
from tests.conftest import analyzer
from tests.scoring.calls import WHOLE, judged

MODEL = ConfidenceModel()


def made_claims(count: int, right_when_heard: float, right_when_not: float) -> list[tuple[str, LabelledFinding]]:
    """Missed findings, half of them in calls heard badly, right as often as told."""
    chance = random.Random(7)  # noqa: S311
    found = []
    for number in range(count):
        well = number % 2 == 0
        grounds = Grounds(kind="missed", fit=0.0, hearing=0.9 if well else 0.7)
        right = chance.random() < (right_when_heard if well else right_when_not)
        found.append((f"call-{number % 50}", LabelledFinding(grounds=grounds, right=right)))
    return found


def test_what_the_labels_say_is_what_the_confidence_says():
    result = calibrate_confidence(made_claims(2000, 0.95, 0.6), MODEL, 5)
    well = confidence_of(Grounds(kind="missed", hearing=0.9), result.model)
    badly = confidence_of(Grounds(kind="missed", hearing=0.7), result.model)
    assert well == pytest.approx(0.95, abs=0.03)
    assert badly == pytest.approx(0.6, abs=0.05)
    assert result.error_after < 0.03 < result.error_before


def test_kinds_with_few_labels_keep_their_weights():
    result = calibrate_confidence(made_claims(200, 0.95, 0.6), MODEL, 5)
    assert set(result.kept) == {"said", "answered", "not_due"}
    assert (result.model.said, result.model.not_due) == (MODEL.said, MODEL.not_due)
    assert result.model.missed != MODEL.missed


def test_findings_that_are_always_right_stay_finite():
    claims = [(f"c{n}", LabelledFinding(grounds=Grounds(kind="said", fit=1.0), right=True)) for n in range(400)]
    result = calibrate_confidence(claims, MODEL, 5)
    assert 0.97 <= confidence_of(Grounds(kind="said", fit=1.0), result.model) <= 0.995


def test_confidence_falls_with_each_doubt():
    sure = confidence_of(Grounds(kind="missed", fit=0.0, hearing=0.95), MODEL)
    assert confidence_of(Grounds(kind="missed", fit=0.0, hearing=0.6), MODEL) < sure
    assert confidence_of(Grounds(kind="missed", fit=0.0, hearing=0.95, speaker=0.6), MODEL) < sure
    assert confidence_of(Grounds(kind="missed", fit=0.7, hearing=0.95), MODEL) < sure
    assert confidence_of(Grounds(kind="open"), MODEL) == 0.5


def test_every_confidence_of_the_shipped_bank_is_made_from_its_grounds():
    from tests.matching.support import BANK

    for finding in judged(*WHOLE).findings:
        assert finding.grounds is not None
        assert finding.confidence == confidence_of(finding.grounds, BANK.confidence)


@pytest.mark.slow
def test_the_command_prints_reliability_and_the_yaml_to_paste(tmp_path: Path):
    from tests.analysis.calibration.small import save_call, save_labels, small_bank, spoken

    labels = {}
    for at in range(40):
        said = at % 2 == 0
        line = "a: kindly tell me your postcode for delivery" if said else "a: good morning"
        save_call(tmp_path / "calls", f"call-{at:02}", spoken(line, "c: all right"))
        labels[f"call-{at:02}"] = {"postcode_request": "met" if said else "missed"}
    save_labels(tmp_path / "labels.jsonl", labels)
    small_bank(tmp_path)
    out = tmp_path / "o"
    bank = ("--bank", tmp_path / "shop")
    assert analyzer("score", tmp_path / "calls", *bank, "--out", out, out=out).status == 0
    options = ("--labels", tmp_path / "labels.jsonl", "--confidence", *bank)
    ran = analyzer("calibrate", out, *options, out=out)
    assert ran.status == 0, ran.stderr
    assert "Proposed, held out: calibration error" in ran.stdout
    assert "confidence:\n  typical_hearing: 0.87\n  said: {base: " in ran.stdout
    assert "Too few labels, weights kept: said, answered, missed, not_due" in ran.stdout
    data = json.loads(analyzer("calibrate", out, *options, "--json", out=out).stdout)
    assert data["claims"] == {"said": 20, "answered": 0, "missed": 20, "not_due": 0}


@pytest.mark.slow
def test_labels_of_other_calls_are_refused(tmp_path: Path):
    from tests.analysis.calibration.small import save_call, save_labels, small_bank, spoken

    save_call(tmp_path / "calls", "one", spoken("a: hello", "c: all right"))
    save_labels(tmp_path / "labels.jsonl", {"other": {"postcode_request": "met"}})
    small_bank(tmp_path)
    out = tmp_path / "o"
    analyzer("score", tmp_path / "calls", "--bank", tmp_path / "shop", "--out", out, out=out)
    ran = analyzer("calibrate", out, "--labels", tmp_path / "labels.jsonl", "--confidence", out=out)
    assert ran.status == 2
    assert "none of its 1 calls is among the results" in ran.stderr
