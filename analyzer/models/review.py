"""What people decide about calls: events that are only ever added (event sourcing); the present state is derived.

The machine's report is never changed: a reviewed report is the machine's report with people's decisions applied. In a
calibration session, several people score the same calls blind and then see where they differ.
"""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, PersonRole, Seconds, Status, Verdict
from analyzer.models.report import Report
from analyzer.models.wording import Id

EventKind = Literal[
    "agree",  # the machine's finding on a step is right
    "override",  # a step's status becomes `status`, for the reason `text`
    "confirm",  # a violation happened, or the call is exempt (step: the violation's id, or the kind of exemption)
    "dismiss",  # a violation did not happen, or the call is not exempt (step: `exemption`), for the reason `text`
    "comment",  # a remark among reviewers, also about a moment of the recording
    "coaching",  # a note that the agent sees
    "reviewed",  # the review of this call is complete
    "undo",  # the event `target` no longer counts
    "acknowledge",  # the agent has read the result
    "dispute",  # the agent says that a step's status is wrong, for the reason `text`
    "accept",  # the dispute `target` is right: the step becomes `status_of`
    "reject",  # the dispute `target` is wrong, for the reason `text`
    "view",  # the call was opened
    "play",  # its recording was played
    "export",  # it was exported to a file
]
ACCESS_KINDS = frozenset({"view", "play", "export"})
"""kinds that only log who accessed a call; they change nothing"""
EXEMPTION = "exemption"
"""the `step` of a `dismiss` of the exemption; a `confirm` names the kind of exemption"""

MACHINE_RATER = ""
"""rater name of the machine, whose statuses are recorded when a session opens; no person has this name"""

_NEED_STEP = frozenset({"agree", "override", "confirm", "dismiss", "dispute"})
_NEED_TEXT = frozenset({"override", "dismiss", "comment", "coaching", "dispute", "reject"})
_NEED_TARGET = frozenset({"undo", "accept", "reject"})
_NEED_STATUS = frozenset({"override", "accept"})


class Person(Frozen):
    """A user of the review app."""

    name: str = Field(
        max_length=80,
        pattern=r"^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$",
        description="unique, on one line, not empty; shown in the history",
    )
    role: PersonRole
    agent: str | None = Field(None, description="for the role `agent`: the name that the manifest gives their calls")


class NewEvent(Frozen):
    """An event that a person adds to a call, before the store gives it number and time."""

    call: str = Field(description="key of the call in the store (`call_key`)")
    kind: EventKind
    step: Id | None = Field(None, description="id of a step; for confirm and dismiss of a violation, or the exemption")
    status: Status | None = Field(
        None, description="for override and accept: the new status; for agree: the machine's status agreed with"
    )
    text: str | None = Field(None, max_length=4000, description="reason, remark or note")
    at: Seconds | None = Field(None, description="for comment, coaching and confirm: time in the recording")
    target: int | None = Field(None, description="number of the event that this one undoes or answers")
    inputs: str | None = Field(None, description="hash of what the machine's report was made from at that time")

    @model_validator(mode="after")
    def _complete(self) -> "NewEvent":
        if self.kind in _NEED_STEP and self.step is None:
            raise ValueError(f"{self.kind} needs a step")
        if self.kind in _NEED_TEXT and not (self.text or "").strip():
            raise ValueError(f"{self.kind} needs a reason in words")
        if self.kind in _NEED_TARGET and self.target is None:
            raise ValueError(f"{self.kind} needs the number of the event it is about")
        if self.kind in _NEED_STATUS and self.status is None:
            raise ValueError(f"{self.kind} needs a status")
        if self.status is not None and self.kind not in _NEED_STATUS | {"agree"}:
            raise ValueError("a status goes with override, accept and agree, and with nothing else")
        return self


class Event(NewEvent):
    """One event of the history: who, when, what, why. Never changed; deleted only together with its call (`purge`)."""

    number: int = Field(ge=1, description="grows with every event of a store")
    when: float = Field(description="seconds since 1970 by the store's clock")
    who: str
    role: PersonRole = Field(description="the role of `who` at that time")


class Case(Frozen):
    """A call as it is reviewed: report, SOP and history."""

    call: str
    report: Report
    inputs: str = Field(description="hash of what `report` was made from")
    bank: PhraseBank = Field(description="the SOP that `report` was made against")
    events: tuple[Event, ...] = Field(description="its history, oldest first; without view, play and export")


class QueuePosition(Frozen):
    """What the queue filters and sorts a call by. Derived from its case, and derived again when that changes."""

    inputs: str = Field(description="of the case's report")
    rules: str = Field(description="hash of the settings and the code that it was derived with")
    verdict: Verdict = Field(description="with people's decisions applied")
    score: float | None
    reviewed: bool
    older: bool = Field(description="something was decided on an earlier machine report")
    disputes: int = Field(ge=0, description="open ones")
    rank: int = Field(description="priority of the first reason to look; 0 first")
    place: float = Field(description="order within a rank; smaller first")
    why: str | None = Field(description="key of the first reason to look; None: there is no reason")
    day: str | None = Field(description="ISO date of the call's start; None when it cannot be read")
    decided: dict[str, Status] = Field(description="by step: the status that people changed or confirmed")


ReviewState = Literal["unreviewed", "reviewed", "disputed", "older"]


class CallFilter(Frozen):
    """Which calls to list; None does not restrict."""

    waiting: bool = Field(False, description="only calls with a reason to look")
    why: str | None = Field(None, description="key of the first reason to look")
    step: Id | None = None
    status: Status | None = Field(None, description="of `step`, or of any step; with people's decisions applied")
    agent: str | None = None
    since: date | None = Field(None, description="first day; calls of unknown day are left out")
    until: date | None = Field(None, description="last day; calls of unknown day are left out")
    verdict: Verdict | None = Field(None, description="with people's decisions applied")
    state: ReviewState | None = None
    text: str | None = Field(
        None, description='words of the call, its id or file name; all must occur, those in "..." together'
    )


class QueueCursor(Frozen):
    """A position in the order of the queue, for keyset pagination; it stays when its call moves."""

    rank: int
    place: float
    call: str


class CalibrationSession(Frozen):
    """Who scores which calls. Until it is closed, only its author is shown a rating."""

    id: int
    name: str
    calls: tuple[str, ...] = Field(description="keys, in the order in which they are scored")
    people: tuple[str, ...] = Field(description="names of those who score")
    expert: str | None = Field(None, description="one of `people`, with whom the others are compared")
    opened_by: str
    opened_at: float = Field(description="seconds since 1970 by the store's clock")
    closed_at: float | None = Field(None, description="None: still being scored")


class Rating(Frozen):
    """One rater's status of one step of a call; of several the last counts."""

    call: str
    who: str = Field(description="a person's name, or `MACHINE_RATER`")
    step: Id
    status: Status
    text: str | None = Field(None, max_length=4000, description="why")
