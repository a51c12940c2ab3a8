"""Recognition: audio windows in, words with times and probabilities out."""

from analyzer.transcribe.base import Transcriber, TranscribeSettings
from analyzer.transcribe.engine import engine_info
from analyzer.transcribe.model_folder import ModelFolder, check_model, gpus, resolve_model, settings_for
from analyzer.transcribe.saved import is_transcript, is_transcript_file, load_transcript

__all__ = [
    "ModelFolder",
    "TranscribeSettings",
    "Transcriber",
    "check_model",
    "engine_info",
    "gpus",
    "is_transcript",
    "is_transcript_file",
    "load_transcript",
    "resolve_model",
    "settings_for",
]
