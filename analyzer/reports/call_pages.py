"""The pages of calls in a results folder: made where something changed, left alone where nothing did.

`calls/` holds exactly the pages of the present results; pages of calls that are gone are taken away.
"""

import functools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from analyzer.asr.transcript_files import parse_transcript
from analyzer.files import write_atomically
from analyzer.locale.catalogue import Labels, localized_label
from analyzer.models.bank import PhraseBank
from analyzer.models.output_options import Lang, Pages
from analyzer.models.report import Report
from analyzer.models.run import KeptCall
from analyzer.models.transcript import AudioTranscript, Transcript
from analyzer.pipeline.score import Scorer
from analyzer.reports.call_view import Heard, call_view
from analyzer.reports.jsonl import to_jsonl
from analyzer.reports.page_audio import copy_of, make_copy, sound_links, with_outline
from analyzer.reports.page_files import FOLDER, MARK_BYTES, call_page, made_of, page_hash, shared_files
from analyzer.reports.summary.batch import needs_eyes
from analyzer.store.runs import call_key
from analyzer.store.store import Store

Progress = Callable[[int, int], None]
"""Told how many of the pages to be made are made."""
_WORTH_A_PROCESS = 200  # pages; a process takes about two seconds to start, as long as it makes 200 pages
_CHUNK = 25


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
        """Where the pages lie; links go from its real place."""
        return Path(os.path.realpath(self.out)) / FOLDER


@dataclass(frozen=True)
class Call:
    """One call whose page is wanted; `words` is the hash of its kept transcript."""

    kept: KeptCall
    report: Report
    words: str

    @property
    def key(self) -> str:
        """Names its page."""
        return call_key(self.kept)


@dataclass(frozen=True)
class Written:
    """What became of the pages."""

    pages: frozenset[str]
    """keys of the calls that have one"""
    made: int
    """of them made now; the others were as they should be"""


def write_pages(
    calls: Iterable[tuple[KeptCall, Report]],
    task: PageTask,
    which: Pages,
    *,
    processes: int | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Written:
    """Make the pages that are missing or out of date; remove those that are not wanted."""
    wanted = _wanted(calls, which, task.store)
    known = {call.key for call in wanted}
    if wanted or task.folder.is_dir():
        _remove(task.folder, known)
    if not wanted:
        return Written(frozenset(), 0)
    for name, data in shared_files().items():
        _write_if_changed(task.folder / name, data)
    missing = [call for call in wanted if _made_of(task.folder / f"{call.key}.html") != _hash(call, task)]
    for done, _ in enumerate(_made(missing, task, processes), start=1):
        progress(done, len(missing))
    return Written(frozenset(known), len(missing))


def page_address(key: str) -> str:
    """A call's page as seen from the results folder."""
    return f"{FOLDER}/{key}.html"


def _wanted(calls: Iterable[tuple[KeptCall, Report]], which: Pages, store: str) -> list[Call]:
    chosen = [
        (kept, report)
        for kept, report in calls
        if which != "none" and report.error is None and (which == "all" or needs_eyes(report))
    ]
    if not chosen:
        return []
    opened = Store(store)
    try:
        hashes = opened.transcripts.hashes([kept.key for kept, _ in chosen if kept.key])
    finally:
        opened.close()
    return [Call(kept, report, hashes.get(kept.key or "", "")) for kept, report in chosen]


def _hash(call: Call, task: PageTask) -> str:
    """Of everything that is on a page, as far as it is known without making it."""
    copy = copy_of(call.kept, call.report, task.out)
    sound = sound_links(call.kept, call.report, copy, task.folder)
    about = json.dumps([call.words, sound.url, sound.play, task.lang, sorted(task.labels.items()), task.bank.sha256])
    return page_hash(about, to_jsonl([call.report]))


def _made(calls: Sequence[Call], task: PageTask, processes: int | None) -> Iterator[None]:
    wanted = min(processes or _cores(), max(1, len(calls) // _WORTH_A_PROCESS))
    if not calls:
        return
    if wanted == 1:
        maker = _Maker(task)
        for call in calls:
            maker.make(call)
            yield
        maker.close()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=_start, initargs=(task,)) as pool:
        yield from pool.map(_make_in_worker, calls, chunksize=_CHUNK)


class _Maker:
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
        """Give the store's connections back."""
        self._store.close()

    def make(self, call: Call) -> None:
        """Write one page."""
        task, recording = self._task, call.kept.recording
        copy = copy_of(call.kept, call.report, task.out)
        if copy is not None:
            make_copy(call.kept, copy, max_seconds=task.max_seconds)
        heard = heard_of(call.kept, self._store)
        if isinstance(heard, AudioTranscript):
            heard = with_outline(heard, recording, max_seconds=task.max_seconds)
        apart = told_apart(heard, lambda: self._scorer)
        view = call_view(call.report, heard, task.labels, key=call.key, told_apart=apart)
        sound = sound_links(call.kept, call.report, copy, task.folder)
        page = call_page(view, sound, made_of=_hash(call, task), lang=task.lang)
        write_atomically(task.folder / f"{call.key}.html", page, durable=False)


def heard_of(call: KeptCall, store: Store) -> Heard | None:
    """What was heard in a call; None when nothing is kept of it."""
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


def told_apart(heard: Heard | None, scorer: Callable[[], Scorer]) -> Transcript | None:
    """The words with inferred speakers, where sides were not recorded apart; None where they were."""
    if heard is None:
        return None
    if isinstance(heard, AudioTranscript):
        if len(heard.channels) != 1:
            return None
        segments, duration = heard.channels[0].segments, heard.facts.decoded_seconds
        heard = Transcript(language=heard.language, duration=duration, segments=segments)
    unknown = any(segment.speaker == "unknown" for segment in heard.segments)
    return scorer().told_apart(heard) if unknown else None


def _made_of(page: Path) -> str | None:
    try:
        with page.open("rb") as file:
            file.seek(-MARK_BYTES, os.SEEK_END)
            return made_of(file.read())
    except OSError:
        return None


def _remove(folder: Path, wanted: set[str]) -> None:
    """Take away pages of ours that are not wanted; whatever else lies there stays."""
    for page in folder.glob("*.html"):
        if page.stem not in wanted and _made_of(page) is not None:
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_maker: list[_Maker] = []  # one a process, set when it starts


def _start(task: PageTask) -> None:
    _maker[:] = [_Maker(task)]


def _make_in_worker(call: Call) -> None:
    _maker[0].make(call)
