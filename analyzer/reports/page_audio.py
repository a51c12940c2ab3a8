"""The sound of a call for its page: a copy that browsers play, and the outline of older transcripts."""

import contextlib
from pathlib import Path

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import peaks_of, write_playable
from analyzer.errors import RecordingError
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import KeptCall
from analyzer.models.transcript import AudioTranscript
from analyzer.reports.audio_links import Sound, browser_plays, relative_url, sound_of

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
