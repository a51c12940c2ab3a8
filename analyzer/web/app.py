"""The ASGI app: all routes behind the security middleware. Its caller makes the `AppContext` and closes its parts."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from analyzer.errors import StoreError
from analyzer.web.context import AppContext
from analyzer.web.dependencies import SignInNeededError
from analyzer.web.routes import agents, calibration, call, people, queue, sign_in
from analyzer.web.security import AllowedHosts, SecurityMiddleware

ROUTERS = tuple(module.router for module in (sign_in, queue, call, agents, calibration, people))
_NO_TELEMETRY = TelemetryConfig(auto_configure=False, tracing=False, operation_spans=False, metrics=False, logs=False)
"""nothing leaves the machine, whatever the environment says (FASTAPI_OTEL_AUTO_CONFIGURE)"""


def create_app(context: AppContext, hosts: AllowedHosts) -> FastAPI:
    """The app, which answers to `hosts`; without schema and documentation pages."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_NO_TELEMETRY)
    app.state.context = context
    app.mount("/static", context.static_files)
    for router in ROUTERS:
        app.include_router(router)
    _handle_errors(app, context)
    app.add_middleware(
        SecurityMiddleware, hosts=hosts, body_bytes=context.settings.body_bytes, error_page=context.renderer.error
    )
    return app


def _handle_errors(app: FastAPI, context: AppContext) -> None:
    """Answer every error with a page in the user's language."""

    def sign_in_needed(request: Request, _: Exception) -> Response:
        return sign_in.to_login(request)

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
        return context.renderer.error(request, HTTPStatus(status))

    def invalid(request: Request, error: Exception) -> Response:
        parts = {item["loc"][0] for item in error.errors()} if isinstance(error, RequestValidationError) else set()
        return context.renderer.error(request, HTTPStatus.NOT_FOUND if "path" in parts else HTTPStatus.BAD_REQUEST)

    def store_error(request: Request, _: Exception) -> Response:
        return context.renderer.error(request, HTTPStatus.SERVICE_UNAVAILABLE)

    app.add_exception_handler(SignInNeededError, sign_in_needed)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StoreError, store_error)
