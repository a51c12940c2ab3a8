"""The internals of faster-whisper and CTranslate2 that are used here, as they were when the code was written for them.

Most of them are no public interface and may change in any release. A failure names the file that has to be looked at
before the upper bound in pyproject.toml is raised.
"""

import ast
import dataclasses
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from ctranslate2.models import WhisperGenerationResult
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment, Word
from faster_whisper.vad import get_vad_model

from analyzer.asr import whisper, whisper_steps
from tests.conftest import SAMPLES

PACKAGE = Path(whisper.__file__).parent.parent
LIBRARIES = ("faster_whisper", "ctranslate2")
STEPS, WHISPER, VAD = "analyzer/asr/whisper_steps.py", "analyzer/asr/whisper.py", "analyzer/audio/vad.py"
ENGINE = "analyzer/asr/model_folder.py"

SIGNATURES = {
    "faster_whisper.WhisperModel": (
        WHISPER,
        (
            "model_size_or_path device device_index compute_type cpu_threads num_workers download_root "
            "local_files_only files revision use_auth_token model_kwargs"
        ),
    ),
    "faster_whisper.WhisperModel.transcribe": (  # a new option needs a decision
        WHISPER,
        (
            "self audio language task log_progress beam_size best_of patience length_penalty repetition_penalty "
            "no_repeat_ngram_size temperature compression_ratio_threshold log_prob_threshold no_speech_threshold "
            "condition_on_previous_text prompt_reset_on_temperature initial_prompt prefix suppress_blank "
            "suppress_tokens without_timestamps max_initial_timestamp word_timestamps prepend_punctuations "
            "append_punctuations multilingual vad_filter vad_parameters max_new_tokens chunk_length clip_timestamps "
            "hallucination_silence_threshold hotwords language_detection_threshold language_detection_segments"
        ),
    ),
    "faster_whisper.WhisperModel.detect_language": (
        WHISPER,
        "self audio features vad_filter vad_parameters language_detection_segments language_detection_threshold",
    ),
    "faster_whisper.WhisperModel.get_prompt": (
        STEPS,
        "self tokenizer previous_tokens without_timestamps prefix hotwords",
    ),
    "faster_whisper.WhisperModel.find_alignment": (
        STEPS,
        "self tokenizer text_tokens encoder_output num_frames median_filter_width",
    ),
    "faster_whisper.WhisperModel.add_word_timestamps": (  # called with `_AlignedModel` in place of the model
        STEPS,
        (
            "self segments tokenizer encoder_output num_frames prepend_punctuations append_punctuations "
            "last_speech_timestamp"
        ),
    ),
    "faster_whisper.audio.pad_or_trim": (STEPS, "array length axis"),
    "faster_whisper.feature_extractor.FeatureExtractor.__call__": (STEPS, "self waveform padding chunk_length"),
    "faster_whisper.tokenizer.Tokenizer": (STEPS, "tokenizer multilingual task language"),
    "faster_whisper.tokenizer.Tokenizer.decode": (STEPS, "self tokens"),
    "faster_whisper.transcribe.get_compression_ratio": (STEPS, "text"),
    "faster_whisper.transcribe.get_suppressed_tokens": (STEPS, "tokenizer suppress_tokens"),
    "faster_whisper.vad.get_vad_model": (VAD, ""),
    "faster_whisper.utils.available_models": (ENGINE, ""),
    "faster_whisper.utils.download_model": (
        ENGINE,
        "size_or_id output_dir local_files_only cache_dir revision use_auth_token",
    ),
    "ctranslate2.models.Whisper.encode": (STEPS, "self features to_cpu"),
    "ctranslate2.models.Whisper.generate": (
        STEPS,
        (
            "self features prompts asynchronous beam_size patience num_hypotheses length_penalty repetition_penalty "
            "no_repeat_ngram_size max_length return_scores return_logits_vocab return_no_speech_prob "
            "max_initial_timestamp_index suppress_blank suppress_tokens sampling_topk sampling_temperature"
        ),
    ),
    "ctranslate2.StorageView.from_array": (STEPS, "array"),
    "ctranslate2.get_cuda_device_count": (ENGINE, ""),
}
MODEL_ATTRIBUTES = {  # of a loaded WhisperModel
    STEPS: {"hf_tokenizer", "model", "feature_extractor", "max_length", "get_prompt", "find_alignment"},
    WHISPER: {"transcribe", "detect_language"},
}


def parameters(used: Any) -> list[str]:
    """Names of a function's parameters; those of CTranslate2's compiled functions stand in their docstrings."""
    try:
        return list(inspect.signature(used).parameters)
    except ValueError:
        inside = re.search(r"\((.*)\) ->", (inspect.getdoc(used) or "").splitlines()[0])
        assert inside, used
        return re.findall(r"(?:^|, )(\w+):", inside[1])


def resolve(dotted: str) -> Any:
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for name in parts[size:]:
            found = getattr(found, name)
        return found
    raise AssertionError(dotted)


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(str(SAMPLES / "model"), device="cpu", compute_type="int8")


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_function_takes_what_it_took(name: str):
    user, expected = SIGNATURES[name]
    found = " ".join(parameters(resolve(name)))
    assert found == expected, f"{name} has changed; used in {user}"


def test_every_import_of_the_libraries_is_listed_here():
    for path in (path for path in PACKAGE.rglob("*.py") if "cli" not in path.parts):
        file = path.relative_to(PACKAGE.parent).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LIBRARIES:
                for alias in node.names:
                    used = f"{node.module}.{alias.name}"
                    users = {user for name, (user, _) in SIGNATURES.items() if name.startswith(used)}
                    assert file in users, f"{file} imports {used}: list here how it is called"


@pytest.mark.parametrize("file", MODEL_ATTRIBUTES)
def test_every_attribute_of_the_model_is_listed_and_there(file: str, model: WhisperModel):
    name = r"self\._model" if file == WHISPER else r"(?:self\._)?model"  # there, `model` is a folder
    used = set(re.findall(rf"(?<![\w.]){name}\.(\w+)", (PACKAGE.parent / file).read_text("utf-8")))
    assert used == MODEL_ATTRIBUTES[file]
    missing = {name for name in used if not hasattr(model, name)}
    assert not missing, f"a WhisperModel has no longer {missing}; used in {file}"
    assert isinstance(model.model.is_multilingual, bool), f"used in {STEPS}"


def test_merging_words_asks_its_model_for_nothing_that_the_stand_in_lacks():
    asked = set(re.findall(r"self\.(\w+)", inspect.getsource(WhisperModel.add_word_timestamps)))
    assert asked == {"find_alignment", "frames_per_second"}, f"add_word_timestamps has changed; used in {STEPS}"
    assert all(hasattr(whisper_steps._AlignedModel, name) for name in asked)


def test_merging_takes_and_returns_the_keys_that_it_did():
    source = inspect.getsource(WhisperModel.add_word_timestamps)
    for key in ("tokens", "seek", "start", "end", "words", "word", "probability"):
        assert f'"{key}"' in source or f"{key}=" in source, f"{key} is gone from add_word_timestamps; used in {STEPS}"


def test_punctuation_is_merged_as_faster_whisper_does_by_default():
    options = inspect.signature(WhisperModel.transcribe).parameters
    expected = options["prepend_punctuations"].default, options["append_punctuations"].default
    assert expected == (whisper_steps._PREPENDED, whisper_steps._APPENDED), f"used in {STEPS}"


def test_results_have_the_fields_that_they_had():
    assert {"sequences_ids", "scores", "no_speech_prob"} <= set(dir(WhisperGenerationResult)), f"used in {STEPS}"
    fields = {field.name for field in dataclasses.fields(Segment)}
    assert {"text", "tokens", "words", "avg_logprob", "no_speech_prob", "compression_ratio"} <= fields, WHISPER
    assert [field.name for field in dataclasses.fields(Word)] == ["start", "end", "word", "probability"], WHISPER


def test_the_voice_activity_model_takes_frames_and_two_states():
    session = get_vad_model().session
    names = [item.name for item in session.get_inputs()]
    assert (names, len(session.get_outputs())) == (["input", "h", "c"], 3), f"Silero has changed; used in {VAD}"
