"""What people decide about calls. Everything is an event that is only ever added; the present state is derived.

The machine's report is never changed: a reviewed report is the machine's report with people's decisions folded in.
"""

from typing import Literal

from pydantic import Field, model_validator

from analyzer.models.base import Frozen, Seconds, Status
from analyzer.models.wording import Id

PersonRole = Literal["analyst", "coach", "lead", "agent"]
EventKind = Literal[
    "agree",  # the machine's finding on a step is right
    "override",  # a step's status is `status`, because of `text`
    "comment",  # a remark, perhaps at a time
    "coaching",  # a note to the agent, which the agent sees
    "reviewed",  # whoever reviews is done with this call
    "undo",  # the event `target` counts no more
    "acknowledge",  # the agent has read the result
    "dispute",  # the agent says that a step's status is wrong, because of `text`
    "accept",  # the dispute `target` is right: the step becomes `status`
    "reject",  # the dispute `target` is not right, because of `text`
    "view",  # the call was opened
    "play",  # its sound was played
    "export",  # it left the program as a file
]
_NEED_STEP = frozenset({"agree", "override", "dispute"})
_NEED_TEXT = frozenset({"override", "comment", "coaching", "dispute", "reject"})
_NEED_TARGET = frozenset({"undo", "accept", "reject"})
_WITH_STATUS = frozenset({"override", "accept"})


class Person(Frozen):
    """Somebody who uses the review app."""

    name: str = Field(min_length=1, max_length=80, description="unique; shown in the history")
    role: PersonRole
    agent: str | None = Field(None, description="for the role `agent`: the manifest's agent whose calls are theirs")


class NewEvent(Frozen):
    """What somebody does to a call, before the store gave it number and time."""

    call: str = Field(description="key of the call in the store (`call_key`)")
    kind: EventKind
    step: Id | None = None
    status: Status | None = Field(None, description="for override and accept: what the step's status is")
    text: str | None = Field(None, max_length=4000, description="reason, remark or note")
    at: Seconds | None = Field(None, description="for a comment: where in the recording")
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
        if (self.kind in _WITH_STATUS) != (self.status is not None):
            raise ValueError("a status goes with override and accept, and with nothing else")
        return self


class Event(NewEvent):
    """One line of the history: who, when, what, why. Never changed, never deleted but with its call (`purge`)."""

    number: int = Field(ge=1, description="grows with every event of a store")
    when: float = Field(description="seconds since 1970 by the store's clock")
    who: str
    role: PersonRole
