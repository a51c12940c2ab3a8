"""The models that benchmarks cost: the sample model's own words, at the width and depth of a real one."""

import json
from pathlib import Path

import ctranslate2
import pytest
from widen import SHAPES, VOCABULARY, save  # type: ignore[import-not-found]

from analyzer.asr.model_folder import engine_info, resolve_model, settings_for
from analyzer.asr.recogniser import AudioWindow
from analyzer.asr.whisper import WhisperRecogniser
from analyzer.models.transcript import Segment
from tests.conftest import SAMPLES
from tests.examples import nightly
from tests.pipeline import sample_recogniser

pytestmark = pytest.mark.audio

MODEL = SAMPLES / "model"


@pytest.fixture(scope="module")
def clips() -> list[AudioWindow]:
    return sample_recogniser.clips(max_seconds=8)


def segments(folder: Path, clips: list[AudioWindow]) -> list[Segment]:
    model = resolve_model(str(folder), "cpu")
    settings = settings_for(model)
    recogniser = WhisperRecogniser(model, settings, engine_info(model, settings, {}), cpu_threads=2)
    encodings = recogniser.encode([recogniser.features(clip) for clip in clips])
    found = [heard.segment for heard in recogniser.align(recogniser.decode(clips, encodings))]
    return [segment for segment in found if segment is not None]


@pytest.mark.parametrize("name", SHAPES if nightly() else [*SHAPES][:-1])  # the last is the largest
def test_a_widened_model_writes_the_words_of_the_sample_model(name: str, clips: list[AudioWindow], tmp_path: Path):
    shape = SHAPES[name]
    save(MODEL, shape, tmp_path, json.loads((MODEL / "transcribe.json").read_text("utf-8")))
    own, widened = segments(MODEL, clips), segments(tmp_path, clips)
    assert sum(len(segment.text.split()) for segment in own) > 50
    assert [segment.text for segment in widened] == [segment.text for segment in own]
    for ours, theirs in zip(own, widened, strict=True):
        assert theirs.avg_logprob == pytest.approx(ours.avg_logprob, abs=0.02)  # base: other int8 roundings
    assert (tmp_path / "model.bin").stat().st_size > (MODEL / "model.bin").stat().st_size * shape.times


def test_a_widened_model_has_the_vocabulary_of_whisper(tmp_path: Path):
    save(MODEL, SHAPES["tiny"], tmp_path, {})
    assert len(json.loads((tmp_path / "vocabulary.json").read_text("utf-8"))) == VOCABULARY
    assert ctranslate2.models.Whisper(str(tmp_path), compute_type="int8").is_multilingual
