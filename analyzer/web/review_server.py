"""Serving the review app on a results folder or a store: what it works with, and who may come in."""

import contextlib
import getpass
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from analyzer.audio.identity import sha256_of_files
from analyzer.audio.playback import write_playable
from analyzer.cli.exit_status import Exit
from analyzer.cli.review import PORT
from analyzer.errors import RecordingError, UsageError
from analyzer.models.bank import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.review import Person
from analyzer.models.run import KeptCall
from analyzer.pipeline.score import Scorer
from analyzer.reports.call_pages import heard_of, told_apart
from analyzer.review.service import ReviewService
from analyzer.sources.remote.download_cache import DownloadCache
from analyzer.store.results_store import results_store
from analyzer.store.store import Store
from analyzer.web.context import AppContext, CallTranscript
from analyzer.web.create_context import create_context
from analyzer.web.listening import Reach, listening, open_browser, server, tell
from analyzer.web.recording_audio import RecordingAudio
from analyzer.web.settings import WebSettings

_FETCHING_SECONDS = 10.0  # that a person waits for a storage that is away


@dataclass(frozen=True)
class ReviewRequest:
    """What one `analyzer review` is asked to do."""

    results: str
    store: str | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    browser: bool = True
    person: str | None = None
    lang: Literal["id", "en"] | None = None
    recordings: tuple[Path, ...] = ()
    allow_host: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None


def run_review(request: ReviewRequest) -> Exit:
    """Serve until Ctrl-C or a terminating signal, which is how it ends (0). Raises AnalyzerError for what to mend."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: copies of calls are removed
    with contextlib.suppress(KeyboardInterrupt), prepared(request) as ready:
        tell(ready.reach, ready.link)
        if request.browser and ready.reach.loopback:
            open_browser(ready.link)
        server(ready.site, ready.reach).run(sockets=[ready.listener])
    typer.echo("Ended. What was decided is kept.", err=True)
    return Exit.OK


@dataclass(frozen=True)
class Ready:
    """An app that listens, and only has to begin to answer."""

    site: AppContext
    reach: Reach
    listener: socket.socket
    link: str


@contextmanager
def prepared(request: ReviewRequest) -> Iterator[Ready]:
    """Everything that serving needs; it is given back afterwards. Raises AnalyzerError for what to mend."""
    reach = Reach.of(request.host, request.allow_host, request.tls_cert, request.tls_key)
    folder, address = _place(request)
    store = Store(address)
    try:
        if not reach.loopback:
            _demand_passwords(store, request.host)
        with (
            listening(request.host, request.port, usual=PORT) as listener,
            _site(request, store, folder, reach) as site,
        ):
            address = reach.url(listener.getsockname()[1])
            link = f"{address}/enter?token={_token(request, site)}" if reach.loopback else f"{address}/"
            yield Ready(site, reach, listener, link)
    finally:
        store.close()


def _place(request: ReviewRequest) -> tuple[Path | None, str | Path]:
    """The results folder, when one was given, and the address of the store."""
    if "://" in request.results or request.results.endswith(".db"):
        return None, request.results
    folder = Path(request.results)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Run `analyzer score CALLS --out {folder}` first.")
    return folder, results_store(folder, request.store)


def _demand_passwords(store: Store, host: str) -> None:
    if any(account.password and not account.disabled for account in store.people.all()):
        return
    raise UsageError(
        f"--host {host} lets other machines in, so people need passwords, and nobody has one yet. Add a lead first: "
        "`analyzer people add RESULTS NAME --role lead`, then `analyzer people password RESULTS NAME`."
    )


@contextmanager
def _site(request: ReviewRequest, store: Store, folder: Path | None, reach: Reach) -> Iterator[AppContext]:
    """What the app works with; what it keeps for itself ends with it."""
    settings = WebSettings()
    desk = ReviewService(store, run=store.run_number(folder) if folder else None)
    desk.refresh()
    run = store.run_of(folder) if folder else store.runs.newest(None)
    here = [call for call in run.calls if not call.recording.remote] if run else []
    roots = {file.parent for call in here for file in _files(call)}
    place = DownloadCache(patience=_FETCHING_SECONDS)
    sounds = RecordingAudio(
        roots,
        _Decoder(run.max_seconds if run else 0.0, place),
        copies=folder / "audio" if folder else None,
        extra=request.recordings,
        cache_bytes=settings.cache_bytes,
    )
    try:
        yield create_context(
            desk,
            sounds,
            _Listening(store),
            settings,
            default=request.lang,
            secure=reach.tls is not None,
            at_once=reach.loopback,
        )
    finally:
        sounds.close()
        place.close()


class _Listening:
    """The kept words of calls, with who said them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scorers: dict[str, Scorer] = {}

    def __call__(self, call: KeptCall, bank: PhraseBank) -> CallTranscript:
        """The words of one call; `bank` tells who speaks where channels are mixed."""
        try:
            heard = heard_of(call, self._store)
        except RecordingError:  # words that were handed in and cannot be read: the report says so
            return CallTranscript()
        return CallTranscript(heard, told_apart(heard, lambda: self._scorer(bank)))

    def _scorer(self, bank: PhraseBank) -> Scorer:
        if bank.sha256 not in self._scorers:
            self._scorers[bank.sha256] = Scorer(bank)
        return self._scorers[bank.sha256]


class _Decoder:
    """Reading audio, as the app needs it."""

    def __init__(self, max_seconds: float, place: DownloadCache) -> None:
        self._max_seconds = max_seconds
        self._place = place

    def fetched(self, recording: Recording) -> AbstractContextManager[Recording]:
        return self._place.local_copy(recording)

    def sha256(self, files: Sequence[Path]) -> str:
        return sha256_of_files(files)

    def convert(self, recording: Recording, path: Path) -> None:
        write_playable(recording, path, max_seconds=self._max_seconds)


def _files(call: KeptCall) -> tuple[Path, ...]:
    leg = call.recording.customer_leg
    return (call.recording.path, *([leg] if leg else []))


def _token(request: ReviewRequest, site: AppContext) -> str:
    """A link for whoever started the app: somebody with an account, or on a new store its first lead."""
    people = site.store.people
    name = (request.person or getpass.getuser()).strip()
    account = people.get(name)
    if account is None and people.all():
        raise UsageError(
            f"Nobody here is called {name}. Say who you are with --as NAME, or add yourself: "
            f"`analyzer people add RESULTS {name} --role coach`."
        )
    if account is None:
        people.put(Person(name=name, role="lead"))
    elif account.disabled:
        raise UsageError(f"{name} was locked out. A lead can change that: `analyzer people enable RESULTS {name}`.")
    return site.store.logins.open(name, "link", site.settings.start_link_seconds)
