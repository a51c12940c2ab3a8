"""A batch in figures: one object, made once."""

from analyzer.report.summary.batch import (
    BINS,
    AgentFigures,
    DayFigures,
    Summary,
    cause,
    causes,
    needs_eyes,
    step_ids,
    summarise,
)
from analyzer.report.summary.figures import ENOUGH, STATUSES, VERDICTS, Figures, StepCounts, figures

__all__ = [
    "BINS",
    "ENOUGH",
    "STATUSES",
    "VERDICTS",
    "AgentFigures",
    "DayFigures",
    "Figures",
    "StepCounts",
    "Summary",
    "cause",
    "causes",
    "figures",
    "needs_eyes",
    "step_ids",
    "summarise",
]
