"""Turning what a route found into a page: templates, words in the visitor's language, and nothing unescaped."""

import time
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from jinja2 import FunctionLoader
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from analyzer.locale.catalogue import LANGUAGES, humanize, translate
from analyzer.models.output_options import Lang
from analyzer.reports.templating import environment, localized_time, number
from analyzer.web.statics import Static

LANGUAGE_COOKIE = "analyzer_language"


class PageRenderer:
    """Renders templates; one for the whole app."""

    def __init__(self, statics: Mapping[str, Static], default: Lang | None) -> None:
        """`default`: the language of those who chose none; None: their browser's, else Indonesian."""
        self._default = default
        self._statics = statics
        self._environments = {lang: environment(lang, FunctionLoader(_template)) for lang in LANGUAGES}
        for made in self._environments.values():
            made.filters["iso"] = _iso

    def language(self, request: Request) -> Lang:
        """The language of who asks."""
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        for lang in LANGUAGES:
            if chosen == lang:
                return lang
        if self._default:
            return self._default
        wanted = request.headers.get("accept-language", "").strip().lower()
        return next(filter(wanted.startswith, LANGUAGES), LANGUAGES[0])

    def page(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        """The page `templates/NAME.html.j2`."""
        lang = self.language(request)
        index = LANGUAGES.index(lang)
        visit = getattr(request.state, "visit", None)
        context: dict[str, Any] = {
            "lang": lang,
            "t": lambda key, **values: translate(key, lang, **values),
            "two": lambda value: "–" if value is None else number(value, lang, "0.00"),
            "num": lambda value: number(value, lang),
            "moment": lambda seconds: localized_time(datetime.fromtimestamp(seconds).astimezone(), "format.moment", lang),
            "own": lambda pair: pair[index],
            "static": lambda file: self._statics[file].url,
            "nonce": request.state.nonce,
            "visit": visit,
            "here": request.url.path,
            "back": _address(request) if request.method == "GET" else "/",
            "csrf": Markup('<input type="hidden" name="csrf" value="{}">').format(visit.csrf if visit else ""),
        }
        steps = values.get("steps")
        if isinstance(steps, dict):
            context["own_label"] = lambda step: steps[step][index] if step in steps else humanize(step)
        text = self._environments[lang].get_template(name).render({**context, **values})
        return HTMLResponse(text, status_code=status)

    def error(self, request: Request, status: HTTPStatus) -> Response:
        """A page that says in plain words what is wrong and what to do; nothing of the request is repeated."""
        return self.page(request, "error", status=status, code=int(status))


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _template(name: str) -> str | None:
    file = files("analyzer.web") / "templates" / f"{name}.html.j2"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
