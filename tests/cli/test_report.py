"""`analyzer report`, and the files that `score` writes, as a user meets them."""

import dataclasses
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import Ran, analyzer

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*xtension is not supported"),  # openpyxl knows no data bars
    pytest.mark.slow,  # runs whole commands
]
ASKED = {
    "call_id": "tanya",
    "language": "id",
    "duration": 40.0,
    "segments": [
        {"start": 0.5, "end": 3.0, "speaker": "agent", "text": "Selamat pagi dengan Budi ada yang bisa dibantu?"},
        {"start": 4.0, "end": 6.0, "speaker": "customer", "text": "Mau tanya tagihan listrik."},
        {"start": 7.0, "end": 11.0, "speaker": "agent", "text": "Apakah Bapak sebagai pemilik atau penyewa?"},
        {"start": 12.0, "end": 13.0, "speaker": "customer", "text": "Pemilik."},
        {"start": 14.0, "end": 17.0, "speaker": "agent", "text": "Untuk alamat emailnya mohon disampaikan."},
        {"start": 18.0, "end": 22.0, "speaker": "customer", "text": "sari titik dewi et gmail titik com"},
        {"start": 23.0, "end": 25.0, "speaker": "agent", "text": "Baik Bapak terima kasih."},
        {"start": 36.0, "end": 38.0, "speaker": "agent", "text": "Terima kasih selamat pagi."},
    ],
}
NEIGHBOUR = {
    **ASKED,
    "call_id": "tetangga",
    "segments": [
        *ASKED["segments"][:3],  # type: ignore[index]
        {"start": 12.0, "end": 14.0, "speaker": "customer", "text": "Bukan, saya cuma tetangganya."},
        ASKED["segments"][-1],  # type: ignore[index]
    ],
}


@pytest.fixture(scope="module")
def scored_once(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("scored")
    (folder / "calls").mkdir()
    for call in (ASKED, NEIGHBOUR):
        (folder / "calls" / f"{call['call_id']}.json").write_text(json.dumps(call))
    ran = analyzer("score", folder / "calls", "--out", folder / "out", out=folder / "out")
    assert ran.status == 0, ran.stderr
    return ran


@pytest.fixture
def scored(scored_once: Ran, tmp_path: Path) -> Ran:
    """The results folder, moved: it holds all it needs."""
    shutil.copytree(scored_once.out, tmp_path / "out")
    return dataclasses.replace(scored_once, out=tmp_path / "out")


def pages(out: Path) -> dict[str, str]:
    """Pages of calls by call id."""
    found = {path: path.read_text("utf-8") for path in (out / "calls").glob("*.html")}
    return {text.split("<title>", 1)[1].split("</title>", 1)[0]: text for text in found.values()}


def test_score_writes_every_file_in_indonesian_and_tells_where(scored: Ran):
    names = {path.name for path in scored.out.iterdir() if not path.name.startswith("analyzer.db")}
    assert names == {"calls", "calls.csv", "steps.csv", "report.html", "report.xlsx", "results.jsonl"}
    assert "report.html, report.xlsx, calls/ (2 pages)" in scored.stderr
    assert '<html lang="id">' in (scored.out / "report.html").read_text("utf-8")
    page = pages(scored.out)["tetangga"]
    assert "Tidak berlaku: penelepon bukan pemilik, penyewa, atau penanggung jawab" in page
    assert "saya cuma tetangganya" in page
    assert openpyxl.load_workbook(scored.out / "report.xlsx").sheetnames[1] == "Panggilan"


def test_the_files_are_made_again_in_another_language_without_scoring(scored: Ran):
    before = (scored.out / "results.jsonl").read_bytes()
    again = analyzer("report", "write", scored.out, "--lang", "en", "--pages", "flagged", out=scored.out)
    assert again.status == 0, again.stderr
    assert (scored.out / "results.jsonl").read_bytes() == before
    assert '<html lang="en">' in (scored.out / "report.html").read_text("utf-8")
    assert openpyxl.load_workbook(scored.out / "report.xlsx").sheetnames[1] == "Calls"
    assert set(pages(scored.out)) == {"tanya"}  # the other passed


def test_rescore_writes_the_pages_too(scored: Ran, tmp_path: Path):
    ran = analyzer("rescore", scored.out, "--out", tmp_path / "neu", "--lang", "en", out=scored.out)
    assert ran.status == 0, ran.stderr
    assert set(pages(tmp_path / "neu")) == {"tanya", "tetangga"}


def test_a_pack_of_one_call_is_masked_unless_asked_otherwise(scored: Ran, tmp_path: Path):
    ran = analyzer("report", "evidence", "tanya", "--results", scored.out, out=scored.out)
    assert ran.status == 0, ran.stderr
    path = Path(ran.stdout.strip())
    assert path.parent == scored.out
    assert "personal data masked" in ran.stderr
    assert "dewi" not in content(path)
    assert content(path).count("▮▮▮") > 5
    named = analyzer(
        *("report", "evidence", "tanya", "--results", scored.out, "--unmasked", "--out", tmp_path / "x.zip"),
        out=scored.out,
    )
    assert named.stdout.strip() == str(tmp_path / "x.zip")
    assert "sari.dewi@gmail.com" in content(tmp_path / "x.zip")


def content(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("call.json").decode()


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ("", ["evidence", "none", "--results"], "no call 'none' there. The column call_id of calls.csv names them."),
        ("twice", ["evidence", "tanya", "--results"], "2 calls are named 'tanya'"),
        ("other", ["write"], "results.jsonl is not of the newest run"),
        ("gone", ["write"], "no such file. Run `analyzer score` first"),
        ("", ["evidence", "tanya", "--unmasked", "--bank", "nobank", "--results"], "nobank"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_cure(scored: Ran, change: str, arguments: list[str], message: str):
    results = scored.out / "results.jsonl"
    lines: list[dict[str, Any]] = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    if change == "twice":
        lines[1] = {**lines[0], "recording": lines[1]["recording"]}
    if change == "other":
        lines = lines[:1]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    if change == "gone":
        results.unlink()
    ran = analyzer("report", *arguments, scored.out, out=scored.out)
    assert ran.status == 2
    assert message in ran.stderr.replace("\n", " ")


def test_a_bare_command_shows_its_help(tmp_path: Path):
    ran = analyzer("report", out=tmp_path / "o")
    assert "write" in ran.stdout + ran.stderr
    assert "pack" in ran.stdout + ran.stderr
