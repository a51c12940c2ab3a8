"""Style, scripts and icons of the app: a fixed set of names, each with an address that changes with its content."""

import hashlib
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from analyzer.reports.page_files import script
from analyzer.reports.templating import asset

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_CACHED = "public, max-age=31536000, immutable"  # for good: the address names the content
_COMPOSED = "call_view.js"


class AppFiles(StaticFiles):
    """Serves the files of `static/`, and the style and script that draw and play a call, to everybody."""

    def __init__(self) -> None:
        super().__init__(packages=[("analyzer.web", "static"), ("analyzer.reports", "assets")])
        contents = {item.name: item.read_bytes() for item in files("analyzer.web").joinpath("static").iterdir()}
        self._script = script().encode()
        contents |= {"call_view.css": asset("call_view.css").encode(), _COMPOSED: self._script}
        self.urls = {
            name: f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
            for name, content in sorted(contents.items())
        }
        """address by name"""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; answers 404 to any name that is not in the set."""
        if path not in self.urls:
            raise HTTPException(404)
        if path == _COMPOSED and scope["method"] in ("GET", "HEAD"):
            served = Response(self._script)
        else:
            served = await super().get_response(path, scope)
        served.headers["Content-Type"] = _TYPES[path.rpartition(".")[2]]  # not what this machine makes of the name
        served.headers["Cache-Control"] = _CACHED
        return served
