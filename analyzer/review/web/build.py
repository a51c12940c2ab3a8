"""Putting a site together: the parts that every way of running the app shares."""

from collections.abc import Callable

from analyzer.models.kept import KeptCall
from analyzer.models.look import Lang
from analyzer.models.phrases import PhraseBank
from analyzer.review.agents import Agents
from analyzer.review.desk import Desk
from analyzer.review.sessions import Sessions
from analyzer.review.web.doors import Doors
from analyzer.review.web.limits import Tries
from analyzer.review.web.pages import Pages
from analyzer.review.web.seen import Seen
from analyzer.review.web.settings import WebSettings
from analyzer.review.web.site import Site, Words
from analyzer.review.web.sounds import Sounds
from analyzer.review.web.statics import read_statics


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
