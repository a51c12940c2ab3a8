"""Transcripts from lines of text: "a: ..." is the agent, "c: ..." the customer, "u: ..." unknown."""

from pathlib import Path

from analyzer.bank.load import load_bank
from analyzer.matching.matcher import Matcher
from analyzer.models.base import Channel, Span
from analyzer.models.transcript import Segment, Transcript, Word

BANK = load_bank(Path(__file__).parents[2] / "phrase_bank" / "pln123")
MATCHER = Matcher(BANK)
_SPEAKERS: dict[str, Channel] = {"a": "agent", "c": "customer", "u": "unknown"}


def call(
    *lines: str,
    pace: float = 0.3,
    gap: float = 0.8,
    speech: dict[Channel, tuple[Span, ...]] | None = None,
    holes: tuple[Span, ...] = (),
) -> Transcript:
    """One segment a line, `pace` seconds a word, `gap` seconds between lines."""
    at = 0.5
    segments = []
    for line in lines:
        who, text = line.split(": ", 1)
        start = at
        words = []
        for word in text.split():
            words.append(Word(start=round(at, 2), end=round(at + pace * 0.9, 2), text=word, probability=0.9))
            at += pace
        segments.append(Segment(start=start, end=at, speaker=_SPEAKERS[who], text=text, words=tuple(words)))
        at += gap
    return Transcript(duration=at, segments=tuple(segments), speech=speech, holes=holes)


def said(text: str, who: str = "a") -> dict[str, float]:
    """Best similarity of every target surely heard in a lone utterance."""
    wording = BANK.targets()
    best: dict[str, float] = {}
    for candidate in MATCHER.find(call(f"{who}: {text}")).candidates:
        if candidate.similarity >= wording[candidate.target].accept:
            best[candidate.target] = max(best.get(candidate.target, 0.0), candidate.similarity)
    return best
