"""What made a transcript, told without loading anything."""

from collections.abc import Mapping
from importlib.metadata import version

from analyzer.asr.model_folder import ModelFolder
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.models.transcript import EngineInfo

Option = bool | int | float | str | None


def engine_info(model: ModelFolder, settings: TranscribeSettings, other: Mapping[str, Option]) -> EngineInfo:
    """Model, versions and every option that decides the words; `other` holds those of earlier stages."""
    return EngineInfo(
        model=model.name,
        model_sha256=model.sha256,
        versions={name: version(name) for name in ("ctranslate2", "faster-whisper")},
        options={
            # How many windows share a batch decides the time, not the words: they share it with other calls' anyway.
            **settings.model_dump(exclude={"batch_size"}),
            **other,
            "window_seconds": settings.window_seconds or model.window_seconds,
            "temperature": 0.0,
            "compute_type": model.compute_type,
            "device": model.device,
        },
    )
