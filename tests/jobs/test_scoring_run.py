"""Scoring a folder from Python: the example of the module's docstring."""

import textwrap
from pathlib import Path

import pytest

from analyzer.jobs import scoring_run
from tests.conftest import SAMPLES, score


@pytest.mark.audio
def test_the_documented_example_scores_a_folder(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    documented = (scoring_run.__doc__ or "").split("\n\n")
    example = "\n".join(textwrap.dedent(part) for part in documented if part.startswith("    "))
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    example = example.replace("samples/calls", str(clips)).replace("samples/model", str(SAMPLES / "model"))
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "example", "exec"), {})  # noqa: S102 - the documentation under test
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    expected = score(clips, out=tmp_path / "command").results()
    assert [line[0] for line in printed] == list(expected)
    assert [line[1] for line in printed] == [call["verdict"] for call in expected.values()]


def test_paths_without_recordings_are_told_before_a_store_is_made(tmp_path: Path):
    from analyzer.errors import UsageError
    from analyzer.models.scoring_options import ScoringOptions

    (tmp_path / "empty").mkdir()
    options = ScoringOptions(paths=(tmp_path / "empty",), out=tmp_path / "out")
    with pytest.raises(UsageError), scoring_run.ScoringRun(options) as run:
        run.score()
    assert not (tmp_path / "out").exists()
