"""Serving the review app on a results folder or a store: what it works with, and who may come in."""

import contextlib
import getpass
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analyzer.audio.identity import sha256_of_files
from analyzer.audio.playback import write_playable
from analyzer.errors import RecordingError, UsageError
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Lang
from analyzer.models.recording import Recording
from analyzer.models.review import Person
from analyzer.models.run import StoredCall
from analyzer.pipeline.score import Scorer
from analyzer.reports.call_pages import infer_speakers, stored_transcript
from analyzer.review.service import ReviewService
from analyzer.sources.remote.download_cache import DownloadCache
from analyzer.store.results_store import results_store
from analyzer.store.store import Store
from analyzer.web import PORT
from analyzer.web.context import AppContext, CallTranscript, WebSettings, create_context
from analyzer.web.listener import ListenAddress, create_server, listening_socket
from analyzer.web.recording_audio import RecordingAudio

_DOWNLOAD_PATIENCE = 10.0  # seconds that a person waits for a storage that does not answer


@dataclass(frozen=True)
class ReviewServerOptions:
    """What the review app is asked to serve, where, and to whom."""

    results: str
    store: str | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    browser: bool = True
    person: str | None = None
    lang: Lang | None = None
    recordings: tuple[Path, ...] = ()
    allow_host: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None


def serve(options: ReviewServerOptions, announce: Callable[[ListenAddress, str], None]) -> None:
    """Serve until Ctrl-C or a terminating signal. `announce` is told where the app is once it listens.

    Raises AnalyzerError for what the user must mend first.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: copies of calls are removed
    with contextlib.suppress(KeyboardInterrupt), listening_app(options) as app:
        server = create_server(app.context, app.address)  # imports take a second: a Ctrl-C in them might be swallowed
        announce(app.address, app.link)
        if options.browser and app.address.loopback:
            threading.Thread(target=webbrowser.open, args=(app.link,), daemon=True).start()
        server.run(sockets=[app.listener])


@dataclass(frozen=True)
class ListeningApp:
    """The app with its open socket, ready to answer."""

    context: AppContext
    address: ListenAddress
    listener: socket.socket
    link: str


@contextmanager
def listening_app(options: ReviewServerOptions) -> Iterator[ListeningApp]:
    """Open everything that serving needs, and close it afterwards. Raises AnalyzerError for what to mend."""
    address = ListenAddress.of(options.host, options.allow_host, options.tls_cert, options.tls_key)
    folder, store_address = _results(options)
    store = Store(store_address)
    try:
        if not address.loopback:
            _demand_passwords(store, options.host)
        with (
            listening_socket(options.host, options.port, usual=PORT) as listener,
            _context(options, store, folder, address) as context,
        ):
            url = address.url(listener.getsockname()[1])
            link = f"{url}/enter?token={_token(options, context)}" if address.loopback else f"{url}/"
            yield ListeningApp(context, address, listener, link)
    finally:
        store.close()


def _results(options: ReviewServerOptions) -> tuple[Path | None, str | Path]:
    """The results folder, when one was given, and the address of the store."""
    if "://" in options.results or options.results.endswith(".db"):
        return None, options.results
    folder = Path(options.results)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Run `analyzer score CALLS --out {folder}` first.")
    return folder, results_store(folder, options.store)


def _demand_passwords(store: Store, host: str) -> None:
    if any(account.password and not account.disabled for account in store.people.all()):
        return
    raise UsageError(
        f"--host {host} lets other machines in, so people need passwords, and nobody has one yet. Add a lead first: "
        "`analyzer people add RESULTS NAME --role lead`, then `analyzer people password RESULTS NAME`."
    )


@contextmanager
def _context(
    options: ReviewServerOptions, store: Store, folder: Path | None, address: ListenAddress
) -> Iterator[AppContext]:
    """What the app works with; its temporary files are removed afterwards."""
    settings = WebSettings()
    service = ReviewService(store, run=store.run_number(folder) if folder else None)
    service.refresh()
    run = store.run_of(folder) if folder else store.runs.newest(None)
    local_calls = [call for call in run.calls if not call.recording.remote] if run else []
    roots = {file.parent for call in local_calls for file in call.recording.files}
    downloads = DownloadCache(patience=_DOWNLOAD_PATIENCE)
    audio = RecordingAudio(
        roots,
        _StoredAudioReader(run.max_seconds if run else 0.0, downloads),
        copies=folder / "audio" if folder else None,
        extra=options.recordings,
        cache_bytes=settings.cache_bytes,
    )
    try:
        yield create_context(
            service,
            audio,
            _StoredTranscripts(store),
            settings,
            default=options.lang,
            secure=address.tls is not None,
            auto_sign_in=address.loopback,
        )
    finally:
        audio.close()
        downloads.close()


class _StoredTranscripts:
    """Transcripts of calls from the store, with who said each word."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scorers: dict[str, Scorer] = {}

    def __call__(self, call: StoredCall, bank: PhraseBank) -> CallTranscript:
        """The transcript of one call; with `bank`, who speaks is inferred where channels are mixed."""
        try:
            transcript = stored_transcript(call, self._store)
        except RecordingError:  # a transcript file that cannot be read: the report says so
            return CallTranscript()
        return CallTranscript(transcript, infer_speakers(transcript, lambda: self._scorer(bank)))

    def _scorer(self, bank: PhraseBank) -> Scorer:
        if bank.sha256 not in self._scorers:
            self._scorers[bank.sha256] = Scorer(bank)
        return self._scorers[bank.sha256]


class _StoredAudioReader:
    """Local copies, content hashes and playable versions of recordings."""

    def __init__(self, max_seconds: float, downloads: DownloadCache) -> None:
        self._max_seconds = max_seconds
        self._downloads = downloads

    def local_copy(self, recording: Recording) -> AbstractContextManager[Recording]:
        return self._downloads.local_copy(recording)

    def sha256(self, files: Sequence[Path]) -> str:
        return sha256_of_files(files)

    def convert(self, recording: Recording, path: Path) -> None:
        write_playable(recording, path, max_seconds=self._max_seconds)


def _token(options: ReviewServerOptions, context: AppContext) -> str:
    """A link for whoever started the app: somebody with an account, or on a new store its first lead."""
    people = context.store.people
    name = (options.person or getpass.getuser()).strip()
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
    return context.store.logins.open(name, "link", context.settings.start_link_seconds)
