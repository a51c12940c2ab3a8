"""The page of one call and its audio, and the script and style that all such pages share: there may be 20,000.

A page ends with a hash of what it was made of, so that a second run can leave it alone. A content security policy
allows only its own script, style and recording; the nonce is derived from everything on the page, so that text in a
call cannot contain it.
"""

import base64
import contextlib
import functools
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Template
from markupsafe import Markup

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import peaks_of, write_playable
from analyzer.errors import RecordingError
from analyzer.files import package_sha256
from analyzer.locale.catalogue import DEFAULT_LANGUAGE, Localized, page_messages
from analyzer.models.base import Lang
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall
from analyzer.models.transcript import AudioTranscript
from analyzer.reports.call_view import CallView, encode_peaks
from analyzer.reports.templating import asset, environment

# What browsers do not decode; they try everything else, and the page shows it when that fails.
_UNPLAYABLE_CODECS = ("gsm", "amr", "g72", "adpcm", "wma", "ilbc", "speex", "truespeech", "qcelp", "evrc")
_UNPLAYABLE_SUFFIXES = (".amr", ".gsm", ".wma", ".asf", ".au", ".aiff", ".aif", ".g722", ".w64", ".json")
_SCHEMES = ("", "file", "http", "https")
COPIES = "audio"
"""folder inside a results folder for copies of recordings that browsers do not play"""
FOLDER = "calls"  # beside report.html
# `file:` because 'self' does not cover a page's neighbours when it was opened from a folder.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "media-src 'self' file:; base-uri 'none'; form-action 'none'"
)
_WAVESURFER = "vendor/wavesurfer-8.0.1/wavesurfer.min.js"  # BSD-3-Clause, its licence lies beside it
_MADE_OF = re.compile(rb"<!-- made of ([0-9a-f]{64}) -->\n$")
HASH_BYTES = 128
"""bytes at the end of a page that hold its hash"""


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


def call_page(view: CallView, sound: AudioLinks, *, made_of: str, lang: Lang = DEFAULT_LANGUAGE) -> bytes:
    """The page as UTF-8. `made_of`: hash of everything it was made from (`page_hash`)."""
    nonce = _nonce(made_of)
    page = _template(lang, "call.html.j2").render(
        view=view, sound=sound, nonce=nonce, policy=_POLICY.format(nonce=nonce), data=script_data(view)
    )
    return f"{page}<!-- made of {made_of} -->\n".encode("utf-8", "replace")


def pack_page(
    view: CallView, clips: Mapping[int, str], notes: Sequence[Localized], *, made_of: str, lang: Lang = DEFAULT_LANGUAGE
) -> bytes:
    """The page of an evidence pack, whole in one file but for the clips (step number -> address)."""
    nonce = _nonce(made_of)
    page = _template(lang, "pack.html.j2").render(
        view=view,
        sound=AudioLinks(),
        clips=clips,
        notes=notes,
        nonce=nonce,
        policy=_POLICY.format(nonce=nonce),
        data=script_data(view),
        style=Markup(style()),  # noqa: S704 - our own files
        script=Markup(script()),  # noqa: S704
    )  # fmt: skip
    return page.encode("utf-8", "replace")


def step_anchor(number: int) -> str:
    """The end of a page's address that leads to a step, by its place in the SOP's order."""
    return f"#step-{number}"


def script_data(view: CallView) -> dict[str, Any]:
    """What `call.js` needs beside the page itself."""
    return {
        "seconds": round(view.seconds, 2),
        "lanes": [{"channel": track.channel, "peaks": encode_peaks(track.peaks)} for track in view.tracks],
    }


def shared_files() -> dict[str, bytes]:
    """Name -> content of the files that all pages of calls load; they lie beside the pages."""
    return {"call.css": style().encode(), "call.js": script().encode()}


def style() -> str:
    """How the parts of `call_view.j2` look."""
    return asset("base.css") + asset("call_view.css")


def script() -> str:
    """What the parts of `call_view.j2` do, with the words in every language and the vendored waveform."""
    licence = asset("vendor/wavesurfer-8.0.1/LICENSE")
    return f"/* wavesurfer.js 8.0.1\n{licence}*/\n" + "\n;".join(
        (asset(_WAVESURFER), asset("i18n.js"), _messages_script(), asset("wave.js"), asset("call.js"))
    )


def page_hash(*parts: str | bytes) -> str:
    """Hash of what a page (or another file) is made from, this program included: the same parts, the same page."""
    whole = hashlib.sha256(package_sha256("locale", "reports").encode())
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(f"{len(data)}:".encode() + data)
    return whole.hexdigest()


def made_of(end: bytes) -> str | None:
    """The hash of what a page was made of, from its last bytes; None when it is not a whole page of ours."""
    match = _MADE_OF.search(end)
    return match[1].decode() if match else None


@functools.cache
def _template(lang: Lang, name: str) -> Template:
    return environment(lang).get_template(name)


def _messages_script() -> str:
    return f"SOP.start({json.dumps(page_messages(), ensure_ascii=False, separators=(',', ':'))});"


def _nonce(seed: str) -> str:
    return base64.b64encode(hashlib.sha256(f"nonce {seed}".encode()).digest()[:18]).decode()
