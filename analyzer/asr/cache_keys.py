"""What a transcript is called: the content of the audio, and everything that decides its words."""

import hashlib
import json

from analyzer.models.transcript import EngineInfo

_SECOND = "-second"


def cache_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's transcript. Library versions are recorded in it, but do not make it another."""
    options = json.dumps([engine.model_sha256, engine.options], sort_keys=True)
    return f"{audio_sha256[:32]}-{hashlib.sha256(options.encode()).hexdigest()[:12]}"


def second_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's second readings by one engine."""
    return f"{cache_key(audio_sha256, engine)}{_SECOND}"


def is_second(key: str) -> bool:
    """True for the key of second readings."""
    return key.endswith(_SECOND)


def text_key(sha256: str) -> str:
    """Key of a transcript that was handed in, by its content."""
    return f"{sha256[:32]}-text"
