"""The app: routes behind the guard. Whoever runs it makes a `AppContext` and closes what is in it afterwards."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from analyzer.errors import StoreError
from analyzer.web.auth import SignInNeededError
from analyzer.web.context import AppContext
from analyzer.web.hosts import Hosts
from analyzer.web.routes import agents, calibration, call, people, queue
from analyzer.web.routes import sign_in as entry
from analyzer.web.security import SecurityMiddleware
from analyzer.web.statics import read_statics, static_routes

ROUTERS = tuple(part.router for part in (entry, queue, call, agents, calibration, people))
_SILENT = TelemetryConfig(auto_configure=False, tracing=False, operation_spans=False, metrics=False, logs=False)
"""nothing leaves the machine, whatever the environment says (FASTAPI_OTEL_AUTO_CONFIGURE)"""


def create_app(site: AppContext, hosts: Hosts) -> FastAPI:
    """The app of one site, which answers to `hosts`. It describes itself to nobody: no schema, no documentation."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_SILENT)
    app.state.site = site
    app.include_router(static_routes(read_statics()))
    for router in ROUTERS:
        app.include_router(router)
    _answer_errors(app, site)
    app.add_middleware(SecurityMiddleware, hosts=hosts, body_bytes=site.settings.body_bytes, error_page=site.pages.error)
    return app


def _answer_errors(app: FastAPI, site: AppContext) -> None:
    """Every error is a page in the visitor's language, and nothing else."""

    def sign_in(request: Request, _: Exception) -> Response:
        return entry.to_login(request)

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
        return site.pages.error(request, HTTPStatus(status))

    def misread(request: Request, error: Exception) -> Response:
        places = {one["loc"][0] for one in error.errors()} if isinstance(error, RequestValidationError) else set()
        return site.pages.error(request, HTTPStatus.NOT_FOUND if "path" in places else HTTPStatus.BAD_REQUEST)

    def away(request: Request, _: Exception) -> Response:
        return site.pages.error(request, HTTPStatus.SERVICE_UNAVAILABLE)

    app.add_exception_handler(SignInNeededError, sign_in)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, misread)
    app.add_exception_handler(StoreError, away)
