"""Small reports for the writers' tests; every field that people see has a value somewhere."""

from typing import Any

from analyzer.models.base import Span, Status, Verdict
from analyzer.models.finding import Captured, Exemption, Finding, RecordCheckItem, Violation
from analyzer.models.recording import AudioFacts
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import EngineInfo

STEPS = ("owner_tenant_question", "email_request", "closing_thanks")
LABELS = {
    "owner_tenant_question": ("Menanyakan pemilik atau penyewa", "Asks whether owner or tenant"),
    "email_request": ("Meminta alamat e-mail", "Asks for the e-mail address"),
    "closing_thanks": ("Terima kasih penutup", "Closing thanks"),
}


def finding(step: str, status: Status = "met", **changes: Any) -> Finding:
    """A finding with ordinary evidence; none for a step that was not due."""
    if status == "not_applicable":
        return Finding(id=step, status=status, confidence=0.9, reason="The caller is a neighbour.", **changes)
    values: dict[str, Any] = {
        "start": 12.3456,
        "end": 14.0,
        "channel": "agent",
        "heard": "untuk alamat emailnya",
        "phrase": "Untuk alamat emailnya mohon disampaikan",
        "similarity": 93.333,
        "confidence": 0.9876,
        "reason": "Heard in the agent's words.",
        **changes,
    }
    return Finding(id=step, status=status, **values)


def report(call_id: str = "c1", verdict: Verdict = "pass", **changes: Any) -> Report:
    """A scored call; `statuses` sets the three steps at once."""
    statuses: tuple[Status, ...] = changes.pop("statuses", ("met", "met", "met"))
    values: dict[str, Any] = {
        "recording": f"{call_id}.wav",
        "agent": "Rini",
        "started_at": "2026-03-02 08:15",
        "sop": SopRef(id="pln123", version="1", sha256="ab" * 32),
        "engine": EngineInfo(model="demo", versions={"b": "2", "a": "1"}, options={"vad": True, "beam": 5}),
        "score": 100.0,
        "score_low": 100.0,
        "score_high": 100.0,
        "steps": tuple(finding(step, status) for step, status in zip(STEPS, statuses, strict=True)),
        "audio": AudioFacts(header_seconds=60.0, decoded_seconds=60.004, speech_seconds=41.237, channels=2),
        "duration": 60.004,
        **changes,
    }
    return Report(call_id=call_id, verdict=verdict, **values)


def rich_report() -> Report:
    """A failed call with everything that a report can carry."""
    return report(
        "c2",
        "fail",
        statuses=("met", "missed", "unsure"),
        score=50.0,
        score_low=33.333,
        score_high=66.667,
        metadata={"loket": "Bekasi", "shift": "pagi"},
        exemption=Exemption(kind="angry", heard="saya kecewa", start=3.0),
        caller_role="tenant",
        email_reply="given",
        callback_reply="other_number",
        captured=Captured(email="budi@example.com", phone="+628123456789"),
        record_check={
            "phone": RecordCheckItem(field="HP Pelapor", outcome="mismatch", recorded="+628111", said="+628123456789"),
            "email": RecordCheckItem(field="Email Pelapor", outcome="match", said="budi@example.com"),
        },
        violations=(
            Violation(id="refused_to_process", heard="tidak bisa tanpa email", start=30.5),
            Violation(id="new_rule", heard="entah", start=31.0, certain=False),
        ),
        flags=("role_inferred", "partial_audio"),
        audio=AudioFacts(
            header_seconds=90.0,
            decoded_seconds=60.0,
            speech_seconds=41.0,
            bad_packets=3,
            channels=1,
            codec="gsm_ms",
            sample_rate=8000,
            holes=(Span(start=20.0, end=22.5),),
            partial=True,
            notes=("The file ends early.",),
        ),
    )


def failed_report() -> Report:
    """A recording that could not be processed."""
    return report(
        "c3",
        "unscorable",
        recording="damaged/empty.wav",
        agent=None,
        started_at=None,
        score=None,
        score_low=None,
        score_high=None,
        steps=(),
        audio=None,
        duration=None,
        error="The file is empty (0 bytes).",
    )
