"""What one running app works with; every request finds it at the app."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from analyzer.locale.catalogue import Localized, localized_label
from analyzer.review.agents import AgentStatistics
from analyzer.review.calibration_sessions import CalibrationSessions
from analyzer.review.service import ReviewService
from analyzer.web.access_log import AccessLog
from analyzer.web.login_throttle import LoginThrottle
from analyzer.web.recording_audio import RecordingAudio
from analyzer.web.rendering import PageRenderer
from analyzer.web.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.models.bank import PhraseBank
    from analyzer.models.run import KeptCall
    from analyzer.models.transcript import Transcript
    from analyzer.reports.call_view import Heard
    from analyzer.store.store import Store
    from analyzer.web.auth import SessionAuth


@dataclass(frozen=True)
class CallTranscript:
    """What was said in a call, as far as it is kept."""

    heard: "Heard | None" = None
    told_apart: "Transcript | None" = None
    """with inferred speakers, where the sides were not recorded apart"""


@dataclass(frozen=True)
class AppContext:
    """Everything that pages are made from."""

    store: "Store"
    desk: ReviewService
    agents: AgentStatistics
    sessions: CalibrationSessions
    pages: PageRenderer
    doors: "SessionAuth"
    sounds: RecordingAudio
    settings: WebSettings
    tries: LoginThrottle
    seen: AccessLog
    words: "Callable[[KeptCall, PhraseBank], CallTranscript]"
    """what was said in a call"""
    at_once: bool
    """links open the app without a further press: they are opened by this machine's own browser"""

    @property
    def passwords(self) -> bool:
        """People can sign in with a name and a password."""
        return any(account.password and not account.disabled for account in self.store.people.all())

    def steps(self) -> dict[str, Localized]:
        """Labels of all steps that calls were scored by, in the order of the SOP; the newest SOP's count."""
        return {step.id: localized_label(step.label) for bank in self.store.banks.all() for step in bank.steps}


def app_context(request: Request) -> AppContext:
    """The site that a request is for."""
    site: AppContext = request.app.state.site
    return site
