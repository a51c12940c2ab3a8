"""Calibration sessions: several reviewers score the same calls blind, then see where they differ."""

from pydantic import Field

from analyzer.models.base import Frozen, Status
from analyzer.models.wording import Id

MACHINE_RATER = ""
"""rater name of the machine, whose statuses are taken down when a session opens; no person is called so"""


class CalibrationSession(Frozen):
    """Who scores which calls. Its marks are shown to nobody but their own authors until it is closed."""

    id: int
    name: str
    calls: tuple[str, ...] = Field(description="keys, in the order in which they are scored")
    people: tuple[str, ...] = Field(description="who scores, by name")
    expert: str | None = Field(None, description="one of them, with whom the others are compared")
    opened_by: str
    opened_at: float = Field(description="seconds since 1970 by the store's clock")
    closed_at: float | None = Field(None, description="None: still being scored")


class Rating(Frozen):
    """What one rater says of one step; of several the last counts."""

    call: str
    who: str = Field(description="a person's name, or `MACHINE_RATER`")
    step: Id
    status: Status
    text: str | None = Field(None, max_length=4000, description="why")
