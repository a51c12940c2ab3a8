"""Serving the review app on a results folder or a store: what it works with, and who may come in."""

import contextlib
import getpass
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import typer

from analyzer import audio
from analyzer.cli.exits import Exit
from analyzer.cli.review import PORT
from analyzer.cli.serving import Reach, listening, open_browser, server, tell
from analyzer.cli.store import results_store
from analyzer.errors import RecordingError, UsageError
from analyzer.models.kept import KeptCall
from analyzer.models.recording import Recording
from analyzer.models.review import Person
from analyzer.models.transcript import AudioTranscript
from analyzer.report.call_view import Heard
from analyzer.review.desk import Desk
from analyzer.review.web.build import build_site
from analyzer.review.web.settings import WebSettings
from analyzer.review.web.site import Site
from analyzer.review.web.sounds import Sounds
from analyzer.store import Store
from analyzer.transcribe.saved import parse_transcript


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

    site: Site
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
def _site(request: ReviewRequest, store: Store, folder: Path | None, reach: Reach) -> Iterator[Site]:
    """What the app works with; what it keeps for itself ends with it."""
    settings = WebSettings()
    desk = Desk(store, run=store.run_number(folder) if folder else None)
    desk.refresh()
    run = store.run_of(folder) if folder else store.runs.newest(None)
    roots = {file.parent for call in run.calls for file in _files(call)} if run else set()
    sounds = Sounds(
        roots,
        _Decoder(run.max_seconds if run else 0.0),
        copies=folder / "audio" if folder else None,
        extra=request.recordings,
        cache_bytes=settings.cache_bytes,
    )
    try:
        yield build_site(
            desk,
            sounds,
            partial(_heard, store),
            settings,
            default=request.lang,
            secure=reach.tls is not None,
            at_once=reach.loopback,
        )
    finally:
        sounds.close()


def _heard(store: Store, call: KeptCall) -> Heard | None:
    """The kept words of a call."""
    if call.key is None:
        return None
    if not call.recording.is_transcript:
        outcome = store.transcripts.get(call.key)
        return outcome if isinstance(outcome, AudioTranscript) else None
    text = store.transcripts.text(call.key)
    with contextlib.suppress(RecordingError):
        return parse_transcript(text, call.recording.path.name) if text else None
    return None


class _Decoder:
    """The audio package, as the app needs it."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds

    def sha256(self, files: Sequence[Path]) -> str:
        return audio.sha256_of_files(files)

    def convert(self, recording: Recording, path: Path) -> None:
        audio.write_playable(recording, path, max_seconds=self._max_seconds)


def _files(call: KeptCall) -> tuple[Path, ...]:
    leg = call.recording.customer_leg
    return (call.recording.path, *([leg] if leg else []))


def _token(request: ReviewRequest, site: Site) -> str:
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
