"""Evidence -> judgement: which steps were due, which were met, what was answered (SOP clauses 1 to 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analyzer.models.bank import ExemptionRule, PhraseBank
from analyzer.models.finding import (
    Candidate,
    Captured,
    Evidence,
    Exemption,
    Finding,
    Judgement,
    SecondPassEvidence,
    Violation,
)
from analyzer.models.transcript import Transcript
from analyzer.scoring.assignment import Assignments, assign
from analyzer.scoring.call import SURE_SPEAKER, JudgedCall
from analyzer.scoring.findings import CallFacts, decide
from analyzer.scoring.question_answer import ImpliedQuestion, implied_question
from analyzer.scoring.replies import CustomerReplies, callback_reply, caller_role, email_reply, volunteered


def judge(
    transcript: Transcript,
    evidence: Evidence,
    bank: PhraseBank,
    second: Mapping[str, SecondPassEvidence] = MappingProxyType({}),
) -> Judgement:
    """Apply every rule of the bank's SOP to one call. Deterministic; needs no audio.

    `second`: by step, what a second pass over the audio gave; it can make a missed step unsure, nothing else.
    """
    call = JudgedCall(transcript, evidence, bank)
    assigned = assign(call)
    implied = _implied_questions(call, assigned)
    known = {step: candidate for step, question in implied.items() if (candidate := question.as_candidate(step))}
    if known:
        assigned = assign(call, known)
    replies = _replies(call, assigned)
    exempt = _exemption(call)
    facts = CallFacts(
        assigned=assigned,
        replies=replies,
        exemption=exempt.exemption,
        exemption_doubtful=exempt.doubtful,
        second=second,
        implied=implied,
    )
    findings: dict[str, Finding] = {}
    for step in bank.steps:
        findings[step.id] = decide(call, step, facts, findings)
    return Judgement(
        findings=tuple(findings.values()),
        exemption=exempt.exemption,
        exemption_doubtful=exempt.doubtful,
        caller_role=replies.role,
        email_reply=replies.email,
        callback_reply=replies.callback,
        captured=Captured(
            email=replies.email_reply.email if replies.email_reply else None,
            phone=replies.callback_reply.number if replies.callback_reply else None,
        ),
        violations=_violations(call),
        flags=_flags(call, replies, doubtful=exempt.doubtful),
    )


def _implied_questions(call: JudgedCall, assigned: Assignments) -> dict[str, ImpliedQuestion]:
    """By step: questions that were not recognised, but answered."""
    replies = call.bank.replies
    specs = (replies.caller_role, replies.email_reply, replies.callback_reply)
    missing = (spec for spec in specs if spec is not None and spec.step not in assigned)
    return {spec.step: question for spec in missing if (question := implied_question(call, spec)) is not None}


def _replies(call: JudgedCall, assigned: Assignments) -> CustomerReplies:
    """The customer's replies to the steps that were asked."""
    specs = call.bank.replies
    role_spec, email_spec, back_spec = specs.caller_role, specs.email_reply, specs.callback_reply
    role = email = back = unasked = None
    if role_spec and role_spec.step in assigned:
        role = caller_role(call, role_spec, assigned[role_spec.step].candidate)
    elif role_spec:
        unasked = volunteered(call, role_spec, float("inf"))
    if email_spec and email_spec.step in assigned:
        email = email_reply(call, email_spec, assigned[email_spec.step].candidate)
    if back_spec and back_spec.step in assigned:
        back = callback_reply(call, back_spec, assigned[back_spec.step].candidate)
    return CustomerReplies(caller_role=role, email_reply=email, callback_reply=back, volunteered_role=unasked)


@dataclass(frozen=True)
class _ExemptionResult:
    """The exemption, when its proof is strong; `doubtful` when there is only weak proof."""

    exemption: Exemption | None
    doubtful: bool


def _exemption(call: JudgedCall) -> _ExemptionResult:
    """The earliest strong proof in the customer's words. Weak proof never exempts, it sends the call to review."""
    strong: list[tuple[Candidate, ExemptionRule]] = []
    doubtful = False
    for rule in call.bank.exemptions:
        for candidate in call.candidates(rule.id):
            sure = call.is_accepted(candidate) and candidate.certainty >= SURE_SPEAKER
            if sure and rule.strength == "strong":
                strong.append((candidate, rule))
            else:
                doubtful = True
    if not strong:
        return _ExemptionResult(None, doubtful)
    candidate, rule = min(strong, key=lambda item: (item[0].start, item[1].id))
    return _ExemptionResult(
        Exemption(kind=rule.kind, heard=_quote(call, candidate), start=round(candidate.start, 2)), doubtful=False
    )


def _quote(call: JudgedCall, candidate: Candidate) -> str:
    """The customer's whole turn: a single word proves nothing to a reader."""
    for turn in call.customer_turns:
        if turn.start <= candidate.start <= turn.end:
            return turn.text
    return candidate.heard


def _violations(call: JudgedCall) -> tuple[Violation, ...]:
    violations = []
    for rule in call.bank.violations:
        for candidate in call.candidates(rule.id)[:1]:
            certain = call.is_accepted(candidate) and candidate.certainty >= SURE_SPEAKER
            start = round(candidate.start, 2)
            violations.append(Violation(id=rule.id, heard=candidate.heard, start=start, certain=certain))
    return tuple(violations)


def _flags(call: JudgedCall, replies: CustomerReplies, *, doubtful: bool) -> tuple[str, ...]:
    """Machine keys of things that a person should look at and that no status shows."""
    flags = ["exemption_doubtful"] if doubtful else []
    # the steps stay due when the role was not asked; a neighbour who said so unasked needs a look
    if replies.volunteered_role and replies.volunteered_role.value == "other":
        flags.append("other_role_volunteered")
    if call.agent_certainty < SURE_SPEAKER:
        flags.append("speakers_uncertain")
    return tuple(flags)
