"""The list of calls: for reviewers the queue, for an agent the own calls."""

from typing import get_args

from fastapi import APIRouter, Request, Response

from analyzer.models.base import Verdict
from analyzer.models.review import CallFilter, QueueCursor
from analyzer.review.triage import PRIORITIES
from analyzer.web.auth import SignedInUser
from analyzer.web.context import AppContext
from analyzer.web.dependencies import CurrentUser, Reviewer, app_context, redirect
from analyzer.web.filters import LISTS, Filters

router = APIRouter()
_PAGES_MAX = 100_000


@router.get("/")
def queue(request: Request, user: CurrentUser) -> Response:
    """What most needs an ear comes first."""
    context = app_context(request)
    own = user.person.role == "agent"
    filters = Filters.of({} if own else request.query_params)
    wanted = CallFilter() if own else filters.wanted()
    number, rows = _page_number(request), context.settings.page_rows
    page = context.service.queue(user.person, wanted, offset=(number - 1) * rows, limit=rows)
    last = max(1, -(-page.total // rows))
    if number > last:
        return redirect(filters.path("/", page=last))
    return context.renderer.render(
        request,
        "mine" if own else "queue",
        filters=filters,
        lists=LISTS,
        reasons=PRIORITIES,
        verdicts=get_args(Verdict),
        rows=page.rows,
        total=page.total,
        first=(number - 1) * rows + 1,
        number=number,
        last=last,
        agents=context.service.agents(user.person),
        figures=context.agents.figures(user.person) if own else (),
        few=context.service.settings.few,
        steps=context.steps(),
        without_bank=context.store.cases.without_bank(),
        ended="ended" in request.query_params,
        place=place_text,
    )


@router.get("/next")
def next_call(request: Request, user: Reviewer) -> Response:
    """Go on with the call behind the one whose place in the queue the address names."""
    filters = Filters.of(request.query_params)
    place = read_place(request.query_params.get("place", ""), request.query_params.get("after", ""))
    return redirect(next_path(app_context(request), user, filters, place))


def next_path(context: AppContext, user: SignedInUser, filters: Filters, place: QueueCursor | None) -> str:
    """Address of the call behind a place of the queue, or of the queue when there is none."""
    key = context.service.next_call(user.person, filters.wanted(), place) if place else None
    if key is None:
        return filters.path("/", ended=1)
    there = context.store.listing.cursor_of(key)
    return filters.path(f"/call/{key}", place=place_text(there) if there else "")


def place_text(place: QueueCursor) -> str:
    """A place as addresses carry it; the call itself stands in the path."""
    return f"{place.rank}_{place.place!r}"


def read_place(text: str, call: str) -> QueueCursor | None:
    """The place that an address names; None when it names none."""
    rank, _, within = text.partition("_")
    try:
        return QueueCursor(rank=int(rank), place=float(within), call=call)
    except ValueError:
        return None


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(_PAGES_MAX, max(1, int(text))) if text.isascii() and text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004
