"""Calibration sessions: several score the same calls blind, then see where they differ."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, get_args

from fastapi import APIRouter, HTTPException, Path, Request, Response

from analyzer.errors import RefusedError
from analyzer.models.base import Status
from analyzer.models.calibration_session import MACHINE_RATER
from analyzer.models.report import Report
from analyzer.reports.call_view import call_view
from analyzer.reports.page_audio import AudioLinks as Links
from analyzer.reports.page_files import script_data
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
_CALLS_MAX = 300  # what a form of results can hold, and more than people score in a week
_NAME_LONGEST = 120


@router.get("/calibration")
def sessions(request: Request, user: Reviewer) -> Response:
    """One's sessions, and a form for a new one."""
    return _sessions(request, user)


@router.post("/calibration/open")
def begin(request: Request, user: Reviewer, fields: VerifiedForm) -> Response:
    """A new session on calls drawn at random, or on those named."""
    context = app_context(request)
    try:
        calls = _chosen(context, user, fields)
        name = fields["name"][:_NAME_LONGEST] or f"{len(context.store.sessions.all()) + 1}"
        session = context.sessions.open(user.person, name, calls, fields.every("people"), fields["expert"] or None)
    except RefusedError as refused:
        return _sessions(request, user, problem=f"refused.{refused.key}", status=409)
    return redirect(f"/calibration/{session.id}")


@router.get("/calibration/{number}")
def session(request: Request, number: Number, user: Reviewer) -> Response:
    """How far a session is; once it is closed, where people differ."""
    context = app_context(request)
    progress = _told(lambda: context.sessions.progress(user.person, number))
    cases = context.store.cases.get(progress.session.calls)
    shown: dict[str, Any] = {
        "session": progress.session,
        "progress": progress,
        "names": {key: case.report.call_id for key, case in cases.items()},
        "steps": context.steps(),
        "closable": context.sessions.closable(user.person, progress.session),
    }
    if progress.session.closed_at is None:
        scored = {call: [mark for mark in progress.own_ratings if mark.call == call] for call in progress.session.calls}
        return context.renderer.render(request, "session", scored=scored, following=_following(progress), **shown)
    results = _told(lambda: context.sessions.results(user.person, number))
    return context.renderer.render(
        request,
        "session_results",
        results=results,
        means={(one.relation, one.step): one for one in results.means},
        relations=list(dict.fromkeys(one.relation for one in results.means)),
        rows=list(dict.fromkeys(one.step for one in results.means)),
        raters=(*progress.session.people, MACHINE_RATER),
        machine=MACHINE_RATER,
        **shown,
    )


@router.get("/calibration/{number}/{key}")
def score_page(request: Request, number: Number, key: CallKey, user: Reviewer) -> Response:
    """One call to score, without a word of what machine or people say of it."""
    context = app_context(request)
    progress = _told(lambda: context.sessions.progress(user.person, number))
    if progress.session.closed_at is not None or user.person.name not in progress.session.people:
        return redirect(f"/calibration/{number}")
    kept, case = context.store.runs.call(key), context.store.cases.get([key]).get(key)
    if case is None or key not in progress.steps:
        raise HTTPException(404)
    context.access_log.record(user.person, "view", key)
    state = context.audio.state(kept) if kept else "gone"
    words = context.transcript_of(kept, case.bank) if kept else CallTranscript()
    view = call_view(_blind(case.report), words.heard, {}, key=key, with_inferred_speakers=words.with_inferred_speakers)
    return context.renderer.render(
        request,
        "score",
        session=progress.session,
        key=key,
        call_id=case.report.call_id,
        at=progress.session.calls.index(key) + 1,
        step_ids=progress.steps[key],
        steps=context.steps(),
        statuses=_STATUSES,
        marks={mark.step: mark for mark in progress.own_ratings if mark.call == key},
        view=view,
        sound=Links(play=f"/audio/{key}" if state == "ready" else None),
        state=state,
        data=script_data(view),
    )


@router.post("/calibration/{number}/close")
def close(request: Request, number: Number, user: Reviewer, _: VerifiedForm) -> Response:
    """End the scoring; everybody sees everything from now on."""
    context = app_context(request)
    _told(lambda: context.sessions.close(user.person, number))
    return redirect(f"/calibration/{number}")


@router.post("/calibration/{number}/{key}")
def score(request: Request, number: Number, key: CallKey, user: Reviewer, fields: VerifiedForm) -> Response:
    """Take down what somebody says of a call, then go to the next that they have not scored."""
    context = app_context(request)
    progress = _told(lambda: context.sessions.progress(user.person, number))
    said = {step: (_status(fields[f"status_{step}"]), fields[f"text_{step}"]) for step in progress.steps.get(key, ())}
    given = {step: (status, text or None) for step, (status, text) in said.items() if status is not None}
    _told(lambda: context.sessions.score(user.person, number, key, given))
    following = _following(context.sessions.progress(user.person, number), key)
    return redirect(f"/calibration/{number}/{following}" if following else f"/calibration/{number}")


def _blind(report: Report) -> Report:
    """A report without anything that anybody has found in the call."""
    nothing: dict[str, object] = {"steps": (), "violations": (), "exemption": None, "flags": (), "error": None}
    return report.model_copy(update=nothing)


def _following(progress: SessionProgress, key: str | None = None) -> str | None:
    """The first call behind `key` that is not wholly scored, from the beginning again at the end; None: all are."""
    own = {(mark.call, mark.step) for mark in progress.own_ratings}
    calls = progress.session.calls
    at = calls.index(key) + 1 if key in calls else 0
    left = (c for c in (*calls[at:], *calls[:at]) if any((c, step) not in own for step in progress.steps.get(c, ())))
    return next(left, None)


def _sessions(request: Request, user: SignedInUser, *, problem: str = "", status: int = 200) -> Response:
    context = app_context(request)
    raters = [one.person for one in context.store.people.all() if one.person.role in REVIEWERS and not one.disabled]
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
    """Keys of the calls for a session: those named, else so many of those that fit, drawn at random."""
    filters = Filters.of({"list": "all", **{name: fields[name] for name in ("agent", "verdict", "since", "until")}})
    listed = context.store.listing.every(context.service.scope(user.person), filters.wanted())
    named = set(fields["calls"].split())
    if named:
        return [one.call for one in listed if one.call_id in named or one.call in named][:_CALLS_MAX]
    seed = secrets.token_hex(8)
    fit = [one.call for one in listed if one.verdict != "unscorable"]
    drawn = sorted(fit, key=lambda call: hashlib.sha256(f"{seed}{call}".encode()).digest())
    return drawn[: min(_CALLS_MAX, fields.whole("count") or 0)]


def _told(ask: Callable[[], Result]) -> Result:
    """What the sessions say; who may not know is told that there is nothing."""
    try:
        return ask()
    except RefusedError as refused:
        raise HTTPException(404 if refused.key in ("not_invited", "no_step") else 409) from refused


def _status(text: str) -> Status | None:
    return next((status for status in _STATUSES if status == text), None)
