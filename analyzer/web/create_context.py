"""Putting a site together: the parts that every way of running the app shares."""

from collections.abc import Callable

from analyzer.models.bank import PhraseBank
from analyzer.models.output_options import Lang
from analyzer.models.run import KeptCall
from analyzer.review.agents import Agents
from analyzer.review.calibration_sessions import Sessions
from analyzer.review.service import Desk
from analyzer.web.access_log import Seen
from analyzer.web.auth import Doors
from analyzer.web.context import Site, Words
from analyzer.web.login_throttle import Tries
from analyzer.web.recording_audio import Sounds
from analyzer.web.rendering import Pages
from analyzer.web.settings import WebSettings
from analyzer.web.statics import read_statics


def build_site(
    desk: Desk,
    sounds: Sounds,
    words: Callable[[KeptCall, PhraseBank], Words],
    settings: WebSettings,
    *,
    default: Lang | None,
    secure: bool,
    at_once: bool,
) -> Site:
    """A site on a desk. `words`: what was said in a call; `default`: language of those who chose none; `secure`:
    reached over TLS; `at_once`: links open the app without a further press."""
    return Site(
        store=desk.store,
        desk=desk,
        agents=Agents(desk),
        sessions=Sessions(desk.store, desk.settings),
        pages=Pages(read_statics(), default),
        doors=Doors(desk.store, settings, secure=secure),
        sounds=sounds,
        settings=settings,
        tries=Tries(settings.login_tries, settings.login_window),
        seen=Seen(desk, settings.plays_apart),
        words=words,
        at_once=at_once,
    )
