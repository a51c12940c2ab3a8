"""The README's pictures are made by one command."""

import subprocess
import sys
from pathlib import Path

from tests.browser import CHROMIUM
from tests.conftest import ROOT, SAMPLES, Ran, missing


def test_the_readme_s_pictures_are_made_anew(scored_calls: Ran, tmp_path: Path):
    if not CHROMIUM.is_file():
        missing("Chromium is not installed (Debian: apt-get install chromium)")
    command = [sys.executable, SAMPLES / "make_screenshots.py", "--results", scored_calls.out, "--out", tmp_path]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    made = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(made) == {"report.png", "call.png", "queue.png"}
    assert {path.name for path in (SAMPLES / "screenshots").iterdir()} == set(made)
    assert all(20_000 < size < 200_000 for size in made.values())
