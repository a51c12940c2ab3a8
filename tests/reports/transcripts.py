"""A small call with its words, its sound, and a report on it, for pages that show all three."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from analyzer.models.base import Channel, Span
from analyzer.models.finding import AcousticEvidence, Exemption, SecondPassEvidence
from analyzer.models.recording import AudioFacts
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, ChannelTranscript, Segment, Transcript, Word
from tests.fakes import ENGINE
from tests.reports.samples import finding, report

SECONDS = 24.0
AGENT = [
    (0.5, "Selamat pagi PLN seratus dua puluh tiga"),
    (6.0, "Apakah Bapak pemilik atau penyewa"),
    (12.0, "boleh minta alamat emailnya"),
    (20.0, "terima kasih selamat siang"),
]
CUSTOMER = [(4.0, "iya"), (9.0, "saya penyewanya"), (15.0, "budi titik santoso et gmail titik com")]
WORD = 0.5  # seconds a word takes


def segment(start: float, text: str, speaker: Channel = "unknown", **changes: Any) -> Segment:
    """Words of half a second each, one after the other."""
    words = tuple(
        Word(start=start + WORD * at, end=start + WORD * (at + 1), text=word, probability=0.95)
        for at, word in enumerate(text.split())
    )
    return Segment(start=start, end=words[-1].end, speaker=speaker, text=text, words=words, **changes)


def outline(loud: Sequence[Span]) -> str:
    """Peaks of a channel that is loud in some spans."""
    tenths = [200 if any(span.overlap(at / 10, at / 10 + 0.1) > 0 for span in loud) else 2 for at in range(240)]
    return base64.b64encode(bytes(tenths)).decode()


def channel(index: int, said: Sequence[tuple[float, str]]) -> ChannelTranscript:
    segments = tuple(segment(start, text) for start, text in said)
    speech = tuple(Span(start=one.start, end=one.end) for one in segments)
    return ChannelTranscript(index=index, speech=speech, segments=segments, peaks=outline(speech))


def heard(*channels: ChannelTranscript) -> AudioTranscript:
    found = channels or (channel(0, AGENT), channel(1, CUSTOMER))
    facts = AudioFacts(decoded_seconds=SECONDS, speech_seconds=15.0, channels=len(found))
    return AudioTranscript(audio_sha256="0" * 64, facts=facts, engine=ENGINE, channels=found)


def as_text(audio: AudioTranscript) -> Transcript:
    """The same as somebody else's transcript."""
    names: dict[int, Channel] = {0: "agent", 1: "customer"}
    segments = [
        one.model_copy(update={"speaker": names[side.index]}) for side in audio.channels for one in side.segments
    ]
    return Transcript(duration=SECONDS, segments=tuple(sorted(segments, key=lambda one: one.start)))


def heard_report(**changes: Any) -> Report:
    """Owner asked (met), e-mail doubtful, closing missed where it belongs; the customer is angry at 15 s."""
    steps = (
        finding("owner_tenant_question", heard="pemilik atau penyewa", start=7.0, end=8.5),
        finding(
            "email_request", "unsure", heard="boleh minta alamat emailnya", start=12.0, end=14.0,
            expected=Span(start=10.0, end=16.0), reason="Words like it were heard, but not clearly enough to decide.",
            second=SecondPassEvidence(
                looked=Span(start=10.0, end=16.0), model="besar", outcome="unclear", heard="minta alamat imelnya",
                first="boleh minta alamat emailnya", start=12.5, end=14.0, sound=AcousticEvidence(probability=0.7),
            ),
        ),
        finding(
            "closing_thanks", "missed", start=None, end=None, heard=None, phrase=None, similarity=None, channel=None,
            expected=Span(start=16.5, end=20.0), reason="Nothing like it was heard from the agent.",
        ),
    )  # fmt: skip
    values: dict[str, Any] = {
        "steps": steps,
        "agent_side": 0,
        "score": 50.0,
        "score_low": 33.3,
        "score_high": 66.7,
        "duration": SECONDS,
        "exemption": Exemption(kind="angry", heard="budi titik santoso", start=15.0),
        "audio": AudioFacts(decoded_seconds=SECONDS, speech_seconds=15.0, channels=2, codec="pcm_s16le"),
        **changes,
    }
    return report("panggilan-1", values.pop("verdict", "fail"), **values)


def write_sound(path: Path, seconds: float = SECONDS) -> Path:
    """A recording that browsers play."""
    time = np.arange(round(seconds * 8000)) / 8000
    soundfile.write(path, np.stack([0.2 * np.sin(900 * time), 0.2 * np.sin(1500 * time)], axis=1), 8000)
    return path
