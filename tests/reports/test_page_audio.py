"""From a page to the recording beside it, whatever the file is called."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.recording import AudioFacts
from analyzer.reports.page_files import browser_plays, relative_url, safe_url
from tests.reports.samples import report


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/a/out/c.wav", "c.wav"),
        ("/a/calls/c.wav", "../calls/c.wav"),
        ("/a/calls/50% #1?.wav", "../calls/50%25%20%231%3F.wav"),
        ("/a/out/javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("/a/out/é\udce9.wav", "%C3%A9%E9.wav"),
        ("/a/out/\"'<x>.wav", "%22%27%3Cx%3E.wav"),
    ],
)
def test_a_path_becomes_a_relative_encoded_url(target: str, url: str):
    assert relative_url(Path(target), Path("/a/out")) == url


def test_a_folder_reached_by_a_link_gets_an_absolute_url(tmp_path: Path):
    # From out/ the browser goes one folder up in the address, from deep/out/ it ends elsewhere.
    (tmp_path / "deep" / "out").mkdir(parents=True)
    (tmp_path / "out").symlink_to("deep/out")
    assert relative_url(tmp_path / "c.wav", tmp_path / "out") == (tmp_path / "c.wav").as_uri()


def test_a_link_above_both_changes_nothing(tmp_path: Path):
    (tmp_path / "real" / "out").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    assert relative_url(tmp_path / "link" / "c.wav", tmp_path / "link" / "out") == "../c.wav"


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_file_name_survives_the_way_into_a_url_and_back(name: str):
    url = relative_url(Path("/a/calls", f"x{name}"), Path("/a/out"))
    assert unquote_to_bytes(url) == os.fsencode(f"../calls/x{name}")
    assert set(url) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%/")


@pytest.mark.parametrize("url", ["javascript:alert(1)", " JAVASCRIPT:x", "data:text/html,x", "http://[", "", None])
def test_what_could_run_is_no_link(url: str | None):
    assert safe_url(url) is None


@pytest.mark.parametrize("url", ["../c.wav", "/audio/1", "file:///c.wav", "http://127.0.0.1/a"])
def test_what_names_a_recording_is_kept(url: str):
    assert safe_url(url) == url


@pytest.mark.parametrize(
    ("name", "codec", "plays"),
    [
        ("a.wav", "pcm_mulaw", True),
        ("a.wav", None, True),
        ("a.WAV", "gsm_ms", False),
        ("a.wav", "GSM610", False),
        ("a.AMR", None, False),
        ("a.json", None, False),
        ("a.m4a", "aac", True),
    ],
)
def test_formats_no_browser_plays_are_known_beforehand(name: str, codec: str | None, plays: bool):
    assert browser_plays(report(recording=name, audio=AudioFacts(codec=codec))) is plays
