"""The calls of report.html as rows of data: short, because there may be 20,000 of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from analyzer.models.base import Status
from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.reports.call_times import read_time
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary.batch import Summary
from analyzer.reports.summary.figures import VERDICTS
from analyzer.sources.call_time import day_of

QUOTE = 90
"""characters of the words heard that a row shows; all of them are on the call's page"""
_LETTERS: dict[Status, str] = {"met": "m", "out_of_order": "o", "missed": "x", "unsure": "u", "not_applicable": "n"}
_ASKING = ("missed", "out_of_order", "unsure")  # a row tells of these, in this order


def call_rows(summary: Summary, addresses: Sequence[str]) -> dict[str, Any]:
    """`calls`: a list a call, its parts as `assets/report.js` names them; what repeats is a number into a list.

    [id, verdict, score, low, high, agent, begun, day, address, statuses, evidence, flags, more]
    """
    agents = [one.agent for one in summary.agents if one.agent is not None]
    days = [one.day.isoformat() for one in summary.days]
    flags = sorted({flag for report in summary.calls for flag in report.flags})
    steps = [count.id for count in summary.steps]
    places = {
        "agents": {name: at for at, name in enumerate(agents)},
        "days": {day: at for at, day in enumerate(days)},
        "flags": {flag: at for at, flag in enumerate(flags)},
        "steps": {step: at for at, step in enumerate(steps)},
    }
    calls = [_row(report, address, places) for report, address in zip(summary.calls, addresses, strict=True)]
    return {
        "verdicts": VERDICTS,
        "letters": {letter: status for status, letter in _LETTERS.items()},
        "agents": [one_line(name) for name in agents],
        "days": days,
        "flags": [one_line(flag) for flag in flags],
        "calls": calls,
    }


def _row(report: Report, address: str, places: dict[str, dict[str, int]]) -> list[Any]:
    begun, day = read_time(report.started_at), day_of(report.started_at)
    agent = places["agents"].get(report.agent, -1) if report.agent is not None else -1
    more = [report.recording, *(one_line(value) for value in report.metadata.values())]
    return [
        one_line(report.call_id),
        VERDICTS.index(report.verdict),
        *(None if score is None else round(score, 1) for score in (report.score, report.score_low, report.score_high)),
        agent,
        begun.isoformat(timespec="minutes") if begun else one_line(report.started_at or ""),
        places["days"][day.isoformat()] if day else -1,
        address,
        _statuses(report, places["steps"]),
        list(_evidence(report, places["steps"])),
        [places["flags"][flag] for flag in report.flags],
        one_line(" ".join(more)),
    ]


def _statuses(report: Report, steps: dict[str, int]) -> str:
    """A letter a step of the batch; a blank where the call has no finding on it."""
    letters = [" "] * len(steps)
    for finding in report.steps:
        letters[steps[finding.id]] = _LETTERS[finding.status]
    return "".join(letters)


def _evidence(report: Report, steps: dict[str, int]) -> Iterator[list[Any]]:
    """What asks for a look, first what matters most: [step or violation, letter, second, words heard]."""
    for violation in report.violations:
        letter = "!" if violation.certain else "?"
        yield [one_line(violation.id), letter, round(violation.start, 1), _short(violation.heard)]
    for status in _ASKING:
        for finding in report.steps:
            if finding.status == status:
                yield [steps[finding.id], _LETTERS[status], _moment(finding), _short(finding.heard or "")]


def _moment(finding: Finding) -> float | None:
    """When the words were heard, else where they belong."""
    start = finding.start
    if start is None and finding.expected is not None:
        start = finding.expected.start
    return None if start is None else round(start, 1)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"
