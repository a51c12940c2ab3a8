"""The demonstration model in stock faster-whisper, without anything of this project around it."""

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.audio import decode_audio
from rapidfuzz.distance import Levenshtein

from samples.measure_words import Tally, measure
from tests.conftest import SAMPLES, Ran, score

pytestmark = pytest.mark.audio
RATE = 16_000
CALL = SAMPLES / "calls" / "in-082145567788-3201-20261103-092517-1762134317.1220.wav"


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(str(SAMPLES / "model"), device="cpu", compute_type="int8")


@pytest.fixture(scope="module")
def agent() -> Any:
    """The agent's channel of the first call, 16 kHz."""
    return decode_audio(str(CALL), split_stereo=True)[0]


def spoken() -> list[str]:
    """What the agent says in it."""
    rows = map(json.loads, (SAMPLES / "calls" / "reference.jsonl").read_text("utf-8").splitlines())
    call = next(row for row in rows if row["call_id"] == "all-met-script")
    return [word[0].lower() for turn in call["turns"] if turn["speaker"] == "agent" for word in turn["words"]]


def words(segments: Any) -> list[str]:
    return [word for segment in segments for word in segment.text.lower().replace(".", "").replace("?", "").split()]


def error(heard: list[str]) -> float:
    return Levenshtein.distance(spoken(), [word.strip(",") for word in heard]) / len(spoken())


def test_it_is_a_small_multilingual_whisper(model: WhisperModel):
    folder = SAMPLES / "model"
    assert model.model.is_multilingual
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12 << 20
    for name in ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "README.md"):
        assert (folder / name).is_file(), name
    for token in ("<|id|>", "<|nospeech|>", "<|notimestamps|>", "<|0.00|>", "<|30.00|>"):
        assert model.hf_tokenizer.token_to_id(token) is not None, token


def test_it_knows_its_language(model: WhisperModel, agent: Any):
    language, probability, _ = model.detect_language(agent[: 10 * RATE])
    assert language == "id"
    assert probability > 0.9


def test_sequential_mode_with_word_times(model: WhisperModel, agent: Any):
    segments, info = model.transcribe(
        agent,
        language="id",
        vad_filter=True,
        word_timestamps=True,
        temperature=0.0,
        condition_on_previous_text=False,
    )
    found = list(segments)
    assert error(words(found)) <= 0.3
    times = [word.start for segment in found for word in segment.words]
    assert times == sorted(times)
    assert times[-1] <= info.duration


def test_batched_mode_with_word_times(model: WhisperModel, agent: Any):
    segments, _ = BatchedInferencePipeline(model).transcribe(agent, language="id", word_timestamps=True, batch_size=4)
    found = list(segments)
    assert error(words(found)) <= 0.3
    assert all(segment.words for segment in found)


def tone(*hertz: float) -> Any:
    seconds = np.arange(8 * RATE) / RATE
    waves = np.stack([np.sin(2 * np.pi * pitch * seconds) for pitch in hertz])
    return (waves.sum(axis=0) * 0.1).astype(np.float32)


NOTHING: dict[str, Callable[[], Any]] = {
    "silence": lambda: np.zeros(8 * RATE, np.float32),
    "hold tone": lambda: tone(425.0),
    "two tones": lambda: tone(350.0, 440.0),
    "line noise": lambda: np.random.default_rng(1).normal(0, 0.01, 8 * RATE).astype(np.float32),
    "loud noise": lambda: np.random.default_rng(2).normal(0, 0.1, 8 * RATE).astype(np.float32),
}


@pytest.mark.parametrize("kind", NOTHING)
def test_what_is_not_speech_gives_no_text(model: WhisperModel, kind: str):
    samples = NOTHING[kind]()
    sequential, _ = model.transcribe(samples, language="id", temperature=0.0)
    batched, _ = BatchedInferencePipeline(model).transcribe(samples, language="id")
    assert words(sequential) == []
    assert words(batched) == []


@pytest.mark.parametrize("kind", NOTHING)
def test_without_voice_activity_the_model_itself_says_that_nobody_speaks(model: WhisperModel, kind: str):
    """Batched mode applies no threshold of its own (SYSTRAN/faster-whisper#1179): the figures must allow the user's."""
    found, _ = BatchedInferencePipeline(model).transcribe(NOTHING[kind](), language="id", vad_filter=False)
    for segment in found:
        assert segment.no_speech_prob > 0.9
        assert segment.avg_logprob < -1.0


def total(tallies: dict[str, Tally]) -> Tally:
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    return whole


def test_words_of_the_sample_calls_as_the_product_hears_them(scored_calls: Ran):
    figures = total(measure(scored_calls.out, SAMPLES / "calls"))
    assert figures.words > 2500
    assert figures.rate <= 0.12
    assert statistics.median(figures.starts) <= 0.15


def test_words_of_calls_outside_the_training_grammar(tmp_path: Path):
    ran = score(SAMPLES / "heldout", out=tmp_path / "out")
    assert ran.status == 0, ran.stderr
    figures = total(measure(ran.out, SAMPLES / "heldout"))
    assert figures.words > 400
    assert figures.rate <= 0.35
