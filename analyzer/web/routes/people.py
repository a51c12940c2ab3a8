"""Who may use the app: leads add people, hand out links that let in once, and lock out; everybody sets a password."""

from typing import get_args

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import ValidationError

from analyzer.errors import UsageError
from analyzer.models.review import Person, PersonRole
from analyzer.review.accounts import MIN_PASSWORD_CHARACTERS, hash_password
from analyzer.web.auth import SignedInUser
from analyzer.web.context import AppContext
from analyzer.web.dependencies import CurrentUser, Lead, VerifiedForm, app_context, redirect

router = APIRouter()


@router.get("/people")
def people(request: Request, user: Lead) -> Response:
    """Everybody, and what a lead can do about them."""
    return _page(request, user)


@router.post("/people/add")
def add(request: Request, user: Lead, fields: VerifiedForm) -> Response:
    """Add somebody, or give somebody another role."""
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
    """A link that lets somebody in once; it is shown here and never again."""
    context = app_context(request)
    account = context.store.people.get(fields["name"])
    if account is None or account.disabled:
        raise HTTPException(404)
    token = context.store.logins.open(account.person.name, "link", context.settings.link_seconds)
    address = f"{request.url.scheme}://{request.url.netloc}/enter?token={token}"
    return _page(request, user, made=(account.person.name, address))


@router.post("/people/lock")
def lock(request: Request, user: Lead, fields: VerifiedForm) -> Response:
    """Lock somebody out, at once, or let them in again."""
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
    """One's own password."""
    return _account(request, app_context(request), user)


@router.post("/account")
def set_password(request: Request, user: CurrentUser, fields: VerifiedForm) -> Response:
    """Set it, and sign out every other browser."""
    context = app_context(request)
    if fields["password"] != fields["again"]:
        return _account(request, context, user, problem="account.differ", status=400)
    try:
        kept = hash_password(fields["password"])
    except UsageError:
        return _account(request, context, user, problem="account.short", status=400)
    context.store.people.set_password(user.person.name, kept)
    response = redirect("/account?done=1")
    context.auth.set_cookie(context.auth.open_session(user.person), response)
    return response


def _page(
    request: Request, user: SignedInUser, *, problem: str = "", made: tuple[str, str] | None = None, status: int = 200
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
        made=made,
        days=round(context.settings.link_seconds / 86_400),
    )


def _account(request: Request, context: AppContext, user: SignedInUser, *, problem: str = "", status: int = 200) -> Response:
    own = context.store.people.get(user.person.name)
    return context.renderer.render(
        request,
        "account",
        status=status,
        has=bool(own and own.password),
        least=MIN_PASSWORD_CHARACTERS,
        problem=problem,
        done="done" in request.query_params,
    )
