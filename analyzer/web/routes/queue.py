"""The list of calls: for reviewers the queue, for agents their own calls."""

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
    """The list, most urgent call first."""
    context = app_context(request)
    is_agent = user.person.role == "agent"
    filters = Filters.of({} if is_agent else request.query_params)
    wanted = CallFilter() if is_agent else filters.call_filter()
    number, rows = _page_number(request), context.settings.page_rows
    page = context.service.queue(user.person, wanted, offset=(number - 1) * rows, limit=rows)
    last = max(1, -(-page.total // rows))
    if number > last:
        return redirect(filters.path("/", page=last))
    return context.renderer.render(
        request,
        "mine" if is_agent else "queue",
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
        figures=context.agents.figures(user.person) if is_agent else (),
        few=context.service.settings.few,
        steps=context.steps(),
        without_bank=context.store.cases.count_without_bank(),
        ended="ended" in request.query_params,
        place=format_cursor,
    )


@router.get("/next")
def next_call(request: Request, user: Reviewer) -> Response:
    """Go on with the call behind the queue position that the address names."""
    filters = Filters.of(request.query_params)
    cursor = parse_cursor(request.query_params.get("place", ""), request.query_params.get("after", ""))
    return redirect(next_path(app_context(request), user, filters, cursor))


def next_path(context: AppContext, user: SignedInUser, filters: Filters, cursor: QueueCursor | None) -> str:
    """Address of the call behind a position in the queue, or of the queue when there is none."""
    key = context.service.next_call(user.person, filters.call_filter(), cursor) if cursor else None
    if key is None:
        return filters.path("/", ended=1)
    following = context.store.listing.cursor_of(key)
    return filters.path(f"/call/{key}", place=format_cursor(following) if following else "")


def format_cursor(cursor: QueueCursor) -> str:
    """A cursor as addresses carry it; the call itself is in the path."""
    return f"{cursor.rank}_{cursor.place!r}"


def parse_cursor(text: str, call: str) -> QueueCursor | None:
    """The cursor of an address; None when it has none."""
    rank, _, within = text.partition("_")
    try:
        return QueueCursor(rank=int(rank), place=float(within), call=call)
    except ValueError:
        return None


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(_PAGES_MAX, max(1, int(text))) if text.isascii() and text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004
