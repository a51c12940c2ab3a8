"""What people decide about calls. Everything is an event that is only ever added; the present state is derived.

The machine's report is never changed: a reviewed report is the machine's report with people's decisions folded in.
"""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Seconds, Status, Verdict
from analyzer.models.report import Report
from analyzer.models.wording import Id

PersonRole = Literal["analyst", "coach", "lead", "agent"]
EventKind = Literal[
    "agree",  # the machine's finding on a step is right
    "override",  # a step's status is `status_of`, because of `text`
    "confirm",  # a violation happened, or the call is exempt (step: the violation's id, or the kind of exemption)
    "dismiss",  # a violation did not happen, or the call is not exempt (step: `exemption`), because of `text`
    "comment",  # a remark among reviewers, perhaps at a time
    "coaching",  # a note to the agent, which the agent sees
    "reviewed",  # whoever reviews is done with this call
    "undo",  # the event `target` counts no more
    "acknowledge",  # the agent has read the result
    "dispute",  # the agent says that a step's status is wrong, because of `text`
    "accept",  # the dispute `target` is right: the step becomes `status_of`
    "reject",  # the dispute `target` is not right, because of `text`
    "view",  # the call was opened
    "play",  # its sound was played
    "export",  # it left the program as a file
]
ACCESS_KINDS = frozenset({"view", "play", "export"})
"""kinds that only say who saw what; they change nothing"""
EXEMPTION = "exemption"
"""what `dismiss` names when the call is not exempt; `confirm` names the kind"""

_NEED_STEP = frozenset({"agree", "override", "confirm", "dismiss", "dispute"})
_NEED_TEXT = frozenset({"override", "dismiss", "comment", "coaching", "dispute", "reject"})
_NEED_TARGET = frozenset({"undo", "accept", "reject"})
_NEED_STATUS = frozenset({"override", "accept"})


class Person(Frozen):
    """Somebody who uses the review app."""

    name: str = Field(
        max_length=80,
        pattern=r"^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$",
        description="unique, on one line, not empty; shown in the history",
    )
    role: PersonRole
    agent: str | None = Field(None, description="for the role `agent`: the manifest's agent whose calls are theirs")


class NewEvent(Frozen):
    """What somebody does to a call, before the store gave it number and time."""

    call: str = Field(description="key of the call in the store (`call_key`)")
    kind: EventKind
    step: Id | None = Field(None, description="a step; for confirm and dismiss a violation or the exemption")
    status: Status | None = Field(
        None, description="for override and accept: what the step's status is; for agree: the finding agreed with"
    )
    text: str | None = Field(None, max_length=4000, description="reason, remark or note")
    at: Seconds | None = Field(None, description="for comment, coaching and confirm: where in the recording")
    target: int | None = Field(None, description="number of the event that this one undoes or answers")
    inputs: str | None = Field(None, description="hash of what the machine's report was made from when this was said")

    @model_validator(mode="after")
    def _whole(self) -> "NewEvent":
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
    """One line of the history: who, when, what, why. Never changed, never deleted but with its call (`purge`)."""

    number: int = Field(ge=1, description="grows with every event of a store")
    when: float = Field(description="seconds since 1970 by the store's clock")
    who: str
    role: PersonRole = Field(description="the role of `who` at that time")


class Case(Frozen):
    """All that is known of a call when somebody reviews it."""

    call: str
    report: Report
    inputs: str = Field(description="hash of what `report` was made from")
    bank: PhraseBank = Field(description="the SOP that `report` was made against")
    events: tuple[Event, ...] = Field(description="its history, oldest first; without view, play and export")


class QueuePosition(Frozen):
    """How a call stands in review: what the queue filters and sorts by. Derived from its case, made again at will."""

    inputs: str = Field(description="of the case's report")
    rules: str = Field(description="hash of the settings and the code that derived this")
    verdict: Verdict = Field(description="with people's decisions")
    score: float | None
    reviewed: bool
    older: bool = Field(description="something was decided on an earlier machine report than the present one")
    disputes: int = Field(ge=0, description="open ones")
    rank: int = Field(description="how urgently a person should look; 0 first")
    place: float = Field(description="within a rank; smaller first")
    why: str | None = Field(description="machine key of the first reason to look; None: nobody needs to")
    day: str | None = Field(description="ISO date on which the call began; None when its text cannot be read")
    decided: dict[str, Status] = Field(description="by step: its status where people changed or confirmed it")


ReviewState = Literal["unreviewed", "reviewed", "disputed", "older"]


class CallFilter(Frozen):
    """Which calls are wanted; what is None does not restrict."""

    waiting: bool = Field(False, description="only those that somebody should look at")
    why: str | None = Field(None, description="machine key of the first reason to look")
    step: Id | None = None
    status: Status | None = Field(None, description="of `step`, or of any step; with people's decisions")
    agent: str | None = None
    since: date | None = Field(None, description="first day; calls whose day is not known are left out")
    until: date | None = Field(None, description="last day, likewise")
    verdict: Verdict | None = Field(None, description="with people's decisions")
    state: ReviewState | None = None
    text: str | None = Field(
        None, description='words of the call, its id or file name; every one must be there, "..." holds them together'
    )


class QueueCursor(Frozen):
    """Where a call stands in the order of the queue; stays what it was when the call moves."""

    rank: int
    place: float
    call: str
