"""Scored calls in a store, made of statuses, so that tests say in one line what a call is like."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzer.models.bank import PhraseBank
from analyzer.models.base import PersonRole, Status
from analyzer.models.finding import Finding, Judgement
from analyzer.models.recording import CallMetadata, Recording
from analyzer.models.report import Report, SopRef
from analyzer.models.review import Event, EventKind, NewEvent, Person
from analyzer.models.run import StoredCall, StoredRun
from analyzer.models.transcript import EngineInfo
from analyzer.scoring.score import score
from analyzer.store.results import StoredReport, call_key
from analyzer.store.store import Store
from tests.matching.support import BANK

STEPS = tuple(step.id for step in BANK.steps)
LETTERS: Mapping[str, Status] = {
    "m": "met", "o": "out_of_order", "x": "missed", "-": "not_applicable", "u": "unsure",
}  # fmt: skip
RINI = Person(name="Rini", role="coach")
BUDI = Person(name="Budi", role="analyst")
LEA = Person(name="Lea", role="lead")
DEWI = Person(name="Dewi", role="agent", agent="Dewi")
ENGINE = EngineInfo(model="demo")


def judgement_of(statuses: str, **more: Any) -> Judgement:
    """`mmxu-m`: a letter a step of the shipped bank."""
    findings = tuple(
        Finding(id=step, status=LETTERS[letter], confidence=0.9, reason="Heard, or not.")
        for step, letter in zip(STEPS, statuses, strict=True)
    )
    return Judgement(findings=findings, **more)


def scored_report(call_id: str, statuses: str = "mmmmmm", *, bank: PhraseBank = BANK, **more: Any) -> Report:
    """A report whose score and verdict are those of its statuses."""
    known = {name: more.pop(name) for name in ("agent", "started_at", "duration") if name in more}
    judgement = judgement_of(statuses, **more)
    decided = judgement.model_dump(exclude={"findings", "exemption_doubtful", "flags"})
    doubts = ("exemption_doubtful",) if judgement.exemption_doubtful else ()
    return Report(
        call_id=call_id,
        recording=f"{call_id}.wav",
        sop=SopRef(id=bank.id, version=bank.version, sha256=bank.sha256),
        engine=ENGINE,
        steps=judgement.findings,
        flags=(*doubts, *judgement.flags),
        **known,
        **decided,
        **score(judgement, bank).model_dump(),
    )


def stored_call(report: Report) -> StoredCall:
    about = CallMetadata(agent=report.agent, started_at=report.started_at)
    name = report.recording
    recording = Recording(call_id=report.call_id, path=Path(name), name=name, metadata=about)
    return StoredCall(recording=recording, audio_sha256="0" * 64, key=f"words-{report.call_id}")


def store_reports(
    store: Store, *reports: Report, words: Mapping[str, str] | None = None, inputs: str = "first"
) -> list[str]:
    """Store reports as `score` does, with their words; returns the calls' keys."""
    store.banks.put(BANK)
    for report in reports:
        text = (words or {}).get(report.call_id)
        if text is not None:
            data = {"duration": 60.0, "segments": [{"start": 0.0, "end": 60.0, "text": text}]}
            store.transcripts.put_text(f"words-{report.call_id}", "0" * 64, json.dumps(data).encode())
    store.reports.put([StoredReport(stored_call(report), report, inputs) for report in reports])
    return [call_key(stored_call(report)) for report in reports]


def run_of(*reports: Report) -> StoredRun:
    return StoredRun(engine=ENGINE, max_seconds=60, calls=tuple(stored_call(report) for report in reports))


def new_event(call: str, kind: EventKind, **more: Any) -> NewEvent:
    return NewEvent(call=call, kind=kind, **more)


def event(number: int, kind: EventKind, who: str = "Rini", role: PersonRole = "coach", **more: Any) -> Event:
    """An event of a history without a store."""
    return Event(call="c", number=number, when=float(number), who=who, role=role, kind=kind, **more)
