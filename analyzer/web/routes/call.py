"""One call: its page, its recording, and the forms that add to its history."""

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
from analyzer.models.run import StoredCall
from analyzer.reports.call_view import call_view
from analyzer.reports.page_files import AudioLinks, script_data
from analyzer.review.permissions import may
from analyzer.review.service import CallDetails
from analyzer.review.triage import reason_text
from analyzer.web.auth import SignedInUser
from analyzer.web.call_page import CallPage
from analyzer.web.context import AppContext, CallTranscript
from analyzer.web.dependencies import CurrentUser, FormFields, VerifiedForm, app_context, redirect
from analyzer.web.filters import Filters
from analyzer.web.routes.queue import format_cursor, next_path, parse_cursor

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
    """The call with the machine's findings and people's decisions."""
    context = app_context(request)
    call = _call(context, user, key)
    context.access_log.record(user.person, "view", key)
    filters, cursor = Filters.of(request.query_params), parse_cursor(request.query_params.get("place", ""), key)
    return _page(request, context, user, call, filters, cursor)


@router.get("/audio/{key}")
def audio(request: Request, key: CallKey, user: CurrentUser) -> Response:
    """The call's recording, or one part of it (a Range header with several parts is refused)."""
    context = app_context(request)
    report, kept = _recording(context, user, key)
    if "," in request.headers.get("range", ""):
        raise HTTPException(416)
    served = context.audio.served(kept, report)
    if served.path is None:
        raise HTTPException(404)
    return FileResponse(served.path, media_type=served.media_type, stat_result=served.path.stat())


@router.post("/call/{key}/played")
def played(request: Request, key: CallKey, user: CurrentUser, _: VerifiedForm) -> Response:
    """Log that the user listened."""
    context = app_context(request)
    _recording(context, user, key)
    context.access_log.record(user.person, "play", key)
    return Response(status_code=204)


@router.post("/call/{key}/act")
def act(request: Request, key: CallKey, user: CurrentUser, fields: VerifiedForm) -> Response:
    """Add an event to the call's history, then show the call as it is now, or the next call of the queue."""
    context = app_context(request)
    before = _call(context, user, key)
    filters, cursor = Filters.of(dict(parse_qsl(fields["query"]))), parse_cursor(fields["place"], key)
    cursor = cursor or context.store.listing.cursor_of(key)
    try:
        new = _event(key, fields, before)
        token = fields["token"] if _TOKEN.fullmatch(fields["token"]) else None
        after = context.service.add_event(user.person, new, token=token)
    except RefusedError as refused:
        if refused.key == "no_call":
            raise HTTPException(404) from refused
        status = _STATUS.get(refused.key, HTTPStatus.CONFLICT)
        call = _call(context, user, key)
        return _page(request, context, user, call, filters, cursor, problem=refused.key, status=status)
    if fields["then"] == "next":
        return redirect(next_path(context, user, filters, cursor))
    added = max((e.number for e in after.case.events if e.who == user.person.name), default=0)
    concurrent = _concurrent_decision(after, new, user, fields.whole("seen") or 0)
    ids = [step.machine.id for step in after.reviewed.steps]
    anchor = f"#step-{ids.index(new.step) + 1}" if new.step in ids else ""
    place = format_cursor(cursor) if cursor else ""
    return redirect(filters.path(f"/call/{key}", place=place, said=added, met=concurrent) + anchor)


def _call(context: AppContext, user: SignedInUser, key: str) -> CallDetails:
    """The call. Answers 404 to users who may not see it, as if there were none, and 409 to those who score it blind."""
    try:
        return context.service.call(user.person, key)
    except RefusedError as refused:
        raise HTTPException(409 if refused.key == "blind" else 404) from refused


def _recording(context: AppContext, user: SignedInUser, key: str) -> tuple[Report, StoredCall]:
    """Report and recording of a call. Answers 404 to users who may not hear it; those who score it blind may."""
    case, kept = context.store.cases.get([key]).get(key), context.store.runs.call(key)
    if case is None or kept is None or not may(user.person, "play", agent=case.report.agent):
        raise HTTPException(404)
    return case.report, kept


def _page(
    request: Request,
    context: AppContext,
    user: SignedInUser,
    call: CallDetails,
    filters: Filters,
    cursor: QueueCursor | None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    page = CallPage(call, user.person)
    query = request.query_params
    cursor = cursor or context.store.listing.cursor_of(page.key)
    kept = context.store.runs.call(page.key)
    state = context.audio.state(kept) if kept else "gone"
    transcript = context.transcript_of(kept, page.bank) if kept else CallTranscript()
    view = call_view(
        page.machine,
        transcript.words,
        page.labels,
        key=page.key,
        with_inferred_speakers=transcript.with_inferred_speakers,
    )
    added = page.event(_number(query.get("said", "")))
    return context.renderer.render(
        request,
        "call",
        status=status,
        page=page,
        why_line=lambda reason: reason_text(reason, context.renderer.language(request), page.names),
        steps=context.steps(),
        filters=filters,
        place=format_cursor(cursor) if cursor else "",
        view=view,
        sound=AudioLinks(play=f"/audio/{page.key}" if state == "ready" else None),
        state=state,
        data=script_data(view),
        problem=problem,
        added=added if added and added.who == user.person.name else None,
        concurrent=page.event(_number(query.get("met", ""))),
    )


def _event(key: str, fields: FormFields, before: CallDetails) -> NewEvent:
    """The event of a form. Raises RefusedError for what a user can correct; answers 400 to what no form sends."""
    if fields["kind"] in ACCESS_KINDS:
        raise HTTPException(400)
    values = {
        "call": key,
        "kind": fields["kind"],
        "step": fields["step"] or None,
        "status": fields["status"] or None,
        "text": fields["text"] or None,
        "at": _seconds(fields["at"]),
        "target": fields.whole("target"),
        "inputs": fields["inputs"] or None,
    }
    current = {step.machine.id: step.status for step in before.reviewed.steps}
    if values["kind"] == "override" and values["status"] == current.get(fields["step"]):
        raise RefusedError("same_status", "That is the status that holds.")
    try:
        return NewEvent.model_validate(values)
    except ValidationError as error:
        if any("reason" in item["msg"] for item in error.errors()):
            raise RefusedError("no_reason", "A reason is needed.") from error
        raise HTTPException(400) from error


def _concurrent_decision(after: CallDetails, new: NewEvent, user: SignedInUser, seen: int) -> int | None:
    """Number of the last event on the same step that another person added since the page was made (event `seen`)."""
    others = [
        event.number
        for event in after.case.events
        if event.number > seen and event.who != user.person.name and event.step == new.step and new.step
    ]
    return max(others, default=None)


def _seconds(text: str) -> float | None:
    """Seconds of `m:ss` or `h:mm:ss`; None when the field is empty. Answers 400 to anything else."""
    if not text:
        return None
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise HTTPException(400)
    return 3600 * int(match["h"] or 0) + 60 * int(match["m"]) + float(match["s"].replace(",", "."))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004
