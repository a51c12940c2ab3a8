"""Exit statuses and messages that need no recogniser."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, analyzer

pytestmark = pytest.mark.slow  # runs whole commands

CALL = {
    "call_id": "c1",
    "language": "id",
    "duration": 20.0,
    "segments": [
        {"start": 0.5, "end": 3.0, "speaker": "agent", "text": "Selamat pagi dengan Budi ada yang bisa dibantu?"},
        {"start": 4.0, "end": 6.0, "speaker": "customer", "text": "Mau tanya tagihan listrik."},
        {"start": 7.0, "end": 11.0, "speaker": "agent", "text": "Apakah Bapak sebagai pemilik atau penyewa?"},
        {"start": 12.0, "end": 13.0, "speaker": "customer", "text": "Pemilik."},
        {"start": 16.0, "end": 18.0, "speaker": "agent", "text": "Baik Bapak terima kasih selamat pagi."},
    ],
}


@pytest.fixture
def call(tmp_path: Path) -> Path:
    path = tmp_path / "c1.json"
    path.write_text(json.dumps(CALL))
    return path


def test_a_transcript_is_scored_without_a_model(call: Path, tmp_path: Path):
    ran = analyzer("score", call, "--out", tmp_path / "out", out=tmp_path / "out")
    assert ran.status == 0, ran.stderr
    result = ran.results()["c1"]
    assert result["schema"] == "analyzer.report/1"
    assert result["engine"]["model"] == "transcript"
    statuses = [step["status"] for step in result["steps"]]
    assert statuses == ["met", "missed", "not_applicable", "missed", "missed", "met"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score"], "Missing argument"),
        (["score", "gone", "--out", "o"], "gone: no such file or folder"),
        (["score", "c1.json", "--out", "o", "--bank", "nobank"], "nobank"),
        (["score", "c1.json", "--out", "o", "--manifest", "none.csv"], "none.csv: cannot be read"),
        (["score", "c1.json", "--out", "o", "--name-pattern", "("], "not a regular expression"),
        (["score", "c1.json", "--out", "c1.json/deep"], "c1.json"),
        (["score", "a.wav", "--out", "o", "--model", "huge"], "neither a folder nor a model name"),
        (["score", "a.wav", "--out", "o", "--model", "."], "model.bin"),
        (["evaluate", "o", "--labels", "l"], "no such file"),
    ],
)
def test_wrong_arguments_end_2_and_say_the_cure(call: Path, tmp_path: Path, arguments: list[str], message: str):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    ran = analyzer(*arguments, out=tmp_path / "o")
    assert ran.status == 2, ran.stderr
    assert message in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_a_model_that_cannot_be_had_offline_ends_2_and_says_how_to_get_it(tmp_path: Path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "score", "a.wav", "--out", "o", "--device", "cpu"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )
    assert done.returncode == 2, done.stderr
    for part in ("'small'", "analyzer models get small", "--model FOLDER"):
        assert part in done.stderr


def test_a_call_that_cannot_be_read_ends_3_with_a_row_of_its_own(call: Path, tmp_path: Path):
    (tmp_path / "broken.json").write_text('{"segments": [')
    ran = analyzer("score", call, tmp_path / "broken.json", "--out", tmp_path / "out", out=tmp_path / "out")
    assert ran.status == 3
    assert ran.results()["c1"]["error"] is None
    broken = ran.results()["broken"]
    assert (broken["verdict"], broken["score"]) == ("unscorable", None)
    assert "not valid JSON" in broken["error"]


def test_another_language_is_unscorable_never_zero(tmp_path: Path):
    (tmp_path / "e.json").write_text(json.dumps({**CALL, "call_id": "e", "language": "en"}))
    ran = analyzer("score", tmp_path / "e.json", "--out", tmp_path / "out", out=tmp_path / "out")
    assert ran.status == 3
    assert "'en'" in ran.results()["e"]["error"]


@pytest.mark.slow
def test_the_wheel_holds_the_bank_and_scores_outside_the_repository(call: Path, tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", ROOT],
        check=True, capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    start = "import sys; sys.path.insert(0, 'installed'); from analyzer.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, "score", call.name, "--out", "out"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "results.jsonl").read_text())["sop"]["id"] == "pln123"
