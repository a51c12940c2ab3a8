"""The pages of calls in a results folder: written where something changed, left alone where nothing did.

`calls/` holds exactly the pages of the present results; pages of calls that are gone are removed.
"""

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.asr.transcript_files import parse_transcript
from analyzer.files import write_atomically
from analyzer.jobs.worker_configuration import process_map
from analyzer.locale.catalogue import Labels, localized_label
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Lang, Pages
from analyzer.models.report import Report
from analyzer.models.run import StoredCall
from analyzer.models.transcript import AudioTranscript, Transcript
from analyzer.pipeline.score import Scorer
from analyzer.reports.call_view import AnyTranscript, call_view
from analyzer.reports.jsonl import to_jsonl
from analyzer.reports.page_files import (
    FOLDER,
    HASH_BYTES,
    call_audio_links,
    call_page,
    made_of,
    make_playable_copy,
    page_hash,
    playable_copy,
    shared_files,
    with_waveform,
)
from analyzer.reports.summary import needs_attention
from analyzer.store.results import call_key
from analyzer.store.store import Store

Progress = Callable[[int, int], None]
"""Called with the number of pages made and of pages to be made."""


@dataclass(frozen=True)
class PageTask:
    """What every page of a run shares."""

    out: Path
    store: str
    bank: PhraseBank
    lang: Lang
    max_seconds: float

    @property
    def labels(self) -> Labels:
        """The names of the steps."""
        return labels_of(self.bank)

    @property
    def folder(self) -> Path:
        """The folder of the pages, links resolved: URLs are relative to it."""
        return Path(os.path.realpath(self.out)) / FOLDER


@dataclass(frozen=True)
class PageCall:
    """One call whose page is wanted; `words` is the hash of its kept transcript."""

    kept: StoredCall
    report: Report
    words: str

    @property
    def key(self) -> str:
        """The name of its page."""
        return call_key(self.kept)


@dataclass(frozen=True)
class PagesWritten:
    """Which calls have a page, and how many were made for that."""

    pages: frozenset[str]
    """keys of the calls that have one"""
    made: int
    """of them made now; the others were up to date"""


def write_pages(
    calls: Iterable[tuple[StoredCall, Report]],
    task: PageTask,
    which: Pages,
    *,
    processes: int | None = None,
    progress: Progress = lambda _done, _of: None,
) -> PagesWritten:
    """Make the pages that are missing or out of date; remove those that are not wanted."""
    wanted = _wanted(calls, which, task.store)
    keys = {call.key for call in wanted}
    if wanted or task.folder.is_dir():
        _remove(task.folder, keys)
    if not wanted:
        return PagesWritten(frozenset(), 0)
    for name, data in shared_files().items():
        _write_if_changed(task.folder / name, data)
    missing = [call for call in wanted if _read_made_of(task.folder / f"{call.key}.html") != _hash(call, task)]
    for done, _ in enumerate(_make(missing, task, processes), start=1):
        progress(done, len(missing))
    return PagesWritten(frozenset(keys), len(missing))


def page_address(key: str) -> str:
    """A call's page as seen from the results folder."""
    return f"{FOLDER}/{key}.html"


def _wanted(calls: Iterable[tuple[StoredCall, Report]], which: Pages, store: str) -> list[PageCall]:
    chosen = [
        (kept, report)
        for kept, report in calls
        if which != "none" and report.error is None and (which == "all" or needs_attention(report))
    ]
    if not chosen:
        return []
    with contextlib.closing(Store(store)) as opened:
        hashes = opened.transcripts.hashes([kept.key for kept, _ in chosen if kept.key])
    return [PageCall(kept, report, hashes.get(kept.key or "", "")) for kept, report in chosen]


def _hash(call: PageCall, task: PageTask) -> str:
    """Hash of everything that is on a page, as far as it is known without making it."""
    copy = playable_copy(call.kept, call.report, task.out)
    sound = call_audio_links(call.kept, call.report, copy, task.folder)
    about = json.dumps([call.words, sound.url, sound.play, task.lang, sorted(task.labels.items()), task.bank.sha256])
    return page_hash(about, to_jsonl([call.report]))


def _make(calls: Sequence[PageCall], task: PageTask, processes: int | None) -> Iterator[None]:
    if not calls:
        return
    with contextlib.closing(_PageMaker(task)) as maker:
        yield from process_map(_page_maker, (task,), calls, local=maker.make, processes=processes)


def _page_maker(task: PageTask) -> Callable[[PageCall], None]:
    """What makes a page in a process of its own."""
    return _PageMaker(task).make


class _PageMaker:
    """Makes pages; what it needs is opened when it is first needed."""

    def __init__(self, task: PageTask) -> None:
        self._task = task

    @functools.cached_property
    def _store(self) -> Store:
        return Store(self._task.store)

    @functools.cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self._task.bank)

    def close(self) -> None:
        """Give the store's connections back, if it was opened."""
        if "_store" in self.__dict__:
            self._store.close()

    def make(self, call: PageCall) -> None:
        """Write one page."""
        task, recording = self._task, call.kept.recording
        copy = playable_copy(call.kept, call.report, task.out)
        if copy is not None:
            make_playable_copy(call.kept, copy, max_seconds=task.max_seconds)
        transcript = stored_transcript(call.kept, self._store)
        if isinstance(transcript, AudioTranscript):
            transcript = with_waveform(transcript, recording, max_seconds=task.max_seconds)
        apart = infer_speakers(transcript, lambda: self._scorer)
        view = call_view(call.report, transcript, task.labels, key=call.key, with_inferred_speakers=apart)
        sound = call_audio_links(call.kept, call.report, copy, task.folder)
        page = call_page(view, sound, made_of=_hash(call, task), lang=task.lang)
        write_atomically(task.folder / f"{call.key}.html", page, durable=False)


def stored_transcript(call: StoredCall, store: Store) -> AnyTranscript | None:
    """The words of a call; None when nothing is kept of it."""
    if call.key is None:
        return None
    if call.recording.is_transcript:
        text = store.transcripts.text(call.key)
        return parse_transcript(text, call.recording.path.name) if text is not None else None
    outcome = store.transcripts.get(call.key)
    return outcome if isinstance(outcome, AudioTranscript) else None


def labels_of(bank: PhraseBank) -> Labels:
    """The names of a bank's steps."""
    return {step.id: localized_label(step.label) for step in bank.steps}


def infer_speakers(transcript: AnyTranscript | None, scorer: Callable[[], Scorer]) -> Transcript | None:
    """The words with inferred speakers, where sides were not recorded apart; None where they were."""
    if transcript is None:
        return None
    if isinstance(transcript, AudioTranscript):
        if len(transcript.channels) != 1:
            return None
        segments, duration = transcript.channels[0].segments, transcript.facts.decoded_seconds
        transcript = Transcript(language=transcript.language, duration=duration, segments=segments)
    unknown = any(segment.speaker == "unknown" for segment in transcript.segments)
    return scorer().with_inferred_speakers(transcript) if unknown else None


def _read_made_of(page: Path) -> str | None:
    try:
        with page.open("rb") as file:
            file.seek(-HASH_BYTES, os.SEEK_END)
            return made_of(file.read())
    except OSError:
        return None


def _remove(folder: Path, wanted: set[str]) -> None:
    """Remove pages of ours that are not wanted; other files stay."""
    for page in folder.glob("*.html"):
        if page.stem not in wanted and _read_made_of(page) is not None:
            page.unlink()
    if not wanted:
        for name, data in shared_files().items():
            file = folder / name
            if file.is_file() and file.read_bytes() == data:
                file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _write_if_changed(path: Path, data: bytes) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)
