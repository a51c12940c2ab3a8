"""Triage: the reasons to review a call, most urgent first, and the position in the queue that follows from them."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pydantic import Field

from analyzer.files import package_sha256
from analyzer.locale.catalogue import LANGUAGES, Labels, has_message, translate
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Lang, Probability, Status
from analyzer.models.finding import Finding, Judgement
from analyzer.models.report import Report
from analyzer.models.review import Case, QueuePosition
from analyzer.review.events import CallState, replay
from analyzer.review.reviewed_report import ReviewedReport, reviewed_report
from analyzer.scoring.score import REVIEW_FLAGS, score
from analyzer.sources.call_time import day_of

PRIORITIES = (
    "dispute",  # an agent waits for an answer
    "violation",  # said something the SOP forbids, perhaps
    "unsure_decides",  # an unsure step could turn the verdict
    "fail_near",  # it would pass with one finding more
    "exemption_doubtful",  # perhaps nothing was due
    "fail",  # below the mark
    "flagged",  # nothing else, but the recording or the speakers are in doubt
    "audit",  # drawn at random, so that calls without any other reason are heard, too
)
"""machine keys of the reasons, most urgent first"""
_NO_REASON_RANK, _REVIEWED_RANK = len(PRIORITIES), len(PRIORITIES) + 1
_EXEMPTION_FLAGS = ("exemption_doubtful", "other_role_volunteered")
_CODE_PACKAGES = ("review", "scoring")  # whose code derives a call's position in the queue


class ReviewSettings(Frozen):
    """How the queue is made and when figures may be believed."""

    audit_share: Probability = Field(
        0.05, description="of calls without any other reason to look; manual quality checks hear 1 to 5 % of calls"
    )
    audit_seed: str = Field("audit", description="another seed draws another sample, the same seed the same one")
    few: int = Field(20, ge=1, description="below it a figure says nothing; Genesys asks for 20 calls a figure")
    risk_calls: int = Field(
        2, ge=0, description="of an agent's plan, picked by urgency beside the random ones; they enter no estimate"
    )

    def rules(self) -> str:
        """Hash of these settings and of the code that derives queue positions: others derive them again."""
        return hashlib.sha256(f"{self.model_dump_json()}\0{package_sha256(*_CODE_PACKAGES)}".encode()).hexdigest()


@dataclass(frozen=True)
class Reason:
    """One reason to review a call."""

    key: str
    """one of `PRIORITIES`"""
    place: float = 0.0
    """order among calls of the same reason, smaller first"""
    steps: tuple[str, ...] = ()
    """ids of the steps (or the violation, or flags) that are meant"""
    points: float | None = None
    """of the score: how far the answer can move it, or how far it is below the mark"""


def reasons(
    reviewed: ReviewedReport, state: CallState, bank: PhraseBank, call: str, settings: ReviewSettings
) -> list[Reason]:
    """All reasons to review a call, most urgent first. Once it was reviewed, only open disputes."""
    result = [Reason("dispute", d.event.when, (d.event.step or "",)) for d in state.open_disputes]
    if state.reviewed is None and reviewed.report.steps:
        result += _report_reasons(reviewed.report, bank, state.violation_decisions.keys())
        if not result and reviewed.report.verdict == "review":
            result.append(Reason("flagged"))
        drawn = _draw(call, settings.audit_seed)
        if not result and drawn < settings.audit_share:
            result.append(Reason("audit", drawn))
    return sorted(result, key=lambda reason: (PRIORITIES.index(reason.key), reason.place))


def queue_position(case: Case, settings: ReviewSettings, rules: str) -> QueuePosition:
    """A call's position in the queue, derived from its case alone."""
    state = replay(case.events)
    reviewed = reviewed_report(case.report, state, case.bank, inputs=case.inputs)
    first = next(iter(reasons(reviewed, state, case.bank, case.call, settings)), None)
    day = day_of(case.report.started_at)
    report = reviewed.report
    return QueuePosition(
        inputs=case.inputs,
        rules=rules,
        verdict=report.verdict,
        score=report.score,
        reviewed=state.reviewed is not None,
        older=bool(state.older(case.inputs)),
        disputes=len(state.open_disputes),
        rank=PRIORITIES.index(first.key) if first else _REVIEWED_RANK if state.reviewed else _NO_REASON_RANK,
        place=first.place if first else 0.0,
        why=first.key if first else None,
        day=day.isoformat() if day else None,
        decided=reviewed.decided,
    )


def _report_reasons(report: Report, bank: PhraseBank, ruled: Collection[str]) -> Iterator[Reason]:
    not_ruled = [violation for violation in report.violations if violation.id not in ruled]
    for violation in not_ruled:
        yield Reason("violation", 0.0 if violation.certain else 1.0, (violation.id,))
    unsure = [finding for finding in report.steps if finding.status == "unsure"]
    if report.verdict == "review" and unsure and _straddles(report, bank.pass_mark):
        swings = {finding.id: _swing(report, finding, bank) for finding in unsure}
        points = (report.score_high or 0.0) - (report.score_low or 0.0)
        yield Reason("unsure_decides", -points, tuple(sorted(swings, key=lambda step: -swings[step])), points)
    if report.verdict == "fail" and not any(violation.certain for violation in not_ruled):
        yield _failed(report, bank)
    doubts = tuple(flag for flag in report.flags if flag in _EXEMPTION_FLAGS)
    if doubts:
        yield Reason("exemption_doubtful", 0.0, doubts)
    flags = tuple(flag for flag in report.flags if flag in REVIEW_FLAGS and flag not in _EXEMPTION_FLAGS)
    if flags and report.verdict == "review":
        yield Reason("flagged", -len(flags), flags)


def _straddles(report: Report, mark: float) -> bool:
    """Whether the pass mark lies above the lowest possible score and not above the highest."""
    low, high = report.score_low, report.score_high
    return low is not None and high is not None and low < mark <= high


def _failed(report: Report, bank: PhraseBank) -> Reason:
    """Why to review a failed call: `fail_near` when one wrong finding decides it: a wrong `missed` costs an agent."""
    high = report.score_high or 0.0
    short = round(bank.pass_mark - high, 2)
    if short <= 0:
        return Reason("fail", high, tuple(violation.id for violation in report.violations))
    lost = [finding for finding in report.steps if finding.status in ("missed", "out_of_order")]
    enough = tuple(f.id for f in lost if (_high_score_if(report, f, "met", bank) or 0.0) >= bank.pass_mark)
    if enough:
        return Reason("fail_near", short, enough, short)
    return Reason("fail", high, tuple(finding.id for finding in lost), short)


def _swing(report: Report, finding: Finding, bank: PhraseBank) -> float:
    """Points of the score between this step missed and met."""
    return (report.score_high or 0.0) - (_high_score_if(report, finding, "missed", bank) or 0.0)


def _high_score_if(report: Report, finding: Finding, status: Status, bank: PhraseBank) -> float | None:
    """The highest possible score if this finding had another status."""
    changed = finding.model_copy(update={"status": status})
    findings = tuple(changed if other is finding else other for other in report.steps)
    return score(Judgement(findings=findings), bank).score_high


def _draw(call: str, seed: str) -> float:
    """A number from 0 to 1 that depends on the call and the seed alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{call}".encode()).digest()[:8]) / 2**64


def reason_text(reason: Reason, lang: Lang, labels: Labels) -> str:
    """A reason to review in one line. `labels`: names of steps and violations by id."""
    names = [_subject(step, lang, labels) for step in reason.steps] or [translate("why.nothing", lang)]
    points = "" if reason.points is None else f"{reason.points:.0f}"
    return translate(f"why.{reason.key}", lang, steps=", ".join(names), points=points)


def _subject(key: str, lang: Lang, labels: Labels) -> str:
    """A step or violation has the SOP's own name, a flag the report's."""
    if key in labels:
        return labels[key][LANGUAGES.index(lang)]
    return translate(f"violation.{key}" if has_message(f"violation.{key}") else f"flag.{key}", lang)
