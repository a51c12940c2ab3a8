"""Values the customer dictated, and their check against the application's record (SOP clause 1 a-c)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analyzer.models.evidence import Turn
from analyzer.models.finding import Captured, RecordCheckItem
from analyzer.models.phrases import CallbackReplySpec, EmailReplySpec, PhraseBank
from analyzer.models.recording import CallMetadata
from analyzer.text import digit_runs, e164, language, normal_words, spell, spoken_email, written_email


@dataclass(frozen=True)
class Value:
    """A dictated value in normal form, and the words it was read from."""

    value: str
    heard: str
    start: float


class Dictation:
    """What a customer dictated over one or more turns."""

    def __init__(self, bank: PhraseBank, turns: Sequence[Turn]) -> None:
        self._bank = bank
        self._turns = turns

    def email(self, spec: EmailReplySpec) -> Value | None:
        """The first address, written or spoken; a long one may run over several turns."""
        domains = self._members(spec.domains)
        stop = self._members(spec.stop)
        for at in range(len(self._turns)):
            for run in (self._turns[at : at + 1], self._turns[at : at + 3]):
                text = " ".join(turn.text for turn in run)
                address = written_email(text) or spoken_email(
                    _dictated_words(run, self._marks(domains), stop, self._bank.language),
                    self._bank.language,
                    domains=domains,
                    stop=stop,
                )
                if address:
                    return Value(address, text, run[0].start)
        return None

    def phone(self, spec: CallbackReplySpec) -> Value | None:
        """The longest run of digits that can be a telephone number."""
        words = [word for turn in self._turns for heard in turn.words for word in heard.normal]
        runs = sorted(digit_runs(words, self._bank.language), key=len, reverse=True)
        for digits in runs:
            number = e164(digits, spec.region)
            if number:
                return Value(number, " ".join(turn.text for turn in self._turns), self._turns[0].start)
        return None

    def _members(self, group: str) -> frozenset[str]:
        return frozenset(w for entry in self._bank.groups[group] for w in normal_words(entry, self._bank.language))

    def _marks(self, domains: frozenset[str]) -> frozenset[str]:
        """Words that are read as the bank's even when misheard: signs, providers and tails."""
        names = [name for name in self._bank.groups if name.startswith("mail_") and name != "mail_stop"]
        return domains.union(language(self._bank.language).signs, *(self._members(name) for name in names))


def _dictated_words(turns: Sequence[Turn], marks: frozenset[str], stop: frozenset[str], language: str) -> list[str]:
    """Names as recognised, but signs, providers and digits in the bank's spelling."""
    words: list[str] = []
    for turn in turns:
        for heard in turn.words:
            if all(word in marks or word.isdigit() for word in heard.normal):
                words += heard.normal
                continue
            for piece in heard.plain:
                spelled = spell(piece, language)
                words += spelled if stop.issuperset(spelled) or spelled[0].isdigit() else (piece,)
    return words


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
