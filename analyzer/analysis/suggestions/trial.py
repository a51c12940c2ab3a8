"""Trying a variant: in a copy of the bank, against all of its examples and against stored transcripts."""

from collections.abc import Iterable, Mapping, Sequence

from analyzer.analysis.calibration.flips import Flip, flips
from analyzer.analysis.calibration.max_threshold import MatchedCall, judge_call
from analyzer.analysis.labels import Label
from analyzer.analysis.suggestions.near_misses import rebuilt
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.finding import Judgement
from analyzer.models.transcript import Transcript

Variant = tuple[str, str]
"""step id and wording"""


def takes_phrases(step: Step) -> bool:
    """A step without `must` is found by word groups alone; a phrase would match too much."""
    return bool(step.wording.must)


def with_variants(bank: PhraseBank, variants: Iterable[Variant]) -> PhraseBank:
    """The bank with more phrases, each an example that must match as well."""
    more: dict[str, tuple[str, ...]] = {}
    for step, text in variants:
        more[step] = (*more.get(step, ()), text)
    return rebuilt(bank, steps=tuple(_extended(step, more.get(step.id, ())) for step in bank.steps))


def _extended(step: Step, texts: tuple[str, ...]) -> Step:
    if not texts or not takes_phrases(step):
        return step
    wording = step.wording
    added = {"phrases": (*wording.phrases, *texts), "must_match": (*wording.must_match, *texts)}
    return step.model_copy(update={"wording": wording.model_copy(update=added)})


class VariantTrial:
    """Stored transcripts under the bank as it is, and the calls that some variant touches.

    A bank with all variants at once tells which calls resemble any of them; only those are matched again for each
    variant, so that trying many costs little more than trying one.
    """

    def __init__(
        self,
        bank: PhraseBank,
        matcher: Matcher,
        transcripts: Mapping[str, Transcript],
        labels: Mapping[str, Label],
        variants: Sequence[Variant],
    ) -> None:
        self._labels = labels
        self.given = bool(transcripts)
        self._touched: list[tuple[MatchedCall, Judgement]] = []
        if not transcripts or not variants:
            return
        every = Matcher(with_variants(bank, variants))
        for call_id, transcript in transcripts.items():
            call = MatchedCall(call_id, transcript, matcher.find(transcript))
            if every.find(transcript).candidates != call.evidence.candidates:
                self._touched.append((call, judge_call(call, bank)))

    def flips(self, bank: PhraseBank, matcher: Matcher) -> tuple[Flip, ...]:
        """What another bank (with its matcher) would change in the stored transcripts."""
        changed: list[Flip] = []
        for call, before in self._touched:
            other = MatchedCall(call.call_id, call.transcript, matcher.find(call.transcript))
            label = self._labels.get(call.call_id)
            changed += flips(call.call_id, before, judge_call(other, bank), label.steps if label else None)
        return tuple(changed)
