"""The app without a network: a store with a few calls, real recordings, and a test client that acts as browsers do."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from fastapi import FastAPI
from starlette.testclient import TestClient

from analyzer.audio.identity import sha256_of_files
from analyzer.models.recording import AudioFacts, CallMetadata, Recording
from analyzer.models.report import Report
from analyzer.models.review import Person
from analyzer.models.run import StoredCall, StoredRun
from analyzer.review.service import ReviewService
from analyzer.store.results import StoredReport, call_key
from analyzer.store.store import Store
from analyzer.web.app import create_app
from analyzer.web.context import AppContext, CallTranscript, WebSettings, create_context
from analyzer.web.recording_audio import RecordingAudio
from analyzer.web.security import AllowedHosts
from tests.matching.support import BANK
from tests.review.cases import ENGINE

BASE = "http://127.0.0.1:8123"
OURS = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
"""headers that a browser sends with a form of our own page"""


class HashOnlyReader:
    """Reads content hashes only: these recordings need no conversion."""

    def sha256(self, files: Sequence[Path]) -> str:
        return sha256_of_files(files)

    def local_copy(self, recording: Recording) -> AbstractContextManager[Recording]:
        return nullcontext(recording)

    def convert(self, recording: Recording, path: Path) -> None:  # noqa: ARG002
        raise AssertionError("nothing here needs it")


@dataclass
class AppUnderTest:
    """A running app and its store."""

    context: AppContext
    app: FastAPI
    keys: dict[str, str]
    """keys of the calls by call id"""
    calls: Path

    @property
    def store(self) -> Store:
        return self.context.store

    def browser(self, person: Person | None = None, language: str = "") -> "Browser":
        """A new browser; signed in when a person is given."""
        browser = Browser(self.app, {"Accept-Language": language} if language else {})
        if person is not None:
            browser.signed_in_as(self.context, person)
        return browser


class Browser(TestClient):
    """Sends what a browser sends, and stores cookies."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        super().__init__(app, base_url=BASE, headers=headers, follow_redirects=False, raise_server_exceptions=False)
        self.csrf = ""

    def signed_in_as(self, context: AppContext, person: Person) -> None:
        context.store.people.put(person)
        token = context.store.logins.open(person.name, "link", 60)
        answer = self.submit("/enter", token=token)
        assert answer.status_code == 303
        session = self.cookies[context.auth.cookie]
        self.csrf = hashlib.sha256(f"form {session}".encode()).hexdigest()

    def submit(self, path: str, headers: dict[str, str] | None = None, /, **fields: Any) -> Any:
        """Send a form of our own page."""
        fields = {"csrf": self.csrf, **fields}
        return self.post(path, data=fields, headers={**OURS, **(headers or {})})


def app_over(folder: Path, store: Store, *reports: Report, **settings: Any) -> AppUnderTest:
    """An app over calls with short real recordings."""
    calls = folder / "calls"
    keys = fill_store(folder, store, *reports)
    service = ReviewService(store)
    service.refresh()
    audio = RecordingAudio([calls], HashOnlyReader(), cache_bytes=10_000)
    context = create_context(
        service,
        audio,
        lambda *_: CallTranscript(),
        WebSettings(**settings),
        default="en",
        secure=False,
        auto_sign_in=True,
    )
    return AppUnderTest(context, create_app(context, AllowedHosts.of(())), keys, calls)


def fill_store(folder: Path, store: Store, *reports: Report) -> dict[str, str]:
    """Make a results folder's store hold these calls, as `score` would; returns their keys by call id."""
    calls = folder / "calls"
    calls.mkdir(parents=True, exist_ok=True)
    stored = [_stored(calls, report) for report in reports]
    store.banks.put(BANK)
    store.reports.put(stored)
    store.runs.put(
        os.path.realpath(folder),
        StoredRun(engine=ENGINE, max_seconds=60, calls=tuple(report.call for report in stored)),
    )
    return {report.report.call_id: call_key(report.call) for report in stored}


def _stored(calls: Path, report: Report) -> StoredReport:
    path = calls / report.recording
    tone = np.sin(np.arange(16_000) * (0.05 + 0.01 * len(report.call_id)))
    soundfile.write(path, 0.2 * tone, 8000, subtype="PCM_16")
    sha256 = sha256_of_files([path])
    about = CallMetadata(agent=report.agent, started_at=report.started_at)
    recording = Recording(call_id=report.call_id, path=path, name=report.recording, metadata=about)
    sounding = report.model_copy(update={"audio": AudioFacts(codec="pcm_s16le", decoded_seconds=2.0)})
    call = StoredCall(recording=recording, audio_sha256=sha256, key=f"w-{report.call_id}")
    return StoredReport(call, sounding, "first")
