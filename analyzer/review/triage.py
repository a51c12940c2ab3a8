"""Why somebody should look at a call, the weightiest reason first; and how a call stands in the queue by it."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analyzer.models.bank import PhraseBank
from analyzer.models.base import Status
from analyzer.models.finding import Finding, Judgement
from analyzer.models.report import Report
from analyzer.models.review import Case, Standing
from analyzer.review.event_replay import State, fold
from analyzer.review.reviewed import Reviewed, reviewed_report
from analyzer.review.settings import ReviewSettings
from analyzer.scoring.score import REVIEW_FLAGS, score
from analyzer.sources.call_time import day_of

RANKS = (
    "dispute",  # somebody waits for an answer
    "violation",  # said something the SOP forbids, perhaps
    "unsure_decides",  # an unsure step could turn the verdict
    "fail_near",  # one wrong finding more or less, and it would pass
    "exemption_doubtful",  # perhaps nothing was due
    "fail",  # below the mark
    "flagged",  # nothing else, but the recording or the speakers are in doubt
    "audit",  # drawn at random, so that calls nobody suspects are heard, too
)
"""machine keys of the reasons, in the order of urgency"""
_NOBODY, _DONE = len(RANKS), len(RANKS) + 1
_DOUBTS = ("exemption_doubtful", "other_role_volunteered")


@dataclass(frozen=True)
class Reason:
    """One reason. `place` orders calls of the same reason, smaller first; the rest fills the words for it."""

    key: str
    place: float = 0.0
    steps: tuple[str, ...] = ()
    """ids of the steps (or the violation, or flags) that are meant"""
    points: float | None = None
    """of the score: how far the answer can move it, or how far it is below the mark"""


def reasons(reviewed: Reviewed, state: State, bank: PhraseBank, call: str, settings: ReviewSettings) -> list[Reason]:
    """All reasons to look at a call, weightiest first. None once it was reviewed, but open disputes."""
    found = [Reason("dispute", d.event.when, (d.event.step or "",)) for d in state.open_disputes]
    if state.reviewed is None and reviewed.report.steps:
        found += _of_report(reviewed.report, bank, state.rulings.keys())
        if not found and reviewed.report.verdict == "review":
            found.append(Reason("flagged"))
        drawn = _draw(call, settings.audit_seed)
        if not found and drawn < settings.audit_share:
            found.append(Reason("audit", drawn))
    return sorted(found, key=lambda reason: (RANKS.index(reason.key), reason.place))


def standing(case: Case, settings: ReviewSettings, rules: str) -> Standing:
    """How a call stands, from its case alone."""
    state = fold(case.events)
    reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
    first = next(iter(reasons(reviewed, state, case.bank, case.call, settings)), None)
    day = day_of(case.report.started_at)
    report = reviewed.report
    return Standing(
        inputs=case.inputs,
        rules=rules,
        verdict=report.verdict,
        score=report.score,
        reviewed=state.reviewed is not None,
        older=bool(state.older(case.inputs)),
        disputes=len(state.open_disputes),
        rank=RANKS.index(first.key) if first else _DONE if state.reviewed else _NOBODY,
        place=first.place if first else 0.0,
        why=first.key if first else None,
        day=day.isoformat() if day else None,
        decided=reviewed.decided,
    )


def _of_report(report: Report, bank: PhraseBank, ruled: Collection[str]) -> Iterator[Reason]:
    open_still = [violation for violation in report.violations if violation.id not in ruled]
    for violation in open_still:
        yield Reason("violation", 0.0 if violation.certain else 1.0, (violation.id,))
    unsure = [finding for finding in report.steps if finding.status == "unsure"]
    if report.verdict == "review" and unsure and _straddles(report, bank.pass_mark):
        swings = {finding.id: _swing(report, finding, bank) for finding in unsure}
        points = (report.score_high or 0.0) - (report.score_low or 0.0)
        yield Reason("unsure_decides", -points, tuple(sorted(swings, key=lambda step: -swings[step])), points)
    if report.verdict == "fail" and not any(violation.certain for violation in open_still):
        yield _failed(report, bank)
    doubts = tuple(flag for flag in report.flags if flag in _DOUBTS)
    if doubts:
        yield Reason("exemption_doubtful", 0.0, doubts)
    flags = tuple(flag for flag in report.flags if flag in REVIEW_FLAGS and flag not in _DOUBTS)
    if flags and report.verdict == "review":
        yield Reason("flagged", -len(flags), flags)


def _straddles(report: Report, mark: float) -> bool:
    low, high = report.score_low, report.score_high
    return low is not None and high is not None and low < mark <= high


def _failed(report: Report, bank: PhraseBank) -> Reason:
    """Near the mark when one wrong finding would be enough: a wrong `missed` costs an agent."""
    high = report.score_high or 0.0
    short = round(bank.pass_mark - high, 2)
    if short <= 0:
        return Reason("fail", high, tuple(violation.id for violation in report.violations))
    lost = [finding for finding in report.steps if finding.status in ("missed", "out_of_order")]
    enough = tuple(f.id for f in lost if (_high(report, f, "met", bank) or 0.0) >= bank.pass_mark)
    if enough:
        return Reason("fail_near", short, enough, short)
    return Reason("fail", high, tuple(finding.id for finding in lost), short)


def _swing(report: Report, finding: Finding, bank: PhraseBank) -> float:
    """Points of the score between this step missed and met."""
    return (report.score_high or 0.0) - (_high(report, finding, "missed", bank) or 0.0)


def _high(report: Report, finding: Finding, status: Status, bank: PhraseBank) -> float | None:
    changed = finding.model_copy(update={"status": status})
    findings = tuple(changed if one is finding else one for one in report.steps)
    return score(Judgement(findings=findings), bank).score_high


def _draw(call: str, seed: str) -> float:
    """A number from 0 to 1 that is the call's own."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{call}".encode()).digest()[:8]) / 2**64
