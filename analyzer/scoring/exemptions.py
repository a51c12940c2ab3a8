"""Whether a call is exempt (SOP clause 1): an urgent report, or a disappointed or angry customer."""

from dataclasses import dataclass

from analyzer.models.bank import ExemptionRule
from analyzer.models.finding import Candidate, Exemption
from analyzer.scoring.call import Call

SURE_SPEAKER = 0.75  # on mono: below it the words may be the agent's own, so a person should look


@dataclass(frozen=True)
class ExemptionFound:
    """The proof, when it is strong; `doubtful` when there is only weak proof."""

    exemption: Exemption | None
    doubtful: bool


def find_exemption(call: Call) -> ExemptionFound:
    """The earliest strong proof in the customer's words. Weak proof never exempts, it asks for a person."""
    strong: list[tuple[Candidate, ExemptionRule]] = []
    doubtful = False
    for rule in call.bank.exemptions:
        for candidate in call.heard(rule.id):
            sure = call.sure(candidate) and candidate.certainty >= SURE_SPEAKER
            if sure and rule.strength == "strong":
                strong.append((candidate, rule))
            else:
                doubtful = True
    if not strong:
        return ExemptionFound(None, doubtful)
    candidate, rule = min(strong, key=lambda item: (item[0].start, item[1].id))
    return ExemptionFound(
        Exemption(kind=rule.kind, heard=_quote(call, candidate), start=round(candidate.start, 2)), doubtful=False
    )


def _quote(call: Call, candidate: Candidate) -> str:
    """The customer's whole turn: a lone word proves nothing to a reader."""
    for turn in call.customer_turns:
        if turn.start <= candidate.start <= turn.end:
            return turn.text
    return candidate.heard
