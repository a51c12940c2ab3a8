"""The audio of a call for its page: its address, a copy that browsers play, and the waveform of older transcripts."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import peaks_of, write_playable
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import KeptCall
from analyzer.models.transcript import AudioTranscript

AudioResolver = Callable[[Report], str | None]
"""A report -> URL of its recording as seen from the page, percent-encoded; None when there is none to reach."""

# What browsers do not decode; everything else is tried and the player's own error is shown if it fails.
_UNPLAYABLE_CODECS = ("gsm", "amr", "g72", "adpcm", "wma", "ilbc", "speex", "truespeech", "qcelp", "evrc")
_UNPLAYABLE_SUFFIXES = (".amr", ".gsm", ".wma", ".asf", ".au", ".aiff", ".aif", ".g722", ".w64", ".json")
_SCHEMES = ("", "file", "http", "https")


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
class Sound:
    """Where a page finds a call's recording; both may be missing."""

    url: str | None = None
    """the recording itself, for people to open"""
    play: str | None = None
    """what the player loads: the recording, or a converted copy where browsers cannot play it"""


def sound_of(report: Report, own: str | None, converted: str | None = None) -> Sound:
    """Links to a recording (`own`) and to a copy of it in a format that browsers play; unsafe addresses are dropped."""
    own, converted = safe_url(own), safe_url(converted)
    return Sound(own or converted, converted or (own if browser_plays(report) else None))


COPIES = "audio"
"""folder inside a results folder for copies of recordings that browsers do not play"""


def copy_of(call: KeptCall, report: Report, out: Path) -> Path | None:
    """Where the copy of a recording lies that browsers do not play as it is; None when they do."""
    plays = browser_plays(report) and call.recording.customer_leg is None
    if plays or report.audio is None or report.error or call.key is None or call.recording.remote:
        return None
    return out / COPIES / f"{call.key}.ogg"


def make_copy(call: KeptCall, copy: Path, *, max_seconds: float) -> None:
    """Make the copy once; without the recording there is none, and the page names the recording only."""
    with contextlib.suppress(RecordingError):
        if not copy.is_file():
            write_playable(call.recording, copy, max_seconds=max_seconds)


def sound_links(call: KeptCall, report: Report, copy: Path | None, folder: Path) -> Sound:
    """A call's sound as seen from a page in `folder`."""
    if call.recording.is_transcript or call.recording.remote:
        return Sound()  # a page cannot reach it; it names the recording and says so
    converted = relative_url(copy, folder) if copy is not None and copy.is_file() else None
    if copy is not None and converted is None:
        return Sound(relative_url(call.recording.path, folder), None)
    return sound_of(report, relative_url(call.recording.path, folder), converted)


def with_outline(heard: AudioTranscript, recording: Recording, *, max_seconds: float) -> AudioTranscript:
    """The transcript with the outline of its sound: kept, or made of the recording while it can still be read."""
    if all(channel.peaks is not None for channel in heard.channels):
        return heard
    try:
        samples = decode_recording(recording, max_seconds=max_seconds).channels
    except RecordingError:
        return heard
    channels = tuple(
        channel.model_copy(update={"peaks": peaks_of(samples[channel.index])})
        if channel.index < len(samples)
        else channel
        for channel in heard.channels
    )
    return heard.model_copy(update={"channels": channels})
