import json
from pathlib import Path

import pytest

from analyzer.asr.model_folder import ModelFolder, resolve_model, settings_for
from analyzer.errors import UsageError


def folder(path: Path, **files: str) -> Path:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (path / name).write_text("{}")
    for name, text in files.items():
        (path / f"{name}.json").write_text(text)
    return path


def resolve(path: Path) -> ModelFolder:
    return resolve_model(str(path), "cpu")


def test_the_window_is_the_one_that_the_folder_carries(tmp_path: Path):
    assert resolve(folder(tmp_path)).window_seconds == 30.0
    assert resolve(folder(tmp_path, preprocessor_config='{"chunk_length": 10}')).window_seconds == 10.0
    with pytest.raises(UsageError, match="preprocessor_config"):
        resolve(folder(tmp_path, preprocessor_config="{"))


def test_settings_of_the_folder_hold_unless_chosen_otherwise(tmp_path: Path):
    model = resolve(folder(tmp_path, transcribe=json.dumps({"window_seconds": 6, "beam_size": 2})))
    assert settings_for(model).window_seconds == 6.0
    assert (settings_for(model).beam_size, settings_for(model, beam_size=7).beam_size) == (2, 7)
    with pytest.raises(UsageError, match=r"transcribe\.json.*wimdow"):
        settings_for(resolve(folder(tmp_path, transcribe='{"wimdow": 6}')))


def test_another_content_is_another_model(tmp_path: Path):
    first = resolve(folder(tmp_path))
    (tmp_path / "model.bin").write_text("other")
    assert resolve(tmp_path).sha256 != first.sha256
    assert (first.name, first.compute_type, first.device) == (tmp_path.name, "int8", "cpu")
