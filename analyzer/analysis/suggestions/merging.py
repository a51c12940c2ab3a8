"""One proposal for wordings of which one would carry the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.analysis.bank_check import candidates_in
from analyzer.analysis.calibration.max_threshold import SAID
from analyzer.analysis.suggestions.near_misses import NearMiss
from analyzer.analysis.suggestions.trial import takes_phrases, with_variants
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank, Step


@dataclass(frozen=True)
class Draft:
    """Near misses that one wording would decide, before it was tried."""

    step: Step
    text: str
    group: list[NearMiss]
    against: int
    """near misses with these words that people label missed"""

    @property
    def said(self) -> int:
        """Near misses that people say were said."""
        return sum(miss.label in SAID for miss in self.group)


@dataclass(frozen=True)
class Merged:
    """The drafts kept, and how many wordings the limit cut."""

    drafts: tuple[Draft, ...]
    left_off: int


def merge(drafts: Sequence[Draft], bank: PhraseBank, limit: int) -> Merged:
    """Join each draft to the first before it whose wording already brings it over the step's bar.

    `drafts` come most heard first; after `limit` kept ones the rest is only joined or cut.
    """
    kept: list[Draft] = []
    matchers: list[Matcher] = []
    cut = 0
    for draft in drafts:
        home = next((at for at, other in enumerate(kept) if _carries(other, matchers[at], draft)), None)
        if home is not None:
            other = kept[home]
            kept[home] = Draft(other.step, other.text, other.group + draft.group, other.against + draft.against)
        elif len(kept) < limit:
            kept.append(draft)
            matchers.append(Matcher(with_variants(bank, [(draft.step.id, draft.text)])))
        else:
            cut += 1
    return Merged(tuple(kept), cut)


def _carries(kept: Draft, matcher: Matcher, draft: Draft) -> bool:
    if kept.step.id != draft.step.id or not takes_phrases(draft.step):
        return False
    bar = draft.step.wording.accept
    found = candidates_in(matcher, draft.text, "agent")
    return any(item.target == draft.step.id and item.similarity >= bar for item in found)
