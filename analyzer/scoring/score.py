"""Score and verdict from findings. Pure: the same judgement and weights give the same result."""

from typing import TYPE_CHECKING

from analyzer.models.finding import Judgement
from analyzer.models.report import Score

if TYPE_CHECKING:
    from analyzer.models.bank import PhraseBank
    from analyzer.models.base import Verdict

REVIEW_FLAGS = frozenset(
    {
        "other_role_volunteered",
        "speakers_uncertain",
        "audio_partial",
        "agent_side_unknown",
        "agent_side_contradicted",
        "customer_unheard",
    }
)
"""flags that ask for a person before a call passes"""


def score(judgement: Judgement, bank: "PhraseBank") -> Score:
    """100 x credits / weights over steps due and decided, with bounds for the unsure ones, and the verdict.

    `score_low` counts unsure steps as missed, `score_high` as met; None when no step is due.
    """
    credit = {"met": 1.0, "out_of_order": bank.out_of_order_credit, "missed": 0.0}
    weights = {step.id: step.weight for step in bank.steps}
    earned = decided = open_weight = 0.0
    for finding in judgement.findings:
        if finding.status == "unsure":
            open_weight += weights[finding.id]
        elif finding.status != "not_applicable":
            earned += weights[finding.id] * credit[finding.status]
            decided += weights[finding.id]
    due = decided + open_weight
    points = round(100 * earned / decided, 2) if decided else None
    low = round(100 * earned / due, 2) if due else None
    high = round(100 * (earned + open_weight) / due, 2) if due else None
    return Score(verdict=_verdict(judgement, bank.pass_mark, low, high), score=points, score_low=low, score_high=high)


def _verdict(judgement: Judgement, pass_mark: float, low: float | None, high: float | None) -> "Verdict":
    """Exempt, then fail, then pass when nothing else needs a look, else review."""
    if any(violation.certain for violation in judgement.violations):
        return "fail"
    if judgement.exemption:
        return "exempt"
    if high is not None and high < pass_mark:
        # What the customer said may have made steps not due (clauses 1 and 2): so it does not fail.
        return "review" if "customer_unheard" in judgement.flags else "fail"
    doubt = (
        judgement.exemption_doubtful
        or any(not violation.certain for violation in judgement.violations)
        or bool(REVIEW_FLAGS & set(judgement.flags))
    )
    return "pass" if low is not None and low >= pass_mark and not doubt else "review"
