"""Judges calls again under banks with other thresholds; finds the highest at which a step still counts as said.

Similarity alone would not do: a "terima kasih" of 100 in the greeting never counts, and a question heard badly is met
all the same when the customer's answer proves it. So the scoring rules are run, once for each similarity that occurs
in the call. Matching, the expensive part, does not depend on `accept` and is done once.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from analyzer.analysis.labels import SAID
from analyzer.errors import RecordingError
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Seconds, Status, Verdict
from analyzer.models.finding import Evidence, Finding, Judgement
from analyzer.models.transcript import Transcript
from analyzer.scoring.judge import judge

ALWAYS = math.inf
"""`max_accept_threshold` of a step that counts as said at any threshold, because the customer's answer proves it"""
_MAX_SIMILARITY = 100.0


@dataclass(frozen=True)
class MatchedCall:
    """A transcript with the candidates in it at or above each target's `doubt`."""

    call_id: str
    transcript: Transcript
    evidence: Evidence


@dataclass(frozen=True)
class LabelledStep:
    """One labelled step of one call."""

    call_id: str
    said: bool
    """what the label says; only steps labelled as due are used"""
    max_accept_threshold: float | None
    """highest `accept` at which the rules call it said, 0 to 100 or ALWAYS; None when at none from `doubt` up"""

    def is_said_at(self, threshold: float) -> bool:
        """True when the step is met or out of order at this threshold."""
        return self.max_accept_threshold is not None and self.max_accept_threshold >= threshold


class Flip(Frozen):
    """One finding that another bank would change."""

    call_id: str
    step: str
    before: Status
    after: Status
    label: Status | None = Field(None, description="what people say; None when nobody labelled it")
    start: Seconds | None = Field(None, description="of the words that decide")
    heard: str | None = None

    @property
    def judged(self) -> str:
        """Whether the change is right by the label. To decide an unsure step wrongly is wrong: nobody looks again."""
        if self.label is None:
            return "not labelled"
        if self.after == self.label:
            return "right"
        return "wrong" if self.before in {self.label, "unsure"} else "still not right"


class VerdictFlip(Frozen):
    """One call whose verdict another bank would change."""

    call_id: str
    before: Verdict
    after: Verdict


class MaxAcceptThresholds:
    """Finds the highest thresholds of steps; keeps banks with changed thresholds, since calls share similarities."""

    def __init__(self, bank: PhraseBank) -> None:
        self._bank = bank
        self._banks: dict[tuple[str, float], PhraseBank] = {}
        self._doubt = {step.id: step.wording.doubt for step in bank.steps}

    def of(self, call: MatchedCall, step: str) -> float | None:
        """The highest `accept` at which this step of this call counts as said; see `LabelledStep`."""
        doubt = self._doubt[step]
        similarities = {max(doubt, item.similarity) for item in call.evidence.candidates if item.target == step}
        if not similarities:
            return None
        if max(similarities) < _MAX_SIMILARITY and self._is_said(call, step, _MAX_SIMILARITY):
            return ALWAYS
        return next((value for value in sorted(similarities, reverse=True) if self._is_said(call, step, value)), None)

    def _is_said(self, call: MatchedCall, step: str, threshold: float) -> bool:
        key = (step, threshold)
        if key not in self._banks:
            self._banks[key] = with_thresholds(self._bank, {step: threshold})
        return status_of(judge_call(call, self._banks[key]), step) in SAID


def match_call(call_id: str, transcript: Transcript, matcher: Matcher) -> MatchedCall:
    """Match a transcript once. Raises RecordingError when it has no words."""
    if not any(segment.words for segment in transcript.segments):
        raise RecordingError(f"{call_id}: the transcript holds no words; export it again")
    return MatchedCall(call_id, transcript, matcher.find(transcript))


def judge_call(call: MatchedCall, bank: PhraseBank) -> Judgement:
    """Findings of a call under a bank that differs from the matcher's only in its `accept` thresholds."""
    return judge(call.transcript, call.evidence, bank)


def status_of(judgement: Judgement, step: str) -> str:
    """Status of one step."""
    return next(finding.status for finding in judgement.findings if finding.id == step)


def with_thresholds(bank: PhraseBank, thresholds: Mapping[str, float]) -> PhraseBank:
    """The same bank with other `accept` thresholds for some steps."""
    steps = tuple(
        step.model_copy(update={"wording": step.wording.model_copy(update={"accept": thresholds[step.id]})})
        if step.id in thresholds
        else step
        for step in bank.steps
    )
    return with_changes(bank, steps=steps)


def with_changes(bank: PhraseBank, **changes: object) -> PhraseBank:
    """A changed copy. Not `model_copy`, which would carry along the targets that the bank has cached."""
    return PhraseBank.model_validate({**dict(bank), **changes})


def flips(
    call_id: str, before: Judgement, after: Judgement, labels: Mapping[str, Status] | None = None
) -> Iterable[Flip]:
    """The steps of one call whose status differs, in bank order."""
    old_findings = {finding.id: finding for finding in before.findings}
    for finding in after.findings:
        old = old_findings[finding.id]
        if old.status != finding.status:
            deciding = _deciding(old, finding)
            yield Flip(
                call_id=call_id,
                step=finding.id,
                before=old.status,
                after=finding.status,
                label=(labels or {}).get(finding.id),
                start=deciding.start,
                heard=deciding.heard,
            )


def _deciding(before: Finding, after: Finding) -> Finding:
    """The finding whose words show the change: the one in which the step is said."""
    return after if after.heard and after.status in SAID else before
