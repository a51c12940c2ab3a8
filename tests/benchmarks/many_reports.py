"""Reports of as many calls as wanted, as a month of a call centre would give them; the same from run to run."""

import random
from collections.abc import Iterator

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Span, Status, Verdict
from analyzer.models.finding import Captured, Finding, Violation
from analyzer.models.recording import AudioFacts
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import EngineInfo

_AGENTS = 200
_DAYS = 30
_HEARD = ("boleh minta alamat emailnya Pak", "terima kasih atas informasinya", "nomor ini bisa dihubungi kembali")
_STATUSES: tuple[tuple[Status, int], ...] = (("met", 82), ("missed", 9), ("unsure", 4), ("out_of_order", 2))


def bank() -> PhraseBank:
    return load_bank(shipped_bank())


def reports(count: int, sop: PhraseBank) -> Iterator[Report]:
    """Scored calls; one in fifty was not due, one in a hundred could not be read."""
    dice = random.Random(7)  # noqa: S311 - made-up figures
    ref = SopRef(id=sop.id, version=sop.version, sha256=sop.sha256)
    engine = EngineInfo(model="small")
    for at in range(count):
        yield _report(at, dice, ref, engine, [step.id for step in sop.steps])


def _report(at: int, dice: random.Random, sop: SopRef, engine: EngineInfo, steps: list[str]) -> Report:
    recording = f"in-08{dice.randrange(10**9):09}-{at:06}.wav"
    agent = f"Petugas {dice.randrange(_AGENTS):03}"
    day, hour, minute = 1 + dice.randrange(_DAYS), dice.randrange(24), dice.randrange(60)
    about = {
        "call_id": f"panggilan-{at:06}",
        "recording": recording,
        "agent": agent,
        "started_at": f"2026-11-{day:02} {hour:02}:{minute:02}",
        "metadata": {"system": dice.choice(["CRM", "APKT", "AP2T"]), "queue": "gangguan"},
        "sop": sop,
        "engine": engine,
    }
    if dice.random() < 0.01:
        return Report(**about, verdict="unscorable", error=f"{recording}: no speech found in 4.0 s of audio.")
    findings = tuple(_finding(step, dice, 20.0 * number) for number, step in enumerate(steps, start=1))
    due = [finding for finding in findings if finding.status != "not_applicable"]
    low = 100 * sum(finding.status == "met" for finding in due) / max(1, len(due))
    high = 100 * sum(finding.status in {"met", "unsure"} for finding in due) / max(1, len(due))
    verdict: Verdict = "fail" if high < 80 else "pass" if low >= 80 else "review"
    refused = (Violation(id="refused_to_process", heard="tidak bisa tanpa email", start=50.0),)
    return Report(
        **about,
        verdict=verdict,
        score=round(low, 2),
        score_low=round(low, 2),
        score_high=round(high, 2),
        steps=findings,
        captured=Captured(email="nama.pelanggan@example.com", phone="+6281234567890"),
        violations=refused if dice.random() < 0.01 else (),
        flags=("mono",) if dice.random() < 0.1 else (),
        audio=AudioFacts(decoded_seconds=240.0, speech_seconds=180.0, channels=2, codec="pcm_alaw", sample_rate=8000),
        duration=240.0,
    )


def _finding(step: str, dice: random.Random, start: float) -> Finding:
    if dice.random() < 0.02:
        return Finding(
            id=step, status="not_applicable", confidence=0.9,
            reason='Not due: the caller is neither owner, tenant nor responsible ("saya tetangganya").',
        )  # fmt: skip
    status = dice.choices([one for one, _ in _STATUSES], [weight for _, weight in _STATUSES])[0]
    missed = status == "missed"
    return Finding(
        id=step,
        status=status,
        start=None if missed else start + dice.random() * 9,
        end=None if missed else start + 12,
        channel=None if missed else "agent",
        heard=None if missed else dice.choice(_HEARD),
        phrase=None if missed else "(boleh|bisa) [saya|kami] minta alamat <email>",
        similarity=None if missed else round(75 + 25 * dice.random(), 1),
        confidence=0.97,
        reason="Nothing like it was heard from the agent." if missed else "Said by the agent in its place.",
        expected=Span(start=start, end=start + 15) if missed else None,
    )
