"""How high a step's bar may be before a call's step is no longer called said.

Similarity alone would not do: a "terima kasih" of 100 in the greeting never counts, and a question heard badly is met
all the same when the customer's answer proves it. So the rules themselves are asked, once for each similarity that
occurs in the call: matching, the dear part, does not depend on `accept` and is done once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.errors import RecordingError
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.evidence import Evidence
from analyzer.models.finding import Judgement
from analyzer.models.transcript import Transcript
from analyzer.scoring.judge import judge

SAID = frozenset({"met", "out_of_order"})
ALWAYS = math.inf
"""reach of a step that is called said whatever its bar, because the customer's answer proves it"""
_TOP = 100.0


@dataclass(frozen=True)
class MatchedCall:
    """A transcript with what was found in it at or above each target's `doubt`."""

    call_id: str
    transcript: Transcript
    evidence: Evidence


@dataclass(frozen=True)
class LabelledStep:
    """One labelled step of one call."""

    call_id: str
    said: bool
    """what the label says; only steps labelled as due are samples"""
    max_accept_threshold: float | None
    """highest `accept` at which the rules call it said, 0 to 100 or ALWAYS; None when at no bar from `doubt` up"""

    def is_met_at(self, accept: float) -> bool:
        """The finding at this bar."""
        return self.max_accept_threshold is not None and self.max_accept_threshold >= accept


def match_call(call_id: str, transcript: Transcript, matcher: Matcher) -> MatchedCall:
    """Match once; everything after that is rules. Raises RecordingError when there is nothing to match."""
    if not any(segment.words for segment in transcript.segments):
        raise RecordingError(f"{call_id}: the transcript holds no words; export it again")
    return MatchedCall(call_id, transcript, matcher.find(transcript))


def with_thresholds(bank: PhraseBank, accepts: Mapping[str, float]) -> PhraseBank:
    """The same bank with other bars for some steps."""
    steps = tuple(
        step.model_copy(update={"wording": step.wording.model_copy(update={"accept": accepts[step.id]})})
        if step.id in accepts
        else step
        for step in bank.steps
    )
    # not model_copy: it would carry along the wordings that the bank has looked up and kept
    return PhraseBank.model_validate({**dict(bank), "steps": steps})


class MaxAcceptThresholds:
    """Finds reaches; banks with another bar are made once, calls share most of their similarities."""

    def __init__(self, bank: PhraseBank) -> None:
        self._bank = bank
        self._banks: dict[tuple[str, float], PhraseBank] = {}
        self._doubt = {step.id: step.wording.doubt for step in bank.steps}

    def of(self, call: MatchedCall, step: str) -> float | None:
        """The reach of one step in one call."""
        doubt = self._doubt[step]
        found = {max(doubt, item.similarity) for item in call.evidence.candidates if item.target == step}
        if not found:
            return None
        if max(found) < _TOP and self._said(call, step, _TOP):
            return ALWAYS
        return next((bar for bar in sorted(found, reverse=True) if self._said(call, step, bar)), None)

    def _said(self, call: MatchedCall, step: str, accept: float) -> bool:
        key = (step, accept)
        if key not in self._banks:
            self._banks[key] = with_thresholds(self._bank, {step: accept})
        return status_of(judge_call(call, self._banks[key]), step) in SAID


def judge_call(call: MatchedCall, bank: PhraseBank) -> Judgement:
    """The rules' view of a call under a bank that differs from the matcher's in its bars only."""
    return judge(call.transcript, call.evidence, bank)


def status_of(judgement: Judgement, step: str) -> str:
    """Status of one step."""
    return next(finding.status for finding in judgement.findings if finding.id == step)
