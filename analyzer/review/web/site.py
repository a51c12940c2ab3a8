"""What one running app works with; every request finds it at the app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from analyzer.review.web.limits import Tries
from analyzer.review.web.pages import Pages
from analyzer.review.web.settings import WebSettings
from analyzer.review.web.sounds import Sounds

if TYPE_CHECKING:
    from analyzer.models.kept import KeptCall
    from analyzer.models.transcript import Transcript
    from analyzer.review.web.doors import Doors
    from analyzer.store import Store


@dataclass(frozen=True)
class Site:
    """Everything that pages are made from."""

    store: "Store"
    pages: Pages
    doors: "Doors"
    sounds: Sounds
    settings: WebSettings
    tries: Tries
    transcript: "Callable[[KeptCall], Transcript | None]"
    """what was said in a call; None when it is not kept any more"""
    at_once: bool
    """links open the app without a further press: they are opened by this machine's own browser"""
    passwords: bool
    """people sign in with a name and a password"""


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    site: Site = request.app.state.site
    return site
