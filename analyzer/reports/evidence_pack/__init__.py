"""One call's evidence as one file to hand on: a page, the sound of each step, and the same as JSON."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.entities.redaction import Finder
from analyzer.errors import AnalyzerError, RecordingError
from analyzer.models.bank import PhraseBank
from analyzer.models.output_options import Lang
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.reports.call_view import CallView
from analyzer.reports.evidence_pack.clips import Clip, clips_of, cut
from analyzer.reports.evidence_pack.view_redaction import Masked, masked
from analyzer.reports.jsonl import to_dict
from analyzer.reports.page_files import pack_page, page_hash
from analyzer.reports.words import WORDS, Labels

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same call, the same bytes
_TELLING = 7  # digits at the end of a number that tell whose it is


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
    lang: Lang = "id",
) -> Pack:
    """The pack of one call.

    Raises UsageError when a value was said whose place is not known, AnalyzerError when one is left in what would be
    handed on: then nothing is.
    """
    shown = Masked(view, notes=(WORDS["pack.unmasked"],))
    if not unmasked:
        shown = masked(view, finder_of(bank, view.report), labels)
    clips = () if recording.is_transcript else clips_of(view)
    sounds, notes = _sounds(recording, clips, shown, max_seconds)
    addresses = {clip.number: f"clips/{clip.name}" for clip in clips if clip.name in sounds}
    data = json.dumps(_json(shown), ensure_ascii=False, indent=1).encode("utf-8", "replace")
    page = pack_page(shown.view, addresses, notes, made_of=page_hash(data), lang=lang)
    if not unmasked:
        _nothing_left(view.report, page + data)
    files = {"call.html": page, "call.json": data, **{f"clips/{name}": sound for name, sound in sounds.items()}}
    return Pack(_zipped(files), len(sounds))


def finder_of(bank: PhraseBank, report: Report) -> Finder:
    """Tells values from the words of a bank; those of a call that are known are found by themselves."""
    own = {name: entries for name, entries in bank.groups.items() if name != bank.match.plain}  # it holds names
    spec = bank.replies.email_reply
    domains = frozenset(bank.groups[spec.domains]) if spec else frozenset()
    everyday = frozenset(word for entries in own.values() for entry in entries for word in entry.split())
    return Finder(bank.language, everyday=everyday, domains=domains, known=tuple(_values(report)))


def _sounds(
    recording: Recording, clips: tuple[Clip, ...], shown: Masked, max_seconds: float
) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """Sound by file name, and what is to be said of it all."""
    notes = list(shown.notes)
    try:
        cut_out = cut(recording, clips, shown.silenced, max_seconds=max_seconds) if clips else ()
        return {clip.name: sound for clip, sound in zip(clips, cut_out, strict=True)}, notes
    except RecordingError:
        return {}, [*notes, WORDS["pack.no_sound"]]


def _json(shown: Masked) -> dict[str, Any]:
    """Report and words, for programs."""
    return {
        "report": to_dict(shown.view.report),
        "transcript": [
            {
                "speaker": turn.channel,
                "start": turn.start,
                "end": turn.end,
                "text": " ".join(word.text for word in turn.words),
                "words": [word.model_dump(exclude={"marks"}) for word in turn.words],
            }
            for turn in shown.view.turns
        ],
        "silenced": [span.model_dump() for span in shown.silenced],
        "notes": [english for _, english in shown.notes],
    }


def _nothing_left(report: Report, written: bytes) -> None:
    """Fail when a value that is known is still in the files."""
    text = written.decode("utf-8", "replace").lower()
    for value in _known(report):
        if value in text:
            raise AnalyzerError(
                "Masking left a personal value of this call in the pack, so no pack was written. Please report it; "
                "--unmasked writes one with all values in it."
            )


def _known(report: Report) -> Iterator[str]:
    """What must not be found: addresses as they are, the telling end of numbers."""
    for value in _values(report):
        digits = "".join(filter(str.isdigit, value))
        if "@" in value:
            yield value.strip().lower()
        elif len(digits) >= _TELLING:
            yield digits[-_TELLING:]


def _values(report: Report) -> Iterator[str]:
    """Values of a call as they are written."""
    checked = [value for item in report.record_check.values() for value in (item.recorded, item.said)]
    yield from filter(None, (report.captured.email, report.captured.phone, *checked))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
