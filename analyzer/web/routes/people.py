"""Accounts: leads add people, make sign-in links and lock people out; everybody sets their own password."""

from typing import get_args

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import ValidationError

from analyzer.errors import UsageError
from analyzer.models.base import PersonRole
from analyzer.models.review import Person
from analyzer.review.accounts import MIN_PASSWORD_CHARACTERS, hash_password
from analyzer.web.auth import SignedInUser
from analyzer.web.dependencies import CurrentUser, Lead, VerifiedForm, app_context, redirect

router = APIRouter()


@router.get("/people")
def people(request: Request, user: Lead) -> Response:
    """All accounts, with what a lead can do with them."""
    return _page(request, user)


@router.post("/people/add")
def add(request: Request, user: Lead, fields: VerifiedForm) -> Response:
    """Add a person, or change a person's role."""
    context = app_context(request)
    agent = (fields["agent"] or fields["name"]) if fields["role"] == "agent" else None
    try:
        person = Person.model_validate({"name": fields["name"], "role": fields["role"], "agent": agent})
    except ValidationError:
        return _page(request, user, problem="people.invalid", status=400)
    if person.name == user.person.name and person.role != "lead":
        return _page(request, user, problem="people.yourself", status=409)
    context.store.people.put(person)
    return redirect("/people")


@router.post("/people/link")
def link(request: Request, user: Lead, fields: VerifiedForm) -> Response:
    """Make a link that signs a person in once; it is shown here and never again."""
    context = app_context(request)
    account = context.store.people.get(fields["name"])
    if account is None or account.disabled:
        raise HTTPException(404)
    token = context.store.logins.open(account.person.name, "link", context.settings.link_seconds)
    address = f"{request.url.scheme}://{request.url.netloc}/enter?token={token}"
    return _page(request, user, link=(account.person.name, address))


@router.post("/people/lock")
def lock(request: Request, user: Lead, fields: VerifiedForm) -> Response:
    """Lock a person out, at once, or let them in again."""
    context = app_context(request)
    account = context.store.people.get(fields["name"])
    if account is None:
        raise HTTPException(404)
    if account.person.name == user.person.name:
        return _page(request, user, problem="people.yourself", status=409)
    context.store.people.set_disabled(account.person.name, disabled=fields["disabled"] == "1")
    return redirect("/people")


@router.get("/account")
def account(request: Request, user: CurrentUser) -> Response:
    """A form for the user's own password."""
    return _account(request, user)


@router.post("/account")
def set_password(request: Request, user: CurrentUser, fields: VerifiedForm) -> Response:
    """Set the user's password, and sign out their other browsers."""
    context = app_context(request)
    if fields["password"] != fields["again"]:
        return _account(request, user, problem="account.differ", status=400)
    try:
        hashed = hash_password(fields["password"])
    except UsageError:
        return _account(request, user, problem="account.short", status=400)
    context.store.people.set_password(user.person.name, hashed)
    response = redirect("/account?done=1")
    context.auth.set_cookie(context.auth.open_session(user.person), response)
    return response


def _page(
    request: Request, user: SignedInUser, *, problem: str = "", link: tuple[str, str] | None = None, status: int = 200
) -> Response:
    context = app_context(request)
    return context.renderer.render(
        request,
        "people",
        status=status,
        accounts=context.store.people.all(),
        roles=get_args(PersonRole),
        agents=context.service.agents(user.person),
        problem=problem,
        link=link,
        days=round(context.settings.link_seconds / 86_400),
    )


def _account(request: Request, user: SignedInUser, *, problem: str = "", status: int = 200) -> Response:
    context = app_context(request)
    account = context.store.people.get(user.person.name)
    return context.renderer.render(
        request,
        "account",
        status=status,
        has=bool(account and account.password),
        least=MIN_PASSWORD_CHARACTERS,
        problem=problem,
        done="done" in request.query_params,
    )
