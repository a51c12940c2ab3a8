"""All that is shown of one call, computed once for its page, the review app and the evidence pack.

It joins the report (what was decided) with the transcript (who said what, when) and the bank's names of steps.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from analyzer.locale.catalogue import Labels, Localized, humanize, in_every_language
from analyzer.models.base import Channel, Frozen, Seconds, Span, Status
from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.models.transcript import AudioTranscript, Segment, Transcript
from analyzer.reports.sentence_translation import localize_reason
from analyzer.reports.turns import EvidenceQuote, ShownTurn, ShownWord, estimated_words, turns_of, with_evidence

MAX_PEAKS = 900  # of a track: a wide screen draws 400 bars; 1.2 kB of page
_MIN_SECONDS = 1.0  # at least: also the drawn length of a call of unknown length
AnyTranscript = AudioTranscript | Transcript
"""what was transcribed of a recording, or a transcript that was given"""


class ChannelTrack(Frozen):
    """One side of the call, for drawing."""

    channel: Channel
    peaks: tuple[int, ...] = Field((), description="0 to 255 at equal distances over the whole; empty when unknown")
    speech: tuple[Span, ...] = Field(description="detected speech; of a bare transcript the spans with words")
    unread: tuple[Span, ...] = Field((), description="speech that was not transcribed, by choice")


class Region(Frozen):
    """A span of the call that a step is about."""

    step: str
    status: Status
    kind: Literal["heard", "near", "expected"] = Field(
        description="heard: evidence; near: words that came nearest to a missed step; expected: where it belongs"
    )
    start: Seconds
    end: Seconds


class ReasonQuote(Frozen):
    """Words of the call that a reason quotes; the time is None when they are not in the transcript."""

    text: str
    start: Seconds | None = None


class ShownStep(Frozen):
    """One step: the finding, and its words for people."""

    number: int = Field(ge=1, description="place in the SOP's order")
    finding: Finding
    label: Localized
    reason: Localized
    quote: ReasonQuote | None = Field(None, description="the words that its reason quotes, e.g. why it was not due")


class CallView(Frozen):
    """Everything that is shown of one call. Seconds are from the start of the recording."""

    key: str = Field(description="names the call in addresses; never made of text from outside")
    report: Report
    seconds: float = Field(gt=0, description="length that the tracks stand for")
    tracks: tuple[ChannelTrack, ...] = Field(
        description="the agent first; one of channel `unknown` where sides are not known"
    )
    turns: tuple[ShownTurn, ...]
    steps: tuple[ShownStep, ...]
    regions: tuple[Region, ...] = Field(description="by start")
    causes: tuple[Localized, ...] = Field((), description="why it could not be scored, and notes on its audio")

    @property
    def has_sound(self) -> bool:
        """Whether it was scored from a recording."""
        return self.report.audio is not None


def call_view(
    report: Report,
    transcript: AnyTranscript | None,
    labels: Labels,
    *,
    key: str,
    with_inferred_speakers: Transcript | None = None,
) -> CallView:
    """The view of one call.

    `transcript`: None when none is stored (any more). `with_inferred_speakers`: the same words with inferred speakers,
    where the sides were not recorded apart (`Scorer.with_inferred_speakers`).
    """
    sides = _sides(report, with_inferred_speakers or transcript)
    steps = tuple(_step(number, finding, labels) for number, finding in enumerate(report.steps, start=1))
    turns = turns_of(sides)
    turns, first = with_evidence(_with_second_pass(turns, report), _quotes(report, steps, known=set(sides)))
    notes = [*([report.error] if report.error else []), *(report.audio.notes if report.audio else ())]
    return CallView(
        key=key,
        report=report,
        seconds=max(_MIN_SECONDS, report.duration or 0.0, *(turn.end for turn in turns)),
        tracks=_tracks(report, transcript, _sides(report, transcript)),
        turns=turns,
        steps=tuple(_with_quote_time(step, first) for step in steps),
        regions=tuple(sorted(_regions(report.steps), key=lambda region: (region.start, region.end))),
        causes=tuple(localize_reason(note, labels).text for note in notes),
    )


def speaker_of(channel: int, report: Report) -> Channel:
    """Who speaks on a channel of the recording."""
    if report.agent_side is None:
        return "unknown"
    return "agent" if channel == report.agent_side else "customer"


def _sides(report: Report, transcript: AnyTranscript | None) -> dict[Channel, list[Segment]]:
    """Each side's segments, the agent's first."""
    sides: dict[Channel, list[Segment]] = {"agent": [], "customer": [], "unknown": []}
    if isinstance(transcript, AudioTranscript):
        for channel in transcript.channels:
            sides[speaker_of(channel.index, report)] += channel.segments
    elif transcript is not None:
        for segment in transcript.segments:
            sides[segment.speaker].append(segment)
    return {channel: segments for channel, segments in sides.items() if segments}


def _tracks(
    report: Report, transcript: AnyTranscript | None, sides: Mapping[Channel, Sequence[Segment]]
) -> tuple[ChannelTrack, ...]:
    if isinstance(transcript, AudioTranscript):
        tracks = [
            ChannelTrack(
                channel=speaker_of(channel.index, report),
                peaks=downsample(read_peaks(channel.peaks), MAX_PEAKS),
                speech=channel.speech,
                unread=channel.unread,
            )
            for channel in transcript.channels
        ]
        return tuple(sorted(tracks, key=lambda track: track.channel != "agent"))
    return tuple(ChannelTrack(channel=side, speech=tuple(map(_span, segments))) for side, segments in sides.items())


def _span(segment: Segment) -> Span:
    return Span(start=segment.start, end=max(segment.start, segment.end))


def step_name(step: str, labels: Labels) -> Localized:
    """The label of a step, else its key as words."""
    return labels.get(step) or in_every_language(humanize(step).capitalize())


def _step(number: int, finding: Finding, labels: Labels) -> ShownStep:
    reason = localize_reason(finding.reason, labels)
    return ShownStep(
        number=number,
        finding=finding,
        label=step_name(finding.id, labels),
        reason=reason.text,
        quote=ReasonQuote(text=reason.quote) if reason.quote else None,
    )


def _with_quote_time(step: ShownStep, first: Mapping[str, ShownWord]) -> ShownStep:
    """The step with the time of its quote."""
    word = first.get(_quote_name(step))
    if step.quote is None or word is None:
        return step
    return step.model_copy(update={"quote": step.quote.model_copy(update={"start": word.start})})


def _quote_name(step: ShownStep) -> str:
    return f"quote.{step.finding.id}"


def _quotes(report: Report, steps: Sequence[ShownStep], known: set[Channel]) -> Iterator[EvidenceQuote]:
    """Words to show as evidence in the transcript."""

    def side(channel: Channel | None) -> Channel | None:
        return channel if channel in known else None  # of one channel only it is not known who speaks

    for finding in report.steps:
        if finding.heard and finding.start is not None:
            yield EvidenceQuote(
                name=finding.id, text=finding.heard, start=finding.start, end=finding.end,
                channel=side(finding.channel),
            )  # fmt: skip
    if report.exemption:
        yield EvidenceQuote(
            name="exemption", text=report.exemption.heard, start=report.exemption.start, channel=side("customer")
        )
    for violation in report.violations:
        yield EvidenceQuote(
            name=f"violation.{violation.id}", text=violation.heard, start=violation.start, channel=side("agent")
        )
    for step in steps:
        if step.quote:
            yield EvidenceQuote(name=_quote_name(step), text=step.quote.text, channel=side("customer"))


def _with_second_pass(turns: Sequence[ShownTurn], report: Report) -> tuple[ShownTurn, ...]:
    """The turns with those words of the second transcription that count for a step."""
    extra: list[ShownTurn] = []
    for finding in report.steps:
        second = finding.second
        if second is None or second.start is None or not second.heard or second.start != finding.start:
            continue
        end = max(second.start, second.end or second.start)
        words = tuple(estimated_words(second.heard, second.start, end))
        if words and not _has_words(turns, second.heard, second.start):
            channel = finding.channel or "unknown"
            extra.append(
                ShownTurn(channel=channel, start=second.start, end=end, words=words, exact=False, second=True)
            )
    return tuple(sorted((*turns, *extra), key=lambda turn: turn.start)) if extra else tuple(turns)


def _has_words(turns: Sequence[ShownTurn], text: str, start: float) -> bool:
    """Whether the turns have these words at that time."""
    _, first = with_evidence(turns, [EvidenceQuote(name="", text=text, start=start)])
    return "" in first


def _regions(findings: Sequence[Finding]) -> Iterator[Region]:
    for finding in findings:
        about = {"step": finding.id, "status": finding.status}
        if finding.start is not None and finding.end is not None:
            kind = "near" if finding.status == "missed" else "heard"
            end = max(finding.start, finding.end)
            yield Region.model_validate({**about, "kind": kind, "start": finding.start, "end": end})
        if finding.expected is not None:
            place = finding.expected
            yield Region.model_validate({**about, "kind": "expected", "start": place.start, "end": place.end})


def read_peaks(text: str | None) -> tuple[int, ...]:
    """The bytes of `ChannelTranscript.peaks`, 0 to 255 at equal distances; empty when there are none."""
    try:
        return tuple(base64.b64decode(text or "", validate=True))
    except (binascii.Error, ValueError):
        return ()


def downsample(peaks: Sequence[int], most: int) -> tuple[int, ...]:
    """At most `most` peaks over the same time, each the highest of those it stands for."""
    if len(peaks) <= most:
        return tuple(peaks)
    borders = [index * len(peaks) // most for index in range(most + 1)]
    return tuple(max(peaks[first:last]) for first, last in pairwise(borders))


def encode_peaks(peaks: Sequence[int]) -> str:
    """Peaks as base64, as a script reads them."""
    return base64.b64encode(bytes(peaks)).decode("ascii")
