"""The second pass: which spans of a call are decoded again, and what their words may change.

They may make a missed step unsure. They may make a step met only when the words are clear and the audio bears them
out, because a wider beam without voice activity detection also hallucinates more. They never make a step missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import SecondPassSettings
from analyzer.models.base import Channel, Span, union
from analyzer.models.finding import AcousticEvidence, Evidence, Finding, Judgement, SecondPassEvidence
from analyzer.models.transcript import ChannelSpan, SecondPassSpan, SecondPassTranscript, Segment, Transcript, Word
from analyzer.scoring.judge import judge

_SAID = frozenset({"met", "out_of_order"})


def spans_for_second_pass(
    findings: Sequence[Finding], bank: PhraseBank, channels: Iterable[int], end: float
) -> tuple[ChannelSpan, ...]:
    """Where missed and unsure steps may have been said, on each of `channels`, merged and in order.

    `end`: length of the recording in seconds; nothing after it can be decoded.
    """
    settings = bank.second_look
    if settings is None:
        return ()
    merged = union(span for finding in findings if (span := second_pass_span(finding, settings, end)) is not None)
    return tuple(
        ChannelSpan(channel=channel, start=span.start, end=span.end) for channel in channels for span in merged
    )


def second_pass_span(finding: Finding, settings: SecondPassSettings, end: float) -> Span | None:
    """The span to decode again for one step; None when it was decided or was not due.

    Of a long span only its end: agents ask for data, and close the call, late in it.
    """
    if finding.status not in {"missed", "unsure"} or finding.expected is None:
        return None
    last = min(finding.expected.end, end)
    first = max(finding.expected.start, last - settings.most_seconds)
    return Span(start=round(first, 2), end=round(last, 2)) if last > first else None


@dataclass(frozen=True)
class Reconciled:
    """A call's words and judgement, with what a second pass added to them."""

    transcript: Transcript
    evidence: Evidence
    judgement: Judgement
    second: Mapping[str, SecondPassEvidence] = field(default_factory=dict)
    """by step"""


@dataclass(frozen=True)
class _StepSecondPass:
    """The second pass's words in one step's span, by one speaker."""

    step: str
    span: Span
    speaker: Channel
    decoded: Sequence[SecondPassSpan]
    model: str


def reconcile(
    first: Reconciled,
    speakers: Mapping[int, Channel],
    second_pass: SecondPassTranscript | None,
    bank: PhraseBank,
    matcher: Matcher,
) -> Reconciled:
    """Judge a call from both passes; `first` is the first pass, `speakers` who speaks on each channel decoded again."""
    current, settings = first, bank.second_look
    if settings is None or second_pass is None or not second_pass.readings:
        return current
    for step in bank.steps:
        for channel, speaker in speakers.items():
            finding = _finding(current.judgement, step.id)
            span = second_pass_span(finding, settings, first.transcript.duration)
            if span is None:
                continue
            decoded = [
                part
                for part in second_pass.readings
                if part.channel == channel and part.overlap(span.start, span.end) > 0
            ]
            if decoded:
                second = _StepSecondPass(step.id, span, speaker, decoded, second_pass.engine.model)
                current = _with_step(current, second, settings, bank, matcher)
    return current


def _with_step(
    current: Reconciled, second: _StepSecondPass, settings: SecondPassSettings, bank: PhraseBank, matcher: Matcher
) -> Reconciled:
    """One step's words of the second pass: taken over when they prove it and harm nothing else, or noted only."""
    spliced = splice(current.transcript, second.speaker, second.span, second.decoded)
    evidence = matcher.find(spliced)
    judged = judge(spliced, evidence, bank, current.second)
    new = _evidence(current, second, _finding(judged, second.step), settings)
    by_step = {**current.second, second.step: _better(current.second.get(second.step), new)}
    if new.outcome == "said" and not _regresses(current.judgement, judged, but=second.step):
        return Reconciled(spliced, evidence, judge(spliced, evidence, bank, by_step), by_step)
    judged = judge(current.transcript, current.evidence, bank, by_step)
    return Reconciled(current.transcript, current.evidence, judged, by_step)


def _evidence(
    current: Reconciled, second: _StepSecondPass, finding: Finding, settings: SecondPassSettings
) -> SecondPassEvidence:
    """What the second pass says of the step; `finding` is the step's when its words are spliced in."""
    span = second.span
    first_pass = [segment for segment in current.transcript.segments if segment.speaker == second.speaker]
    nothing = SecondPassEvidence(
        looked=span,
        model=second.model,
        outcome="nothing",
        first=words_in(first_pass, span),
        heard=words_in([segment for part in second.decoded for segment in part.segments], span),
    )
    inside = finding.start is not None and finding.end is not None and span.overlap(finding.start, finding.end) > 0
    if not inside or finding.status not in {*_SAID, "unsure"} or finding.start is None or finding.end is None:
        return nothing
    similar = (finding.similarity or 0.0) >= settings.least_similarity
    proven = finding.status in _SAID and similar and _proven(finding.sound, settings)
    return SecondPassEvidence(
        looked=span,
        model=second.model,
        outcome="said" if proven else "unclear",
        first=words_in(first_pass, Span(start=finding.start, end=finding.end)),
        heard=finding.heard,
        start=finding.start,
        end=finding.end,
        phrase=finding.phrase,
        similarity=finding.similarity,
        sound=finding.sound or AcousticEvidence(),
    )


def _proven(sound: AcousticEvidence | None, settings: SecondPassSettings) -> bool:
    """True when the words of the second pass alone may make a step met: every figure must be known and good."""
    if sound is None or sound.speech_overlap is None or sound.avg_logprob is None or sound.probability is None:
        return False
    return (
        sound.speech_overlap >= settings.least_overlap
        and sound.avg_logprob >= settings.least_logprob
        and sound.probability >= settings.least_probability
    )


def _better(old: SecondPassEvidence | None, new: SecondPassEvidence) -> SecondPassEvidence:
    """Of two channels' evidence on one step the stronger."""
    rank = {"said": 2, "unclear": 1, "nothing": 0}
    return new if old is None or rank[new.outcome] > rank[old.outcome] else old


def _regresses(before: Judgement, after: Judgement, but: str) -> bool:
    """True when the spliced words lost what the first pass had: another step's utterance, or a reply."""
    rank = {"met": 2, "out_of_order": 1}
    lost = any(
        rank.get(_finding(after, finding.id).status, 0) < rank[finding.status]
        for finding in before.findings
        if finding.id != but and finding.status in rank
    )
    replies = (
        (before.caller_role, after.caller_role),
        (before.email_reply, after.email_reply),
        (before.callback_reply, after.callback_reply),
    )
    return lost or any(old is not None and new is None for old, new in replies)


def _finding(judgement: Judgement, step: str) -> Finding:
    return next(finding for finding in judgement.findings if finding.id == step)


def splice(transcript: Transcript, speaker: Channel, span: Span, decoded: Iterable[SecondPassSpan]) -> Transcript:
    """The transcript with the speaker's words replaced inside `span` by those of `decoded`.

    A word belongs where its middle lies.
    """
    for part in decoded:
        common = Span(start=max(span.start, part.start), end=max(span.start, min(span.end, part.end)))
        transcript = _replaced(transcript, speaker, common, part.segments)
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
    """The words of segments inside a span, as one text; None when there are none."""
    words = [word for segment in segments for word in segment.words or () if _middle_in(word, span)]
    return " ".join(word.text for word in sorted(words, key=lambda word: word.start)) or None


def _cut(segment: Segment, span: Span, *, inside: bool) -> list[Segment]:
    """The runs of a segment's words inside (or outside) a span; the segment itself when all words are."""
    words = segment.words or ()
    wanted = [_middle_in(word, span) is inside for word in words]
    if all(wanted):
        return [segment] if words or not inside else []
    runs: list[list[Word]] = []
    new_run = True
    for word, keep in zip(words, wanted, strict=True):
        if keep and new_run:
            runs.append([])
        if keep:
            runs[-1].append(word)
        new_run = not keep
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
