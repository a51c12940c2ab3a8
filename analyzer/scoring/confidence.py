"""How likely a status is right: logistic regression over a few features, with the bank's weights from labelled calls.

Undecided findings claim nothing: their confidence is one half.
"""

import math

from analyzer.models.bank import Step
from analyzer.models.bank_settings import ConfidenceModel, ConfidenceWeights
from analyzer.models.finding import Candidate, Grounds
from analyzer.scoring.call import Call

OPEN = 0.5
_HIGHEST, _LOWEST = 0.995, 0.02  # there are never enough labels to be surer


def said_grounds(step: Step, candidate: Candidate, *, answered: bool) -> Grounds:
    """Grounds of a step that was recognised, or is known by its answer."""
    accept = step.wording.accept
    fit = (candidate.similarity - accept) / max(1.0, 100.0 - accept)
    return Grounds(
        kind="answered" if answered else "said",
        fit=round(min(1.0, max(0.0, fit)), 3),
        hearing=candidate.probability,
        speaker=round(candidate.certainty, 3),
    )


def missed_grounds(call: Call, near: Candidate | None) -> Grounds:
    """Grounds of a step that was not recognised; the nearer some words came, the less sure."""
    fit = near.similarity / 100 if near else 0.0
    return Grounds(kind="missed", fit=round(fit, 3), hearing=call.hearing, speaker=call.agent_certainty)


def not_due_grounds(call: Call) -> Grounds:
    """Grounds of a step that the customer's words made not applicable."""
    return Grounds(kind="not_due", hearing=call.hearing, speaker=call.agent_certainty)


def confidence_of(grounds: Grounds, model: ConfidenceModel) -> float:
    """Probability that the status is right, 0.02 to 0.995."""
    weights: ConfidenceWeights | None = {
        "said": model.said,
        "answered": model.answered,
        "missed": model.missed,
        "not_due": model.not_due,
    }.get(grounds.kind)
    if weights is None:
        return OPEN
    fit, hearing, doubt = features(grounds, model)
    odds = weights.base + weights.fit * fit + weights.hearing * hearing + weights.speaker * doubt
    return round(min(_HIGHEST, max(_LOWEST, 1 / (1 + math.exp(-odds)))), 3)


def features(grounds: Grounds, model: ConfidenceModel) -> tuple[float, float, float]:
    """The regression's features: fit, word probability in tenths above typical, doubt about the speaker."""
    hearing = model.typical_hearing if grounds.hearing is None else grounds.hearing
    return grounds.fit, (hearing - model.typical_hearing) * 10, 1 - grounds.speaker
