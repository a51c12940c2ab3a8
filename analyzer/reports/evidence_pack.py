"""One call's evidence as a zip to hand on: a page, the audio of each step, and the data as JSON."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analyzer.audio.decode import decode_recording
from analyzer.audio.playback import as_ogg
from analyzer.entities.redaction import PersonalDataFinder
from analyzer.errors import AnalyzerError, RecordingError
from analyzer.locale.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Labels, Localized, localized
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Lang, Span
from analyzer.models.recording import SAMPLE_RATE, Recording
from analyzer.models.report import Report
from analyzer.reports.call_view import CallView, ShownStep
from analyzer.reports.evidence_redaction import RedactedView, redact
from analyzer.reports.jsonl import to_dict
from analyzer.reports.page_files import pack_page, page_hash

_FILE_TIME = (1980, 1, 1, 0, 0, 0)  # fixed: the same call, the same bytes
_NUMBER_END = 7  # digits at the end of a number that identify it
_BEFORE, _AFTER = 1.5, 1.5  # seconds around the words
_QUOTE_SECONDS = 8.0  # of a quote whose end is not known
_MAX_CLIP = 40.0  # seconds; of a longer span its beginning


@dataclass(frozen=True)
class Clip:
    """One span of the recording, about one step."""

    number: int
    name: str
    """of its file"""
    span: Span


@dataclass(frozen=True)
class Pack:
    """The zip, and how many clips are in it."""

    data: bytes
    clips: int


def make_pack(
    view: CallView,
    recording: Recording,
    bank: PhraseBank,
    labels: Labels,
    *,
    unmasked: bool,
    max_seconds: float,
    lang: Lang = DEFAULT_LANGUAGE,
) -> Pack:
    """The pack of one call.

    Raises UsageError when a value was said whose place is not known, AnalyzerError when one is left in what would be
    handed on: then nothing is.
    """
    shown = RedactedView(view, notes=(localized("pack.unmasked"),))
    if not unmasked:
        shown = redact(view, finder_of(bank, view.report), labels)
    clips = () if recording.is_transcript else clips_of(view)
    sounds, notes = _clip_audio(recording, clips, shown, max_seconds)
    addresses = {clip.number: f"clips/{clip.name}" for clip in clips if clip.name in sounds}
    data = json.dumps(_json(shown), ensure_ascii=False, indent=1).encode("utf-8", "replace")
    page = pack_page(shown.view, addresses, notes, made_of=page_hash(data), lang=lang)
    if not unmasked:
        _check_nothing_left(view.report, page + data)
    files = {"call.html": page, "call.json": data, **{f"clips/{name}": sound for name, sound in sounds.items()}}
    return Pack(_zipped(files), len(sounds))


def finder_of(bank: PhraseBank, report: Report) -> PersonalDataFinder:
    """A finder of personal data that knows the words of a bank, and the values that the report has."""
    groups = {name: entries for name, entries in bank.groups.items() if name != bank.match.plain}  # that holds names
    spec = bank.replies.email_reply
    domains = frozenset(bank.groups[spec.domains]) if spec else frozenset()
    everyday = frozenset(word for entries in groups.values() for entry in entries for word in entry.split())
    return PersonalDataFinder(bank.language, everyday=everyday, domains=domains, known=tuple(_values(report)))


def _clip_audio(
    recording: Recording, clips: tuple[Clip, ...], shown: RedactedView, max_seconds: float
) -> tuple[dict[str, bytes], list[Localized]]:
    """Audio by file name, and notes for the reader."""
    notes = list(shown.notes)
    try:
        cut = cut_clips(recording, clips, shown.silenced, max_seconds=max_seconds) if clips else ()
        return {clip.name: sound for clip, sound in zip(clips, cut, strict=True)}, notes
    except RecordingError:
        return {}, [*notes, localized("pack.no_sound")]


def _json(shown: RedactedView) -> dict[str, Any]:
    """Report and words, for programs."""
    return {
        "report": to_dict(shown.view.report),
        "transcript": [
            {
                "speaker": turn.channel,
                "start": turn.start,
                "end": turn.end,
                "text": " ".join(word.text for word in turn.words),
                "words": [word.model_dump(exclude={"evidence"}) for word in turn.words],
            }
            for turn in shown.view.turns
        ],
        "silenced": [span.model_dump() for span in shown.silenced],
        "notes": [note[LANGUAGES.index("en")] for note in shown.notes],
    }


def _check_nothing_left(report: Report, written: bytes) -> None:
    """Fail when a value that is known is still in the files."""
    text = written.decode("utf-8", "replace").lower()
    for value in _forbidden(report):
        if value in text:
            raise AnalyzerError(
                "Masking left a personal value of this call in the pack, so no pack was written. Please report it; "
                "--unmasked writes one with all values in it."
            )


def _forbidden(report: Report) -> Iterator[str]:
    """What must not be in the pack: addresses as they are, the end of numbers."""
    for value in _values(report):
        digits = "".join(filter(str.isdigit, value))
        if "@" in value:
            yield value.strip().lower()
        elif len(digits) >= _NUMBER_END:
            yield digits[-_NUMBER_END:]


def _values(report: Report) -> Iterator[str]:
    """Values of a call as they are written."""
    checked = [value for item in report.record_check.values() for value in (item.recorded, item.said)]
    yield from filter(None, (report.captured.email, report.captured.phone, *checked))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _FILE_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def clips_of(view: CallView) -> tuple[Clip, ...]:
    """A clip for each step that has a place in the call: its words, where it belongs, or why it was not due."""
    clips = []
    for step in view.steps:
        span = _span(step, view.seconds)
        if span is not None:
            name = re.sub(r"[^a-z0-9_]", "", step.finding.id.lower())[:40]
            clips.append(Clip(step.number, f"{step.number}-{name}.ogg", span))
    return tuple(clips)


def cut_clips(
    recording: Recording, clips: Sequence[Clip], silenced: Sequence[Span], *, max_seconds: float
) -> Iterator[bytes]:
    """Each clip as Ogg Opus. Raises RecordingError when the recording cannot be read."""
    channels = decode_recording(recording, max_seconds=max_seconds).channels
    for clip in clips:
        first, last = _sample(clip.span.start), _sample(clip.span.end)
        samples = np.stack([channel[first:last] for channel in channels], axis=1)
        for span in silenced:
            samples[max(0, _sample(span.start) - first) : max(0, _sample(span.end) + 1 - first)] = 0.0
        yield as_ogg(samples)


def _span(step: ShownStep, seconds: float) -> Span | None:
    finding = step.finding
    if finding.status != "missed" and finding.start is not None:
        start, end = finding.start, finding.end if finding.end is not None else finding.start
    elif finding.expected is not None:
        start, end = finding.expected.start, finding.expected.end
    elif step.quote is not None and step.quote.start is not None:
        start, end = step.quote.start, step.quote.start + _QUOTE_SECONDS
    else:
        return None
    first = max(0.0, start - _BEFORE)
    last = min(seconds, end + _AFTER, first + _MAX_CLIP)
    return Span(start=first, end=last) if last > first else None


def _sample(seconds: float) -> int:
    return max(0, round(seconds * SAMPLE_RATE))
