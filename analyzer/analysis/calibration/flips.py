"""What another bank would change: findings and verdicts that come out differently for the same calls."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from analyzer.models.base import Frozen, Seconds, Status, Verdict
from analyzer.models.finding import Finding, Judgement


class Flip(Frozen):
    """One finding that would change."""

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
    """One call whose verdict would change."""

    call_id: str
    before: Verdict
    after: Verdict


def flips(
    call_id: str, before: Judgement, after: Judgement, labels: Mapping[str, Status] | None = None
) -> Iterable[Flip]:
    """The steps of one call whose status differs, in bank order."""
    was = {finding.id: finding for finding in before.findings}
    for finding in after.findings:
        old = was[finding.id]
        if old.status != finding.status:
            shown = _shown(old, finding)
            yield Flip(
                call_id=call_id,
                step=finding.id,
                before=old.status,
                after=finding.status,
                label=(labels or {}).get(finding.id),
                start=shown.start,
                heard=shown.heard,
            )


def _shown(before: Finding, after: Finding) -> Finding:
    """The finding whose words tell more: the one that says it was said."""
    return after if after.heard and after.status in {"met", "out_of_order"} else before
