"""Putting a site together: the parts that every way of running the app shares."""

from collections.abc import Callable

from analyzer.models.bank import PhraseBank
from analyzer.models.output_options import Lang
from analyzer.models.run import KeptCall
from analyzer.review.agents import AgentStatistics
from analyzer.review.calibration_sessions import CalibrationSessions
from analyzer.review.service import ReviewService
from analyzer.web.access_log import AccessLog
from analyzer.web.auth import SessionAuth
from analyzer.web.context import AppContext, CallTranscript
from analyzer.web.login_throttle import LoginThrottle
from analyzer.web.recording_audio import RecordingAudio
from analyzer.web.rendering import PageRenderer
from analyzer.web.settings import WebSettings
from analyzer.web.statics import read_statics


def create_context(
    desk: ReviewService,
    sounds: RecordingAudio,
    words: Callable[[KeptCall, PhraseBank], CallTranscript],
    settings: WebSettings,
    *,
    default: Lang | None,
    secure: bool,
    at_once: bool,
) -> AppContext:
    """A site on a desk. `words`: what was said in a call; `default`: language of those who chose none; `secure`:
    reached over TLS; `at_once`: links open the app without a further press."""
    return AppContext(
        store=desk.store,
        desk=desk,
        agents=AgentStatistics(desk),
        sessions=CalibrationSessions(desk.store, desk.settings),
        pages=PageRenderer(read_statics(), default),
        doors=SessionAuth(desk.store, settings, secure=secure),
        sounds=sounds,
        settings=settings,
        tries=LoginThrottle(settings.login_tries, settings.login_window),
        seen=AccessLog(desk, settings.plays_apart),
        words=words,
        at_once=at_once,
    )
