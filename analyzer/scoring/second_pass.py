"""Two readings of one stretch, weighed: what the second may change, and what it may not.

It may make a missed step unsure. It may make a step met only when the words are clear and the audio bears them out,
because a wider beam without voice activity also invents more. It never makes a step missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import SecondLook
from analyzer.models.base import Channel, Span
from analyzer.models.evidence import Evidence
from analyzer.models.finding import AcousticEvidence, Finding, Judgement, SecondPassEvidence
from analyzer.models.spans import union
from analyzer.models.transcript import ChannelSpan, SecondPassSpan, SecondPassTranscript, Segment, Transcript, Word
from analyzer.scoring.judge import judge

_SAID = frozenset({"met", "out_of_order"})


@dataclass(frozen=True)
class Reconciled:
    """What is known of a call after none, one or more second readings."""

    transcript: Transcript
    evidence: Evidence
    judgement: Judgement
    hearings: Mapping[str, SecondPassEvidence] = field(default_factory=dict)


@dataclass(frozen=True)
class _Look:
    """One step's stretch with its second reading."""

    step: str
    place: Span
    speaker: Channel
    readings: Sequence[SecondPassSpan]
    model: str


def reconcile(
    transcript: Transcript,
    speakers: Mapping[int, Channel],
    readings: SecondPassTranscript | None,
    bank: PhraseBank,
    matcher: Matcher,
) -> Reconciled:
    """Judge a call from both readings. `speakers`: who speaks on each channel that was read again."""
    evidence = matcher.find(transcript)
    known = Reconciled(transcript, evidence, judge(transcript, evidence, bank))
    settings = bank.second_look
    if settings is None or readings is None or not readings.readings:
        return known
    for step in bank.steps:
        for channel, speaker in speakers.items():
            finding = _finding(known.judgement, step.id)
            place = second_pass_span(finding, settings, transcript.duration)
            if place is None:
                continue
            own = [r for r in readings.readings if r.channel == channel and r.overlap(place.start, place.end) > 0]
            if own:
                look = _Look(step.id, place, speaker, own, readings.engine.model)
                known = _consider(known, look, settings, bank, matcher)
    return known


def _consider(known: Reconciled, look: _Look, settings: SecondLook, bank: PhraseBank, matcher: Matcher) -> Reconciled:
    spliced = splice(known.transcript, look.speaker, look.place, look.readings)
    evidence = matcher.find(spliced)
    judged = judge(spliced, evidence, bank, known.hearings)
    hearing = _hearing(known, look, _finding(judged, look.step), settings)
    hearings = {**known.hearings, look.step: _better(known.hearings.get(look.step), hearing)}
    if hearing.outcome == "said" and not _regresses(known.judgement, judged, but=look.step):
        return Reconciled(spliced, evidence, judge(spliced, evidence, bank, hearings), hearings)
    return Reconciled(
        known.transcript, known.evidence, judge(known.transcript, known.evidence, bank, hearings), hearings
    )


def _hearing(known: Reconciled, look: _Look, found: Finding, settings: SecondLook) -> SecondPassEvidence:
    place = look.place
    nothing = SecondPassEvidence(
        looked=place,
        model=look.model,
        outcome="nothing",
        first=words_in(_own(known, look), place),
        heard=words_in([segment for reading in look.readings for segment in reading.segments], place),
    )
    inside = found.start is not None and found.end is not None and place.overlap(found.start, found.end) > 0
    if not inside or found.status not in {*_SAID, "unsure"} or found.start is None or found.end is None:
        return nothing
    alike = (found.similarity or 0.0) >= settings.least_similarity
    proven = found.status in _SAID and alike and _proven(found.sound, settings)
    return SecondPassEvidence(
        looked=place,
        model=look.model,
        outcome="said" if proven else "unclear",
        first=words_in(_own(known, look), Span(start=found.start, end=found.end)),
        heard=found.heard,
        start=found.start,
        end=found.end,
        phrase=found.phrase,
        similarity=found.similarity,
        sound=found.sound or AcousticEvidence(),
    )


def _own(known: Reconciled, look: _Look) -> list[Segment]:
    return [segment for segment in known.transcript.segments if segment.speaker == look.speaker]


def _proven(sound: AcousticEvidence | None, settings: SecondLook) -> bool:
    """Whether the second reading alone may call a step met: every figure must be known and good."""
    if sound is None or sound.speech_overlap is None or sound.avg_logprob is None or sound.probability is None:
        return False
    return (
        sound.speech_overlap >= settings.least_overlap
        and sound.avg_logprob >= settings.least_logprob
        and sound.probability >= settings.least_probability
    )


def _better(old: SecondPassEvidence | None, new: SecondPassEvidence) -> SecondPassEvidence:
    """Of two channels' hearings of one step the one that heard more."""
    rank = {"said": 2, "unclear": 1, "nothing": 0}
    return new if old is None or rank[new.outcome] > rank[old.outcome] else old


def _regresses(before: Judgement, after: Judgement, but: str) -> bool:
    """Whether the spliced words lost what the first reading had: another step's utterance, or a reply."""
    worth = {"met": 2, "out_of_order": 1}
    lost = any(
        worth.get(_finding(after, finding.id).status, 0) < worth[finding.status]
        for finding in before.findings
        if finding.id != but and finding.status in worth
    )
    replies = (
        (before.caller_role, after.caller_role),
        (before.email_reply, after.email_reply),
        (before.callback_reply, after.callback_reply),
    )
    return lost or any(old is not None and new is None for old, new in replies)


def _finding(judgement: Judgement, step: str) -> Finding:
    return next(finding for finding in judgement.findings if finding.id == step)


def splice(transcript: Transcript, speaker: Channel, span: Span, readings: Iterable[SecondPassSpan]) -> Transcript:
    """The speaker's words replaced wherever `readings` lie inside `span_of`; a word belongs where its middle lies."""
    for reading in readings:
        common = Span(start=max(span.start, reading.start), end=max(span.start, min(span.end, reading.end)))
        transcript = _replaced(transcript, speaker, common, reading.segments)
    return transcript


def _replaced(transcript: Transcript, speaker: Channel, span: Span, segments: Iterable[Segment]) -> Transcript:
    kept = [
        part
        for segment in transcript.segments
        for part in ((segment,) if segment.speaker != speaker else _cut(segment, span, inside=False))
    ]
    new = [
        part.model_copy(update={"speaker": speaker})
        for segment in segments
        for part in _cut(segment, span, inside=True)
    ]
    ordered = sorted((*kept, *new), key=lambda segment: (segment.start, segment.end, segment.speaker))
    return transcript.model_copy(update={"segments": tuple(ordered)})


def words_in(segments: Iterable[Segment], span: Span) -> str | None:
    """What the segments say inside `span_of`, for people; None when nothing."""
    words = [word for segment in segments for word in segment.words or () if _middle_in(word, span)]
    return " ".join(word.text for word in sorted(words, key=lambda word: word.start)) or None


def _cut(segment: Segment, span: Span, *, inside: bool) -> list[Segment]:
    """The runs of a segment's words that lie inside (or outside) `span_of`; the segment itself when all do."""
    words = segment.words or ()
    wanted = [_middle_in(word, span) is inside for word in words]
    if all(wanted):
        return [segment] if words or not inside else []
    runs: list[list[Word]] = []
    fresh = True
    for word, keep in zip(words, wanted, strict=True):
        if keep and fresh:
            runs.append([])
        if keep:
            runs[-1].append(word)
        fresh = not keep
    return [
        segment.model_copy(
            update={
                "start": run[0].start,
                "end": max(word.end for word in run),
                "text": " ".join(word.text for word in run),
                "words": tuple(run),
            }
        )
        for run in runs
    ]


def _middle_in(word: Word, span: Span) -> bool:
    return span.start <= (word.start + word.end) / 2 < span.end


def spans_for_second_pass(
    findings: Sequence[Finding], bank: PhraseBank, channels: Iterable[int], end: float
) -> tuple[ChannelSpan, ...]:
    """Where missed and unsure steps may have been said, on each of `channels`, merged and in order.

    `end`: length of the recording in seconds; nothing behind it can be read.
    """
    settings = bank.second_look
    if settings is None:
        return ()
    places = [place for finding in findings if (place := second_pass_span(finding, settings, end)) is not None]
    merged = union(places)
    return tuple(
        ChannelSpan(channel=channel, start=span.start, end=span.end) for channel in channels for span in merged
    )


def second_pass_span(finding: Finding, settings: SecondLook, end: float) -> Span | None:
    """The stretch to read again for one step; None when it was decided or was not due.

    Of a long stretch its end: data are asked for, and a call is closed, late in it.
    """
    if finding.status not in {"missed", "unsure"} or finding.expected is None:
        return None
    last = min(finding.expected.end, end)
    first = max(finding.expected.start, last - settings.most_seconds)
    return Span(start=round(first, 2), end=round(last, 2)) if last > first else None
