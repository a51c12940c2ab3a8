"""Pages from templates, in the user's language and with everything escaped."""

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
from analyzer.models.base import Lang
from analyzer.reports.templating import environment, localized_time, number

LANGUAGE_COOKIE = "analyzer_language"


class PageRenderer:
    """Renders the templates of the whole app."""

    def __init__(self, static_urls: Mapping[str, str], default: Lang | None) -> None:
        """`default`: the language of users who chose none; None: their browser's, else the first catalogue's."""
        self._default = default
        self._static_urls = static_urls
        self._environments = {lang: environment(lang, FunctionLoader(_template)) for lang in LANGUAGES}
        for templates in self._environments.values():
            templates.filters["iso"] = _iso

    def language(self, request: Request) -> Lang:
        """The language for who sent the request."""
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        for lang in LANGUAGES:
            if chosen == lang:
                return lang
        if self._default:
            return self._default
        wanted = request.headers.get("accept-language", "").strip().lower()
        return next(filter(wanted.startswith, LANGUAGES), LANGUAGES[0])

    def render(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        """The page `templates/NAME.html.j2`."""
        lang = self.language(request)
        index = LANGUAGES.index(lang)
        user = getattr(request.state, "user", None)
        context: dict[str, Any] = {
            "lang": lang,
            "t": lambda key, **values: translate(key, lang, **values),
            "two_decimals": lambda value: "–" if value is None else number(value, lang, "0.00"),
            "num": lambda value: number(value, lang),
            "moment": lambda seconds: localized_time(_local_time(seconds), "format.moment", lang),
            "localized": lambda pair: pair[index],
            "static": lambda file: self._static_urls[file],
            "nonce": request.state.nonce,
            "user": user,
            "here": request.url.path,
            "back": _path_of(request) if request.method == "GET" else "/",
            "csrf": Markup('<input type="hidden" name="csrf" value="{}">').format(user.csrf if user else ""),
        }
        steps = values.get("steps")
        if isinstance(steps, dict):
            context["step_label"] = lambda step: steps[step][index] if step in steps else humanize(step)
        text = self._environments[lang].get_template(name).render({**context, **values})
        return HTMLResponse(text, status_code=status)

    def error(self, request: Request, status: HTTPStatus) -> Response:
        """A page that says what is wrong and what to do; it repeats nothing of the request."""
        return self.render(request, "error", status=status, code=int(status))


def _local_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def _path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _template(name: str) -> str | None:
    file = files("analyzer.web") / "templates" / f"{name}.html.j2"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
