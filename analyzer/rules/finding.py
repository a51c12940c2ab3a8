"""One step's finding: due or not, met or not, with the proof and a sentence that says why."""

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.models.base import Status
from analyzer.models.finding import Candidate, Exemption, Finding
from analyzer.models.phrases import Step
from analyzer.rules.call import Call
from analyzer.rules.doubts import lost_place
from analyzer.rules.exempting import SURE_SPEAKER
from analyzer.rules.placing import Chosen, Placed, answers, same_place, why_not
from analyzer.rules.replies import Answers

_NOT_APPLICABLE_CONFIDENCE = 0.95
_GUESSED = 0.5  # mean word probability below which the recogniser itself was guessing


@dataclass(frozen=True)
class Facts:
    """What was decided about the call before its steps are judged."""

    chosen: Chosen
    answers: Answers
    exemption: Exemption | None
    exemption_doubtful: bool = False


def decide(call: Call, step: Step, facts: Facts, before: Mapping[str, Finding]) -> Finding:
    """The finding on one step; `before` holds those of the steps before it in the bank."""
    reason = _not_applicable(step, facts, before)
    if reason:
        return Finding(id=step.id, status="not_applicable", confidence=_NOT_APPLICABLE_CONFIDENCE, reason=reason)
    placed = facts.chosen.get(step.id)
    if placed is None:
        return _not_found(call, step, facts, before)
    return _found(call, step, placed, facts)


def _not_applicable(step: Step, facts: Facts, before: Mapping[str, Finding]) -> str | None:
    """Why the step was not due, with the quote that proves it; None when it was."""
    exemption = facts.exemption
    if step.due.unless_exempt and exemption:
        kind = "an urgent report" if exemption.kind == "urgent" else "from a disappointed or angry customer"
        return f'Not due: the call is {kind} ("{exemption.heard}").'
    role = facts.answers.caller_role
    if role and role.value in step.due.unless_roles:
        return f'Not due: the caller is neither owner, tenant nor responsible ("{role.heard}").'
    needed = step.due.after_said
    if needed and before[needed].status in {"missed", "not_applicable"}:
        return f"Not due: {needed} was not said, so there was nothing to follow."
    return None


def _found(call: Call, step: Step, placed: Placed, facts: Facts) -> Finding:
    candidate = placed.candidate
    sure = call.sure(candidate)
    answered = not sure and _answer_fits(call, step, facts)
    status: Status = "out_of_order" if placed.late else "met"
    if not sure and not answered:
        return _finding(step, "unsure", candidate, 0.5, "Words like it were heard, but not clearly enough to decide.")
    if step.short and call.certainty(candidate) < SURE_SPEAKER:
        return _finding(step, "unsure", candidate, 0.5, "Said, but it is not clear by whom.")
    confidence = _confidence(call, step, candidate, answered=answered)
    if placed.late:
        reason = f"Said, but before {placed.late}, which must come first."
    elif answered:
        reason = "Heard indistinctly, but the customer's answer shows that it was asked."
    elif step.place.answers:
        reason = "Said after the customer's answer and before the agent's next step."
    elif step.place.closing:
        reason = "Said in the closing, after the other steps."
    elif len(call.said(step.id)) > 1:
        reason = "Said more than once; this occurrence stands in the best place."
    else:
        reason = "Said by the agent in its place."
    return _finding(step, status, candidate, confidence, reason)


def _not_found(call: Call, step: Step, facts: Facts, before: Mapping[str, Finding]) -> Finding:
    near = _nearest(call, step, facts)
    lost = lost_place(call, step, facts.chosen)
    if lost:
        return _finding(step, "unsure", near, 0.5, f"Not found, but {lost}.")
    if step.due.after_said and before[step.due.after_said].status == "unsure":
        reason = f"Not found, and it is unsure whether {step.due.after_said} was said."
        return _finding(step, "unsure", near, 0.5, reason)
    if facts.exemption_doubtful and step.due.unless_exempt:
        reason = "Not found, but the call may be urgent or the customer angry: then it was not due."
        return _finding(step, "unsure", near, 0.5, reason)
    if near is None:
        return _finding(step, "missed", None, 0.9, "Nothing like it was heard from the agent.")
    return _finding(step, "missed", near, 0.85, f"Not met by the nearest words: {_rejected(call, step, near, facts)}.")


def _nearest(call: Call, step: Step, facts: Facts) -> Candidate | None:
    """The words that came nearest to meeting the step, by sound and by place."""
    heard = call.heard(step.id)
    if step.place.closing:
        return max(heard, key=lambda c: c.start, default=None)
    rule = step.place.answers
    if rule and rule.step in facts.chosen:
        asked = facts.chosen[rule.step].candidate.end
        return min(heard, key=lambda c: (c.start < asked, c.start), default=None)
    return max(heard, key=lambda c: c.similarity, default=None)


def _rejected(call: Call, step: Step, near: Candidate, facts: Facts) -> str:
    """Why the nearest words do not count."""
    reason = why_not(call, step, near)
    if reason:
        return reason
    rule = step.place.answers
    if rule:
        question = facts.chosen.get(rule.step)
        if question and not answers(call, step, near, question.candidate):
            return "they do not stand between the customer's answer and the agent's next step"
    taken = any(same_place(near, placed.candidate) for placed in facts.chosen.values())
    if step.place.closing and not taken:
        return "they do not stand in the closing"
    return "they serve another step"


def _answer_fits(call: Call, step: Step, facts: Facts) -> bool:
    """Whether the customer answered as one answers this step: that proves a question heard badly."""
    replies = call.bank.replies
    given = (
        (replies.caller_role, facts.answers.caller_role),
        (replies.email_reply, facts.answers.email_reply),
        (replies.callback_reply, facts.answers.callback_reply),
    )
    return any(
        spec is not None and spec.step == step.id and answer is not None and answer.value != "unclear"
        for spec, answer in given
    )


def _confidence(call: Call, step: Step, candidate: Candidate, *, answered: bool) -> float:
    """0.75 at the bar, 0.98 for a perfect match; lowered by doubt about the speaker and the sound."""
    accept = step.wording.accept
    base = 0.7 if answered else 0.75 + 0.23 * (candidate.similarity - accept) / max(1.0, 100 - accept)
    if candidate.probability is not None and candidate.probability < _GUESSED:
        base -= 0.15
    if step.short and candidate.speech_overlap is None:
        base -= 0.05  # short words without proof of speech
    return round(max(0.05, base * call.certainty(candidate)), 3)


def _finding(step: Step, status: Status, candidate: Candidate | None, confidence: float, reason: str) -> Finding:
    if candidate is None:
        return Finding(id=step.id, status=status, confidence=confidence, reason=reason)
    return Finding(
        id=step.id,
        status=status,
        start=round(candidate.start, 2),
        end=round(candidate.end, 2),
        channel=candidate.channel,
        heard=candidate.heard,
        phrase=candidate.phrase,
        similarity=candidate.similarity,
        confidence=confidence,
        reason=reason,
    )
