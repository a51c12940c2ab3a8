"""The audio of a call for its page: its address, a copy that browsers play, and the waveform of older transcripts."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import peaks_of, write_playable
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall
from analyzer.models.transcript import AudioTranscript

# What browsers do not decode; they try everything else, and the page shows it when that fails.
_UNPLAYABLE_CODECS = ("gsm", "amr", "g72", "adpcm", "wma", "ilbc", "speex", "truespeech", "qcelp", "evrc")
_UNPLAYABLE_SUFFIXES = (".amr", ".gsm", ".wma", ".asf", ".au", ".aiff", ".aif", ".g722", ".w64", ".json")
_SCHEMES = ("", "file", "http", "https")
COPIES = "audio"
"""folder inside a results folder for copies of recordings that browsers do not play"""


def relative_url(target: Path, folder: Path) -> str:
    """`target` as a URL relative to `folder`, each part percent-encoded (`#`, `?`, `%` and non-UTF-8 bytes too).

    Where links make "one folder up" depend on the way the page is opened, or on another drive, the URL is
    absolute (`file:`): it works on this machine only, but it does work.

    >>> relative_url(Path("/a/calls/50% #1.wav"), Path("/a/out"))
    '../calls/50%25%20%231.wav'
    """
    try:
        as_written = os.path.relpath(target, folder)
        as_linked = os.path.relpath(os.path.realpath(target.parent), os.path.realpath(folder))
    except ValueError:  # another drive on Windows
        return target.absolute().as_uri()
    if os.path.normpath(Path(as_linked, target.name)) != as_written:
        return Path(os.path.realpath(target)).as_uri()
    return "/".join(quote(os.fsencode(part), safe="") for part in Path(as_written).parts)


def safe_url(url: str | None) -> str | None:
    """`url` when a page may load or link it; None for `javascript:`, `data:` and whatever cannot be read."""
    if not url:
        return None
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return None
    return url if scheme in _SCHEMES else None


def browser_plays(report: Report) -> bool:
    """False when it is certain that no browser plays the recording's format."""
    codec = ((report.audio.codec if report.audio else None) or "").lower()
    suffix = Path(report.recording).suffix.lower()
    return not codec.startswith(_UNPLAYABLE_CODECS) and suffix not in _UNPLAYABLE_SUFFIXES


@dataclass(frozen=True)
class AudioLinks:
    """Where a page finds a call's recording; both may be missing."""

    url: str | None = None
    """the recording itself, for people to open"""
    play: str | None = None
    """what the player loads: the recording, or a converted copy where browsers cannot play it"""


def audio_links(report: Report, recording: str | None, converted: str | None = None) -> AudioLinks:
    """Links to a recording and to a copy of it in a format that browsers play; unsafe addresses are dropped."""
    recording, converted = safe_url(recording), safe_url(converted)
    return AudioLinks(recording or converted, converted or (recording if browser_plays(report) else None))


def playable_copy(call: StoredCall, report: Report, out: Path) -> Path | None:
    """Where the copy of a recording lies that browsers do not play as it is; None when they do."""
    plays = browser_plays(report) and call.recording.customer_leg is None
    if plays or report.audio is None or report.error or call.key is None or call.recording.remote:
        return None
    return out / COPIES / f"{call.key}.ogg"


def make_playable_copy(call: StoredCall, copy: Path, *, max_seconds: float) -> None:
    """Make the copy once; without the recording there is none, and the page names the recording only."""
    with contextlib.suppress(RecordingError):
        if not copy.is_file():
            write_playable(call.recording, copy, max_seconds=max_seconds)


def call_audio_links(call: StoredCall, report: Report, copy: Path | None, folder: Path) -> AudioLinks:
    """Links to a call's audio from a page in `folder`."""
    if call.recording.is_transcript or call.recording.remote:
        return AudioLinks()  # a page cannot reach it; it names the recording and says so
    converted = relative_url(copy, folder) if copy is not None and copy.is_file() else None
    if copy is not None and converted is None:
        return AudioLinks(relative_url(call.recording.path, folder), None)
    return audio_links(report, relative_url(call.recording.path, folder), converted)


def with_waveform(transcript: AudioTranscript, recording: Recording, *, max_seconds: float) -> AudioTranscript:
    """The transcript with its waveform: as stored, or made from the recording while that can still be read."""
    if all(channel.peaks is not None for channel in transcript.channels):
        return transcript
    try:
        samples = decode_recording(recording, max_seconds=max_seconds).channels
    except RecordingError:
        return transcript
    channels = tuple(
        channel.model_copy(update={"peaks": peaks_of(samples[channel.index])})
        if channel.index < len(samples)
        else channel
        for channel in transcript.channels
    )
    return transcript.model_copy(update={"channels": channels})
