"""Which files are calls: folders and URLs are searched, leg files are paired, every call gets its own id."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from analyzer.asr.transcript_files import MAX_BYTES, is_transcript, is_transcript_file
from analyzer.audio.formats import AUDIO_SUFFIXES
from analyzer.errors import UsageError
from analyzer.models.recording import CallMetadata, Recording, RemoteFile
from analyzer.sources.manifest import Manifest, ManifestRow
from analyzer.sources.remote.addresses import is_url
from analyzer.sources.remote.listing import contents, listed

# `<call>-agent.wav` with `<call>-customer.wav`: two legs of one call, as r() and t() of MixMonitor write them.
_LEG = re.compile(r"^(?P<call>.+)[-_.](?P<leg>agent|customer)$", re.IGNORECASE)

_OTHER = {"agent": "customer", "customer": "agent"}


class RowSource(Protocol):
    """Where a call's metadata comes from: a manifest or a name pattern."""

    def row_for(self, name: str) -> ManifestRow | None:
        """What is known about the file with this relative name."""


@dataclass(frozen=True)
class Intake:
    """What a command is to work on, and what a person should be told about it."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    path: Path
    name: str  # relative to the folder that was given, with forward slashes
    remote: RemoteFile | None = None

    @property
    def place(self) -> str:
        """One file is the same, however it was named."""
        return self.remote.url if self.remote else os.path.realpath(self.path)


def find_recordings(
    paths: Sequence[Path | str], *, rows: RowSource | None = None, exclude: Path | None = None
) -> Intake:
    """Every recording and transcript under `paths` (a `str` may be a URL), in the order of their names.

    `exclude` is the output folder: results of an earlier run are no input. Raises UsageError when a path does
    not exist or nothing is found.
    """
    notes: list[str] = []
    found: dict[str, _Found] = {}
    for path in paths:
        for item in _remote(path, notes) if is_url(str(path)) else _expand(Path(path), exclude, notes):
            found.setdefault(item.place, item)
    files = sorted(_distinct(list(found.values())), key=lambda item: item.name)
    if not files:
        raise UsageError(f"No recordings found in {', '.join(map(str, paths))}. {' '.join(notes)}".strip())
    recordings = _named(_paired(files, rows))
    if isinstance(rows, Manifest):
        notes.extend(_unused_rows(rows, recordings))
    return Intake(tuple(recordings), tuple(notes))


def _expand(path: Path, exclude: Path | None, notes: list[str]) -> Iterable[_Found]:
    if path.is_file():
        return [_Found(path, path.name)]
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder.")
    excluded = exclude.resolve() if exclude else None
    files = [
        _Found(file, file.relative_to(path).as_posix())
        for file in sorted(path.rglob("*"))
        if file.is_file() and not (excluded and excluded in file.resolve().parents)
    ]
    return _recordings_among(files, str(path), lambda jsons: [is_transcript_file(one.path) for one in jsons], notes)


def _remote(given: Path | str, notes: list[str]) -> Iterable[_Found]:
    url = str(given)
    files = [_Found(one.path, one.name, one.file) for one in listed(url)]
    if [file.place for file in files] == [url]:
        return files
    return _recordings_among(files, url, _transcripts_among, notes)


def _recordings_among(
    files: Sequence[_Found], where: str, transcripts: Callable[[Sequence[_Found]], Sequence[bool]], notes: list[str]
) -> Iterable[_Found]:
    """Those that are recordings, or `.json` files that `transcripts` says are some; what else was there is noted."""
    shown = [file for file in files if not any(part.startswith(".") for part in Path(file.name).parts)]
    jsons = [file for file in shown if file.path.suffix.lower() == ".json"]
    wanted = {file.name for file, good in zip(jsons, transcripts(jsons), strict=True) if good}
    ignored: Counter[str] = Counter()
    items: list[_Found] = []
    for file in shown:
        suffix = file.path.suffix.lower()
        if suffix in AUDIO_SUFFIXES or file.name in wanted:
            items.append(file)
        elif suffix not in (".csv", ".jsonl", ".md"):
            ignored[suffix or "without ending"] += 1
    if ignored:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(ignored.items()))
        notes.append(f"{where}: ignored files that are no recordings: {kinds}.")
    return items


def _transcripts_among(files: Sequence[_Found]) -> Sequence[bool]:
    """Of remote files, all fetched: what is in one tells."""
    found = contents([file.remote for file in files if file.remote], MAX_BYTES)
    return [data is not None and is_transcript(data) for data in found]


def _distinct(files: Sequence[_Found]) -> list[_Found]:
    """A name stands for one file: where folders given hold the same names, as much of the path as tells them apart."""
    counts = Counter(file.name for file in files)
    clashing = [file for file in files if counts[file.name] > 1]
    if not clashing:
        return list(files)
    longer = [replace(file, name=_longer(file)) for file in clashing]
    return _distinct([file for file in files if counts[file.name] == 1] + longer)


def _longer(file: _Found) -> str:
    parts = file.place.split("/")
    return "/".join(parts[-file.name.count("/") - 2 :])


def other_leg(recording: Recording, rows: RowSource | None) -> Path | None:
    """Where the other leg of a call belongs of which only one is there; None for every other recording."""
    if recording.customer_leg is not None:
        return None
    row = rows.row_for(recording.name) if rows else None
    if row is not None and row.customer_file:
        return recording.path.parent / row.customer_file
    found = _LEG.match(recording.path.stem)
    if found is None:
        return None
    at, leg = found.start("leg"), found["leg"]
    return recording.path.with_stem(f"{recording.path.stem[:at]}{_like(leg, _OTHER[leg.lower()])}")


def _like(model: str, word: str) -> str:
    """`word` in the letters of `model`: AGENT and CUSTOMER, Agent and Customer."""
    return word.upper() if model.isupper() else word.title() if model.istitle() else word


def _paired(files: Sequence[_Found], rows: RowSource | None) -> list[Recording]:
    """One recording a call: leg files joined by the manifest's `customer_file`, else by their names."""
    row_of = {item.name: rows.row_for(item.name) if rows else None for item in files}
    by_name = {item.name: item for item in files}
    by_leg = {_leg_key(item, "customer"): item for item in files}
    legs: dict[str, _Found] = {}
    for item in files:
        row = row_of[item.name]
        if row is not None and row.customer_file:
            beside = (Path(item.name).parent / row.customer_file).as_posix()
            partner = by_name.get(beside) or by_name.get(row.customer_file)
        else:
            partner = by_leg.get(key) if (key := _leg_key(item, "agent")) else None
        if partner is not None:
            legs[item.name] = partner
    partners = {partner.name for partner in legs.values()}
    return [
        _recording(item, legs.get(item.name), row_of[item.name]) for item in files if item.name not in partners
    ]


def _leg_key(item: _Found, leg: str) -> tuple[str, str, str] | None:
    """What both legs of one call have in common; None when the name is not that of such a leg."""
    path = Path(item.name)
    found = _LEG.match(path.stem)
    if found is None or found["leg"].lower() != leg:
        return None
    return (path.parent.as_posix(), found["call"].casefold(), path.suffix)


def _recording(item: _Found, customer: _Found | None, row: ManifestRow | None) -> Recording:
    stem = Path(item.name).stem
    leg = _LEG.match(stem) if customer else None
    if customer and (customer.remote is None) != (item.remote is None):
        raise UsageError(f"{item.name}: its other leg, {customer.name}, is elsewhere. Put both in one place.")
    files = [one.remote for one in (item, customer) if one and one.remote]
    return Recording(
        call_id=(row.call_id if row else None) or (leg["call"] if leg else stem),
        path=item.path,
        customer_leg=customer.path if customer else None,
        name=item.name,
        metadata=row.metadata if row else CallMetadata(),
        remote=tuple(files),
    )


def _named(recordings: Sequence[Recording]) -> list[Recording]:
    """Calls whose ids would be the same (x.wav and x.WAV are two recordings) take their relative path as id."""
    counts = Counter(recording.call_id for recording in recordings)
    return [
        recording if counts[recording.call_id] == 1 else recording.model_copy(update={"call_id": recording.name})
        for recording in recordings
    ]


def _unused_rows(manifest: Manifest, recordings: Sequence[Recording]) -> list[str]:
    used = {row.line for recording in recordings if (row := manifest.row_for(recording.name)) is not None}
    unused = [row for row in manifest.rows if row.line not in used]
    without = sum(manifest.row_for(recording.name) is None for recording in recordings)
    notes = []
    if unused:
        names = ", ".join(f"line {row.line}" for row in unused[:5])
        notes.append(f"{manifest.path}: {len(unused)} rows match no recording ({names}).")
    if without:
        notes.append(f"{manifest.path}: {without} recordings have no row.")
    return notes
