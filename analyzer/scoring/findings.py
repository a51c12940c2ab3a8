"""The finding on one step: due or not, met or not, with its evidence and a sentence that gives the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.models.bank import Step
from analyzer.models.base import Status
from analyzer.models.finding import Candidate, Exemption, Finding, Grounds, SecondPassEvidence
from analyzer.scoring.assignment import Assignment, Assignments, follows_answer, rejection_reason, same_utterance
from analyzer.scoring.call import SURE_SPEAKER, TIME_SLACK, JudgedCall
from analyzer.scoring.confidence import (
    OPEN,
    acoustic_evidence,
    confidence_of,
    missed_grounds,
    not_due_grounds,
    said_grounds,
    unproven,
)
from analyzer.scoring.gaps import expected_span, span_around, unheard_reason
from analyzer.scoring.question_answer import ImpliedQuestion
from analyzer.scoring.replies import CustomerReplies

_UNDECIDED = Grounds(kind="open")


@dataclass(frozen=True)
class CallFacts:
    """What was decided about the call before its steps are judged."""

    assigned: Assignments
    replies: CustomerReplies
    exemption: Exemption | None
    exemption_doubtful: bool = False
    second: Mapping[str, SecondPassEvidence] = field(default_factory=dict)
    """by step: what a second pass over the audio gave"""
    implied: Mapping[str, ImpliedQuestion] = field(default_factory=dict)
    """by step: questions that were not recognised, but answered"""


@dataclass(frozen=True)
class _Decision:
    """A status before its evidence is written out."""

    status: Status
    candidate: Candidate | None
    reason: str
    grounds: Grounds = _UNDECIDED


def decide(call: JudgedCall, step: Step, facts: CallFacts, before: Mapping[str, Finding]) -> Finding:
    """The finding on one step; `before` holds those of the steps before it in the bank."""
    reason = _not_due(step, facts)
    if reason:
        return _not_applicable(step, reason, not_due_grounds(call), call)
    needed = step.due.after_said
    if needed and before[needed].status in {"missed", "not_applicable"}:
        reason = f"Not due: {needed} was not said, so there was nothing to follow."
        return _not_applicable(step, reason, Grounds(kind="follows"), call, before[needed].confidence)
    assignment = facts.assigned.get(step.id)
    if assignment is not None:
        return _finding(call, step, _assigned(call, step, assignment, facts), facts)
    second = facts.second.get(step.id)
    if second is not None and second.outcome != "nothing":
        return _second_finding(call, step, second, facts)
    return _finding(call, step, _unassigned(call, step, facts, before), facts)


def _not_applicable(
    step: Step, reason: str, grounds: Grounds, call: JudgedCall, confidence: float | None = None
) -> Finding:
    if confidence is None:
        confidence = confidence_of(grounds, call.bank.confidence)
    return Finding(id=step.id, status="not_applicable", confidence=confidence, reason=reason, grounds=grounds)


def _not_due(step: Step, facts: CallFacts) -> str | None:
    """Why nothing was due, with the customer's words that prove it; None when it was."""
    exemption = facts.exemption
    if step.due.unless_exempt and exemption:
        kind = "an urgent report" if exemption.kind == "urgent" else "from a disappointed or angry customer"
        return f'Not due: the call is {kind} ("{exemption.heard}").'
    role = facts.replies.caller_role
    if role and role.value in step.due.unless_roles:
        return f'Not due: the caller is neither owner, tenant nor responsible ("{role.heard}").'
    return None


def _assigned(call: JudgedCall, step: Step, assignment: Assignment, facts: CallFacts) -> _Decision:
    candidate = assignment.candidate
    answered = not call.is_accepted(candidate) and _answer_fits(call, step, facts)
    doubt = _doubt(call, step, candidate, answered=answered)
    if doubt:
        return _Decision("unsure", candidate, doubt)
    status: Status = "out_of_order" if assignment.missing_predecessor else "met"
    if assignment.missing_predecessor:
        reason = f"Said, but before {assignment.missing_predecessor}, which must come first."
    elif answered:
        reason = "Heard indistinctly, but the customer's answer shows that it was asked."
    elif step.place.answers:
        reason = "Said after the customer's answer and before the agent's next step."
    elif step.place.closing:
        reason = "Said in the closing, after the other steps."
    elif len(call.accepted(step.id)) > 1:
        reason = "Said more than once; this occurrence stands in the best place."
    else:
        reason = "Said by the agent in its place."
    second = facts.second.get(step.id)
    if second and second.start is not None and second.start - TIME_SLACK <= candidate.start <= (second.end or 0.0):
        reason += " The first reading missed it, a second reading of the audio has it."
    return _Decision(status, candidate, reason, said_grounds(step, candidate, answered=answered))


def _doubt(call: JudgedCall, step: Step, candidate: Candidate, *, answered: bool) -> str | None:
    """Why the words of a candidate do not decide, as a sentence; None when they do."""
    if not call.is_accepted(candidate) and not answered:
        return "Words like it were heard, but not clearly enough to decide."
    if step.short and candidate.certainty < SURE_SPEAKER:
        return "Said, but it is not clear by whom."
    why = unproven(call, step, candidate, acoustic_evidence(call, candidate))
    return f"Words like it were written, but {why}." if why else None


def _unassigned(call: JudgedCall, step: Step, facts: CallFacts, before: Mapping[str, Finding]) -> _Decision:
    near = _nearest(call, step, facts)
    implied = facts.implied.get(step.id)
    if implied:
        reason = f'Not heard, but the customer answers as if it had been asked ("{implied.answer}").'
        return _Decision("unsure", near, reason)
    unheard = unheard_reason(call, step, facts.assigned)
    if unheard:
        return _Decision("unsure", near, f"Not found, but {unheard}.")
    if step.due.after_said and before[step.due.after_said].status == "unsure":
        reason = f"Not found, and it is unsure whether {step.due.after_said} was said."
        return _Decision("unsure", near, reason)
    if facts.exemption_doubtful and step.due.unless_exempt:
        reason = "Not found, but the call may be urgent or the customer angry: then it was not due."
        return _Decision("unsure", near, reason)
    if near is None:
        reason = "Nothing like it was heard from the agent."
        return _Decision("missed", None, reason, missed_grounds(call, None))
    reason = f"Not met by the nearest words: {_rejected(call, step, near, facts)}."
    return _Decision("missed", near, reason, missed_grounds(call, near))


def _nearest(call: JudgedCall, step: Step, facts: CallFacts) -> Candidate | None:
    """The candidate that came nearest to meeting the step, by similarity and place."""
    candidates = call.candidates(step.id)
    if step.place.closing:
        return max(candidates, key=lambda c: c.start, default=None)
    rule = step.place.answers
    if rule and rule.step in facts.assigned:
        asked = facts.assigned[rule.step].candidate.end
        return min(candidates, key=lambda c: (c.start < asked, c.start), default=None)
    return max(candidates, key=lambda c: c.similarity, default=None)


def _rejected(call: JudgedCall, step: Step, near: Candidate, facts: CallFacts) -> str:
    """Why the nearest words do not count, as part of a sentence."""
    reason = rejection_reason(call, step, near)
    if reason:
        return reason
    rule = step.place.answers
    if rule:
        question = facts.assigned.get(rule.step)
        if question and not follows_answer(call, step, near, question.candidate):
            return "they do not stand between the customer's answer and the agent's next step"
    taken = any(same_utterance(near, assignment.candidate) for assignment in facts.assigned.values())
    if step.place.closing and not taken:
        return "they do not stand in the closing"
    return "they serve another step"


def _answer_fits(call: JudgedCall, step: Step, facts: CallFacts) -> bool:
    """True when the customer answered as one answers this step: that proves a question recognised badly."""
    replies = call.bank.replies
    answered = (
        (replies.caller_role, facts.replies.caller_role),
        (replies.email_reply, facts.replies.email_reply),
        (replies.callback_reply, facts.replies.callback_reply),
    )
    return any(
        spec is not None and spec.step == step.id and answer is not None and answer.value != "unclear"
        for spec, answer in answered
    )


def _finding(call: JudgedCall, step: Step, decision: _Decision, facts: CallFacts) -> Finding:
    candidate = decision.candidate
    expected = None
    if decision.status in {"missed", "unsure"}:
        doubtful = candidate if step.id in facts.assigned else None
        expected = span_around(call, doubtful) if doubtful else expected_span(call, step, facts.assigned)
    evidence: dict[str, object] = {}
    if candidate is not None:
        evidence = {
            "start": round(candidate.start, 2),
            "end": round(candidate.end, 2),
            "channel": candidate.channel,
            "heard": candidate.heard,
            "phrase": candidate.phrase,
            "similarity": candidate.similarity or None,  # nothing was compared where only the answer tells
            "sound": acoustic_evidence(call, candidate),
        }
    return Finding(
        id=step.id,
        status=decision.status,
        confidence=confidence_of(decision.grounds, call.bank.confidence),
        reason=decision.reason,
        grounds=decision.grounds,
        expected=expected,
        second=facts.second.get(step.id),
        **evidence,
    )


def _second_finding(call: JudgedCall, step: Step, second: SecondPassEvidence, facts: CallFacts) -> Finding:
    """The undecided finding on a step that only the second pass has."""
    how = "has words like it" if second.outcome == "unclear" else "has it"
    return Finding(
        id=step.id,
        status="unsure",
        start=second.start,
        end=second.end,
        channel="agent",
        heard=second.heard,
        phrase=second.phrase,
        similarity=second.similarity,
        confidence=OPEN,
        grounds=_UNDECIDED,
        reason=f"The first reading does not have it, a second reading of the audio {how}: listen to it.",
        sound=second.sound,
        expected=expected_span(call, step, facts.assigned),
        second=second,
    )
