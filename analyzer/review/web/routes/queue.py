"""The list of calls: for reviewers the queue, for an agent the own calls."""

from fastapi import APIRouter, Request, Response

from analyzer.review.web.doors import Visit, Visitor
from analyzer.review.web.filters import LISTS, Filters
from analyzer.review.web.routes.entry import see
from analyzer.review.web.site import Site, site_of

router = APIRouter()
_PAGES_MAX = 100_000


@router.get("/")
def queue(request: Request, visit: Visitor) -> Response:
    site = site_of(request)
    if visit.person.role == "agent":
        return _own(request, site, visit)
    site.refresh()
    filters = Filters.of(request.query_params)
    number = _page_number(request)
    rows = site.settings.page_rows
    page = site.store.listing.page(filters.wanted(), run=site.run, offset=(number - 1) * rows, limit=rows)
    last = max(1, -(-page.total // rows))
    if number > last:
        return see(filters.path("/", page=last))
    blind = site.store.sessions.open_calls(visit.person.name)
    return site.pages.page(
        request,
        "queue",
        filters=filters,
        lists=LISTS,
        listed=page.calls,
        total=page.total,
        first=(number - 1) * rows + 1,
        number=number,
        last=last,
        blind=blind,
        agents=site.store.listing.agents(run=site.run),
        bank=site.bank(),
        without_bank=site.store.cases.without_bank(),
        ended="ended" in request.query_params,
    )


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(_PAGES_MAX, max(1, int(text))) if text.isascii() and text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004
