"""One call: its page, its sound, and everything that people say about it."""

import re
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import ValidationError
from starlette.responses import FileResponse

from analyzer.errors import RefusedError
from analyzer.models.report import Report
from analyzer.models.review import ACCESS_KINDS, NewEvent, QueueCursor
from analyzer.models.run import KeptCall
from analyzer.reports.call_view import call_view
from analyzer.reports.page_audio import AudioLinks as Links
from analyzer.reports.page_files import script_data
from analyzer.review.permissions import may
from analyzer.review.service import CallDetails
from analyzer.review.triage import reason_text
from analyzer.web.auth import SignedInUser
from analyzer.web.call_page import CallPage
from analyzer.web.context import AppContext, CallTranscript
from analyzer.web.dependencies import CurrentUser, FormFields, VerifiedForm, app_context, redirect
from analyzer.web.filters import Filters
from analyzer.web.routes.queue import next_path, place_text, read_place

router = APIRouter()
CallKey = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

_TOKEN = re.compile(r"[0-9a-f]{32}")
_CLOCK = re.compile(r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,3}):(?P<s>\d{2}(?:[.,]\d+)?)")
_STATUS = {
    "not_allowed": HTTPStatus.FORBIDDEN,
    "own_dispute": HTTPStatus.FORBIDDEN,
    "not_own": HTTPStatus.FORBIDDEN,
    "no_call": HTTPStatus.NOT_FOUND,
    "no_reason": HTTPStatus.BAD_REQUEST,
    "same_status": HTTPStatus.BAD_REQUEST,
}


@router.get("/call/{key}")
def call_page(request: Request, key: CallKey, user: CurrentUser) -> Response:
    """The call with what the machine found and what people decided."""
    context = app_context(request)
    opened = _opened(context, user, key)
    context.access_log.record(user.person, "view", key)
    filters, place = Filters.of(request.query_params), read_place(request.query_params.get("place", ""), key)
    return _page(request, context, user, opened, filters, place)


@router.get("/audio/{key}")
def audio(request: Request, key: CallKey, user: CurrentUser) -> Response:
    """The call's sound. Parts may be asked for, one at a time, as players do."""
    context = app_context(request)
    report, kept = _hearable(context, user, key)
    if "," in request.headers.get("range", ""):
        raise HTTPException(416)
    sound = context.audio.served(kept, report)
    if sound.path is None:
        raise HTTPException(404)
    return FileResponse(sound.path, media_type=sound.kind, stat_result=sound.path.stat())


@router.post("/call/{key}/played")
def played(request: Request, key: CallKey, user: CurrentUser, _: VerifiedForm) -> Response:
    """Note that somebody listened."""
    context = app_context(request)
    _hearable(context, user, key)
    context.access_log.record(user.person, "play", key)
    return Response(status_code=204)


@router.post("/call/{key}/act")
def act(request: Request, key: CallKey, user: CurrentUser, fields: VerifiedForm) -> Response:
    """Add what somebody says to the history, then show the call as it is now, or the next one."""
    context = app_context(request)
    before = _opened(context, user, key)
    filters, place = Filters.of(dict(parse_qsl(fields["query"]))), read_place(fields["place"], key)
    place = place or context.store.listing.cursor_of(key)
    try:
        new = _event(key, fields, before)
        token = fields["token"] if _TOKEN.fullmatch(fields["token"]) else None
        after = context.service.add_event(user.person, new, token=token)
    except RefusedError as refused:
        if refused.key == "no_call":
            raise HTTPException(404) from refused
        status = _STATUS.get(refused.key, HTTPStatus.CONFLICT)
        opened = _opened(context, user, key)
        return _page(request, context, user, opened, filters, place, problem=refused.key, status=status)
    if fields["then"] == "next":
        return redirect(next_path(context, user, filters, place))
    own = max((e.number for e in after.case.events if e.who == user.person.name), default=0)
    met = _met(after, new, user, fields.whole("seen") or 0)
    ids = [step.machine.id for step in after.reviewed.steps]
    anchor = f"#step-{ids.index(new.step) + 1}" if new.step in ids else ""
    at = place_text(place) if place else ""
    return redirect(filters.path(f"/call/{key}", place=at, said=own, met=met) + anchor)


def _opened(context: AppContext, user: SignedInUser, key: str) -> CallDetails:
    """The call, for those who may see it now. Others are not told that there is one."""
    try:
        return context.service.call(user.person, key)
    except RefusedError as refused:
        raise HTTPException(409 if refused.key == "blind" else 404) from refused


def _hearable(context: AppContext, user: SignedInUser, key: str) -> tuple[Report, KeptCall]:
    """The report and the recording of a call for those who may hear it, who scores it blind among them."""
    case, kept = context.store.cases.get([key]).get(key), context.store.runs.call(key)
    if case is None or kept is None or not may(user.person, "play", agent=case.report.agent):
        raise HTTPException(404)
    return case.report, kept


def _page(
    request: Request,
    context: AppContext,
    user: SignedInUser,
    opened: CallDetails,
    filters: Filters,
    place: QueueCursor | None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    page = CallPage(opened, user.person)
    query = request.query_params
    place = place or context.store.listing.cursor_of(page.key)
    kept = context.store.runs.call(page.key)
    state = context.audio.state(kept) if kept else "gone"
    words = context.transcript_of(kept, page.bank) if kept else CallTranscript()
    view = call_view(page.machine, words.heard, page.labels, key=page.key, with_inferred_speakers=words.with_inferred_speakers)
    said = page.event(_number(query.get("said", "")))
    return context.renderer.render(
        request,
        "call",
        status=status,
        page=page,
        why_line=lambda one: reason_text(one, context.renderer.language(request), page.names),
        steps=context.steps(),
        filters=filters,
        place=place_text(place) if place else "",
        view=view,
        sound=Links(play=f"/audio/{page.key}" if state == "ready" else None),
        state=state,
        data=script_data(view),
        problem=problem,
        said=said if said and said.who == user.person.name else None,
        met=page.event(_number(query.get("met", ""))),
    )


def _event(key: str, fields: FormFields, before: CallDetails) -> NewEvent:
    """What a form says. Raises RefusedError for what a person can mend, answers 400 to what no form of ours sends."""
    if fields["kind"] in ACCESS_KINDS:
        raise HTTPException(400)
    given = {
        "call": key,
        "kind": fields["kind"],
        "step": fields["step"] or None,
        "status": fields["status"] or None,
        "text": fields["text"] or None,
        "at": _seconds(fields["at"]),
        "target": fields.whole("target"),
        "inputs": fields["inputs"] or None,
    }
    holds = {step.machine.id: step.status for step in before.reviewed.steps}
    if given["kind"] == "override" and given["status"] == holds.get(fields["step"]):
        raise RefusedError("same_status", "That is the status that holds.")
    try:
        return NewEvent.model_validate(given)
    except ValidationError as error:
        if any("reason" in one["msg"] for one in error.errors()):
            raise RefusedError("no_reason", "A reason is needed.") from error
        raise HTTPException(400) from error


def _met(after: CallDetails, new: NewEvent, user: SignedInUser, seen: int) -> int | None:
    """Number of somebody else's decision on the same thing that was made while this person was looking."""
    others = [
        event.number
        for event in after.case.events
        if event.number > seen and event.who != user.person.name and event.step == new.step and new.step
    ]
    return max(others, default=None)


def _seconds(text: str) -> float | None:
    """`m:ss` or `h:mm:ss`; None when nothing is given."""
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise HTTPException(400)
    return 3600 * int(found["h"] or 0) + 60 * int(found["m"]) + float(found["s"].replace(",", "."))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004


