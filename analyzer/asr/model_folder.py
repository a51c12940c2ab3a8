"""Which engine makes a transcript: the model folder, its versions and options, and the keys of what it makes.

A Whisper model is a folder, or a name that faster-whisper knows, cached or downloaded. Finding a folder loads no
recogniser, so that a run whose transcripts are all stored starts at once.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from analyzer.asr.recogniser import TranscribeSettings
from analyzer.errors import ModelUnavailableError, UsageError
from analyzer.models.base import Device
from analyzer.models.transcript import EngineInfo

Option = bool | int | float | str | None

DEFAULT_MODELS = {"cuda": "large-v3-turbo", "cpu": "small"}
# int8 on a CPU: 25.4 instead of 25.2 % word errors (SonaDulikova/lost-in-transcription-jv, experiments/results.md)
COMPUTE_TYPES = {"cuda": "float16", "cpu": "int8"}
_STOCK_WINDOW = 30.0
_SETTINGS = "transcribe.json"  # optional: fields of TranscribeSettings that suit this model
_REQUIRED = ("model.bin", "config.json", "tokenizer.json")
_SECOND_SUFFIX = "-second"


@dataclass(frozen=True)
class ModelFolder:
    """A usable model on this machine: path, name, hash, and how it is run."""

    path: Path
    name: str
    sha256: str
    window_seconds: float
    device: str
    compute_type: str


def resolve_model(name: str | None, device: Device, *, here: bool = True) -> ModelFolder:
    """Find `name` (a folder, a faster-whisper name or None for the default) without loading it.

    `here`: False when other machines run it, whose devices are known already.
    Raises ModelUnavailableError when the model is nowhere to be had, UsageError for an unknown name or device.
    """
    actual = _device(device) if here else device
    wanted = name or DEFAULT_MODELS[actual]
    path = Path(wanted)
    folder = path if path.is_dir() else _named(wanted)
    missing = [part for part in _REQUIRED if not (folder / part).is_file()]
    if missing:
        raise UsageError(
            f"{folder}: not a CTranslate2 Whisper folder, {', '.join(missing)} is missing. "
            "Give the folder that holds model.bin, config.json and tokenizer.json."
        )
    return ModelFolder(
        path=folder.absolute(),
        name=folder.resolve().name if path.is_dir() else wanted,
        sha256=_sha256(folder),
        window_seconds=_window_seconds(folder),
        device=actual,
        compute_type=COMPUTE_TYPES[actual],
    )


def known_models() -> dict[str, bool]:
    """Names that faster-whisper knows, and whether each is on this machine."""
    from faster_whisper.utils import available_models, download_model

    def is_here(name: str) -> bool:
        try:
            download_model(name, local_files_only=True)
        except Exception:  # noqa: BLE001 - the hub client raises many kinds; all mean "not here"
            return False
        return True

    return {name: is_here(name) for name in available_models()}


def check_model(model: ModelFolder) -> None:
    """Check that this machine has the model that another one resolved.

    Raises ModelUnavailableError when it has none, or another one, at that path.
    """
    try:
        same = _sha256(model.path) == model.sha256
    except OSError as error:
        raise ModelUnavailableError(f"{model.path}: cannot be read ({error.strerror}).") from error
    if not same:
        raise ModelUnavailableError(
            f"{model.path}: not there, or not the model '{model.name}' that the command has there. "
            "Every machine needs the same model folder at the same path: share it, or copy it."
        )


def settings_for(model: ModelFolder, **chosen: int | str) -> TranscribeSettings:
    """Settings from the model's folder, overridden by `chosen`. Raises UsageError naming file and key."""
    file = model.path / _SETTINGS
    from_folder = {}
    if file.is_file():
        try:
            from_folder = json.loads(file.read_text("utf-8"))
            TranscribeSettings.model_validate(from_folder)
        except (OSError, ValueError) as error:
            problem = " ".join(str(error).split())  # pydantic's own message has several lines
            raise UsageError(f"{file}: cannot be used: {problem}. Mend it, or delete it.") from error
    return TranscribeSettings.model_validate({**from_folder, **chosen})


def gpu_count() -> int:
    """Number of usable GPUs of this machine."""
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count())


def engine_info(model: ModelFolder, settings: TranscribeSettings, other: Mapping[str, Option]) -> EngineInfo:
    """Model, versions and every option that decides the words; `other` holds those of earlier stages."""
    return EngineInfo(
        model=model.name,
        model_sha256=model.sha256,
        versions={name: version(name) for name in ("ctranslate2", "faster-whisper")},
        options={
            # The batch size decides the time, not the words.
            **settings.model_dump(exclude={"batch_size"}),
            **other,
            "window_seconds": settings.window_seconds or model.window_seconds,
            "temperature": 0.0,
            "compute_type": model.compute_type,
            "device": model.device,
        },
    )


def cache_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's transcript: its audio, the weights and the options; not the library versions."""
    options = json.dumps([engine.model_sha256, engine.options], sort_keys=True)
    return f"{audio_sha256[:32]}-{hashlib.sha256(options.encode()).hexdigest()[:12]}"


def second_pass_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's second pass by one engine."""
    return f"{cache_key(audio_sha256, engine)}{_SECOND_SUFFIX}"


def is_second_pass_key(key: str) -> bool:
    """True for the key of a second pass."""
    return key.endswith(_SECOND_SUFFIX)


def transcript_input_key(sha256: str) -> str:
    """Key of a transcript given as input, by its content."""
    return f"{sha256[:32]}-text"


def _device(device: Device) -> str:
    if device == "cpu":
        return "cpu"
    available = gpu_count() > 0
    if device == "cuda" and not available:
        raise UsageError("--device cuda: no CUDA device is usable here. Use --device cpu, or check the driver.")
    return "cuda" if available else "cpu"


def _named(name: str) -> Path:
    from faster_whisper.utils import available_models, download_model

    if "/" not in name and name not in available_models():
        raise UsageError(
            f"--model {name}: neither a folder nor a model name. Names: {', '.join(available_models())}; "
            "or give the path of a CTranslate2 Whisper folder."
        )
    with contextlib.suppress(Exception):  # the hub client raises many kinds; all mean "not cached"
        return Path(download_model(name, local_files_only=True))
    try:
        return Path(download_model(name))
    except Exception as error:  # the fix is the same for every kind of failure
        raise ModelUnavailableError(
            f"The Whisper model '{name}' is not on this machine and could not be downloaded "
            f"({type(error).__name__}). Either connect to the internet once and run "
            f"`analyzer models get {name}`, or copy a CTranslate2 model folder here and give it with "
            "--model FOLDER (the demonstration model: --model samples/model)."
        ) from error


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for part in (*_REQUIRED, "preprocessor_config.json"):
        file = folder / part
        if not file.is_file():
            continue
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _window_seconds(folder: Path) -> float:
    """`chunk_length` of the folder's preprocessor settings: what faster-whisper itself reads."""
    file = folder / "preprocessor_config.json"
    if not file.is_file():
        return _STOCK_WINDOW
    try:
        return min(_STOCK_WINDOW, float(json.loads(file.read_text("utf-8")).get("chunk_length", _STOCK_WINDOW)))
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{file}: cannot be read ({error}). Copy the model folder again.") from error
