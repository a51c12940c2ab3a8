"""What one running app works with, and its settings; every request gets it from the app."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from analyzer.locale.catalogue import Localized, localized_label
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Lang
from analyzer.models.run import StoredCall
from analyzer.models.transcript import Transcript
from analyzer.reports.call_view import AnyTranscript
from analyzer.review.agents import AgentStatistics
from analyzer.review.calibration_sessions import CalibrationSessions
from analyzer.review.service import ReviewService
from analyzer.store.store import Store
from analyzer.web.auth import SessionAuth
from analyzer.web.recording_audio import RecordingAudio
from analyzer.web.rendering import PageRenderer
from analyzer.web.static_files import AppFiles
from analyzer.web.throttling import AccessLog, LoginThrottle


class WebSettings(Frozen):
    """Limits of the app; the defaults suit a contact centre's quality team."""

    session_seconds: float = Field(12 * 3600, description="a working day with overtime; then one signs in again")
    idle_seconds: float = Field(3 * 3600, description="a browser left alone over lunch stays signed in, overnight not")
    link_seconds: float = Field(7 * 24 * 3600, description="an agent back from leave finds a link that still works")
    start_link_seconds: float = Field(24 * 3600, description="the link that the app prints when it starts")
    body_bytes: int = Field(64_000, description="the longest form is a reason: 4,000 letters, escaped")
    form_fields: int = Field(2_000, description="a calibration session of 300 calls sends up to two fields a call")
    login_tries: int = Field(10, description="wrong passwords from one address in a window")
    login_window: float = Field(600, description="seconds in which wrong passwords are counted")
    page_rows: int = Field(50, description="rows on a page of the queue: two screens")
    cache_bytes: int = Field(2 << 30, description="converted recordings kept: about 500 hours of Opus")
    access_log_interval: float = Field(1800, description="seconds in which opening a call again is logged once")


@dataclass(frozen=True)
class CallTranscript:
    """What was said in a call, as far as it is stored."""

    words: AnyTranscript | None = None
    with_inferred_speakers: Transcript | None = None
    """with inferred speakers, where they were not recorded on separate channels"""


@dataclass(frozen=True)
class AppContext:
    """What all pages are made from."""

    store: Store
    service: ReviewService
    agents: AgentStatistics
    sessions: CalibrationSessions
    renderer: PageRenderer
    static_files: AppFiles
    auth: SessionAuth
    audio: RecordingAudio
    settings: WebSettings
    login_throttle: LoginThrottle
    access_log: AccessLog
    transcript_of: Callable[[StoredCall, PhraseBank], CallTranscript]
    auto_sign_in: bool
    """a sign-in link needs no click on its page: this machine's own browser opens it"""

    @property
    def has_passwords(self) -> bool:
        """Whether anybody can sign in with name and password."""
        return any(account.password and not account.disabled for account in self.store.people.all())

    def steps(self) -> dict[str, Localized]:
        """Labels of all steps of the banks in the store, in the order of the SOP; the newest bank's label counts."""
        return {step.id: localized_label(step.label) for bank in self.store.banks.all() for step in bank.steps}


def create_context(
    service: ReviewService,
    audio: RecordingAudio,
    transcript_of: Callable[[StoredCall, PhraseBank], CallTranscript],
    settings: WebSettings,
    *,
    default: Lang | None,
    secure: bool,
    auto_sign_in: bool,
) -> AppContext:
    """The context of an app over `service`.

    `transcript_of`: what was said in a call; `default`: language of users who chose none; `secure`: reached over TLS;
    `auto_sign_in`: as in `AppContext`.
    """
    static_files = AppFiles()
    return AppContext(
        store=service.store,
        service=service,
        agents=AgentStatistics(service),
        sessions=CalibrationSessions(service.store, service.settings),
        renderer=PageRenderer(static_files.urls, default),
        static_files=static_files,
        auth=SessionAuth(
            service.store,
            session_seconds=settings.session_seconds,
            idle_seconds=settings.idle_seconds,
            secure=secure,
        ),
        audio=audio,
        settings=settings,
        login_throttle=LoginThrottle(settings.login_tries, settings.login_window),
        access_log=AccessLog(service, settings.access_log_interval),
        transcript_of=transcript_of,
        auto_sign_in=auto_sign_in,
    )
