"""Compares reports of the same calls under two banks: what comes out differently, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.tables import seconds_text
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen, Status, Verdict
from analyzer.models.finding import Finding
from analyzer.models.report import Report, SopRef


class StepFlip(Frozen):
    """A step whose status changed; None where a bank has no such step."""

    call_id: str
    step: str
    before: Finding | None
    after: Finding | None
    why: str = Field(description="one plain sentence, in English")


class CallFlip(Frozen):
    """A call whose verdict changed."""

    call_id: str
    before: Verdict
    after: Verdict
    score_before: float | None
    score_after: float | None


class StepChange(Frozen):
    """Number of calls in which a step changed from one status to another."""

    step: str
    before: Status | None
    after: Status | None
    calls: int


class ResultComparison(Frozen):
    """Everything that another bank changes with the same transcripts."""

    calls: int
    changed: int = Field(description="calls in which a step, the verdict or a reply differs")
    sop_before: tuple[SopRef, ...] = Field(description="usually one")
    sop_after: SopRef
    steps: tuple[StepFlip, ...]
    verdicts: tuple[CallFlip, ...]
    summary: tuple[StepChange, ...] = Field(description="most frequent first")
    replies: dict[str, int] = Field(description="calls whose role, replies, exemption or captured values differ")
    not_compared: tuple[str, ...] = Field((), description="calls that have no earlier result")


def compare(before: Sequence[Report], after: Sequence[Report], bank: PhraseBank) -> ResultComparison:
    """Earlier reports against those under `bank`, by call id and recording; order is that of `after`."""
    earlier = {(report.call_id, report.recording): report for report in before}
    pairs = [(old, new) for new in after if (old := earlier.get((new.call_id, new.recording)))]
    flips = [flip for old, new in pairs for flip in _steps(old, new, bank)]
    verdicts = [_verdict(old, new) for old, new in pairs if old.verdict != new.verdict]
    replies = Counter(field for old, new in pairs for field in _replies(old, new))
    changed = {flip.call_id for flip in flips} | {flip.call_id for flip in verdicts}
    changed |= {new.call_id for old, new in pairs if any(_replies(old, new))}
    changes = Counter((flip.step, _status(flip.before), _status(flip.after)) for flip in flips)
    return ResultComparison(
        calls=len(pairs),
        changed=len(changed),
        sop_before=tuple(sorted({old.sop for old, _ in pairs}, key=lambda sop: sop.sha256)),
        sop_after=SopRef(id=bank.id, version=bank.version, sha256=bank.sha256),
        steps=tuple(flips),
        verdicts=tuple(verdicts),
        summary=tuple(
            StepChange(step=step, before=before, after=after, calls=count)
            for (step, before, after), count in changes.most_common()
        ),
        replies=dict(sorted(replies.items())),
        not_compared=tuple(new.call_id for new in after if (new.call_id, new.recording) not in earlier),
    )


def _steps(old: Report, new: Report, bank: PhraseBank) -> Iterable[StepFlip]:
    old_findings = {finding.id: finding for finding in old.steps}
    new_findings = {finding.id: finding for finding in new.steps}
    for step in dict.fromkeys((*new_findings, *old_findings)):
        before, after = old_findings.get(step), new_findings.get(step)
        if (before and before.status) != (after and after.status):
            why = _why(before, after, bank)
            yield StepFlip(call_id=new.call_id, step=step, before=before, after=after, why=why)


def _why(before: Finding | None, after: Finding | None, bank: PhraseBank) -> str:
    """What made the difference, as far as the two findings show it."""
    if after is None:
        return "This bank has no such step." if before else ""
    if before is None:
        return f"The step is new. {after.reason}"
    threshold = next((step.wording.accept for step in bank.steps if step.id == after.id), None)
    same_words = before.start == after.start and before.heard == after.heard
    if same_words and after.similarity is not None and before.similarity is not None:
        if before.similarity != after.similarity:
            change = f"The same words now resemble “{after.phrase}” by {after.similarity:.0f}"
            return f"{change}, before by {before.similarity:.0f} (bar {threshold:g}). {after.reason}"
        return f"The same words, similarity {after.similarity:.0f}, against a bar of {threshold:g}. {after.reason}"
    if after.heard and not before.heard:
        return f"Now heard: “{after.heard}”. {after.reason}"
    if after.heard and before.heard:
        return f"Other words decide now: “{after.heard}” instead of “{before.heard}”. {after.reason}"
    return after.reason


def _verdict(old: Report, new: Report) -> CallFlip:
    return CallFlip(
        call_id=new.call_id,
        before=old.verdict,
        after=new.verdict,
        score_before=old.score,
        score_after=None if new.score is None else round(new.score, 1),
    )


def _replies(old: Report, new: Report) -> list[str]:
    pairs: Mapping[str, tuple[object, object]] = {
        "caller_role": (old.caller_role, new.caller_role),
        "email_reply": (old.email_reply, new.email_reply),
        "callback_reply": (old.callback_reply, new.callback_reply),
        "exemption": (old.exemption and old.exemption.kind, new.exemption and new.exemption.kind),
        "captured_email": (old.captured.email, new.captured.email),
        "captured_phone": (old.captured.phone, new.captured.phone),
        "violations": ({v.id for v in old.violations}, {v.id for v in new.violations}),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def comparison_table(result: ResultComparison, shown: int) -> RenderableType:
    """Tables for the terminal: totals, then the first `shown` verdicts and steps with their words and reasons."""
    parts: list[RenderableType] = [Text(_head(result))]
    if result.summary:
        parts.append(_summary_table(result))
    if result.replies:
        parts.append(Text("Replies that differ: " + ", ".join(f"{k} {n}" for k, n in result.replies.items())))
    if result.verdicts:
        parts.append(_verdicts_table(result, shown))
    if result.steps:
        parts.append(_steps_table(result, shown))
    if result.not_compared:
        parts.append(Text(f"{len(result.not_compared)} calls have no earlier result.", style="yellow"))
    return Group(*parts)


def _head(result: ResultComparison) -> str:
    old = ", ".join(f"{sop.id} {sop.version} ({sop.sha256[:8]})" for sop in result.sop_before) or "nothing"
    new = f"{result.sop_after.id} {result.sop_after.version} ({result.sop_after.sha256[:8]})"
    same = result.calls - result.changed
    return f"{result.calls} calls, {old} -> {new}: {result.changed} change, {same} stay as they were."


def _summary_table(result: ResultComparison) -> Table:
    table = Table("step", "before", "after", title="Steps that change", title_justify="left")
    table.add_column("calls", justify="right")
    for row in result.summary:
        table.add_row(row.step, row.before or "-", row.after or "-", str(row.calls))
    return table


def _verdicts_table(result: ResultComparison, shown: int) -> Table:
    title = f"Verdicts that change ({min(shown, len(result.verdicts))} of {len(result.verdicts)})"
    table = Table("call", "before", "after", title=title, title_justify="left")
    for flip in result.verdicts[:shown]:
        before, after = _scored(flip.before, flip.score_before), _scored(flip.after, flip.score_after)
        table.add_row(Text(flip.call_id), before, after)
    return table


def _steps_table(result: ResultComparison, shown: int) -> Table:
    title = f"Steps and why ({min(shown, len(result.steps))} of {len(result.steps)})"
    table = Table("call", "step", "before", "after", "at", "why", title=title, title_justify="left")
    for flip in result.steps[:shown]:
        deciding = flip.after if flip.after and flip.after.heard else flip.before
        statuses = (_status(flip.before) or "-", _status(flip.after) or "-")
        start = seconds_text(deciding.start if deciding else None)
        table.add_row(Text(flip.call_id), flip.step, *statuses, start, Text(flip.why))
    return table


def _scored(verdict: str, score: float | None) -> str:
    return verdict if score is None else f"{verdict} {score:.0f}"


def _status(finding: Finding | None) -> Status | None:
    return finding.status if finding else None
