"""Counts of statuses, whoever counted them: a database over many calls, or a program over reports."""

from datetime import date

from pydantic import Field

from analyzer.models.base import Frozen, Status


class Tally(Frozen):
    """So many calls have this status of a step."""

    agent: str | None = Field(description="None: the manifest names nobody")
    day: date | None = Field(None, description="None: days were not counted apart, or this one is not known")
    step: str
    status: Status
    calls: int = Field(ge=0)
