"""Tries a changed bank on stored transcripts, and quotes where words were heard."""

from collections.abc import Mapping

from analyzer.analysis.calibration.rejudge import Flip, MatchedCall, flips, judge_call
from analyzer.analysis.labels import CallLabels
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Seconds
from analyzer.models.finding import Judgement
from analyzer.models.transcript import Transcript

QUOTES = 3  # shown of a proposal


class Quote(Frozen):
    """Where it was heard. Quotes are evidence and stay as recognised; they are no part of the proposal."""

    call_id: str
    start: Seconds
    heard: str


class Trial:
    """Stored transcripts judged under the bank as it is, of the calls that some proposal affects.

    `changed`: a bank with all proposals at once. It shows which calls any of them affects; only those are matched
    again for each proposal, so that trying many costs little more than trying one.
    """

    def __init__(
        self,
        bank: PhraseBank,
        matcher: Matcher,
        transcripts: Mapping[str, Transcript],
        labels: Mapping[str, CallLabels],
        changed: PhraseBank,
    ) -> None:
        self._labels = labels
        self.has_transcripts = bool(transcripts)
        self._affected: list[tuple[MatchedCall, Judgement]] = []
        if changed == bank:
            return
        with_all = Matcher(changed)
        for call_id, transcript in transcripts.items():
            call = MatchedCall(call_id, transcript, matcher.find(transcript))
            if with_all.find(transcript).candidates != call.evidence.candidates:
                self._affected.append((call, judge_call(call, bank)))

    def flips(self, bank: PhraseBank, matcher: Matcher) -> tuple[Flip, ...]:
        """The findings of the stored transcripts that another bank (with its matcher) would change."""
        changed: list[Flip] = []
        for call, before in self._affected:
            matched = MatchedCall(call.call_id, call.transcript, matcher.find(call.transcript))
            label = self._labels.get(call.call_id)
            changed += flips(call.call_id, before, judge_call(matched, bank), label.steps if label else None)
        return tuple(changed)
