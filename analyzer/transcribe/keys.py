"""What a transcript is called: the content of the audio, and everything that decides its words."""

import hashlib
import json

from analyzer.models.transcript import EngineInfo


def cache_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's transcript. Library versions are recorded in it, but do not make it another."""
    options = json.dumps([engine.model_sha256, engine.options], sort_keys=True)
    return f"{audio_sha256[:32]}-{hashlib.sha256(options.encode()).hexdigest()[:12]}"


def second_key(audio_sha256: str, engine: EngineInfo) -> str:
    """Key of a recording's second readings by one engine."""
    return f"{cache_key(audio_sha256, engine)}-second"


def text_key(sha256: str) -> str:
    """Key of a transcript that was handed in, by its content."""
    return f"{sha256[:32]}-text"
