"""Style, scripts and icons of the app: a fixed set, read once. A name that is not in it does not exist."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response

from analyzer.reports.page_files import script
from analyzer.reports.templating import asset

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"  # the address names the content


@dataclass(frozen=True)
class Static:
    """One file, and the address under which its present content is served."""

    body: bytes
    kind: str
    url: str


def read_statics() -> dict[str, Static]:
    """Every file of `static/` by name, and what draws and plays a call (`analyzer/reports/assets`)."""
    own = {item.name: item.read_bytes() for item in files("analyzer.web").joinpath("static").iterdir()}
    found = {**own, "call_view.css": asset("call_view.css").encode(), "call_view.js": script().encode()}
    return {name: _static(name, body) for name, body in sorted(found.items())}


def _static(name: str, body: bytes) -> Static:
    kind = _KINDS[name.rpartition(".")[2]]
    return Static(body, kind, f"/static/{name}?v={hashlib.sha256(body).hexdigest()[:12]}")


def static_routes(statics: dict[str, Static]) -> APIRouter:
    """The route that serves them, to everybody: the sign-in page needs them."""
    router = APIRouter()

    @router.api_route("/static/{name}", methods=["GET", "HEAD"])
    def static(name: str) -> Response:
        found = statics.get(name)
        if found is None:
            raise HTTPException(404)
        return Response(found.body, media_type=found.kind, headers={"Cache-Control": _FOR_GOOD})

    return router
