"""Who may use the app: leads add people, hand out links that let in once, and lock out; everybody sets a password."""

from typing import get_args

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import ValidationError

from analyzer.errors import UsageError
from analyzer.models.review import Person, PersonRole
from analyzer.review.accounts import MIN_PASSWORD_CHARACTERS, hash_password
from analyzer.web.auth import CurrentUser, Lead, SignedInUser, VerifiedForm, redirect
from analyzer.web.context import AppContext, app_context

router = APIRouter()


@router.get("/people")
def people(request: Request, visit: Lead) -> Response:
    """Everybody, and what a lead can do about them."""
    return _page(request, visit)


@router.post("/people/add")
def add(request: Request, visit: Lead, fields: VerifiedForm) -> Response:
    """Add somebody, or give somebody another role."""
    site = app_context(request)
    agent = (fields["agent"] or fields["name"]) if fields["role"] == "agent" else None
    try:
        person = Person.model_validate({"name": fields["name"], "role": fields["role"], "agent": agent})
    except ValidationError:
        return _page(request, visit, problem="people.invalid", status=400)
    if person.name == visit.person.name and person.role != "lead":
        return _page(request, visit, problem="people.yourself", status=409)
    site.store.people.put(person)
    return redirect("/people")


@router.post("/people/link")
def link(request: Request, visit: Lead, fields: VerifiedForm) -> Response:
    """A link that lets somebody in once; it is shown here and never again."""
    site = app_context(request)
    account = site.store.people.get(fields["name"])
    if account is None or account.disabled:
        raise HTTPException(404)
    token = site.store.logins.open(account.person.name, "link", site.settings.link_seconds)
    address = f"{request.url.scheme}://{request.url.netloc}/enter?token={token}"
    return _page(request, visit, made=(account.person.name, address))


@router.post("/people/lock")
def lock(request: Request, visit: Lead, fields: VerifiedForm) -> Response:
    """Lock somebody out, at once, or let them in again."""
    site = app_context(request)
    account = site.store.people.get(fields["name"])
    if account is None:
        raise HTTPException(404)
    if account.person.name == visit.person.name:
        return _page(request, visit, problem="people.yourself", status=409)
    site.store.people.set_disabled(account.person.name, disabled=fields["disabled"] == "1")
    return redirect("/people")


@router.get("/account")
def account(request: Request, visit: CurrentUser) -> Response:
    """One's own password."""
    return _account(request, app_context(request), visit)


@router.post("/account")
def set_password(request: Request, visit: CurrentUser, fields: VerifiedForm) -> Response:
    """Set it, and sign out every other browser."""
    site = app_context(request)
    if fields["password"] != fields["again"]:
        return _account(request, site, visit, problem="account.differ", status=400)
    try:
        kept = hash_password(fields["password"])
    except UsageError:
        return _account(request, site, visit, problem="account.short", status=400)
    site.store.people.set_password(visit.person.name, kept)
    response = redirect("/account?done=1")
    site.doors.remember(site.doors.begin(visit.person), response)
    return response


def _page(
    request: Request, visit: SignedInUser, *, problem: str = "", made: tuple[str, str] | None = None, status: int = 200
) -> Response:
    site = app_context(request)
    return site.pages.page(
        request,
        "people",
        status=status,
        accounts=site.store.people.all(),
        roles=get_args(PersonRole),
        agents=site.desk.agents(visit.person),
        problem=problem,
        made=made,
        days=round(site.settings.link_seconds / 86_400),
    )


def _account(request: Request, site: AppContext, visit: SignedInUser, *, problem: str = "", status: int = 200) -> Response:
    own = site.store.people.get(visit.person.name)
    return site.pages.page(
        request,
        "account",
        status=status,
        has=bool(own and own.password),
        least=MIN_PASSWORD_CHARACTERS,
        problem=problem,
        done="done" in request.query_params,
    )
