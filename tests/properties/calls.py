"""Whole calls made of lines, changed one thing at a time, and scored through the product's own door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.models.base import Channel
from analyzer.models.recording import Recording
from analyzer.models.report import Report
from analyzer.models.transcript import Segment, Transcript, Word
from analyzer.pipeline.score import Scorer
from tests.matching.support import BANK

PACE = 0.3  # seconds a word
APART = 2.65  # seconds; longer than the bank's `turn_seconds`, so that what follows is a turn of its own
_SPEAKERS: dict[str, Channel] = {"a": "agent", "c": "customer", "u": "unknown"}
_RECORDING = Recording(call_id="call", path=Path("call.json"), name="call.json")
SCORER = Scorer(BANK)


@dataclass(frozen=True)
class Line:
    """One turn: who, what, and the seconds of quiet before it."""

    who: str
    text: str
    wait: float = 0.8


def transcript_of(said: Iterable[Line], *, at: float = 0.5) -> Transcript:
    """One segment a line; the first line starts `at` seconds after its own wait."""
    segments = []
    for line in said:
        at = round(at + line.wait, 2)
        heard = tuple(
            Word(
                start=round(at + PACE * index, 2),
                end=round(at + PACE * (index + 0.9), 2),
                text=text,
                probability=0.9,
            )
            for index, text in enumerate(line.text.split())
        )
        end = heard[-1].end if heard else at
        segments.append(Segment(start=at, end=end, speaker=_SPEAKERS[line.who], text=line.text, words=heard))
        at = end
    return Transcript(duration=at + 0.5, segments=tuple(segments))


def scored(transcript: Transcript, scorer: Scorer = SCORER) -> Report:
    """The report of a saved transcript as `analyzer score` makes it of one that it has stored."""
    return scorer.score_transcript(_RECORDING, transcript.model_dump_json(exclude_none=True).encode())


def statuses(report: Report) -> dict[str, str]:
    """Status by step."""
    return {step.id: step.status for step in report.steps}


def padded(said: Sequence[Line], pads: Mapping[int, Sequence[Line]]) -> tuple[Line, ...]:
    """Lines with others put in before some of them, apart from what is around; those past the end follow the last."""
    found: list[Line] = []
    for at, line in enumerate(said):
        pad = _apart(pads.get(at, ()))
        found += [*pad, *(_apart([line]) if pad else [line])]
    return (*found, *(line for at in sorted(pads) if at >= len(said) for line in _apart(pads[at])))


def _apart(said: Sequence[Line]) -> list[Line]:
    """Lines that begin a turn of their own."""
    return [replace(line, wait=max(line.wait, APART)) if at == 0 else line for at, line in enumerate(said)]
