"""Calibration sessions: several people score the same calls blind, then see where they differ."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, get_args

from fastapi import APIRouter, HTTPException, Path, Request, Response

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.report import Report
from analyzer.models.review import MACHINE_RATER
from analyzer.reports.call_view import call_view
from analyzer.reports.page_files import AudioLinks, script_data
from analyzer.review.calibration_sessions import SessionProgress
from analyzer.review.permissions import may
from analyzer.web.auth import REVIEWERS, SignedInUser
from analyzer.web.context import AppContext, CallTranscript
from analyzer.web.dependencies import FormFields, Reviewer, VerifiedForm, app_context, redirect
from analyzer.web.filters import Filters
from analyzer.web.routes.call import CallKey

router = APIRouter()
Result = TypeVar("Result")
Number = Annotated[int, Path(ge=1, le=2**53)]
_STATUSES: tuple[Status, ...] = get_args(Status)
_CALLS_MAX = 300  # more than people score in a week
_NAME_CHARACTERS = 120


@router.get("/calibration")
def sessions(request: Request, user: Reviewer) -> Response:
    """The user's sessions, and a form for a new one."""
    return _sessions(request, user)


@router.post("/calibration/open")
def open_session(request: Request, user: Reviewer, fields: VerifiedForm) -> Response:
    """Open a session on calls drawn at random, or on the calls named."""
    context = app_context(request)
    try:
        calls = _chosen(context, user, fields)
        name = fields["name"][:_NAME_CHARACTERS] or f"{len(context.store.sessions.all()) + 1}"
        session = context.sessions.open(user.person, name, calls, fields.every("people"), fields["expert"] or None)
    except RefusedError as refused:
        return _sessions(request, user, problem=f"refused.{refused.key}", status=409)
    return redirect(f"/calibration/{session.id}")


@router.get("/calibration/{number}")
def session(request: Request, number: Number, user: Reviewer) -> Response:
    """A session's progress; once it is closed, its results."""
    context = app_context(request)
    progress = _or_error(lambda: context.sessions.progress(user.person, number))
    cases = context.store.cases.get(progress.session.calls)
    shown: dict[str, Any] = {
        "session": progress.session,
        "progress": progress,
        "names": {key: case.report.call_id for key, case in cases.items()},
        "steps": context.steps(),
        "closable": context.sessions.closable(user.person, progress.session),
    }
    if progress.session.closed_at is None:
        scored = {
            call: [rating for rating in progress.own_ratings if rating.call == call] for call in progress.session.calls
        }
        return context.renderer.render(request, "session", scored=scored, following=_next_unscored(progress), **shown)
    results = _or_error(lambda: context.sessions.results(user.person, number))
    return context.renderer.render(
        request,
        "session_results",
        results=results,
        means={(mean.relation, mean.step): mean for mean in results.means},
        relations=list(dict.fromkeys(mean.relation for mean in results.means)),
        rows=list(dict.fromkeys(mean.step for mean in results.means)),
        raters=(*progress.session.people, MACHINE_RATER),
        machine=MACHINE_RATER,
        **shown,
    )


@router.get("/calibration/{number}/{key}")
def score_page(request: Request, number: Number, key: CallKey, user: Reviewer) -> Response:
    """One call to score, without any finding or decision."""
    context = app_context(request)
    progress = _or_error(lambda: context.sessions.progress(user.person, number))
    if progress.session.closed_at is not None or user.person.name not in progress.session.people:
        return redirect(f"/calibration/{number}")
    kept, case = context.store.runs.call(key), context.store.cases.get([key]).get(key)
    if case is None or key not in progress.steps:
        raise HTTPException(404)
    context.access_log.record(user.person, "view", key)
    state = context.audio.state(kept) if kept else "gone"
    transcript = context.transcript_of(kept, case.bank) if kept else CallTranscript()
    view = call_view(
        _blind(case.report), transcript.words, {}, key=key, with_inferred_speakers=transcript.with_inferred_speakers
    )
    return context.renderer.render(
        request,
        "score",
        session=progress.session,
        key=key,
        call_id=case.report.call_id,
        number=progress.session.calls.index(key) + 1,
        step_ids=progress.steps[key],
        steps=context.steps(),
        statuses=_STATUSES,
        ratings={rating.step: rating for rating in progress.own_ratings if rating.call == key},
        view=view,
        sound=AudioLinks(play=f"/audio/{key}" if state == "ready" else None),
        state=state,
        data=script_data(view),
    )


@router.post("/calibration/{number}/close")
def close(request: Request, number: Number, user: Reviewer, _: VerifiedForm) -> Response:
    """Close the session; its results are open from now on."""
    context = app_context(request)
    _or_error(lambda: context.sessions.close(user.person, number))
    return redirect(f"/calibration/{number}")


@router.post("/calibration/{number}/{key}")
def score(request: Request, number: Number, key: CallKey, user: Reviewer, fields: VerifiedForm) -> Response:
    """Add the user's ratings of a call, then go to the next call that they have not scored."""
    context = app_context(request)
    progress = _or_error(lambda: context.sessions.progress(user.person, number))
    sent = {step: (_status(fields[f"status_{step}"]), fields[f"text_{step}"]) for step in progress.steps.get(key, ())}
    statuses = {step: (status, text or None) for step, (status, text) in sent.items() if status is not None}
    _or_error(lambda: context.sessions.score(user.person, number, key, statuses))
    following = _next_unscored(context.sessions.progress(user.person, number), key)
    return redirect(f"/calibration/{number}/{following}" if following else f"/calibration/{number}")


def _blind(report: Report) -> Report:
    """The report without findings, violations, exemption and flags."""
    nothing: dict[str, object] = {"steps": (), "violations": (), "exemption": None, "flags": (), "error": None}
    return report.model_copy(update=nothing)


def _next_unscored(progress: SessionProgress, key: str | None = None) -> str | None:
    """The first call after `key` (cyclically) that is not completely scored; None: all are."""
    scored = {(rating.call, rating.step) for rating in progress.own_ratings}
    calls = progress.session.calls
    first = calls.index(key) + 1 if key in calls else 0
    for call in (*calls[first:], *calls[:first]):
        if any((call, step) not in scored for step in progress.steps.get(call, ())):
            return call
    return None


def _sessions(request: Request, user: SignedInUser, *, problem: str = "", status: int = 200) -> Response:
    context = app_context(request)
    accounts = [account for account in context.store.people.all() if not account.disabled]
    raters = [account.person for account in accounts if account.person.role in REVIEWERS]
    return context.renderer.render(
        request,
        "calibration",
        status=status,
        sessions=context.sessions.involving(user.person),
        may_open=may(user.person, "sessions"),
        raters=raters,
        agents=context.service.agents(user.person),
        verdicts=("fail", "review", "pass", "exempt"),
        most=_CALLS_MAX,
        problem=problem,
    )


def _chosen(context: AppContext, user: SignedInUser, fields: FormFields) -> Sequence[str]:
    """Keys of the calls for a session: the calls named, else the wanted number of matching ones, drawn at random."""
    filters = Filters.of({"list": "all", **{name: fields[name] for name in ("agent", "verdict", "since", "until")}})
    listed = context.store.listing.every(context.service.scope(user.person), filters.call_filter())
    named = set(fields["calls"].split())
    if named:
        return [call.call for call in listed if call.call_id in named or call.call in named][:_CALLS_MAX]
    seed = secrets.token_hex(8)
    eligible = [call.call for call in listed if call.verdict != "unscorable"]
    drawn = sorted(eligible, key=lambda call: hashlib.sha256(f"{seed}{call}".encode()).digest())
    return drawn[: min(_CALLS_MAX, fields.whole("count") or 0)]


def _or_error(ask: Callable[[], Result]) -> Result:
    """The result of `ask`. A refusal is answered with 404 to users who may not know of the session, else with 409."""
    try:
        return ask()
    except RefusedError as refused:
        raise HTTPException(404 if refused.key in ("not_invited", "no_step") else 409) from refused


def _status(text: str) -> Status | None:
    return next((status for status in _STATUSES if status == text), None)
