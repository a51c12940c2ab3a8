"""The customer's replies: caller role, e-mail, callback (SOP clauses 2, 4 and 7), the values dictated in them, and the
check of these against the application's record (clause 1 a-c).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, cast

from analyzer.entities.email.dictation import DictationTurn, KnownWords, dictated_email
from analyzer.entities.phone import dictated_phone, e164
from analyzer.entities.spoken_digits import digit_tokens
from analyzer.language.normalise import fold, normal_words
from analyzer.models.bank import CallbackReplySpec, EmailReplySpec, PhraseBank, ReplySpec, RoleReplySpec
from analyzer.models.base import CallbackReply, CallerRole, EmailReply
from analyzer.models.finding import Candidate, Captured, RecordCheckItem, Turn
from analyzer.models.recording import CallMetadata
from analyzer.scoring.call import TIME_SLACK, JudgedCall
from analyzer.scoring.question_answer import Exchange

_MORE_SECONDS = 45  # an address spelled to an agent who repeats every piece takes about a minute
_READ_BACK_SECONDS = 12  # after the dictation, in which the agent repeats it
_CONTINUING_DIGITS = 2  # digits of a later turn that continue a number
_CONFIRMATION_WORDS = 3  # of a turn that only confirms what the agent repeats
_SHORT_WORD = 3  # letters; words so short cannot be distinguished when misheard
_BY_CHANCE = 1  # word of a call that sounds like an everyday word and is none, as a name
_DAMAGED = 0.01  # share of misspelled words from which others are lost, too: median 0 in clean text, 2 % at 10 % errors


@dataclass(frozen=True)
class DictatedValue:
    """A dictated value in normal form, and the words it was read from."""

    value: str
    heard: str
    start: float


class AnswerDictation:
    """What a customer dictates in answer to a question, over one or more turns, and what the agent repeats of it."""

    def __init__(self, exchange: Exchange) -> None:
        self._call = exchange.call
        self._bank = exchange.call.bank
        self._question = exchange.question
        self.turns = exchange.turns()
        self._later = exchange.turns(more=_MORE_SECONDS)[len(self.turns) :]

    def email(self, spec: EmailReplySpec) -> DictatedValue | None:
        """The address, written or spoken; a long one may run over several turns."""
        turns = [*self.turns, *self._later]
        if not turns:
            return None
        around = KnownWords(
            domains=self._members(spec.domains),
            stop=self._members(spec.stop),
            light=self._members(self._bank.match.light),
        )
        address = self._address(turns, around)
        if address is None:
            return None
        last = next(end for end in range(1, len(turns) + 1) if self._address(turns[:end], around) == address)
        first = next(i for i in range(last - 1, -1, -1) if self._address(turns[i:last], around) == address)
        return DictatedValue(address, " ".join(turn.text for turn in turns[first:last]), turns[first].start)

    def _address(self, dictation: Sequence[Turn], around: KnownWords) -> str | None:
        turns = sorted([*dictation, *self._read_back(dictation)], key=lambda turn: turn.start)
        said = [DictationTurn(turn.text, turn.channel == "customer") for turn in turns]
        return dictated_email(said, self._bank.language, around, misspelled=self._misspelled)

    def digits(self, index: int) -> int:
        """Number of digits dictated from an answering turn on; 0 when that turn itself is no dictation."""
        first = self._digits(self.turns[index])
        return first + sum(map(self._digits, self._following(index)[1:])) if first >= _CONTINUING_DIGITS else first

    def phone(self, spec: CallbackReplySpec, index: int) -> DictatedValue | None:
        """The number dictated from an answering turn on."""
        turns = self._following(index)
        number = dictated_phone(
            [digit_tokens(turn.text, self._bank.language, self._everyday) for turn in turns],
            [digit_tokens(turn.text, self._bank.language, self._everyday) for turn in self._read_back(turns)],
            spec.region,
            clear=self._misspelled <= _DAMAGED,
        )
        return DictatedValue(number, " ".join(turn.text for turn in turns), turns[0].start) if number else None

    def _following(self, index: int) -> list[Turn]:
        """An answering turn and those after it; later ones only while they continue with digits."""
        turns = self.turns[index:]
        for turn in self._later:
            if (
                not self._digits(turn) and len(turn.words) <= _CONFIRMATION_WORDS
            ):  # "iya" to digits that the agent repeats
                continue
            if self._digits(turn) < _CONTINUING_DIGITS or self._digits(turns[-1]) < _CONTINUING_DIGITS:
                break
            turns.append(turn)
        return turns

    def _digits(self, turn: Turn) -> int:
        return sum(unit.kind == "digit" for unit in digit_tokens(turn.text, self._bank.language, self._everyday))

    def _read_back(self, dictation: Sequence[Turn]) -> list[Turn]:
        """The agent's turns from the question until shortly after the dictation."""
        end = dictation[-1].end + _READ_BACK_SECONDS
        after = self._question.end - TIME_SLACK
        return [turn for turn in self._call.agent_turns if after <= turn.start <= end]

    def _members(self, group: str) -> frozenset[str]:
        entries = self._bank.groups[group]
        normal = {word for entry in entries for word in normal_words(entry, self._bank.language)}
        return frozenset(normal.union(*(entry.split() for entry in entries)))

    @cached_property
    def _everyday(self) -> frozenset[str]:
        """All words of the bank: they may resemble a digit or stand before an address, but are neither."""
        return _vocabulary(self._bank.entries(), self._bank.language)

    @cached_property
    def _misspelled(self) -> float:
        """Share of the call's words that sound like an everyday word but are spelled otherwise: "bitul", "zaya"."""
        code = self._bank.language
        sounds = _sounds(self._bank.entries(), code)
        words = [word for turn in self._call.turns for word in normal_words(turn.text, code) if len(word) > _SHORT_WORD]
        wrong = sum(word not in self._everyday and fold(word, code) in sounds for word in words)
        return max(0, wrong - _BY_CHANCE) / max(1, len(words))


@lru_cache(maxsize=4)  # banks in use at a time; a batch asks for the same one thousands of times
def _vocabulary(entries: tuple[str, ...], code: str) -> frozenset[str]:
    """Words of a bank's groups, as written and in normal words."""
    return frozenset(word for entry in entries for word in (*entry.split(), *normal_words(entry, code)))


@lru_cache(maxsize=4)
def _sounds(entries: tuple[str, ...], code: str) -> frozenset[str]:
    """Phonetic forms of the longer words of a bank's groups."""
    return frozenset(sound for word in _vocabulary(entries, code) if len(sound := fold(word, code)) > _SHORT_WORD)


def record_check(captured: Captured, metadata: CallMetadata, bank: PhraseBank) -> dict[str, RecordCheckItem]:
    """Captured values against the manifest's, by the field names of the application; empty without `system`."""
    fields = bank.record_fields.get(metadata.system) if metadata.system else None
    if not fields:
        return {}
    region = bank.replies.callback_reply.region if bank.replies.callback_reply else "ID"
    checks: dict[str, RecordCheckItem] = {}
    for key, field in fields.items():
        recorded = metadata.email if key == "email" else metadata.phone
        said = captured.email if key == "email" else captured.phone
        if key == "email":
            same = bool(recorded and said and recorded.strip().lower() == said)
        else:
            same = bool(recorded and said and (e164(recorded, region) or recorded) == said)
        outcome = _outcome(recorded, said, same=same)
        checks[key] = RecordCheckItem(field=field, outcome=outcome, recorded=recorded, said=said)
    return checks


def _outcome(
    recorded: str | None, said: str | None, *, same: bool
) -> Literal["match", "mismatch", "not_recorded", "not_said"]:
    if not said:
        return "not_said"
    if not recorded:
        return "not_recorded"
    return "match" if same else "mismatch"


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


def caller_role(call: JudgedCall, spec: RoleReplySpec, question: Candidate) -> CustomerReply | None:
    """The answer to the role question, or what the caller said of it before; None when unclear."""
    exchange = Exchange(call, spec, question)
    for turn in exchange.turns():
        answer = first_value(call, spec, turn) or _plain_yes(exchange, spec, turn)
        if answer:
            return answer
    return volunteered(call, spec, question.start) if spec.volunteered else None


def volunteered(call: JudgedCall, spec: ReplySpec, before: float) -> CustomerReply | None:
    """A value that the customer said unasked before the second `before`; only what is surely said."""
    for turn in call.customer_turns:
        if turn.start >= before:
            break
        answer = first_value(call, spec, turn, least=spec.volunteered_from)
        if answer:
            return answer
    return None


def email_reply(call: JudgedCall, spec: EmailReplySpec, question: Candidate) -> CustomerReply | None:
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


def callback_reply(call: JudgedCall, spec: CallbackReplySpec, question: Candidate) -> CustomerReply | None:
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


def first_value(call: JudgedCall, spec: ReplySpec, turn: Turn, *, least: float = 0) -> CustomerReply | None:
    """The value of the first words in a turn that answer; of words close together the bank's order decides."""
    candidates = [
        (candidate, order)
        for order, value in enumerate(spec.values)
        for candidate in call.within(value.id, turn)
        if call.is_accepted(candidate) and candidate.similarity >= least
    ]
    if not candidates:
        return None
    first = min(candidate.first for candidate, _ in candidates)
    near = [item for item in candidates if item[0].first - first <= spec.span_words]
    candidate, order = min(near, key=lambda item: (item[1], item[0].first))
    return CustomerReply(spec.values[order].value, turn.text, candidate.start)


def _plain_yes(exchange: Exchange, spec: RoleReplySpec, turn: Turn) -> CustomerReply | None:
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
