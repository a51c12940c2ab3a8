from pathlib import Path

import pytest

from analyzer.errors import UsageError
from analyzer.sources.manifest import NamePattern, read_manifest


def manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "m.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_all_columns_and_unknown_ones_are_kept(tmp_path: Path):
    text = (
        "file,call_id,agent,started_at,system,transaction,email,phone,agent_channel,queue\n"
        "a.wav,c-1,Budi,2026-11-03 09:25,apkt,gangguan,a@b.id,0812,RIGHT,siang\n"
    )
    row = read_manifest(manifest(tmp_path, text)).row_for("a.wav")
    assert row is not None
    known = row.metadata
    assert (row.call_id, known.agent, known.system, known.agent_channel) == ("c-1", "Budi", "APKT", "right")
    assert (known.email, known.phone, known.extra) == ("a@b.id", "0812", {"queue": "siang"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_excel_s_separators_and_bom(tmp_path: Path, delimiter: str):
    text = f"\ufefffile{delimiter}agent\r\na{delimiter}Siti\r\n"
    row = read_manifest(manifest(tmp_path, text)).row_for("deep/A.WAV")
    assert row is not None
    assert row.metadata.agent == "Siti"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,agent\n", "no column 'file'; found: name, agent"),
        ("file,system\na.wav,SAP\n", "m.csv:2: system is 'SAP', must be one of CRM, APKT, AP2T"),
        ("file,agent_channel\na.wav,middle\n", "m.csv:2: agent_channel is 'middle'"),
        ("file\na.wav\nA.WAV\n", "m.csv:3: file 'A.WAV' stands already in line 2"),
        ("file,call_id\na.wav,1\nb.wav,1\n", "m.csv:3: call_id '1' stands already in line 2"),
        ("file,agent\n,Budi\n", "m.csv:2: the column 'file' is empty"),
        ("file,agent\na.wav,Budi,Siti\n", "m.csv:2: more cells than columns"),
    ],
)
def test_mistakes_name_file_line_and_cure(tmp_path: Path, text: str, message: str):
    with pytest.raises(UsageError) as error:
        read_manifest(manifest(tmp_path, text))
    assert message in str(error.value)


def test_another_encoding_is_refused_with_the_cure(tmp_path: Path):
    with pytest.raises(UsageError, match="CSV UTF-8"):
        read_manifest(manifest(tmp_path, "file,agent\na.wav,Zoë\n", "cp1252"))


def test_the_most_exact_key_wins(tmp_path: Path):
    found = read_manifest(manifest(tmp_path, "file,agent\nx,stem\nx.wav,name\nd/x.wav,path\n"))
    agents = [row.metadata.agent for name in ("d/x.wav", "e/x.wav", "x.mp3") if (row := found.row_for(name))]
    assert agents == ["path", "name", "stem"]


@pytest.mark.parametrize(("pattern", "message"), [("(", "not a regular expression"), (r"\d+", "no named group")])
def test_a_useless_name_pattern_is_refused(pattern: str, message: str):
    with pytest.raises(UsageError, match=message):
        NamePattern(pattern)


def test_a_cell_may_hold_line_breaks_and_separators(tmp_path: Path):
    row = read_manifest(manifest(tmp_path, 'file,note\na.wav,"first, line\nsecond"\n')).row_for("a.wav")
    assert row is not None
    assert row.metadata.extra == {"note": "first, line\nsecond"}
