"""Where in the call a step belongs, given what was found around it."""

from analyzer.models.bank import Step
from analyzer.models.base import Span
from analyzer.models.finding import Candidate
from analyzer.scoring.assignment import Chosen
from analyzer.scoring.call import Call


def allowed_place(call: Call, step: Step, chosen: Chosen) -> tuple[float, float]:
    """Seconds between which the step could still have been met."""
    place = step.place
    low, high = 0.0, float("inf")
    if place.answers:
        question = chosen.get(place.answers.step)
        if question:
            low = question.candidate.end
            high = min(low + place.answers.seconds, call.goes_on(question.candidate))
    for name in place.after:
        if name in chosen:
            low = max(low, chosen[name].candidate.start)
    return low, high


def expected_place(call: Call, step: Step, chosen: Chosen) -> Span:
    """The stretch where an agent who follows the SOP says it: between its neighbours in the bank's order.

    Neighbours that stand in another order leave the whole allowed stretch.
    """
    low, high = allowed_place(call, step, chosen)
    end = min(high, max(call.transcript.duration, low))
    order = [item.id for item in call.bank.steps]
    at = order.index(step.id)
    before = [chosen[name].candidate.end for name in order[:at] if name in chosen]
    after = [chosen[name].candidate.start for name in order[at + 1 :] if name in chosen]
    first, last = max(low, max(before, default=0.0)), min(end, min(after, default=end))
    if last <= first:
        first, last = low, end
    return Span(start=round(first, 2), end=round(max(first, last), 2))


def surroundings(call: Call, candidate: Candidate) -> Span:
    """The stretch around a doubtful utterance in which all of it lies, word times being rough."""
    slack = call.bank.hole_slack
    end = max(candidate.end, min(candidate.end + slack, call.transcript.duration))
    return Span(start=round(max(0.0, candidate.start - slack), 2), end=round(end, 2))
