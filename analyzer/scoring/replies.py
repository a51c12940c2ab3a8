"""The customer's replies: caller role, e-mail, callback (SOP clauses 2, 4 and 7)."""

from dataclasses import dataclass
from typing import cast

from analyzer.models.bank import CallbackReplySpec, EmailReplySpec, Reply, RoleReply
from analyzer.models.base import CallbackReply, CallerRole, EmailReply
from analyzer.models.evidence import Turn
from analyzer.models.finding import Candidate
from analyzer.scoring.call import Call
from analyzer.scoring.capture import AnswerDictation
from analyzer.scoring.exchanges import Exchange


@dataclass(frozen=True)
class CustomerReply:
    """The value of a reply, with the words that gave it."""

    value: str
    heard: str
    start: float
    number: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class CustomerReplies:
    """All replies of a call; None where nothing was asked or the reply was not understood."""

    caller_role: CustomerReply | None = None
    email_reply: CustomerReply | None = None
    callback_reply: CustomerReply | None = None
    volunteered_role: CustomerReply | None = None

    @property
    def role(self) -> CallerRole | None:
        """The caller's role as its result key."""
        return cast(CallerRole, self.caller_role.value) if self.caller_role else None

    @property
    def email(self) -> EmailReply | None:
        """The e-mail reply as its result key."""
        return cast(EmailReply, self.email_reply.value) if self.email_reply else None

    @property
    def callback(self) -> CallbackReply | None:
        """The callback reply as its result key."""
        return cast(CallbackReply, self.callback_reply.value) if self.callback_reply else None


def caller_role(call: Call, spec: RoleReply, question: Candidate) -> CustomerReply | None:
    """The answer to the role question, or what the caller said of it before; None when unclear."""
    exchange = Exchange(call, spec, question)
    for turn in exchange.turns():
        answer = first_value(call, spec, turn) or _plain_yes(exchange, spec, turn)
        if answer:
            return answer
    return volunteered(call, spec, question.start) if spec.volunteered else None


def volunteered(call: Call, spec: Reply, before: float) -> CustomerReply | None:
    """A value that the customer said unasked before the second `before`; only what is surely said."""
    for turn in call.customer_turns:
        if turn.start >= before:
            break
        answer = first_value(call, spec, turn, least=spec.volunteered_from)
        if answer:
            return answer
    return None


def email_reply(call: Call, spec: EmailReplySpec, question: Candidate) -> CustomerReply | None:
    """Given (with the address when it can be read), refused, or none."""
    dictation = AnswerDictation(Exchange(call, spec, question))
    dictated = dictation.email(spec)
    if dictated:
        return CustomerReply("given", dictated.heard, dictated.start, email=dictated.value)
    for turn in dictation.turns:
        answer = first_value(call, spec, turn)
        if answer:
            return answer
    return None


def callback_reply(call: Call, spec: CallbackReplySpec, question: Candidate) -> CustomerReply | None:
    """Yes, another number (with its digits when they can be read), no, or unclear when none of these was said."""
    dictation = AnswerDictation(Exchange(call, spec, question))
    for index, turn in enumerate(dictation.turns):
        answer = first_value(call, spec, turn)
        number = dictation.phone(spec, index)
        least = spec.least_digits if number or not answer or answer.value != "yes" else spec.whole_digits
        if dictation.digits(index) >= least:
            return CustomerReply("other_number", turn.text, turn.start, number=number.value if number else None)
        if answer:
            said = number.value if number and answer.value == "other_number" else None
            return CustomerReply(answer.value, answer.heard, answer.start, number=said)
    first = next(iter(dictation.turns), None)
    return CustomerReply("unclear", first.text, first.start) if first else None


def first_value(call: Call, spec: Reply, turn: Turn, *, least: float = 0) -> CustomerReply | None:
    """The value of the first words in a turn that answer; of words close together the bank's order decides."""
    candidates = [
        (candidate, order)
        for order, value in enumerate(spec.values)
        for candidate in call.within(value.id, turn)
        if call.sure(candidate) and candidate.similarity >= least
    ]
    if not candidates:
        return None
    first = min(candidate.first for candidate, _ in candidates)
    near = [item for item in candidates if item[0].first - first <= spec.span_words]
    candidate, order = min(near, key=lambda item: (item[1], item[0].first))
    return CustomerReply(spec.values[order].value, turn.text, candidate.start)


def _plain_yes(exchange: Exchange, spec: RoleReply, turn: Turn) -> CustomerReply | None:
    """A bare yes to a question that named one role only, and was the only question."""
    call, question = exchange.call, exchange.question
    if exchange.together or not any(call.mentions(group, turn.start, turn.end, "customer") for group in spec.yes):
        return None
    asked = [
        role
        for role, groups in spec.on_yes.items()
        if any(call.mentions(group, question.start, question.end, "agent") for group in groups)
    ]
    return CustomerReply(asked[0], turn.text, turn.start) if len(asked) == 1 else None
