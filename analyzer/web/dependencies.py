"""What routes get from a request: the app's context, the signed-in user and the fields of a form."""

import hmac
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from analyzer.models.base import PersonRole
from analyzer.web.auth import REVIEWERS, SignedInUser
from analyzer.web.context import AppContext

_FORM_TYPE = "application/x-www-form-urlencoded"
_NEVER_SENT = ("\0", "\ufffd")  # the second: bytes that were no UTF-8


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer."""


def app_context(request: Request) -> AppContext:
    """What the app works with."""
    context: AppContext = request.app.state.context
    return context


def current_user(request: Request) -> SignedInUser:
    """Who is signed in. Raises SignInNeededError when nobody is."""
    user = app_context(request).auth.user(request)
    if user is None:
        raise SignInNeededError
    request.state.user = user
    return user


CurrentUser = Annotated[SignedInUser, Depends(current_user)]


def _with_role(*roles: PersonRole) -> Callable[[SignedInUser], SignedInUser]:
    def check(user: CurrentUser) -> SignedInUser:
        if user.person.role not in roles:
            raise HTTPException(403)
        return user

    return check


Reviewer = Annotated[SignedInUser, Depends(_with_role(*REVIEWERS))]
Lead = Annotated[SignedInUser, Depends(_with_role("lead"))]


class FormFields:
    """The fields of a submitted form; a field that is not there is empty."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def __getitem__(self, name: str) -> str:
        """The (last) value of a field, trimmed."""
        return str(self._form.get(name, "")).strip()

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be given several times."""
        return tuple(str(value).strip() for value in self._form.getlist(name))

    def whole(self, name: str) -> int | None:
        """A whole number from 0; None when the field is empty. Answers 400 to anything else."""
        text = self[name]
        if text and not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004 - fits 64 bits
            raise HTTPException(400)
        return int(text) if text else None


async def read_form(request: Request, max_fields: int) -> FormFields:
    """The fields of a form, without files. Answers 400 to too many fields or broken text, 415 to another kind of body.

    The size of the whole body is limited before (`security.LimitedReceive`).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(415)
    if not (await request.body()).isascii():
        raise HTTPException(400)
    form = await request.form(max_fields=max_fields)
    if any(character in str(value) for _, value in form.multi_items() for character in _NEVER_SENT):
        raise HTTPException(400)
    return FormFields(form)


async def verified_form(request: Request, user: CurrentUser) -> FormFields:
    """The fields of a form that one of our own pages has sent. Answers 403 when its secret is missing or wrong."""
    fields = await read_form(request, app_context(request).settings.form_fields)
    if not hmac.compare_digest(fields["csrf"].encode(), user.csrf.encode()):
        raise HTTPException(403)
    return fields


VerifiedForm = Annotated[FormFields, Depends(verified_form)]


def redirect(path: str) -> RedirectResponse:
    """Send the browser on to a page, by GET."""
    return RedirectResponse(path, status_code=303)


def local_path(address: str) -> str:
    """`address` when it leads to a page of this app, else the first page: a form may carry anything."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and not parts.scheme and not parts.netloc and "\\" not in address else "/"
