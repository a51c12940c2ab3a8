"""One recording through every stage from Python gives the report that the command gives."""

from pathlib import Path
from typing import Any

import pytest

from analyzer.audio.identity import sha256_of_files
from analyzer.jobs.recognition import SECOND_BEAM
from analyzer.models.recording import Recording
from analyzer.pipeline.process import score_recording
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.reports.jsonl import to_dict
from tests.conftest import score
from tests.fakes import FakeRecogniser
from tests.pipeline import sample_recogniser

NOT_COMPARED = {"call_id", "recording", "engine", "second_engine"}


@pytest.mark.audio
def test_a_recording_s_report_is_that_of_the_command(clips: Path, tmp_path: Path):
    expected = score(clips, out=tmp_path / "out").results()
    settings = sample_recogniser.words()
    recogniser = sample_recogniser.load_recogniser(settings)
    second = recogniser.with_settings(sample_recogniser.words(beam_size=SECOND_BEAM), recogniser.engine)
    scorer = Scorer(sample_recogniser.bank())
    selection = SelectionPolicy(scorer.bank, AgentChannelOption())
    for path in sorted(clips.glob("*.wav")):
        recording = Recording(call_id=path.stem, path=path, name=path.name)
        sha256 = sha256_of_files([path])
        processed = score_recording(
            recording, sha256, recogniser, settings, scorer=scorer, selection=selection, second=second
        )
        assert processed.report is not None
        assert comparable(to_dict(processed.report)) == comparable(expected[path.stem])
    assert settings.beam_size < SECOND_BEAM  # why second passes are left out: the command's has a wider beam


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in NOT_COMPARED}


def test_a_recording_that_cannot_be_read_has_an_unscorable_report(tmp_path: Path):
    path = tmp_path / "empty.wav"
    path.write_bytes(b"")
    recording = Recording(call_id="empty", path=path, name=path.name)
    settings = sample_recogniser.words()
    scorer = Scorer(sample_recogniser.bank())
    processed = score_recording(recording, "0" * 64, FakeRecogniser([]), settings, scorer=scorer)
    assert processed.report is not None
    assert processed.report.verdict == "unscorable"
    assert "empty.wav" in (processed.report.error or "")
