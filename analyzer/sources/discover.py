"""Finds recordings in folders and URLs, pairs leg files, and gives every call an id."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from analyzer.asr.transcript_files import MAX_BYTES, is_transcript, is_transcript_file
from analyzer.audio.containers import AUDIO_SUFFIXES
from analyzer.errors import UsageError
from analyzer.models.recording import CallMetadata, Recording, RemoteFile
from analyzer.sources.manifest import Manifest, ManifestRow
from analyzer.sources.remote.storage import is_url, list_files, read_small_files

# `<call>-agent.wav` with `<call>-customer.wav`: two legs of one call, as r() and t() of MixMonitor write them.
_LEG = re.compile(r"^(?P<call>.+)[-_.](?P<leg>agent|customer)$", re.IGNORECASE)

_OTHER = {"agent": "customer", "customer": "agent"}


class RowSource(Protocol):
    """Where a call's metadata comes from: a manifest or a name pattern."""

    def row_for(self, name: str) -> ManifestRow | None:
        """What is known about the file with this relative name."""


@dataclass(frozen=True)
class DiscoveredRecordings:
    """The recordings under some paths, and notes for the user on what was ignored or does not fit."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _InputFile:
    """One file under the given paths, with its name in the results."""

    path: Path
    name: str  # relative to the folder that was given, with forward slashes
    remote: RemoteFile | None = None

    @property
    def location(self) -> str:
        """URL or real path: equal for one file however it was named."""
        return self.remote.url if self.remote else os.path.realpath(self.path)


def find_recordings(
    paths: Sequence[Path | str], *, rows: RowSource | None = None, exclude: Path | None = None
) -> DiscoveredRecordings:
    """Every recording and transcript under `paths` (a `str` may be a URL), in the order of their names.

    `exclude` is the output folder: results of an earlier run are no input. Raises UsageError when a path does
    not exist or nothing is found.
    """
    notes: list[str] = []
    by_location: dict[str, _InputFile] = {}
    for path in paths:
        for file in _remote(str(path), notes) if is_url(str(path)) else _local(Path(path), exclude, notes):
            by_location.setdefault(file.location, file)
    files = sorted(_with_unique_names(list(by_location.values())), key=lambda file: file.name)
    if not files:
        raise UsageError(f"No recordings found in {', '.join(map(str, paths))}. {' '.join(notes)}".strip())
    recordings = _with_unique_ids(_paired(files, rows))
    if isinstance(rows, Manifest):
        notes.extend(_unused_rows(rows, recordings))
    return DiscoveredRecordings(tuple(recordings), tuple(notes))


def _local(path: Path, exclude: Path | None, notes: list[str]) -> Iterable[_InputFile]:
    if path.is_file():
        return [_InputFile(path, path.name)]
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder.")
    excluded = exclude.resolve() if exclude else None
    files = [
        _InputFile(file, file.relative_to(path).as_posix())
        for file in sorted(path.rglob("*"))
        if file.is_file() and not (excluded and excluded in file.resolve().parents)
    ]
    return _recordings_among(files, str(path), lambda jsons: [is_transcript_file(file.path) for file in jsons], notes)


def _remote(url: str, notes: list[str]) -> Iterable[_InputFile]:
    files = [_InputFile(listed.path, listed.name, listed.file) for listed in list_files(url)]
    if [file.location for file in files] == [url]:
        return files
    return _recordings_among(files, url, _are_transcripts, notes)


def _recordings_among(
    files: Sequence[_InputFile],
    folder: str,
    transcripts: Callable[[Sequence[_InputFile]], Sequence[bool]],
    notes: list[str],
) -> Iterable[_InputFile]:
    """The recordings, and the `.json` files that `transcripts` accepts; other files are counted in `notes`."""
    shown = [file for file in files if not any(part.startswith(".") for part in Path(file.name).parts)]
    jsons = [file for file in shown if file.path.suffix.lower() == ".json"]
    accepted = {file.name for file, good in zip(jsons, transcripts(jsons), strict=True) if good}
    ignored: Counter[str] = Counter()
    recordings: list[_InputFile] = []
    for file in shown:
        suffix = file.path.suffix.lower()
        if suffix in AUDIO_SUFFIXES or file.name in accepted:
            recordings.append(file)
        elif suffix not in (".csv", ".jsonl", ".md"):
            ignored[suffix or "without ending"] += 1
    if ignored:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(ignored.items()))
        notes.append(f"{folder}: ignored files that are no recordings: {kinds}.")
    return recordings


def _are_transcripts(files: Sequence[_InputFile]) -> Sequence[bool]:
    """Which remote `.json` files are transcripts, by their content."""
    contents = read_small_files([file.remote for file in files if file.remote], MAX_BYTES)
    return [data is not None and is_transcript(data) for data in contents]


def _with_unique_names(files: Sequence[_InputFile]) -> list[_InputFile]:
    """Files with names that differ: those that share a name get as much of their path as tells them apart."""
    counts = Counter(file.name for file in files)
    clashing = [file for file in files if counts[file.name] > 1]
    if not clashing:
        return list(files)
    longer = [replace(file, name=_longer(file)) for file in clashing]
    return _with_unique_names([file for file in files if counts[file.name] == 1] + longer)


def _longer(file: _InputFile) -> str:
    parts = file.location.split("/")
    return "/".join(parts[-file.name.count("/") - 2 :])


def other_leg(recording: Recording, rows: RowSource | None) -> Path | None:
    """Where the missing leg file of a call belongs; None for recordings that are whole."""
    if recording.customer_leg is not None:
        return None
    row = rows.row_for(recording.name) if rows else None
    if row is not None and row.customer_file:
        return recording.path.parent / row.customer_file
    match = _LEG.match(recording.path.stem)
    if match is None:
        return None
    leg = match["leg"]
    return recording.path.with_stem(recording.path.stem[: match.start("leg")] + _in_case_of(leg, _OTHER[leg.lower()]))


def _in_case_of(model: str, word: str) -> str:
    """`word` in upper, title or lower case, as `model` is written."""
    return word.upper() if model.isupper() else word.title() if model.istitle() else word


def _paired(files: Sequence[_InputFile], rows: RowSource | None) -> list[Recording]:
    """One recording a call: leg files joined by the manifest's `customer_file`, else by their names."""
    row_of = {file.name: rows.row_for(file.name) if rows else None for file in files}
    by_name = {file.name: file for file in files}
    by_leg = {_leg_key(file, "customer"): file for file in files}
    customer_leg: dict[str, _InputFile] = {}
    for file in files:
        row = row_of[file.name]
        if row is not None and row.customer_file:
            beside = (Path(file.name).parent / row.customer_file).as_posix()
            partner = by_name.get(beside) or by_name.get(row.customer_file)
        else:
            partner = by_leg.get(key) if (key := _leg_key(file, "agent")) else None
        if partner is not None:
            customer_leg[file.name] = partner
    partners = {partner.name for partner in customer_leg.values()}
    return [
        _recording(file, customer_leg.get(file.name), row_of[file.name]) for file in files if file.name not in partners
    ]


def _leg_key(file: _InputFile, leg: str) -> tuple[str, str, str] | None:
    """What both legs of one call have in common; None when the file's name is not that of such a leg."""
    path = Path(file.name)
    match = _LEG.match(path.stem)
    if match is None or match["leg"].lower() != leg:
        return None
    return (path.parent.as_posix(), match["call"].casefold(), path.suffix)


def _recording(file: _InputFile, customer: _InputFile | None, row: ManifestRow | None) -> Recording:
    stem = Path(file.name).stem
    leg = _LEG.match(stem) if customer else None
    if customer and (customer.remote is None) != (file.remote is None):
        raise UsageError(f"{file.name}: its other leg, {customer.name}, is elsewhere. Put both in one place.")
    return Recording(
        call_id=(row.call_id if row else None) or (leg["call"] if leg else stem),
        path=file.path,
        customer_leg=customer.path if customer else None,
        name=file.name,
        metadata=row.metadata if row else CallMetadata(),
        remote=tuple(item.remote for item in (file, customer) if item and item.remote),
    )


def _with_unique_ids(recordings: Sequence[Recording]) -> list[Recording]:
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
