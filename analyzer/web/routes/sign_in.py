"""Signing in and out, and the choice of language."""

import math
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from analyzer.errors import RefusedError
from analyzer.locale.catalogue import LANGUAGES
from analyzer.review.accounts import sign_in
from analyzer.web.context import AppContext
from analyzer.web.dependencies import VerifiedForm, app_context, local_path, read_form, redirect
from analyzer.web.rendering import LANGUAGE_COOKIE
from analyzer.web.security import is_loopback

router = APIRouter()
_DEFAULT_WAIT_SECONDS = 60
_PUBLIC_FORM_FIELDS = 20  # of forms that anybody may send
_YEAR_SECONDS = 365 * 24 * 3600


def to_login(request: Request) -> Response:
    """The answer to who is not signed in: a page leads to the sign-in and then back, a form is refused.

    A browser that follows another site's link sends no cookie; a page of ours that loads the address again gets it.
    """
    context = app_context(request)
    back = local_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return context.renderer.render(request, "reload", address=back)
    if request.method != "GET":
        return context.renderer.render(request, "login", status=401, **_login(context, words="login.ended"))
    return redirect("/login" if back == "/" else f"/login?next={quote(back, safe='')}")


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """A form for name and password, where anybody has a password."""
    context = app_context(request)
    return context.renderer.render(request, "login", **_login(context, after=local_path(next)))


@router.post("/login")
async def login(request: Request) -> Response:
    """Open a session by name and password."""
    fields = await read_form(request, _PUBLIC_FORM_FIELDS)
    return await run_in_threadpool(_login_with, request, fields["name"], fields["password"], local_path(fields["next"]))


def _login_with(request: Request, name: str, password: str, after: str) -> Response:
    context = app_context(request)
    origin = _origin(request)
    wait = context.login_throttle.wait(origin) if origin else 0.0
    if wait:
        return _throttled(request, context, after, wait)
    try:
        token = sign_in(context.store, name, password, context.settings.session_seconds)
    except RefusedError as refused:
        if refused.key == "wait":
            return _throttled(request, context, after, _DEFAULT_WAIT_SECONDS)
        if origin:
            context.login_throttle.failed(origin)
        words = f"refused.{refused.key}"
        return context.renderer.render(request, "login", status=401, **_login(context, after=after, words=words))
    response = redirect(after)
    context.auth.set_cookie(token, response)
    return response


def _origin(request: Request) -> str:
    """Address of the client; empty for this machine, whose proxy may stand for all clients: then only names count."""
    host = request.client.host if request.client else ""
    return "" if is_loopback(host) else host


def _throttled(request: Request, context: AppContext, after: str, seconds: float) -> Response:
    page = context.renderer.render(request, "login", status=429, **_login(context, after=after, words="refused.wait"))
    page.headers["Retry-After"] = str(math.ceil(seconds))
    return page


@router.get("/enter")
def enter_page(request: Request, token: str = "") -> Response:
    """A page with a button that uses the link, because mail filters open links and must not use them up."""
    context = app_context(request)
    return context.renderer.render(request, "enter", token=token[:200], auto_sign_in=context.auto_sign_in)


@router.post("/enter")
async def enter(request: Request) -> Response:
    """Use the link up and open a session."""
    fields = await read_form(request, _PUBLIC_FORM_FIELDS)
    return await run_in_threadpool(_enter_with, request, fields["token"])


def _enter_with(request: Request, token: str) -> Response:
    context = app_context(request)
    person = context.store.logins.redeem(token)
    if person is None:
        return context.renderer.render(request, "login", status=401, **_login(context, words="enter.used"))
    response = redirect("/")
    context.auth.set_cookie(context.auth.open_session(person), response)
    return response


@router.post("/logout")
def logout(request: Request, _: VerifiedForm) -> Response:
    """End the session of this browser."""
    response = redirect("/login")
    app_context(request).auth.sign_out(request, response)
    return response


@router.post("/language")
async def language(request: Request) -> Response:
    """Store the language in this browser. It changes nothing else, so anybody may do it."""
    fields = await read_form(request, _PUBLIC_FORM_FIELDS)
    response = redirect(local_path(fields["back"]))
    if fields["language"] in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, fields["language"], max_age=_YEAR_SECONDS, path="/", httponly=True, samesite="strict"
        )
    return response


def _login(context: AppContext, *, after: str = "/", words: str = "") -> dict[str, Any]:
    return {"next": after, "passwords": context.has_passwords, "problem": words}
