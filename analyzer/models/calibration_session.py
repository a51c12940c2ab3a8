"""Calibration sessions: several reviewers score the same calls blind, then see where they differ."""

from pydantic import Field

from analyzer.models.base import Frozen, Status
from analyzer.models.wording import Id

MACHINE_RATER = ""
"""rater name of the machine, whose statuses are recorded when a session opens; no person has this name"""


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
