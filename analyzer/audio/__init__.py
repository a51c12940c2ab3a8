"""Recordings become 16 kHz channels kept apart, with what was found out about them; speech is found in them.

Telephone recordings are often damaged, and a recording read only in part must never look like a call in which
steps were missed: so decoding is our own (packet by packet), and every loss is a fact that travels on.
"""

from analyzer.audio.decode import DecodedAudio, decode_recording
from analyzer.audio.formats import AUDIO_SUFFIXES
from analyzer.audio.identity import Marks, guess_seconds, marks_of_files, probe_seconds, sha256_of_files
from analyzer.audio.peaks import peaks_of
from analyzer.audio.playable import as_ogg, write_playable
from analyzer.audio.quality import channels_identical, clipped_share, energy_speech_seconds
from analyzer.audio.sound import IN_MEMORY_SECONDS, RATE, Sound
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.audio.windows import cut_whole, pack_windows

__all__ = [
    "AUDIO_SUFFIXES",
    "IN_MEMORY_SECONDS",
    "RATE",
    "DecodedAudio",
    "Marks",
    "Sound",
    "VadSettings",
    "as_ogg",
    "channels_identical",
    "clipped_share",
    "cut_whole",
    "decode_recording",
    "detect_speech",
    "energy_speech_seconds",
    "guess_seconds",
    "marks_of_files",
    "pack_windows",
    "peaks_of",
    "probe_seconds",
    "sha256_of_files",
    "write_playable",
]
